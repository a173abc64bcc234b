"""The digest of records: the changes that it shows, in any order of rows and columns."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.contract import Column, Contract, LogicalType
from aipo_pipelines.resources.lake.content_digest import to_arrow
from aipo_pipelines.resources.lake.record_digest import RecordDigests

ROWS = st.lists(st.tuples(st.text(max_size=3), st.integers(0, 9)), min_size=1, unique=True)


AGREED = Contract(
    id="orders",
    version="1.0.0",
    status="active",
    dataset="orders",
    columns=(
        Column(name="id", delivered_as="id", logical_type=LogicalType.STRING),
        Column(name="price", delivered_as="Price", logical_type=LogicalType.NUMBER),
        Column(name="exported", delivered_as="exported", logical_type=LogicalType.DATE),
    ),
)


def digest(frame: pd.DataFrame, *telling: str) -> str:
    agreed = RecordDigests(AGREED, frozenset(telling) if telling else None)
    return agreed.digest(frame, to_arrow(frame))


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


ORDERS = table(id=["a", "b", "c"], price=[1.5, None, 2.0])


@given(ROWS, st.randoms())
def test_no_order_of_rows_or_columns_changes_it(rows: list[Any], chance: Any) -> None:
    frame = pd.DataFrame(rows, columns=["id", "price"])
    other = chance.sample(rows, len(rows))
    sorted_again = pd.DataFrame(other, columns=["id", "price"])[["price", "id"]]
    assert digest(frame).startswith("sha256:")
    assert digest(sorted_again) == digest(frame)


@pytest.mark.parametrize(
    "other",
    [
        table(id=["a", "b", "d"], price=[1.5, None, 2.0]),
        table(id=["a", "b", "c"], price=[1.5, 2.0, None]),
        table(id=["a", "b"], price=[1.5, None]),
        table(id=["a", "b", "c", "c"], price=[1.5, None, 2.0, 2.0]),
        table(key=["a", "b", "c"], price=[1.5, None, 2.0]),
        table(id=["a", "b", "c"], price=[1.5, None, 2.0], more=[1, 2, 3]),
    ],
    ids=["cell", "cells", "fewer", "more", "name", "column"],
)
def test_other_records_have_another_digest(other: pd.DataFrame) -> None:
    assert digest(other) != digest(ORDERS)


def test_a_column_without_a_cell_does_not_count() -> None:
    assert digest(ORDERS.assign(note=None)) == digest(ORDERS)


def test_rows_that_do_not_distinguish_records_have_no_digest() -> None:
    assert digest(table(left=[True, False, True, True, False])) == ""


@pytest.mark.parametrize(
    "cells",
    [
        pd.Series([2**64 - 1, None, 3], dtype="UInt64"),
        pd.Series([1, "a", {"b": [1]}], dtype=object),
        pd.Series([b"a", b"\xff", None], dtype=object),
        pd.Series([dt.date(2026, 1, 1), None, dt.date(9999, 12, 31)], dtype=object),
        pd.to_datetime(pd.Series(["2026-01-01", None, "2026-01-02"]), utc=True),
        pd.Series(["a", None, "b"], dtype="category"),
    ],
    ids=["unsigned", "mixed", "bytes", "dates", "zoned", "categories"],
)
def test_cells_of_every_type_count(cells: pd.Series) -> None:
    frame = cells.to_frame("cell")
    assert digest(frame.iloc[[2, 0, 1]]) == digest(frame)
    assert digest(frame.iloc[[0, 1, 1]]) != digest(frame)


def exported(day: str, **more: object) -> pd.DataFrame:
    return table(id=["a", "b", "c"], Price=[2.0, 2.0, 2.0], exported=day, **more)


def test_a_column_with_the_same_value_in_every_record_does_not_count() -> None:
    first, later = exported("2026-10-20"), exported("2026-11-29", delivery=7)
    assert digest(later.iloc[::-1], "id") == digest(first, "id")


def test_a_column_that_differs_from_record_to_record_counts() -> None:
    mixed = ["2026-10-20", "2026-10-20", "2026-10-21"]
    assert digest(exported("2026-10-20").assign(exported=mixed), "id") != digest(
        exported("2026-10-20"), "id"
    )


@pytest.mark.parametrize("missing", [None, ""], ids=["missing", "empty"])
def test_a_cell_that_is_missing_is_not_the_same_as_the_others(missing: str | None) -> None:
    cells = pd.Series(["2026-10-20", missing, "2026-10-20"])
    gaps = exported("2026-10-20").assign(exported=cells)
    assert digest(gaps, "id") != digest(exported("2026-10-20"), "id")


def test_a_feature_counts_even_if_it_is_the_same_in_every_record() -> None:
    cheaper = exported("2026-10-20").assign(Price=1.0)
    assert digest(cheaper, "id", "price") != digest(exported("2026-10-20"), "id", "price")


def test_without_identifiers_and_a_model_every_column_counts() -> None:
    assert digest(exported("2026-11-29")) != digest(exported("2026-10-20"))


@pytest.mark.parametrize(
    "value",
    [1, 1.5, "x", b"x", True, dt.date(2026, 1, 1), dt.time(1, 2), Decimal("1.5"), [1, 2]],
    ids=lambda value: type(value).__name__,
)
def test_a_column_with_one_value_of_any_type_does_not_count(value: object) -> None:
    frame = exported("2026-10-20")
    same = frame.assign(more=pd.Series([value] * 3, dtype=object))
    assert digest(same, "id") == digest(frame, "id")
