from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from aipo_pipelines.errors import UsageError
from aipo_pipelines.resources.clock import Clock, FixedClock, SystemClock

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def test_the_system_clock_shows_aware_utc() -> None:
    clock: Clock = SystemClock()
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().utcoffset() == timedelta(0)


def test_a_fixed_clock_does_not_move_until_it_is_set() -> None:
    clock = FixedClock(NOON)
    assert clock.now() == clock.now() == NOON
    clock.set(NOON - timedelta(days=1))
    assert clock.now() == NOON - timedelta(days=1)


def test_a_fixed_clock_can_be_advanced() -> None:
    clock = FixedClock(NOON)
    clock.advance(timedelta(hours=3))
    assert clock.now() == datetime(2026, 3, 10, 15, tzinfo=UTC)


def test_a_fixed_clock_turns_other_zones_into_utc() -> None:
    clock = FixedClock(datetime(2026, 3, 10, 14, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now().isoformat() == "2026-03-10T12:00:00+00:00"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(UsageError, match="names no zone"):
        FixedClock(datetime(2026, 3, 10))  # noqa: DTZ001 - the mistake under test
