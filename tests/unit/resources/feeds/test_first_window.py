"""Records before the first window: only more of them than before are a problem."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.sources import (
    Batches,
    FileBatches,
    FolderBatches,
    RowBatches,
    TimeBatches,
)
from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.ledger.model.state import Batch, BatchStatus
from aipo_pipelines.resources.feeds.first_window import too_early

NOW = datetime(2026, 3, 10, tzinfo=UTC)
BY_DAYS = TimeBatches(by="time", column="day", every=timedelta(days=1), starting=date(2026, 3, 1))
NO_START = TimeBatches(by="time", column="day", every=timedelta(days=1))


def known(**counts: tuple[int, int | None]) -> Mapping[str, Batch]:
    """Batches by their days in March, each with its entry and the records that were too early."""
    return {
        name.replace("_", "-"): Batch(
            partition=name.replace("_", "-"),
            digest="",
            versions=("",),
            occurred_at=NOW,
            arrived_at=NOW,
            status=BatchStatus.APPROVED,
            entry=entry,
            before_first=count,
        )
        for name, (entry, count) in counts.items()
    }


def problems(count: int, batches: Mapping[str, Batch], rule: Batches = BY_DAYS) -> list[str]:
    early = list(too_early(count, batches, rule))
    assert all(isinstance(problem, SourceUnreadableError) for problem in early)
    return [str(problem) for problem in early]


FIRST, SECOND = known(**{"2026_03_01": (4, 2)}), known(**{"2026_03_02": (9, 5)})


def test_more_records_than_when_the_last_batch_arrived_are_a_problem() -> None:
    assert problems(3, FIRST) == [
        (
            "Records whose 'day' lies before 2026-03-01, when the first window begins: found 3, "
            "expected 2 as when the last batch arrived. They belong to no batch, so nothing is "
            "measured on them. Correct their dates, or agree on an earlier `batches.starting`."
        )
    ]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_as_many_or_fewer_are_no_problem(count: int) -> None:
    assert problems(count, FIRST) == []


def test_the_batch_that_arrived_last_counts_in_any_order_of_the_dates() -> None:
    both = {**SECOND, **FIRST}
    assert problems(5, both) == []
    assert "found 6, expected 5 as" in problems(6, both)[0]


def test_without_a_known_batch_the_records_were_left_out_on_purpose() -> None:
    assert problems(100, {}) == []


def test_a_batch_of_an_older_program_has_no_count_to_compare_with() -> None:
    assert problems(100, known(**{"2026_03_01": (4, None)})) == []
    assert problems(100, known(**{"2026_03_01": (4, 0), "2026_03_02": (9, None)})) == []


def test_a_known_batch_before_the_first_window_shows_that_the_first_day_was_moved() -> None:
    assert problems(100, {**FIRST, **known(**{"2026_02_28": (1, 0)})}) == []


def test_a_batch_of_the_first_window_itself_is_not_before_it() -> None:
    assert len(problems(3, FIRST)) == 1


@pytest.mark.parametrize("name", ["undated", "orders", "", "0001", "2026_02_30"])
def test_a_name_without_a_day_does_not_count_as_a_moved_first_day(name: str) -> None:
    assert len(problems(3, {**FIRST, **known(**{name: (1, 0)})})) == 1


def test_windows_of_hours_are_compared_by_their_day() -> None:
    assert problems(3, known(**{"2026_02_28T230000": (1, 0)})) == []
    assert len(problems(3, known(**{"2026_03_01T230000": (1, 0)}))) == 1


@pytest.mark.parametrize(
    "rule", [FileBatches(by="file"), FolderBatches(by="folder"), RowBatches(by="rows", rows=1)]
)
def test_only_windows_with_a_first_day_leave_records_out(rule: Batches) -> None:
    assert problems(3, FIRST, rule) == []
    assert problems(3, FIRST, NO_START) == []


@given(st.integers(0, 50), st.integers(0, 50))
def test_there_is_at_most_one_problem_and_only_above_the_known_count(now: int, then: int) -> None:
    assert len(problems(now, known(**{"2026_03_01": (1, then)}))) == (1 if now > then else 0)
