"""Columns of large tables are done several at a time, with the same results."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines import columnwise as module
from aipo_pipelines.columnwise import columnwise
from aipo_pipelines.measures.data.conform import conform
from aipo_pipelines.resources.lake.content_digest import content_digest
from tests.unit.measures.contracts import column, contract


@pytest.fixture
def three_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hands even small tables to threads."""
    monkeypatch.setattr(module, "_MIN_CELLS", 1)
    monkeypatch.setattr(module, "_THREADS", 3)


@pytest.mark.usefixtures("three_threads")
def test_results_come_in_the_order_of_the_columns_and_not_of_their_completion() -> None:
    last_is_done = threading.Event()

    def work(column: str) -> str:
        if column == "first":
            assert last_is_done.wait(10)
        if column == "last":
            last_is_done.set()
        return column.upper()

    assert list(columnwise(work, ["first", "second", "last"])) == ["FIRST", "SECOND", "LAST"]


@pytest.mark.usefixtures("three_threads")
def test_columns_made_on_demand_are_never_all_there() -> None:
    made_columns: list[int] = []

    def columns() -> Iterator[str]:
        for number in range(20):
            made_columns.append(number)
            yield str(number)

    taken = [
        len(made_columns) - number for number, _ in enumerate(columnwise(str.upper, columns()))
    ]
    assert max(taken) <= 3 + 1
    assert len(made_columns) == 20


@pytest.mark.usefixtures("three_threads")
def test_what_breaks_on_a_column_reaches_the_caller() -> None:
    def work(column: str) -> int:
        return int(column)

    with pytest.raises(ValueError, match="invalid literal"):
        list(columnwise(work, ["1", "two", "3", "4", "5"]))


@pytest.mark.parametrize("columns", [[], ["one"], ["one", "two"]])
def test_small_tables_and_none_are_worked_on_in_turn(columns: list[str]) -> None:
    here = threading.get_ident()
    assert list(columnwise(lambda _: threading.get_ident(), columns)) == [here] * len(columns)


def test_threads_change_neither_what_is_read_nor_its_digest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(5)
    agreed = contract(
        column("id"), column("day", "date"), column("amount", "number"), column("count", "integer")
    )
    raw = pd.DataFrame(
        {
            "id": [f"r{number}" for number in range(500)],
            "day": rng.choice(["2026-01-01", "2026-02-30", ""], 500),
            "amount": rng.choice(["1.5", "-2e3", "x"], 500),
            "count": rng.choice(["7", "8.0", "9.5"], 500),
        },
        dtype="str",
    )
    alone = conform(raw, agreed)
    digest = content_digest(raw)
    monkeypatch.setattr(module, "_MIN_CELLS", 1)
    together = conform(raw, agreed)
    pd.testing.assert_frame_equal(together.frame, alone.frame)
    assert together.misfits == alone.misfits
    assert min(alone.misfits.values()) == 0 < max(alone.misfits.values())
    assert content_digest(raw) == digest
