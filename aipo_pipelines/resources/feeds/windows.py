"""Windows of time: their beginnings, ends and names, and the moment when they are complete.

All times are UTC: naive inside numpy arrays, aware as datetimes. Windows of a fixed length follow
each other from the day that the charter names, otherwise from Monday, 5 January 1970. So windows of
whole weeks begin on a Monday, and no window moves when older records arrive. Monthly windows begin
on the day of the month that the charter names, otherwise on the first day. If a month is too short,
its window begins on the last day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np

from aipo_pipelines.charter.model.sources import TimeBatches

_ANCHOR = date(1970, 1, 5)
"""A fixed Monday, so that no window depends on the first record of a feed."""
_DAY = timedelta(days=1)

Times = np.ndarray[tuple[int], np.dtype[np.datetime64]]


def window_starts(times: Times, rule: TimeBatches) -> Times:
    """The beginning of the window of each record.

    Args:
        times: Times of records, datetime64[us]; NaT if unreadable.
        rule: The charter's rule.

    Returns:
        Starts, datetime64[us]. NaT stays NaT, and a time before the first window becomes NaT.
    """
    if isinstance(rule.every, timedelta):
        anchor = np.datetime64(rule.starting or _ANCHOR, "us")
        length = np.timedelta64(rule.every, "us")
        # `np.mod` is never negative, so times before the anchor are in the right window too.
        starts = times - np.mod(times - anchor, length)
    else:
        months = times.astype("datetime64[M]")
        day = rule.starting.day if rule.starting else 1
        this = _month_start(months, day)
        starts = np.where(times >= this, this, _month_start(months - 1, day))
    if rule.starting is not None:
        starts = np.where(times < np.datetime64(rule.starting, "us"), np.datetime64("NaT"), starts)
    return starts.astype("datetime64[us]")


def window_end(start: datetime, rule: TimeBatches) -> datetime:
    """The moment at which a window ends and the next begins."""
    if isinstance(rule.every, timedelta):
        return start + rule.every
    following = np.array([start.replace(tzinfo=None)], "datetime64[M]") + 1
    end = _month_start(following, rule.starting.day if rule.starting else 1)
    return aware(end.astype("datetime64[us]")[0])


def window_key(start: datetime, rule: TimeBatches) -> str:
    """Name of a window: its first day, also with its first second if windows are no whole days."""
    if isinstance(rule.every, timedelta) and rule.every % _DAY:
        return start.strftime("%Y-%m-%dT%H%M%S")
    return start.date().isoformat()


def is_window(key: str, rule: TimeBatches) -> bool:
    """Whether the key of a batch is the name of a window by this rule, not by a former rule."""
    try:
        start = datetime.fromisoformat(key).replace(tzinfo=UTC)
    except ValueError:
        return False
    begins = window_starts(np.array([naive(start)]), rule)[0]
    return window_key(start, rule) == key and bool(begins == naive(start))


def is_complete(end: datetime, rule: TimeBatches, newest: datetime | None, now: datetime) -> bool:
    """Whether no more records of a window are expected.

    It is complete as soon as a later record is there, and at the latest `complete_after` after its
    end. A record with a date in the future proves nothing about the present.

    Args:
        end: End of the window.
        rule: The charter's rule.
        newest: Time of the newest record that is not later than `now`.
        now: The present.
    """
    if newest is not None and newest >= end:
        return True
    return now >= end + (rule.complete_after or timedelta())


def aware(moment: np.datetime64) -> datetime:
    """A naive UTC time of numpy as an aware datetime."""
    without_zone: datetime = moment.astype("datetime64[us]").item()
    return without_zone.replace(tzinfo=UTC)


def naive(moment: datetime) -> np.datetime64:
    """An aware datetime as a naive UTC time of numpy."""
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def _month_start(months: Times, day: int) -> Times:
    first = months.astype("datetime64[D]")
    length = (months + 1).astype("datetime64[D]") - first
    offset = np.minimum(np.timedelta64(day, "D"), length) - np.timedelta64(1, "D")
    start: Times = (first + offset).astype("datetime64[us]")
    return start
