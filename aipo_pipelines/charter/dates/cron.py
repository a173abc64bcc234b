"""Cron lines: whether they are well formed, when they fire, and their longest interval.

All code that needs the next tick of a cadence asks here, in UTC, which has no daylight saving time.
A line has numbers, names, lists, ranges and steps only. Random times (`R`, `H`) are refused, and so
are forms that programs read differently (`L`, `#`, seconds).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise

from croniter import CroniterError, croniter

_FIELDS = 5
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAYS = "mon|tue|wed|thu|fri|sat|sun"
_FIELD = re.compile(rf"(?:[0-9*?,/-]|{_MONTHS}|{_DAYS})+", re.IGNORECASE)
# The calendar repeats itself after 400 years, which are so many days.
_CYCLE = 146_097
# Days. Two times 29 February are up to 2,921 days apart, because 1900 and 2100 are no leap years.
_LONGEST_WAIT = 3_000


@dataclass(frozen=True, slots=True)
class _Line:
    """The fields of a line; None stands for every day, month or weekday (0 is Sunday)."""

    times: tuple[timedelta, ...]
    days: frozenset[int] | None
    months: frozenset[int] | None
    weekdays: frozenset[int] | None

    def fires_on(self, day: date) -> bool:
        """Whether it fires on a day; if it has days and weekdays, one of them is enough."""
        if self.months is not None and day.month not in self.months:
            return False
        by_day = self.days is None or day.day in self.days
        # POSIX cron joins the two fields by "or", unlike all other fields.
        by_weekday = self.weekdays is None or day.isoweekday() % 7 in self.weekdays
        if self.days is None or self.weekdays is None:
            return by_day and by_weekday
        return by_day or by_weekday


def check_cron(line: str) -> None:
    """Checks a cron line of five fields.

    Raises:
        ValueError: The line is malformed or never fires; the message says which, as a noun.
    """
    next_tick(line, datetime(2000, 1, 1, tzinfo=UTC))


def next_tick(line: str, after: datetime) -> datetime:
    """The first moment after another at which a line fires, in UTC.

    Raises:
        ValueError: As `check_cron`.
    """
    read, start = _read(line), after.astimezone(UTC)
    for day in _days_from(start.date(), _LONGEST_WAIT):
        if not read.fires_on(day):
            continue
        midnight = datetime.combine(day, time(), UTC)
        for moment in (midnight + time_of_day for time_of_day in read.times):
            if moment > start:
                return moment
    raise ValueError("a line that never fires")


@cache  # the products of an organisation share few lines, and 400 years cost some milliseconds
def longest_interval(line: str) -> timedelta:
    """The longest time between two firings, as far as the calendar goes.

    All days on which a line fires have the same times. So the longest gap lies between two of these
    times, or between the last time of a day and the first of the next such day.

    Raises:
        ValueError: As `check_cron`.
    """
    check_cron(line)
    read = _read(line)
    days = [day.toordinal() for day in _days_from(date(2001, 1, 1), _CYCLE) if read.fires_on(day)]
    pause = max(later - earlier for earlier, later in pairwise([*days, days[0] + _CYCLE]))
    within = [later - earlier for earlier, later in pairwise(read.times)]
    return max([*within, timedelta(days=pause) - read.times[-1] + read.times[0]])


@cache
def _read(line: str) -> _Line:
    words = line.split()
    if len(words) != _FIELDS:
        raise ValueError(f"a line of {len(words)} fields")
    if not all(map(_FIELD.fullmatch, words)):
        raise ValueError("a malformed line")
    try:
        # Only its parser is used: the longest interval needs the days of 400 years, and ticks must
        # agree with it. So both are read from the same fields.
        fields, _ = croniter.expand(line)
    except (CroniterError, ValueError, KeyError, OverflowError):
        raise ValueError("a malformed line") from None
    minutes, hours, days, months, weekdays = (
        None if "*" in field else frozenset(map(int, field)) for field in fields
    )
    return _Line(
        times=tuple(
            timedelta(hours=hour, minutes=minute)
            for hour in sorted(range(24) if hours is None else hours)
            for minute in sorted(range(60) if minutes is None else minutes)
        ),
        days=days,
        months=months,
        weekdays=weekdays,
    )


def _days_from(first: date, count: int) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range(count))
