"""One table that is divided by rows or by windows of time: no record is lost or counted twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.contract import Contract, FileLayout
from aipo_pipelines.charter.model.sources import RowBatches, SourceFormat, TimeBatches
from aipo_pipelines.charter.reading.allowed import OPERATOR
from aipo_pipelines.errors import (
    SourceChangedError,
    SourceMissingError,
    SourceUnreadableError,
)
from aipo_pipelines.resources.feeds.delivery import Delivery, Offer
from aipo_pipelines.resources.feeds.listing import Listing
from aipo_pipelines.resources.feeds.stores import open_store
from aipo_pipelines.resources.feeds.table_batches import TableBatches
from aipo_pipelines.resources.lake.content_digest import content_digest
from aipo_pipelines.resources.lake.record_digest import RecordDigests
from tests.unit.measures.contracts import column, contract
from tests.unit.resources.feeds.counting import CountingReader

COLUMNS = (column("id", "integer"), column("day", "date"))
AGREED = contract(*COLUMNS)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
BY_ROWS = RowBatches(by="rows", rows=2)
BY_DAYS = TimeBatches(by="time", column="day", every=timedelta(days=1))
FROM_MARCH = BY_DAYS.model_copy(update={"starting": date(2026, 3, 1)})
Record = tuple[int, str]


class Source:
    """Files of one table, and the batches that it is divided into."""

    def __init__(
        self,
        folder: Path,
        rule: RowBatches | TimeBatches,
        *,
        agreed: Contract = AGREED,
        kind: SourceFormat = SourceFormat.CSV,
    ) -> None:
        self.folder = folder
        store = open_store(folder, f"*.{kind.value}", {}, OPERATOR)
        self.reader = CountingReader(store=store, kind=kind, contract=agreed, settle_seconds=0)
        self.batches = TableBatches(self.reader, agreed, "day", rule, RecordDigests(agreed))

    def drop(self, name: str, *records: Record) -> None:
        lines = [f"{number},{day}" for number, day in records]
        (self.folder / name).write_text("\n".join(["id,day", *lines, ""]))

    def look(self, now: datetime = NOW) -> Listing:
        return self.batches.listing(self.reader.offer(), now)

    def names(self, now: datetime = NOW) -> list[str]:
        return [batch.partition for batch in self.look(now).batches]

    def load(self, name: str) -> pd.DataFrame:
        return self.batches.load(self.reader.offer(), name).frame

    def ids(self, names: Iterable[str]) -> list[int]:
        return [int(number) for name in names for number in self.load(name)["id"]]


def days(*numbers: int) -> tuple[Record, ...]:
    return tuple((number, f"2026-03-{number:02d}") for number in numbers)


def test_full_chunks_are_batches_and_the_last_rows_wait(tmp_path: Path) -> None:
    source = Source(tmp_path, BY_ROWS)
    source.drop("a.csv", *days(1, 2, 3))
    assert source.names() == ["0001"]
    source.drop("b.csv", *days(4, 5))
    listing = source.look()
    assert [(batch.partition, batch.rows) for batch in listing.batches] == [
        ("0001", 2),
        ("0002", 2),
    ]
    assert source.ids(["0001", "0002"]) == [1, 2, 3, 4]
    assert (listing.holding, listing.before_first) == (None, 0)


def test_a_chunk_of_several_files_names_the_first_and_counts_the_others(tmp_path: Path) -> None:
    source = Source(tmp_path, RowBatches(by="rows", rows=3))
    for number, name in enumerate(("a.csv", "b.csv", "c.csv"), start=1):
        source.drop(name, *days(number))
    (batch,) = source.look().batches
    assert batch.location == "a.csv and 2 more"


def test_a_chunk_is_dated_by_its_newest_record(tmp_path: Path) -> None:
    source = Source(tmp_path, BY_ROWS)
    source.drop("a.csv", *days(9, 1))
    (batch,) = source.look().batches
    assert batch.batch_date == datetime(2026, 3, 9, tzinfo=UTC)


def test_an_empty_table_has_no_batch(tmp_path: Path) -> None:
    for rule in (BY_ROWS, BY_DAYS):
        source = Source(tmp_path, rule)
        source.drop("a.csv")
        listing = source.look()
        assert (listing.batches, listing.problems, listing.before_first) == ((), (), 0)


def test_a_window_is_complete_with_the_first_later_record(tmp_path: Path) -> None:
    source = Source(tmp_path, BY_DAYS)
    source.drop("a.csv", *days(9, 10))
    assert source.names(NOW) == ["2026-03-09"]
    assert source.ids(["2026-03-10"]) == [10]


def test_a_window_is_complete_at_its_end_and_not_before(tmp_path: Path) -> None:
    source = Source(tmp_path, BY_DAYS)
    source.drop("a.csv", *days(10))
    end = datetime(2026, 3, 11, tzinfo=UTC)
    assert source.names(end - timedelta(microseconds=1)) == []
    assert source.names(end) == ["2026-03-10"]


def test_a_window_waits_as_long_as_the_charter_says_if_no_later_record_comes(
    tmp_path: Path,
) -> None:
    rule = BY_DAYS.model_copy(update={"complete_after": timedelta(hours=6)})
    source = Source(tmp_path, rule)
    source.drop("a.csv", *days(10))
    due = datetime(2026, 3, 11, 6, tzinfo=UTC)
    assert source.names(due - timedelta(microseconds=1)) == []
    assert source.names(due) == ["2026-03-10"]


def test_a_record_from_the_future_completes_no_window(tmp_path: Path) -> None:
    source = Source(tmp_path, BY_DAYS)
    source.drop("a.csv", (1, "2026-03-10"), (2, "2062-03-10"))
    assert source.names(datetime(2026, 3, 10, 12, tzinfo=UTC)) == []


def test_the_date_of_a_window_is_its_end(tmp_path: Path) -> None:
    source = Source(tmp_path, BY_DAYS)
    source.drop("a.csv", *days(1))
    (batch,) = source.look().batches
    assert (batch.partition, batch.batch_date) == (
        "2026-03-01",
        datetime(2026, 3, 2, tzinfo=UTC),
    )


def test_records_without_a_time_are_a_batch_of_their_own(tmp_path: Path) -> None:
    source = Source(tmp_path, BY_DAYS)
    source.drop("a.csv", (1, ""), (2, "2026-03-01"), (3, "soon"))
    listing = source.look()
    assert [(batch.partition, batch.rows) for batch in listing.batches] == [
        ("2026-03-01", 1),
        ("undated", 2),
    ]
    assert listing.batches[1].batch_date is None
    assert source.ids(["undated"]) == [1, 3]


def test_records_before_the_first_window_are_counted_and_in_no_batch(tmp_path: Path) -> None:
    source = Source(tmp_path, FROM_MARCH)
    source.drop("a.csv", (1, "2026-02-28"), (2, "2026-03-01"), (3, "1970-01-01"))
    listing = source.look()
    assert listing.before_first == 2
    assert [batch.partition for batch in listing.batches] == ["2026-03-01"]
    assert source.ids(["2026-03-01"]) == [2]


def test_each_file_says_which_complete_windows_it_holds(tmp_path: Path) -> None:
    source = Source(tmp_path, BY_DAYS)
    source.drop("a.csv", *days(3, 1))
    source.drop("b.csv", *days(2, 3, 10))
    source.drop("c.csv", *days(10))
    holding = source.look().holding
    assert holding is not None
    assert holding.rule == BY_DAYS
    assert holding.partitions == {"2026-03-01", "2026-03-02", "2026-03-03", "2026-03-10"}
    assert [(file.location, file.windows) for file in holding.files] == [
        ("a.csv", ("2026-03-01", "2026-03-03")),
        ("b.csv", ("2026-03-02", "2026-03-03")),
    ]


@pytest.mark.parametrize("rule", [BY_ROWS, BY_DAYS])
def test_while_a_file_is_written_no_batch_is_listed_or_loaded(
    tmp_path: Path, rule: RowBatches | TimeBatches
) -> None:
    source = Source(tmp_path, rule)
    source.drop("a.csv", *days(1, 2))
    offer = source.reader.offer()
    written = Offer(deliveries=offer.deliveries, unsettled=("b.csv", "c.csv"))
    assert source.batches.listing(written, NOW) == Listing(unsettled=("b.csv", "c.csv"))
    with pytest.raises(SourceChangedError) as refused:
        source.batches.load(written, "0001")
    assert str(refused.value) == (
        "b.csv, c.csv is still being written; expected whole files. Run again in a moment."
    )


@pytest.mark.parametrize(("rule", "first"), [(BY_ROWS, "0001"), (BY_DAYS, "2026-03-01")])
def test_one_unreadable_file_holds_up_the_table_because_a_batch_could_have_a_hole(
    tmp_path: Path, rule: RowBatches | TimeBatches, first: str
) -> None:
    source = Source(tmp_path, rule)
    source.drop("a.csv", *days(1, 2))
    (tmp_path / "b.csv").write_text("id,day\n3\n")
    listing = source.look()
    assert listing.batches == ()
    (problem,) = listing.problems
    assert isinstance(problem, SourceUnreadableError)
    assert str(problem).startswith("b.csv has 1 cells in line 2; expected 2")
    source.drop("b.csv", *days(3))
    assert source.look().problems == ()
    assert source.names()[0] == first


def test_a_file_that_changes_while_the_table_is_read_leaves_all_for_the_next_look(
    tmp_path: Path,
) -> None:
    source = Source(tmp_path, BY_ROWS)
    source.drop("a.csv", *days(1, 2))
    source.drop("b.csv", *days(3))
    offer = source.reader.offer()
    source.drop("b.csv", *days(3, 4))
    assert source.batches.listing(offer, NOW) == Listing(unsettled=("a.csv", "b.csv"))
    assert source.names() == ["0001", "0002"]


def test_after_a_failed_look_the_table_is_read_again_as_a_whole(tmp_path: Path) -> None:
    source = Source(tmp_path, BY_ROWS)
    source.drop("a.csv", *days(1, 2))
    assert source.names() == ["0001"]
    (tmp_path / "b.csv").write_text("id,day\n3\n")
    assert source.names() == []
    assert source.names() == []
    (tmp_path / "b.csv").unlink()
    assert source.names() == ["0001"]
    assert source.ids(["0001"]) == [1, 2]


def test_a_batch_of_a_changed_table_has_the_digest_of_its_new_records(tmp_path: Path) -> None:
    source = Source(tmp_path, BY_ROWS)
    source.drop("a.csv", *days(1, 2))
    (before,) = source.look().batches
    source.drop("a.csv", *days(1, 3))
    (after,) = source.look().batches
    assert after.digest == content_digest(source.load("0001"))
    assert after.digest != before.digest


def test_an_error_of_a_library_is_a_problem_of_the_file_that_caused_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source(tmp_path, BY_ROWS)
    source.drop("a.csv", *days(1))
    source.drop("b.csv", *days(2))
    read = CountingReader.read

    def fail(reader: CountingReader, delivery: Delivery) -> pd.DataFrame:
        if delivery.key == "b":
            raise ValueError("4111 1111")
        return read(reader, delivery)

    monkeypatch.setattr(CountingReader, "read", fail)
    (problem,) = source.look().problems
    assert str(problem).startswith("b.csv cannot be read: ValueError in fail (")


def test_the_digest_of_the_cells_does_not_depend_on_the_order_of_the_columns(
    tmp_path: Path,
) -> None:
    source = Source(tmp_path, BY_ROWS)
    source.drop("a.csv", *days(1, 2))
    (before,) = source.look().batches
    (tmp_path / "a.csv").write_text("day,id\n2026-03-01,1\n2026-03-02,2\n")
    (after,) = source.look().batches
    assert after.digest != before.digest
    assert after.cells == before.cells
    assert before.cells.startswith("sha256:")


def test_a_table_that_did_not_change_is_read_once(tmp_path: Path) -> None:
    source = Source(tmp_path, BY_ROWS)
    source.drop("a.csv", *days(1, 2))
    source.drop("b.csv", *days(3))
    source.look()
    source.batches.free_memory()
    assert source.ids(source.names()) == [1, 2]
    assert source.reader.reads == ["a.csv", "b.csv"]
    source.drop("b.csv", *days(3, 4))
    assert source.ids(source.names()) == [1, 2, 3, 4]
    assert source.reader.reads == ["a.csv", "b.csv"] * 2


def test_a_batch_that_the_table_does_not_have_is_missing(tmp_path: Path) -> None:
    source = Source(tmp_path, BY_ROWS)
    source.drop("a.csv", *days(1, 2, 3))
    with pytest.raises(SourceMissingError) as missing:
        source.load("0002")
    assert str(missing.value) == (
        "The feed no longer holds batch '0002'; expected it to stay. Deliver it again."
    )


def test_by_position_the_pieces_have_the_names_of_the_first(tmp_path: Path) -> None:
    agreed = contract(*COLUMNS, layout=FileLayout(header="position"))
    source = Source(tmp_path, BY_ROWS, agreed=agreed)
    (tmp_path / "a.csv").write_text("Id,Day\n1,2026-03-01\n")
    (tmp_path / "b.csv").write_text("number,date\n2,2026-03-02\n")
    table = source.load("0001")
    assert table.columns.tolist() == ["Id", "Day"]
    assert table["Id"].tolist() == ["1", "2"]


def test_a_key_of_other_batches_is_no_column_unless_the_contract_declares_it(
    tmp_path: Path,
) -> None:
    source = Source(tmp_path, BY_ROWS, kind=SourceFormat.JSON_LINES)
    lines = ['{"id": 1}', '{"id": 2}', '{"id": 3, "new": 1, "day": "2026-03-01"}', '{"id": 4}', ""]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    assert source.load("0001").columns.tolist() == ["id", "day"]
    assert source.load("0002").columns.tolist() == ["id", "new", "day"]


def test_a_new_key_in_newer_records_does_not_change_an_older_batch(tmp_path: Path) -> None:
    source = Source(tmp_path, BY_ROWS, kind=SourceFormat.JSON_LINES)
    (tmp_path / "a.jsonl").write_text('{"id": 1}\n{"id": 2}\n')
    (before,) = source.look().batches
    (tmp_path / "b.jsonl").write_text('{"id": 3.5, "new": 1}\n{"id": 4}\n')
    after, newer = source.look().batches
    assert (after.digest, after.cells, after.records) == (
        before.digest,
        before.cells,
        before.records,
    )
    assert newer.partition == "0002"


RECORDS = st.lists(
    st.sampled_from(["2026-02-27", "2026-03-01", "2026-03-02", "2026-03-04", "", "soon"]),
    min_size=1,
    max_size=12,
).map(lambda dates: tuple(enumerate(dates)))


def looked_at(
    pieces: Sequence[Sequence[Record]], rule: RowBatches | TimeBatches
) -> tuple[Listing, list[int]]:
    """The listing of a table that is delivered in pieces, and the records of its batches."""
    with TemporaryDirectory() as place:
        source = Source(Path(place), rule)
        for number, piece in enumerate(pieces):
            source.drop(f"{number}.csv", *piece)
        listing = source.look()
        for batch in listing.batches:
            assert batch.digest == content_digest(source.load(batch.partition))
        return listing, source.ids(batch.partition for batch in listing.batches)


@settings(max_examples=15)
@given(RECORDS, st.data(), st.sampled_from([BY_ROWS, FROM_MARCH]))
def test_a_table_in_two_deliveries_is_the_same_as_in_one(
    records: Sequence[Record], data: st.DataObject, rule: RowBatches | TimeBatches
) -> None:
    cut = data.draw(st.integers(0, len(records)))
    whole, ids = looked_at([records], rule)
    divided, same_ids = looked_at([records[:cut], records[cut:]], rule)
    assert [(batch.partition, batch.digest, batch.records) for batch in divided.batches] == [
        (batch.partition, batch.digest, batch.records) for batch in whole.batches
    ]
    assert (divided.before_first, same_ids) == (whole.before_first, ids)


@settings(max_examples=15)
@given(RECORDS)
def test_every_record_is_in_one_batch_or_before_the_first_window(
    records: Sequence[Record],
) -> None:
    listing, ids = looked_at([records], FROM_MARCH)
    early = [number for number, day in records if day == "2026-02-27"]
    assert listing.before_first == len(early)
    assert sorted(ids + early) == [number for number, _ in records]
    assert sum(batch.rows for batch in listing.batches) == len(ids)


@settings(max_examples=15)
@given(RECORDS)
def test_chunks_hold_the_first_records_in_their_order(records: Sequence[Record]) -> None:
    _, ids = looked_at([records], BY_ROWS)
    assert ids == list(range(len(records) // 2 * 2))
