"""Delta tables: the rows of one version in their own types, with any other files in the folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fsspec
import pandas as pd
import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake  # noqa: TID253 - makes the tables
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.reading.allowed import OPERATOR
from aipo_pipelines.errors import SourceError
from aipo_pipelines.ledger.model.state import Batch, BatchStatus
from aipo_pipelines.resources.feeds import Feed, discover
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.delta import DeltaReader, stores_of
from tests.unit.resources.feeds.conftest import open_at, source
from tests.unit.resources.feeds.deletion_vectors import delete_by_vector
from tests.unit.resources.feeds.delta_tables import (
    asking_for,
    mapping_of,
    orders,
    problem_of,
    rewrite,
)

Feeds = Callable[..., Feed]


def reader_of(folder: Path, **more: Any) -> DeltaReader:
    location = str(folder)
    stores = stores_of(folder, location, {}, OPERATOR)
    return DeltaReader(name="orders", location=location, stores=stores, **more)


def test_a_table_is_one_batch_and_its_version_is_recorded(
    tmp_path: Path, delta_of: Feeds, now: datetime
) -> None:
    write_deltalake(tmp_path / "orders", orders("a"))
    write_deltalake(tmp_path / "orders", orders("b"), mode="append")
    (ref,) = delta_of(settings={"time_column": "day"}).list_batches(now).batches
    assert (ref.partition, ref.location, ref.rows) == ("orders", "orders, version 1", 2)
    assert ref.batch_date == datetime(2026, 3, 1, tzinfo=UTC)


def test_types_are_those_of_a_parquet_file(tmp_path: Path, feed_of: Feeds) -> None:
    table = pa.table(
        {
            "whole": pa.array([2**60 + 1, None], pa.int64()),
            "price": pa.array([Decimal("1.50"), None], pa.decimal128(9, 2)),
            "big": pa.array([Decimal(10**20), None], pa.decimal128(30, 0)),
            "at": pa.array([datetime(2026, 3, 1, tzinfo=UTC), None], pa.timestamp("us", "UTC")),
            "local": pa.array([datetime(9999, 12, 31), None], pa.timestamp("us")),  # noqa: DTZ001
            "day": pa.array([date(9999, 12, 31), None], pa.date32()),
            "flag": pa.array([True, None], pa.bool_()),
            "uuid": pa.array(["0d8f1f5e-5b0a-4f0c-9d55-0f1f6cf3a001", None], pa.string()),
            "bytes": pa.array([b"\xff", None], pa.binary()),
            "tags": pa.array([["a"], None], pa.list_(pa.string())),
            "size": pa.array([{"x": 1}, None], pa.struct([("x", pa.int64())])),
        }
    )
    write_deltalake(tmp_path / "orders", table)
    (path,) = (tmp_path / "orders").glob("*.parquet")
    shutil.copy(path, tmp_path / "plain.parquet")
    columns = {"whole": "integer"}
    table = feed_of("orders", columns, format="delta").load("orders")
    plain = feed_of("plain.parquet", columns, format="parquet").load("plain")
    pd.testing.assert_frame_equal(table, plain)
    assert table["whole"].tolist()[0] == 2**60 + 1
    assert str(table["day"].iloc[0]) == "9999-12-31 00:00:00"


def test_timestamps_that_spark_wrote_as_96_bits_reach_the_year_9999(
    tmp_path: Path, feed_of: Feeds
) -> None:
    moment = datetime(9999, 12, 31, tzinfo=UTC)
    table = pa.table({"at": pa.array([moment], pa.timestamp("us", "UTC"))})
    write_deltalake(tmp_path / "orders", table)
    (path,) = (tmp_path / "orders").glob("*.parquet")
    pa.parquet.write_table(table, path, use_deprecated_int96_timestamps=True)
    size = path.stat().st_size
    rewrite(tmp_path / "orders", lambda action: action.get("add", {}).update(size=size))
    table = feed_of("orders", {"at": "timestamp"}, format="delta").load("orders")
    assert table["at"].iloc[0].to_pydatetime() == moment


def test_partition_columns_have_their_values_and_types(tmp_path: Path, feed_of: Feeds) -> None:
    table = pa.table(
        {
            "id": ["1", "2", "3"],
            "shop": ["a b%/ä=", "a b%/ä=", None],
            "day": pa.array([date(2026, 3, 1), None, date(2026, 3, 2)]),
            "number": pa.array([1, 2, None], pa.int32()),
        }
    )
    write_deltalake(tmp_path / "orders", table, partition_by=["shop", "day", "number"])
    table = feed_of(
        "orders", {"id": "string"}, format="delta", settings={"identifiers": ["id"]}
    ).load("orders")
    assert table["shop"].tolist()[:2] == ["a b%/ä=", "a b%/ä="]
    assert table["shop"].isna().tolist() == [False, False, True]
    assert table["day"].tolist()[0] == pd.Timestamp("2026-03-01")
    assert table["day"].isna().tolist() == [False, True, False]
    assert str(table["number"].dtype) == "Int32"
    assert table["number"].tolist()[:2] == [1, 2]


def test_rows_that_were_deleted_or_replaced_are_not_read(tmp_path: Path, delta_of: Feeds) -> None:
    folder = tmp_path / "orders"
    write_deltalake(folder, orders("a", "b"))
    DeltaTable(folder).delete("id = 'a'")
    assert len([*folder.glob("*.parquet")]) == 2
    assert delta_of().load("orders")["id"].tolist() == ["b"]
    write_deltalake(folder, orders("c"), mode="overwrite")
    assert delta_of().load("orders")["id"].tolist() == ["c"]


@pytest.mark.parametrize("in_file", [True, False])
@pytest.mark.parametrize("place", ["orders", "memory://shop/orders"])
def test_rows_that_a_deletion_vector_removes_are_not_read(
    tmp_path: Path,
    delta_of: Feeds,
    now: datetime,
    memory: fsspec.AbstractFileSystem,
    *,
    in_file: bool,
    place: str,
) -> None:
    folder = tmp_path / "orders"
    write_deltalake(folder, orders("a", "b", "c", "d"), partition_by=["day"])
    delete_by_vector(folder, [0, 2], in_file=in_file)
    memory.put(f"{folder}/", "/shop/orders", recursive=True)
    (ref,) = delta_of(place).list_batches(now).batches
    write_deltalake(tmp_path / "purged", orders("b", "d"), partition_by=["day"])
    (purged,) = delta_of("purged").list_batches(now).batches
    assert (ref.rows, ref.digest) == (2, purged.digest)


def test_a_table_that_only_allows_deletion_vectors_is_read_completely(
    tmp_path: Path, delta_of: Feeds
) -> None:
    write_deltalake(tmp_path / "orders", orders("a", "b"))
    rewrite(tmp_path / "orders", asking_for("deletionVectors"))
    assert delta_of().load("orders")["id"].tolist() == ["a", "b"]


def test_columns_that_the_log_maps_by_name_have_the_names_of_the_table(
    tmp_path: Path, feed_of: Feeds
) -> None:
    table = pa.table({"col-1": ["a", "b"], "col-2": [1, 2], "col-3": ["north", "south"]})
    write_deltalake(tmp_path / "orders", table, partition_by=["col-3"])
    names = {"col-1": "order id", "col-2": "col-1", "col-3": "shop"}
    rewrite(tmp_path / "orders", mapping_of(names, "name"))
    table = feed_of("orders", {"order id": "string"}, format="delta").load("orders")
    assert table.to_dict("list") == {
        "order id": ["a", "b"],
        "col-1": [1, 2],
        "shop": ["north", "south"],
    }


def test_a_table_that_only_allows_a_mapping_of_columns_is_read(
    tmp_path: Path, delta_of: Feeds
) -> None:
    write_deltalake(tmp_path / "orders", orders("a"))
    rewrite(tmp_path / "orders", asking_for("columnMapping"))
    assert delta_of().load("orders")["id"].tolist() == ["a"]


def test_a_file_that_no_version_names_is_not_read(tmp_path: Path, delta_of: Feeds) -> None:
    write_deltalake(tmp_path / "orders", orders("a"))
    pa.parquet.write_table(orders("stray"), tmp_path / "orders/stray.parquet")
    assert delta_of().load("orders")["id"].tolist() == ["a"]


def test_rewriting_the_files_is_no_new_delivery(
    tmp_path: Path, delta_of: Feeds, now: datetime
) -> None:
    folder = tmp_path / "orders"
    for part in ("d", "b", "c", "a"):
        write_deltalake(folder, orders(part), mode="append")
    feed = delta_of()
    (discovery,) = discover(feed, {}, now).discoveries
    known = {
        discovery.partition: Batch(
            partition=discovery.partition,
            digest=discovery.digest,
            versions=(discovery.digest,),
            occurred_at=now,
            arrived_at=now,
            status=BatchStatus.APPROVED,
        )
    }
    DeltaTable(folder).optimize.compact()
    DeltaTable(folder).optimize.z_order(["amount"])
    assert feed.list_batches(now).batches[0].location == "orders, version 5"
    assert discover(feed, known, now).discoveries == ()
    write_deltalake(folder, orders("e"), mode="append")
    (changed,) = discover(feed, known, now).discoveries
    assert (changed.location, changed.rows) == ("orders, version 6", 5)


CELLS = st.tuples(
    st.sampled_from(["a", "b", "c"]) | st.none(),
    st.integers(-3, 3) | st.none(),
    st.sampled_from([1.5, float("nan"), None]),
    st.booleans() | st.none(),
)


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(CELLS, min_size=1, max_size=8), data=st.data())
def test_the_same_rows_are_the_same_content_however_they_lie_in_files(
    rows: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    kinds = pa.schema(
        [("t", pa.string()), ("n", pa.int64()), ("f", pa.float64()), ("b", pa.bool_())]
    )

    def table(part: list[tuple[Any, ...]]) -> pa.Table:
        return pa.Table.from_pylist(
            [dict(zip(kinds.names, row, strict=True)) for row in part], kinds
        )

    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    with TemporaryDirectory() as place:
        first, second = Path(place) / "first", Path(place) / "second"
        write_deltalake(first, table(rows))
        write_deltalake(second, table(shuffled[:cut]))
        write_deltalake(second, table(shuffled[cut:]), mode="append")
        digests = []
        for name in ("first", "second"):
            feed = open_at(Path(place), name, {"t": "string"}, format="delta")
            (ref,) = feed.list_batches(datetime(2026, 3, 10, tzinfo=UTC)).batches
            digests.append(ref.digest)
    assert digests[0] == digests[1]


def test_one_version_is_read_while_another_version_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "orders"
    write_deltalake(folder, orders("a", "b"))
    reader = reader_of(folder)
    (first,) = reader.offer().deliveries
    write_deltalake(folder, orders("c"), mode="overwrite")
    DeltaTable(folder).create_checkpoint()
    assert reader.read(first)["id"].tolist() == ["a", "b"]
    (second,) = reader.offer().deliveries
    assert (second.version, reader.read(second)["id"].tolist()) == (1, ["c"])


def test_another_look_is_needed_only_for_another_version(
    tmp_path: Path, delta_of: Feeds, now: datetime
) -> None:
    write_deltalake(tmp_path / "orders", orders("a"))
    feed = delta_of()
    before = feed.fingerprint(now)
    DeltaTable(tmp_path / "orders").create_checkpoint()
    assert feed.fingerprint(now) == before
    write_deltalake(tmp_path / "orders", orders("b"), mode="append")
    assert feed.fingerprint(now) != before


def test_a_log_that_was_shortened_after_its_checkpoint_is_read(
    tmp_path: Path, delta_of: Feeds
) -> None:
    folder = tmp_path / "orders"
    for part in ("a", "b", "c"):
        write_deltalake(folder, orders(part), mode="append")
    DeltaTable(folder).create_checkpoint()
    write_deltalake(folder, orders("d"), mode="append")
    for version in (0, 1, 2):
        (folder / "_delta_log" / f"{version:020d}.json").unlink()
    assert delta_of().load("orders")["id"].tolist() == ["a", "b", "c", "d"]


def test_only_the_needed_files_of_a_log_are_fetched(tmp_path: Path, delta_of: Feeds) -> None:
    folder = tmp_path / "orders"
    for part in ("a", "b"):
        write_deltalake(folder, orders(part), mode="append")
    DeltaTable(folder).create_checkpoint()
    (folder / "_delta_log" / f"{0:020d}.json").write_text("no commit any more")
    assert delta_of().load("orders")["id"].tolist() == ["a", "b"]


def test_a_column_that_came_later_is_missing_in_older_rows(tmp_path: Path, delta_of: Feeds) -> None:
    folder = tmp_path / "orders"
    write_deltalake(folder, orders("a"))
    wider = orders("b").append_column("note", pa.array(["new"]))
    write_deltalake(folder, wider, mode="append", schema_mode="merge")
    table = delta_of().load("orders")
    assert table["note"].isna().tolist() == [True, False]


def test_an_empty_table_is_a_batch_without_records(tmp_path: Path, delta_of: Feeds) -> None:
    write_deltalake(tmp_path / "orders", orders())
    table = delta_of().load("orders")
    assert (len(table), [*table.columns]) == (0, ["id", "amount", "day"])


def test_reading_a_table_ends_after_the_time_limit(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "orders", orders("a"))
    reader = reader_of(tmp_path / "orders", bounds=Bounds(seconds=-1))
    (delivery,) = reader.offer().deliveries
    with pytest.raises(SourceError, match="was not read within"):
        reader.read(delivery)


def test_batches_by_rows_need_an_order(tmp_path: Path, delta_of: Feeds, now: datetime) -> None:
    write_deltalake(tmp_path / "orders", orders("b", "a"))
    by_rows: dict[str, object] = {"batches": {"by": "rows", "rows": 1}}
    assert "cannot be divided into batches by rows" in str(
        problem_of(delta_of(settings=by_rows), now)
    )
    ordered = delta_of(settings=by_rows | {"identifiers": ["id"]})
    assert ordered.load("0001")["id"].tolist() == ["a"]


def test_appended_rows_do_not_change_older_windows(
    tmp_path: Path, delta_of: Feeds, now: datetime
) -> None:
    folder = tmp_path / "orders"
    weekly = {"batches": {"by": "time", "column": "day", "every": "7d"}}
    feed = delta_of(settings=weekly)
    write_deltalake(folder, orders("b", "a", day="2026-02-03"), partition_by=["day"])
    write_deltalake(folder, orders("c", day="2026-02-11"), mode="append")
    before = {batch.partition: batch.digest for batch in feed.list_batches(now).batches}
    write_deltalake(folder, orders("d", day="2026-02-18"), mode="append")
    after = {batch.partition: batch.digest for batch in feed.list_batches(now).batches}
    assert [*before] == ["2026-02-02", "2026-02-09"]
    assert [*after] == ["2026-02-02", "2026-02-09", "2026-02-16"]
    assert before.items() <= after.items()


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    store = fsspec.filesystem("memory")
    yield store
    store.store.clear()
    store.pseudo_dirs[:] = [""]


def test_a_table_at_an_address_is_read_like_a_local_table(
    tmp_path: Path, delta_of: Feeds, now: datetime, memory: fsspec.AbstractFileSystem
) -> None:
    folder = tmp_path / "orders"
    write_deltalake(folder, orders("b", "a"), partition_by=["day"])
    DeltaTable(folder).delete("id = 'a'")
    memory.put(f"{folder}/", "/shop/orders", recursive=True)
    feed = delta_of("memory://shop/orders")
    (ref,) = feed.list_batches(now).batches
    assert (ref.location, ref.rows) == ("memory://shop/orders, version 1", 1)
    assert feed.load("orders", ref.digest)["id"].tolist() == ["b"]
    assert ref.digest == delta_of().list_batches(now).batches[0].digest


@pytest.mark.parametrize("location", ["orders/", "file://{}/orders", "${PLACE}/orders"])
def test_the_location_of_a_table_may_have_several_forms(
    tmp_path: Path, delta_of: Feeds, now: datetime, location: str
) -> None:
    write_deltalake(tmp_path / "orders", orders("a"))
    written = location.format(tmp_path) if "{}" in location else location
    feed = delta_of(written, opening={"environ": {"PLACE": str(tmp_path)}})
    (ref,) = feed.list_batches(now).batches
    assert ref.location == f"{written.rstrip('/')}, version 0"
    assert feed.load("orders")["id"].tolist() == ["a"]


def test_late_labels_may_come_from_a_table(tmp_path: Path, feed_of: Feeds, now: datetime) -> None:
    (tmp_path / "orders.csv").write_text("id,amount\n1,5\n2,6\n")
    write_deltalake(tmp_path / "truth", pa.table({"id": ["1", "2"], "returned": ["yes", "no"]}))
    feed = feed_of(
        "orders.csv",
        {"id": "string", "amount": "number", "returned": "string"},
        sources={"truth": source("truth", format="delta")},
        settings={"identifiers": ["id"], "labels": {"column": "returned", "source": "truth"}},
    )
    assert discover(feed, {}, now).problems == ()
    assert feed.load_labels()["returned"].tolist() == ["yes", "no"]
