"""Cron lines: whether they are well formed, whether they ever fire, and how far apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

from croniter import CroniterBadDateError, CroniterError, croniter

_FIELDS = 5
_START = datetime(2000, 1, 1, tzinfo=UTC)
_FIRES = 60


def check_cron(line: str) -> None:
    """Checks a cron line of five fields.

    Raises:
        ValueError: The line is malformed or never fires; the message says which, as a noun.
    """
    _fires(line, 1)


@cache  # the products of an organisation share few lines, and 60 firings cost milliseconds
def longest_interval(line: str) -> timedelta:
    """The longest time between two firings, looking at 60 of them from a fixed day.

    Raises:
        ValueError: As `check_cron`.
    """
    fires = _fires(line, _FIRES)
    return max(later - earlier for earlier, later in pairwise(fires))


def _fires(line: str, count: int) -> list[datetime]:
    if len(line.split()) != _FIELDS:
        raise ValueError(f"a line of {len(line.split())} fields")
    try:
        schedule = croniter(line, _START)
        return [schedule.get_next(datetime) for _ in range(count)]
    except CroniterBadDateError:
        raise ValueError("a line that never fires") from None
    except (CroniterError, ValueError, KeyError, OverflowError):
        raise ValueError("a malformed line") from None
