"""The date in the name of a delivery: `2026-09-30`, `orders_20260930`, `2026-W40`.

The date is the end of the named period, like the date of a window of time: the moment at which the
day, week, month or quarter is over, in UTC. Only forms that begin with the year are read, as in ISO
8601, because the month of `05.09.2026` is not known. A name with two different periods, or with a
day that no calendar has, has no date.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

# Other numbers of four digits are more often order numbers than years.
_YEAR = r"(?<!\d)((?:19|20)\d\d)"
# What follows a shorter period must not make a longer form of it, and so another date.
_WHOLE = r"(?![-_./]?\d)"
_DAY = re.compile(_YEAR + r"([-_./]?)(\d\d)\2(\d\d)(?!\d)")
_WEEK = re.compile(_YEAR + r"[-_./]?[Ww](\d\d)" + _WHOLE)
_MONTH = re.compile(_YEAR + r"[-_./](\d\d)" + _WHOLE)
_QUARTER = re.compile(_YEAR + r"[-_./]?[Qq]([1-4])" + _WHOLE)


def date_in(name: str) -> datetime | None:
    """The end of the period in a name; None if it has no period, or several.

    Args:
        name: Key of a batch that is a file or a folder.
    """
    try:
        periods = set(_periods(name))
    except ValueError:
        return None
    # `2026-09-30_to_2026-10-06` may mean its first or its last day: nobody knows.
    if len(periods) != 1:
        return None
    _, after = periods.pop()
    return datetime(after.year, after.month, after.day, tzinfo=UTC)


def _periods(name: str) -> Iterator[tuple[date, date]]:
    """First day of each period named, and the day after its last.

    Raises:
        ValueError: There is no such day.
    """
    for pattern, period in _FORMS:
        for match in pattern.finditer(name):
            yield period(match)


def _day(match: re.Match[str]) -> tuple[date, date]:
    day = date(int(match[1]), int(match[3]), int(match[4]))
    return day, day + timedelta(days=1)


def _week(match: re.Match[str]) -> tuple[date, date]:
    # ISO weeks begin on Monday; a year has 52 or 53 of them, and others raise an error.
    monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
    return monday, monday + timedelta(weeks=1)


def _month(match: re.Match[str]) -> tuple[date, date]:
    return _months(int(match[1]), int(match[2]), 1)


def _quarter(match: re.Match[str]) -> tuple[date, date]:
    return _months(int(match[1]), 3 * int(match[2]) - 2, 3)


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    later = month - 1 + count
    return date(year, month, 1), date(year + later // 12, later % 12 + 1, 1)


_FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[date, date]]], ...] = (
    (_DAY, _day),
    (_WEEK, _week),
    (_MONTH, _month),
    (_QUARTER, _quarter),
)
