"""Arithmetic on intervals that needs no records: levels, other confidences, differences, ratios.

`confidence` is always the level of *each end* taken as a one-sided bound, because limits are
decided on one side. The interval between both ends therefore has the level 2·confidence - 1,
which is what `Interval.level` carries: confidence 0.95 gives the familiar two-sided 90 %.

Sources: Zou and Donner (2008) for differences and ratios from two separate intervals (for Wilson
intervals this is Newcombe's hybrid score, 1998).
"""

from __future__ import annotations

import math
from statistics import NormalDist

from aipo_pipelines.evidence.outcome import Interval


def quantile_of(confidence: float) -> float:
    """The standard normal quantile of a one-sided confidence, in standard errors."""
    return NormalDist().inv_cdf(confidence)


def two_sided(confidence: float) -> float:
    """Level of the interval between two one-sided bounds of that confidence."""
    return round(2 * confidence - 1, 12)


def reaches(value: float, limit: float) -> bool:
    """Whether a value is at least a limit, or misses it only because of rounding."""
    # The difference of the shares 0.6 and 0.5 is computed as 0.09999999999999998. Without this
    # tolerance, rounding would decide on every value that lies exactly at its limit.
    return value >= limit or math.isclose(value, limit, rel_tol=1e-9, abs_tol=1e-12)


def rescaled(value: float, interval: Interval, confidence: float) -> Interval:
    """The same interval at another confidence, its half widths stretched as a normal's."""
    # Only the stored interval is left, without its records. Its shape is taken as normal, and
    # each end keeps its own half width, so that a lopsided interval stays lopsided.
    stored = quantile_of((1 + interval.level) / 2)
    factor = quantile_of(confidence) / stored if stored else math.inf
    return Interval(
        low=value - (value - interval.low) * factor,
        high=value + (interval.high - value) * factor,
        level=two_sided(confidence),
        method=interval.method,
    )


def difference(a: float, of_a: Interval, b: float, of_b: Interval) -> Interval:
    """Interval of a - b from the intervals of two independent estimates (square-and-add)."""
    # Square-and-add uses the half widths that point to each end. One standard error for both ends
    # would be wrong for shares near 0 and 1 (Newcombe, 1998).
    return Interval(
        low=a - b - math.hypot(a - of_a.low, of_b.high - b),
        high=a - b + math.hypot(of_a.high - a, b - of_b.low),
        level=of_a.level,
        method=f"square-and-add of two intervals ({of_a.method}; {of_b.method})",
    )


def ratio(a: float, of_a: Interval, b: float, of_b: Interval) -> Interval:
    """Interval of a / b, b above 0, from the intervals of two independent shares."""
    return Interval(
        low=_ratio_bound(a, of_a.low, b, of_b.high, -1),
        high=_ratio_bound(a, of_a.high, b, of_b.low, 1),
        level=of_a.level,
        method=f"square-and-add for a ratio ({of_a.method}; {of_b.method})",
    )


def _ratio_bound(a: float, end_a: float, b: float, end_b: float, sign: int) -> float:
    """One end of the interval of a / b: a root of the quadratic of Zou and Donner (2008)."""
    product = a * b
    below = end_b * (2 * b - end_b)
    inner = product**2 - end_a * (2 * a - end_a) * below
    # The interval of b reaches 0 or beyond 2 b: the data do not bound the ratio on this side.
    if below <= 0:
        return math.inf if sign > 0 else 0.0
    # Rounding can make a root that is 0 slightly negative, and a ratio of shares is never negative.
    return max(0.0, (product + sign * math.sqrt(max(0.0, inner))) / below)
