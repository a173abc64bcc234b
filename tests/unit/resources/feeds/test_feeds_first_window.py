"""Records before the first window: older records are left out, and later records are a problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.ledger.model.state import Batch
from aipo_pipelines.resources.feeds import Feed, discover
from tests.unit.resources.feeds.ledgered import ledgered

Feeds = Callable[..., Feed]
COLUMNS = {"day": "date", "n": "integer"}


def daily(first: date) -> Mapping[str, Any]:
    return {"batches": {"by": "time", "column": "day", "every": "1d", "starting": first}}


def write(folder: Path, *days: str) -> None:
    lines = [f"{day},{number}" for number, day in enumerate(days)]
    (folder / "a.csv").write_text("\n".join(["day,n", *lines, ""]))


def problems(feed: Feed, known: Mapping[str, Batch], now: datetime) -> list[str]:
    return [str(problem) for problem in discover(feed, known, now).problems]


@pytest.fixture
def feed(tmp_path: Path, feed_of: Feeds) -> Feed:
    write(tmp_path, "2025-12-30", "2026-01-01", "2026-01-02")
    return feed_of("a.csv", COLUMNS, settings=daily(date(2026, 1, 1)))


def test_records_before_the_first_window_from_the_start_are_no_problem(
    feed: Feed, now: datetime
) -> None:
    assert problems(feed, {}, now) == []
    assert problems(feed, ledgered(discover(feed, {}, now), now), now) == []


def test_a_day_written_with_last_years_date_is_reported(
    feed: Feed, tmp_path: Path, now: datetime
) -> None:
    known = ledgered(discover(feed, {}, now), now)
    write(tmp_path, "2025-12-30", "2026-01-01", "2026-01-02", "2025-01-03", "2025-01-03")
    (problem,) = problems(feed, known, now)
    assert "lies before 2026-01-01" in problem
    assert "found 3, expected 1" in problem


def test_a_later_first_window_that_was_agreed_is_no_problem(
    feed: Feed, feed_of: Feeds, now: datetime
) -> None:
    known = ledgered(discover(feed, {}, now), now)
    later = feed_of("a.csv", COLUMNS, settings=daily(date(2026, 1, 2)))
    assert problems(later, known, now) == []


def test_a_batch_of_an_older_program_without_a_count_is_no_problem(
    feed: Feed, tmp_path: Path, now: datetime
) -> None:
    batches = ledgered(discover(feed, {}, now), now)
    known = {name: replace(batch, before_first=None) for name, batch in batches.items()}
    write(tmp_path, "2025-12-30", "2026-01-01", "2026-01-02", "2025-01-03")
    assert problems(feed, known, now) == []
