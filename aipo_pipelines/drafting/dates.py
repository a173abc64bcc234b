"""The format of the dates of a column, decided by evidence over all its values.

Every format that fits the shape is tried on all values. A format is chosen only if every other
format fails on some values: 05-02-2010 is read with the day first only if another value cannot be
read with the month first. If the values do not decide, the column stays text and a person must
decide. Half of such guesses would be wrong, and wrongly read dates look right.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aipo_pipelines.charter.dates.date_format import to_strptime

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?")
_SHAPE = re.compile(
    r"(?P<date>\d{1,4}(?P<sign>[./-])\d{1,2}(?P=sign)\d{1,4}|\d{8}"
    r"|\d{1,2}(?P<gap>[ -])[A-Za-z]{3,9}(?P=gap)\d{4}|[A-Za-z]{3,9} \d{1,2}, \d{4})"
    r"(?:(?P<between>[T ])(?P<time>\d{1,2}:\d{2}(?::\d{2})?(?:\.\d{1,6})?)(?P<half> ?[AaPp][Mm])?)?"
)
_MISFITS = 0.01
_FEWEST_COMPACT = 20
# Numbers of eight digits outside of these years are order numbers rather than days.
_YEARS = (1900, 2100)


@dataclass(frozen=True, slots=True, kw_only=True)
class DateReading:
    """The format of the dates of a column.

    Attributes:
        pattern: JDK letters (`dd-MM-yyyy`); empty for ISO 8601, and if there are rivals.
        is_day: Whether it holds days, without a time.
        rivals: Patterns between which the values do not decide; empty if they decide.
        deciding_values: Different values that only `pattern` can read; None if it had no rival.
    """

    pattern: str = ""
    is_day: bool = True
    rivals: tuple[str, ...] = ()
    deciding_values: int | None = None


def read_dates(texts: Sequence[str]) -> DateReading | None:
    """Decides how the different values of a column are written as dates.

    Args:
        texts: The different values, blanks stripped.

    Returns:
        The format, with `rivals` if several are possible. None if the values are no dates: more
        than 1 % of them fit no format.
    """
    iso = [text for text in texts if _ISO.fullmatch(text)]
    # ISO 8601 first: it is the one format without a rival.
    if texts and len(iso) >= (1 - _MISFITS) * len(texts):
        is_day = all(len(text) == len("2026-01-31") for text in iso)
        readable = _failures(texts, None) <= _MISFITS * len(texts)
        return DateReading(is_day=is_day) if readable else None
    patterns = tuple(_candidates(texts)) if texts else ()
    return _decided(texts, patterns) if patterns else None


def _decided(texts: Sequence[str], patterns: Sequence[str]) -> DateReading | None:
    """The pattern that is left, or the patterns that all fit; None if no pattern fits."""
    failures = {pattern: _failures(texts, pattern) for pattern in patterns}
    best = min(patterns, key=lambda pattern: failures[pattern])
    if failures[best] > _MISFITS * len(texts) or not _is_plausible(texts, best):
        return None
    is_day = "H" not in best and "h" not in best
    rivals = [pattern for pattern in patterns if pattern != best]
    if not rivals:
        return DateReading(pattern=best, is_day=is_day)
    margin = min(failures[rival] for rival in rivals) - failures[best]
    if margin <= max(0, int(_MISFITS * len(texts))):
        close = [rival for rival in rivals if failures[rival] - failures[best] <= margin]
        return DateReading(is_day=is_day, rivals=(best, *close))
    return DateReading(pattern=best, is_day=is_day, deciding_values=margin)


def _candidates(texts: Sequence[str]) -> Iterator[str]:
    """The formats that the most frequent shape allows."""
    shapes = Counter(re.sub(r"[A-Za-z]+", "a", re.sub(r"\d", "9", text)) for text in texts)
    common = shapes.most_common(1)[0][0]
    example = next(
        text for text in texts if re.sub(r"[A-Za-z]+", "a", re.sub(r"\d", "9", text)) == common
    )
    match = _SHAPE.fullmatch(example)
    if match is None:
        return
    time = _time(match)
    # `d` reads 5 and 05, `dd` reads 05 only: the stricter pattern finds more errors later.
    padded = not any(re.match(r"\d[./ -]|.*[./-]\d([./ T-]|$)", text) for text in texts)
    for date in _dates(match, padded=padded, count=len(texts)):
        yield date + time


def _dates(match: re.Match[str], *, padded: bool, count: int) -> Iterator[str]:
    date, sign, gap = match["date"], match["sign"], match["gap"]
    day, month = ("dd", "MM") if padded else ("d", "M")
    if sign is not None:
        lengths = [len(part) for part in date.split(sign)]
        yield from (sign.join(parts) for parts in _orders(lengths, day, month))
    elif date.isdecimal():
        # Eight digits may be any number: they must be many, and days of a plausible year.
        if count >= _FEWEST_COMPACT:
            yield "yyyyMMdd"
    elif gap is not None:
        name = "MMM" if len(date.split(gap)[1]) == len("Jan") else "MMMM"
        yield gap.join(("d", name, "yyyy"))
    else:
        yield ("MMM" if len(date.split(" ")[0]) == len("Jan") else "MMMM") + " d, yyyy"


def _orders(lengths: Sequence[int], day: str, month: str) -> Iterator[tuple[str, str, str]]:
    """The orders of day, month and year that fit the lengths of three numbers."""
    if lengths[0] == len("2026"):
        yield "yyyy", month, day
    elif lengths[2] == len("2026"):
        yield day, month, "yyyy"
        yield month, day, "yyyy"
    elif lengths[2] == len("26"):
        yield day, month, "yy"
        yield month, day, "yy"
        yield "yy", month, day


def _time(match: re.Match[str]) -> str:
    if match["time"] is None:
        return ""
    hour = "hh" if match["half"] else "HH"
    parts = match["time"].count(":")
    text = f"{hour}:mm" + (":ss" if parts > 1 else "") + (".SSSSSS" if "." in match["time"] else "")
    between = "'T'" if match["between"] == "T" else " "
    half = (" a" if match["half"].startswith(" ") else "a") if match["half"] else ""
    return f"{between}{text}{half}"


def _parsed(texts: Sequence[str], pattern: str | None) -> pd.Series:
    style = "ISO8601" if pattern is None else to_strptime(pattern)
    return pd.Series(pd.to_datetime(pd.Series(texts), format=style, errors="coerce", utc=True))


def _failures(texts: Sequence[str], pattern: str | None) -> int:
    return int(_parsed(texts, pattern).isna().sum())


def _is_plausible(texts: Sequence[str], pattern: str) -> bool:
    if pattern != "yyyyMMdd":
        return True
    years = _parsed(texts, pattern).dt.year.to_numpy(dtype=np.float64)
    years = years[np.isfinite(years)]
    return bool(((years >= _YEARS[0]) & (years < _YEARS[1])).all())
