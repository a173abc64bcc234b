"""Bounds that the contract may promise for the values of a column: sets, ranges and forms.

A promise that new data would soon break is no help. So a set is promised only if every value came
up often and no value came with a later delivery. A range is wider than the values in the sample,
and a growing column has no upper end. Columns with suspected personal data have rules of their own
(`personal_values`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from aipo_pipelines.charter.model.contract import LogicalType
from aipo_pipelines.drafting.columns import Profile
from aipo_pipelines.drafting.growth import Trend
from aipo_pipelines.drafting.outliers import Outliers, find_outliers

MOST_TEXTS = 20
MOST_NUMBERS = 12
MOST_IN_CYCLE = 60
LONGEST_TEXT = 60
# If each value came up three times, hardly any other value is still to come (Good-Turing).
OFTEN = 3
_FORM_FROM = 30
NO_TREND = Trend()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The promises about the values of a column.

    Attributes:
        allowed: The set, sorted; empty if no set is promised.
        low, high: The range of numbers; None if no end is promised.
        form: Regular expression of texts; empty if no form is promised.
        note: A description of the sample that quotes no value of personal data.
        asks: What a person must decide about it; empty if nothing is open.
        outliers: Values far beyond the range, which are warned of, not refused; None if there are
            no such values.
        is_warned: Whether values beyond the range are warned of, not refused.
    """

    allowed: tuple[int | str, ...] = ()
    low: float | None = None
    high: float | None = None
    form: str = ""
    note: str = ""
    asks: str = ""
    outliers: Outliers | None = None
    is_warned: bool = False


def bound_values(profile: Profile, *, is_key: bool, trend: Trend = NO_TREND) -> Bounds:
    """The bounds that a contract may promise for a column without personal data.

    Args:
        profile: The column.
        is_key: Whether it is a key, whose values are all new.
        trend: How its values change over the deliveries.
    """
    if not profile.distinct or profile.kind is LogicalType.BOOLEAN or profile.is_time:
        return Bounds()
    counts = profile.present.value_counts()
    if not is_key:
        # Growth decides before the set: a year has few values and will have a further value.
        if trend.rises or trend.perhaps:
            return _growing(profile, is_sure=trend.rises)
        if is_set(profile, counts, OFTEN):
            return _later(profile, trend.later) if trend.later else _set(counts)
    if profile.is_number:
        return _open_ended(_of_numbers(profile, counts, is_key=is_key), trend)
    form = common_form([str(text) for text in profile.present.unique()])
    return Bounds(form=form, note="every value seen has this form" if form else "")


def is_set(profile: Profile, counts: pd.Series, often: int) -> bool:
    """Whether a column has few values, each of them so often that they may be all values."""
    few = len(counts) <= (MOST_NUMBERS if profile.is_number else MOST_TEXTS)
    return few and bool((counts >= often).all()) and profile.kind is not LogicalType.NUMBER


def sorted_values(counts: pd.Series) -> tuple[int | str, ...]:
    """The values of a set, in order."""
    return tuple(
        int(value) if not isinstance(value, str) else value for value in sorted(counts.index)
    )


def _growing(profile: Profile, *, is_sure: bool) -> Bounds:
    """No set and no highest value: the next delivery brings higher values."""
    low = _rounded_down(float(profile.present.min())) if profile.is_number else None
    reason = "it grows with each delivery" if is_sure else "its name says that it grows"
    asks = f"time-like: {reason}, so no set and no highest value is promised"
    return Bounds(low=low, asks=asks)


def _later(profile: Profile, count: int) -> Bounds:
    """No set: values came with later deliveries, so further values may come."""
    low = _rounded_down(float(profile.present.min())) if profile.is_number else None
    values = "1 of its values" if count == 1 else f"{count} of its values"
    asks = (
        f"{values} came with later deliveries only, so no set is promised: write `enum` if no "
        "other value can come"
    )
    return Bounds(low=low, asks=asks)


def _open_ended(bounds: Bounds, trend: Trend) -> Bounds:
    """Bounds without the end that was passed again and again."""
    high = None if trend.is_higher else bounds.high
    low = None if trend.is_lower and (bounds.low or 0.0) < 0 else bounds.low
    if (low, high) == (bounds.low, bounds.high):
        return bounds
    ends = "highest" if low == bounds.low else "lowest" if high == bounds.high else "outer"
    asks = (
        f"its {ends} values went further from delivery to delivery, so no end is promised there: "
        "is there an end that holds for future data?"
    )
    return replace(bounds, low=low, high=high, note="", asks=asks)


def _set(counts: pd.Series) -> Bounds:
    values = sorted_values(counts)
    if any(isinstance(value, str) and len(value) > LONGEST_TEXT for value in values):
        return Bounds(note=f"{len(values)} different texts were seen, too long for a set")
    # One value may be a constant or a feed that has just begun.
    if len(values) == 1:
        return Bounds(allowed=values, asks="any other value is refused: can one come?")
    return Bounds(allowed=values, note=f"the rarest of them was seen {int(counts.min()):,} times")


def _of_numbers(profile: Profile, counts: pd.Series, *, is_key: bool) -> Bounds:
    if is_key and profile.present.min() >= 0:
        return Bounds(low=0.0)
    cycle = _cycle(profile, counts)
    if cycle is not None:
        return cycle
    outliers = find_outliers(profile.present)
    if outliers is None:
        return _range(profile.present)
    rest = _range(profile.present[profile.present.between(outliers.low, outliers.high)])
    return replace(rest, note="", outliers=outliers, is_warned=True)


def _cycle(profile: Profile, counts: pd.Series) -> Bounds | None:
    """The exact range of whole numbers that are about equally frequent, like hours of a day."""
    if profile.kind is not LogicalType.INTEGER or len(counts) > MOST_IN_CYCLE or _is_rare(counts):
        return None
    low, high = int(profile.present.min()), int(profile.present.max())
    if len(counts) != high - low + 1:
        return None
    note = f"every whole number from {low} to {high} was seen, all about equally often"
    return Bounds(low=float(low), high=float(high), note=note)


def _is_rare(counts: pd.Series) -> bool:
    """Whether a value came up less than half as often as an average value, or hardly ever."""
    return bool(counts.min() < max(OFTEN, counts.mean() / 2))


def _rounded_down(number: float) -> float:
    """0 for a number that is not negative; twice a negative number."""
    return 0.0 if number >= 0 else -_rounded_up(-2 * number)


def _range(values: pd.Series) -> Bounds:
    low, high = float(values.min()), float(values.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        return Bounds()
    # A share cannot leave 0 to 1, even if the sample has only a part of that range.
    if low >= 0 and high <= 1 and values.nunique() > 2:  # noqa: PLR2004 - more than yes and no
        return Bounds(low=0.0, high=1.0, note="a share, as far as was seen")
    span = high - low or abs(high) or 1.0
    wide_low = 0.0 if low >= 0 else -_rounded_up(span - low)
    note = f"seen: {low:g} to {high:g}; the range is wider by that span"
    return Bounds(
        low=wide_low, high=_rounded_up(high + span) if high + span > 0 else 0.0, note=note
    )


def _rounded_up(number: float) -> float:
    """A positive number in two significant digits, rounded up."""
    size = 10.0 ** (math.floor(math.log10(number)) - 1)
    rounded = math.ceil(number / size) * size
    return float(f"{rounded:.12g}")


def common_form(texts: Sequence[str]) -> str:
    """The common form of codes: runs of digits and letters with lengths; empty if they differ."""
    if len(texts) < _FORM_FROM or any(len(text) > LONGEST_TEXT for text in texts):
        return ""
    runs = list(map(_runs, texts))
    first = _kinds(runs[0])
    same = all(_kinds(run) == first for run in runs)
    if not same or len(first) > MOST_NUMBERS or "d" not in first:
        return ""
    parts = []
    for place, kind in enumerate(first):
        lengths = {run[place][1] for run in runs}
        parts.append(_part(kind, min(lengths), max(lengths)))
    return f"^{''.join(parts)}$"


def _kinds(runs: list[tuple[str, int]]) -> list[str]:
    return [kind for kind, _ in runs]


def _runs(text: str) -> list[tuple[str, int]]:
    runs: list[tuple[str, int]] = []
    for sign in text:
        kind = _kind(sign)
        if runs and runs[-1][0] == kind:
            runs[-1] = (kind, runs[-1][1] + 1)
        else:
            runs.append((kind, 1))
    return runs


def _kind(sign: str) -> str:
    if sign.isascii() and sign.isdigit():
        return "d"
    if sign.isascii() and sign.isalpha():
        return "A" if sign.isupper() else "a"
    return sign


def _part(kind: str, least: int, most: int) -> str:
    name = {"d": "[0-9]", "A": "[A-Z]", "a": "[a-z]"}.get(kind, re.escape(kind))
    if least == most == 1:
        return name
    return f"{name}{{{least}}}" if least == most else f"{name}{{{least},{most}}}"
