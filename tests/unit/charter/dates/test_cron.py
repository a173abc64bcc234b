"""Cron lines: when they fire, as Dagster would say, and how far apart at most."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.dates.cron import check_cron, longest_interval, next_tick
from tests.dagster_internals import cron_string_iterator, is_valid_cron_schedule
from tests.unit.charter.conftest import Check

LINES = st.builds(  # each of them fires on some day
    "{} {} {} {} {}".format,
    st.sampled_from(["*", "0", "30", "*/5", "0,17,59", "10-20", "1-59/7"]),
    st.sampled_from(["*", "0", "6", "*/6", "9-17", "0,23", "1-22/3"]),
    st.sampled_from(["*", "1", "29", "31", "1-7", "*/2", "1,15", "?"]),
    st.sampled_from(["*", "1", "7", "dec", "1,7", "*/3", "3,5,10,12"]),
    st.sampled_from(["*", "1", "0", "7", "1-5", "mon,FRI", "fri-mon", "*/2"]),
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("line", "days", "rest"),
    [
        ("* 6 1 1 *", 365, "23:01"),
        ("0 */6 * 1 *", 335, "06:00"),
        ("* 6 * * 1", 6, "23:01"),
        ("*/5 9-17 * * 1-5", 2, "15:05"),
        ("0 0 * 1,7 *", 154, "00:00"),
        ("* * * * *", 0, "00:01"),
        ("0 6 * * *", 1, "00:00"),
        ("0,30 6,18 * * *", 0, "11:30"),
        ("0 5 1 3,6,9,12 *", 92, "00:00"),
        ("0 0 31 * *", 61, "00:00"),
        ("0 0 29 2 *", 2921, "00:00"),
    ],
)
def test_the_longest_gap_is_exact(line: str, days: int, rest: str) -> None:
    hours, minutes = map(int, rest.split(":"))
    assert longest_interval(line) == timedelta(days=days, hours=hours, minutes=minutes)


@settings(max_examples=30, deadline=None)
@given(LINES, MOMENTS)
def test_no_two_firings_are_further_apart_than_the_longest_gap(line: str, start: datetime) -> None:
    found = [start]
    for _ in range(40):
        found.append(next_tick(line, found[-1]))
    del found[0]
    assert max(later - earlier for earlier, later in pairwise(found)) <= longest_interval(line)


@settings(max_examples=40, deadline=None)
@given(LINES, MOMENTS)
def test_a_line_fires_when_dagster_would_fire_it(line: str, start: datetime) -> None:
    assert is_valid_cron_schedule(line)
    theirs = cron_string_iterator(start.timestamp(), line, "UTC")
    expected = [*islice((tick for tick in theirs if tick > start), 5)]
    found = [start]
    for _ in range(5):
        found.append(next_tick(line, found[-1]))
    assert found[1:] == expected


@pytest.mark.parametrize("zone", ["America/Santiago", "Asia/Beirut", "Europe/Berlin"])
@pytest.mark.parametrize("line", ["0 0 * * *", "30 2 * * *", "*/30 * * * *", "0 3 * * 0"])
def test_a_change_of_clocks_moves_no_tick(zone: str, line: str) -> None:
    # Around the days on which clocks change in these zones, at midnight in the first two.
    for day in (datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 9, 5, tzinfo=UTC)):
        ticks = [day]
        for _ in range(100):
            local = ticks[-1].astimezone(ZoneInfo(zone))
            ticks.append(next_tick(line, local))
        assert all(later > earlier for earlier, later in pairwise(ticks))
        theirs = cron_string_iterator(day.timestamp(), line, "UTC")
        assert ticks[1:] == [*islice((tick for tick in theirs if tick > day), 100)]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("R R * * *", "a malformed line"),
        ("r(0-10) 0 * * *", "a malformed line"),
        ("H H * * *", "a malformed line"),
        ("H/5 * * * *", "a malformed line"),
        ("@daily", "a line of 1 fields"),
        ("@random", "a line of 1 fields"),
        ("0 0 0 * * *", "a line of 6 fields"),
        ("0 0 * * * * 2026", "a line of 7 fields"),
        ("0 0 30 2 *", "a line that never fires"),
        ("0 0 31 4 *", "a line that never fires"),
        ("60 * * * *", "a malformed line"),
        ("*/0 * * * *", "a malformed line"),
        ("0 0 * * monday", "a malformed line"),
        ("0 0 * * 1W", "a malformed line"),
        ("0 0 L * *", "a malformed line"),
        ("0 0 * * 5#1", "a malformed line"),
    ],
)
def test_a_line_that_says_no_moment_is_refused(check: Check, line: str, found: str) -> None:
    with pytest.raises(ValueError, match=found):
        check_cron(line)
    (problem,) = check(retraining={"cadence": line})
    assert problem.field == "retraining.cadence"
    assert found in problem.found
