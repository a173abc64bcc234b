"""Every file is a batch: what is listed, read again, remembered, forgotten, and refused."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from aipo_pipelines.charter.model.sources import SourceFormat
from aipo_pipelines.charter.reading.allowed import OPERATOR
from aipo_pipelines.errors import (
    SourceError,
    SourceMissingError,
    SourceUnreadableError,
)
from aipo_pipelines.resources.feeds.batches import Batching, gone
from aipo_pipelines.resources.feeds.delivery import Delivery, Offer
from aipo_pipelines.resources.feeds.file_batches import FileBatches
from aipo_pipelines.resources.feeds.listing import BatchRef, Listing
from aipo_pipelines.resources.feeds.stores import open_store
from aipo_pipelines.resources.lake.content_digest import content_digest
from aipo_pipelines.resources.lake.record_digest import RecordDigests
from tests.unit.measures.contracts import column, contract
from tests.unit.resources.feeds.counting import CountingReader

AGREED = contract(column("id"), column("amount", "number"), column("day", "date"))
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


class Shelf:
    """A folder of files, and the batches that are made of them."""

    def __init__(self, folder: Path, *, time_column: str | None = None) -> None:
        self.folder = folder
        self.seen: dict[str, BatchRef] = {}
        self.time_column = time_column
        self.start(self.seen)

    def start(self, seen: MutableMapping[str, BatchRef]) -> None:
        """Begins as a new process does, with the remembered results."""
        self.reader = CountingReader(
            store=open_store(self.folder, "*.csv*", {}, OPERATOR),
            kind=SourceFormat.CSV,
            contract=AGREED,
            settle_seconds=0,
        )
        self.batches: Batching = FileBatches(
            self.reader, AGREED, self.time_column, seen, RecordDigests(AGREED)
        )

    def drop(self, name: str, *rows: str) -> None:
        (self.folder / name).write_text("\n".join(["id,amount,day", *rows, ""]))

    def look(self) -> Listing:
        return self.batches.listing(self.reader.offer(), NOW)

    def names(self) -> list[str]:
        return [batch.partition for batch in self.look().batches]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_a_batch_has_the_name_the_rows_and_the_digest_of_its_file(shelf: Shelf) -> None:
    shelf.drop("orders_2026-03-01.csv", "a,1,2026-03-01", "b,2,2026-03-01")
    (batch,) = shelf.look().batches
    assert (batch.partition, batch.location, batch.rows, batch.cells) == (
        "orders_2026-03-01",
        "orders_2026-03-01.csv",
        2,
        "",
    )
    loaded = shelf.batches.load(shelf.reader.offer(), batch.partition).frame
    assert batch.digest == content_digest(loaded)
    assert loaded["id"].tolist() == ["a", "b"]


def test_an_empty_folder_has_no_batch_and_no_problem(shelf: Shelf) -> None:
    assert shelf.look() == Listing()


def test_a_file_with_a_header_and_no_record_is_a_batch_of_no_rows(shelf: Shelf) -> None:
    shelf.drop("a.csv")
    (batch,) = shelf.look().batches
    assert (batch.rows, batch.batch_date) == (0, None)


def test_the_date_is_that_of_the_newest_record_and_not_of_the_name(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, time_column="day")
    shelf.drop("orders_2020-01-01.csv", "a,1,2026-03-01", "b,2,2026-03-02")
    (batch,) = shelf.look().batches
    assert batch.batch_date == datetime(2026, 3, 2, tzinfo=UTC)


def test_records_without_a_readable_time_get_no_date_from_the_name(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, time_column="day")
    shelf.drop("orders_2020-01-01.csv", "a,1,soon")
    (batch,) = shelf.look().batches
    assert batch.batch_date is None


@pytest.mark.parametrize("time_column", [None, "amount"])
def test_without_times_the_name_dates_the_batch_by_the_end_of_its_period(
    tmp_path: Path, time_column: str | None
) -> None:
    shelf = Shelf(tmp_path, time_column=time_column)
    shelf.drop("orders_2026-02-28.csv", "a,1,2026-03-01")
    (batch,) = shelf.look().batches
    assert batch.batch_date == datetime(2026, 3, 1, tzinfo=UTC)


def test_each_file_is_read_once_and_loaded_from_memory_right_after(shelf: Shelf) -> None:
    for name in ("a.csv", "b.csv"):
        shelf.drop(name, f"{name},1,2026-03-01")
    shelf.look()
    shelf.batches.load(shelf.reader.offer(), "b")
    assert shelf.reader.reads == ["a.csv", "b.csv"]
    shelf.look()
    assert shelf.reader.reads == ["a.csv", "b.csv"]


def test_a_loaded_table_is_read_again_after_its_memory_was_freed(shelf: Shelf) -> None:
    shelf.drop("a.csv", "a,1,2026-03-01")
    shelf.look()
    shelf.batches.free_memory()
    assert len(shelf.batches.load(shelf.reader.offer(), "a").frame) == 1
    assert shelf.reader.reads == ["a.csv", "a.csv"]


def test_the_next_process_reads_only_files_that_are_new(shelf: Shelf) -> None:
    shelf.drop("a.csv", "a,1,2026-03-01")
    first = shelf.look().batches
    shelf.drop("b.csv", "b,1,2026-03-01")
    shelf.start(shelf.seen)
    assert shelf.look().batches[0] == first[0]
    assert shelf.reader.reads == ["b.csv"]


def test_at_the_first_look_no_file_counts_as_delivered_again(shelf: Shelf) -> None:
    shelf.drop("a.csv", "a,1,2026-03-01")
    assert shelf.look().redelivered == frozenset()
    assert shelf.look().redelivered == frozenset()


def test_a_file_that_came_or_changed_since_the_last_look_counts_as_delivered_again(
    shelf: Shelf,
) -> None:
    shelf.drop("a.csv", "a,1,2026-03-01")
    shelf.drop("b.csv", "b,1,2026-03-01")
    shelf.look()
    shelf.drop("b.csv", "b,1,2026-03-01", "c,1,2026-03-01")
    shelf.drop("c.csv", "c,1,2026-03-01")
    assert shelf.look().redelivered == frozenset({"b", "c"})
    assert shelf.look().redelivered == frozenset()


def test_a_file_that_is_gone_is_forgotten_and_read_again_if_it_comes_back(shelf: Shelf) -> None:
    shelf.drop("a.csv", "a,1,2026-03-01")
    shelf.drop("b.csv", "b,1,2026-03-01")
    shelf.look()
    (shelf.folder / "b.csv").rename(shelf.folder.parent / "b.csv")
    assert shelf.names() == ["a"]
    assert [ref.partition for ref in shelf.seen.values()] == ["a"]
    shelf.drop("b.csv", "b,1,2026-03-01")
    assert shelf.look().redelivered == frozenset({"b"})


def test_files_of_one_name_are_all_refused_and_none_of_them_is_read(shelf: Shelf) -> None:
    for name in ("a.csv", "a.csv.gz", "b.csv"):
        shelf.drop(name, "a,1,2026-03-01")
    listing = shelf.look()
    assert [batch.partition for batch in listing.batches] == ["b"]
    (problem,) = listing.problems
    assert isinstance(problem, SourceUnreadableError)
    assert str(problem) == (
        "'a.csv', 'a.csv.gz' are all named batch 'a'; expected one file of that name. Remove or "
        "rename the other files."
    )
    assert shelf.reader.reads == ["b.csv"]


def test_an_unreadable_file_is_one_problem_and_is_not_read_at_every_look(shelf: Shelf) -> None:
    shelf.drop("a.csv", "a,1")
    shelf.drop("b.csv", "b,1,2026-03-01")
    first, second = shelf.look(), shelf.look()
    assert [batch.partition for batch in first.batches] == ["b"]
    assert len(first.problems) == 1
    assert "a.csv has 2 cells in line 2; expected 3" in str(first.problems[0])
    assert second.problems == first.problems
    assert shelf.reader.reads == ["a.csv", "b.csv"]


def test_a_corrected_file_is_read(shelf: Shelf) -> None:
    shelf.drop("a.csv", "a,1")
    assert shelf.names() == []
    shelf.drop("a.csv", "a,1,2026-03-01")
    assert shelf.names() == ["a"]


def test_an_error_of_the_machine_is_tried_again_at_the_next_look(shelf: Shelf) -> None:
    shelf.drop("a.csv", "a,1,2026-03-01")
    offer = shelf.reader.offer()
    (shelf.folder / "a.csv").rename(shelf.folder / "a.moved")
    listing = shelf.batches.listing(offer, NOW)
    assert listing.batches == ()
    (problem,) = listing.problems
    assert isinstance(problem, SourceMissingError)
    (shelf.folder / "a.moved").rename(shelf.folder / "a.csv")
    listing = shelf.look()
    assert [batch.partition for batch in listing.batches] == ["a"]
    assert listing.problems == ()


def test_a_file_that_changed_since_it_was_offered_is_left_for_the_next_look(shelf: Shelf) -> None:
    shelf.drop("a.csv", "a,1,2026-03-01")
    shelf.drop("b.csv", "b,1,2026-03-01")
    offer = shelf.reader.offer()
    shelf.drop("a.csv", "a,1,2026-03-01", "c,1,2026-03-01")
    listing = shelf.batches.listing(offer, NOW)
    assert [batch.partition for batch in listing.batches] == ["b"]
    assert (listing.unsettled, listing.problems) == (("a.csv",), ())
    assert shelf.look().batches[0].rows == 2


def test_files_that_are_still_written_are_passed_on(shelf: Shelf) -> None:
    listing = shelf.batches.listing(Offer(deliveries=(), unsettled=("a.csv",)), NOW)
    assert listing == Listing(unsettled=("a.csv",))


@pytest.mark.parametrize("error", [OSError(28, "no space"), ValueError("4111 1111")])
def test_an_error_of_a_library_is_a_problem_of_its_file_only(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    shelf.drop("a.csv", "a,1,2026-03-01")
    shelf.drop("b.csv", "b,1,2026-03-01")
    read = CountingReader.read

    def fail(reader: CountingReader, delivery: Delivery) -> pd.DataFrame:
        if delivery.key == "a":
            raise error
        return read(reader, delivery)

    with monkeypatch.context() as patch:
        patch.setattr(CountingReader, "read", fail)
        listing = shelf.look()
    assert [batch.partition for batch in listing.batches] == ["b"]
    assert str(listing.problems[0]).startswith(f"a.csv cannot be read: {type(error).__name__} in ")
    # An error of the machine is over; the bytes that a library refused are still the same.
    assert shelf.names() == (["a", "b"] if isinstance(error, OSError) else ["b"])


@pytest.mark.parametrize("key", ["c", "", "a.csv"])
def test_a_batch_that_is_not_there_is_missing_with_a_next_step(shelf: Shelf, key: str) -> None:
    shelf.drop("a.csv", "a,1,2026-03-01")
    with pytest.raises(SourceMissingError) as missing:
        shelf.batches.load(shelf.reader.offer(), key)
    assert str(missing.value) == str(gone(key))
    assert str(missing.value) == (
        f"The feed no longer holds batch {key!r}; expected it to stay. Deliver it again."
    )


def test_loading_reads_the_file_as_it_is_now(shelf: Shelf) -> None:
    shelf.drop("a.csv", "a,1,2026-03-01")
    shelf.look()
    shelf.drop("a.csv", "a,1,2026-03-01", "b,1,2026-03-01")
    assert len(shelf.batches.load(shelf.reader.offer(), "a").frame) == 2


def test_a_touched_file_is_read_again_and_is_the_same_batch(shelf: Shelf) -> None:
    shelf.drop("a.csv", "a,1,2026-03-01")
    before = shelf.look().batches
    os.utime(shelf.folder / "a.csv", (0, 0))
    assert shelf.look().batches == before
    assert shelf.reader.reads == ["a.csv", "a.csv"]


def test_a_problem_of_loading_is_an_error_of_the_source(shelf: Shelf) -> None:
    shelf.drop("a.csv", "a,1")
    with pytest.raises(SourceError, match=r"a\.csv has 2 cells in line 2"):
        shelf.batches.load(shelf.reader.offer(), "a")
