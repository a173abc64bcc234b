"""Rows of a Delta table's files, in the columns and the order of one version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.resources.feeds.delta_files import DataFile
from aipo_pipelines.resources.feeds.delta_rows import in_columns, in_order, kept_rows, with_large

PHYSICAL = b"delta.columnMapping.physicalName"


def file_of(partition: Mapping[str, Any] | None = None, selection: Any = None) -> DataFile:
    return DataFile(
        path="a.parquet", size=1, rows=None, partition=partition or {}, selection=selection
    )


def selected(*marks: bool) -> Any:
    return pa.array(marks, pa.bool_())


def test_texts_and_bytes_get_types_without_a_limit_and_others_stay() -> None:
    schema = pa.schema({"a": pa.string(), "b": pa.binary(), "c": pa.int8(), "d": pa.date32()})
    assert with_large(schema) == pa.schema(
        {"a": pa.large_string(), "b": pa.large_binary(), "c": pa.int8(), "d": pa.date32()}
    )


def test_columns_come_in_the_order_of_the_version_and_others_are_left_out() -> None:
    table = pa.table({"x": [1], "b": ["two"], "a": [3]})
    schema = pa.schema({"a": pa.int64(), "b": pa.string()})
    read = in_columns(table, schema, file_of())
    assert read.schema == with_large(schema)
    assert read.to_pylist() == [{"a": 3, "b": "two"}]


def test_a_column_that_a_file_lacks_is_missing_in_its_type() -> None:
    schema = pa.schema({"a": pa.int64(), "new": pa.date32()})
    read = in_columns(pa.table({"a": [1, 2]}), schema, file_of())
    assert read.schema.field("new").type == pa.date32()
    assert read.to_pylist() == [{"a": 1, "new": None}, {"a": 2, "new": None}]


def test_the_values_of_a_partition_are_in_every_row() -> None:
    schema = pa.schema({"a": pa.int64(), "day": pa.date32(), "shop": pa.string()})
    partition = {
        "day": pa.scalar(date(2026, 3, 1), pa.date32()),
        "shop": pa.scalar(None, pa.string()),
    }
    table = pa.table({"a": [1, 2], "day": ["of the file", "not read"]})
    read = in_columns(table, schema, file_of(partition))
    assert read.column("day").to_pylist() == [date(2026, 3, 1)] * 2
    assert read.column("shop").to_pylist() == [None, None]
    assert read.column("shop").type == pa.large_string()


def test_a_mapped_column_is_found_by_its_name_in_the_files() -> None:
    field = pa.field("amount", pa.int64(), metadata={PHYSICAL: b"col-7"})
    table = pa.table({"amount": [1], "col-7": [2]})
    read = in_columns(table, pa.schema([field]), file_of())
    assert read.to_pylist() == [{"amount": 2}]


def test_a_narrower_type_in_a_file_becomes_the_type_of_the_version() -> None:
    read = in_columns(
        pa.table({"a": pa.array([1], pa.int32())}), pa.schema({"a": pa.int64()}), file_of()
    )
    assert read.column("a").type == pa.int64()


def test_a_cell_that_does_not_fit_the_type_of_the_version_is_not_rounded() -> None:
    table = pa.table({"a": [1.5]})
    with pytest.raises(pa.ArrowInvalid):
        in_columns(table, pa.schema({"a": pa.int64()}), file_of())


@pytest.mark.parametrize(
    ("selection", "rows"),
    [
        (None, [0, 1, 2]),
        (selected(), [0, 1, 2]),
        (selected(False), [1, 2]),
        (selected(True, False), [0, 2]),
        (selected(False, False, False), []),
        (selected(True, True, True, False, False), [0, 1, 2]),
    ],
)
def test_rows_after_the_last_deleted_row_are_kept(selection: Any, rows: list[int]) -> None:
    table = pa.table({"row": [0, 1, 2]})
    assert kept_rows(table, file_of(selection=selection)).column("row").to_pylist() == rows


@settings(max_examples=50)
@given(st.lists(st.booleans(), max_size=12), st.integers(0, 12))
def test_no_row_is_lost_or_kept_beyond_its_vector(marks: list[bool], rows: int) -> None:
    table = pa.table({"row": pa.array(range(rows), pa.int64())})
    left = kept_rows(table, file_of(selection=selected(*marks))).column("row").to_pylist()
    assert left == [row for row in range(rows) if row >= len(marks) or marks[row]]


def test_the_charters_columns_order_the_rows_before_all_others() -> None:
    table = pa.table({"a": [1, 2, 3], "day": [2, 1, 1], "id": ["x", "z", "y"]})
    assert in_order(table, ["day", "id"]).column("a").to_pylist() == [3, 2, 1]
    assert in_order(table, ["id"]).column("a").to_pylist() == [1, 3, 2]
    assert in_order(table, []).column("a").to_pylist() == [1, 2, 3]


def test_a_column_that_the_table_lacks_orders_nothing() -> None:
    table = pa.table({"a": [2, 1]})
    assert in_order(table, ["day"]).column("a").to_pylist() == [1, 2]


def test_a_column_without_any_type_orders_nothing() -> None:
    table = pa.table({"empty": pa.nulls(2), "a": [2, 1]})
    assert in_order(table, ["empty"]).column("a").to_pylist() == [1, 2]
    only = pa.table({"empty": pa.nulls(2)})
    assert in_order(only, []).num_rows == 2


def test_missing_cells_come_last() -> None:
    table = pa.table({"a": pa.array([None, 2, 1], pa.int64())})
    assert in_order(table, ["a"]).column("a").to_pylist() == [1, 2, None]


ROWS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["x", "y", None]), st.integers(0, 2)), max_size=8
)


@settings(max_examples=30)
@given(ROWS, st.data(), st.sampled_from([(), ("b",), ("c", "a"), ("gone", "b", "b")]))
def test_the_same_rows_have_one_order_and_no_row_is_lost(
    rows: list[tuple[int, str | None, int]], data: st.DataObject, first: Sequence[str]
) -> None:
    def table_of(records: Sequence[tuple[int, str | None, int]]) -> Any:
        kinds = {"a": pa.int64(), "b": pa.string(), "c": pa.int64()}
        columns = [
            pa.array([record[place] for record in records], kind)
            for place, kind in enumerate(kinds.values())
        ]
        return pa.table(columns, names=list(kinds))

    ordered = in_order(table_of(rows), first)
    assert ordered == in_order(table_of(data.draw(st.permutations(rows))), first)
    assert sorted(map(str, ordered.to_pylist())) == sorted(map(str, table_of(rows).to_pylist()))
