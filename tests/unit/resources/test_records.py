"""The digest of records: what changes it, and that no order does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.resources.content import to_arrow
from aipo_pipelines.resources.records import records_digest

ROWS = st.lists(st.tuples(st.text(max_size=3), st.integers(0, 9)), min_size=1, unique=True)


def digest(frame: pd.DataFrame) -> str:
    return records_digest(frame, to_arrow(frame))


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


ORDERS = table(id=["a", "b", "c"], price=[1.5, None, 2.0])


@given(ROWS, st.randoms())
def test_no_order_of_rows_or_columns_changes_it(rows: list[Any], chance: Any) -> None:
    frame = pd.DataFrame(rows, columns=["id", "price"])
    other = chance.sample(rows, len(rows))
    sorted_anew = pd.DataFrame(other, columns=["id", "price"])[["price", "id"]]
    assert digest(frame).startswith("sha256:")
    assert digest(sorted_anew) == digest(frame)


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


def test_a_column_without_a_cell_is_none() -> None:
    assert digest(ORDERS.assign(note=None)) == digest(ORDERS)


def test_rows_that_do_not_tell_records_apart_have_none() -> None:
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
