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


def rescaled(value: float, interval: Interval, confidence: float) -> Interval:
    """The same interval at another confidence, its half widths stretched as a normal's."""
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
    return Interval(
        low=a - b - math.hypot(a - of_a.low, of_b.high - b),
        high=a - b + math.hypot(of_a.high - a, b - of_b.low),
        level=of_a.level,
        method=f"square-and-add of two intervals ({of_a.method}; {of_b.method})",
    )


def ratio(a: float, of_a: Interval, b: float, of_b: Interval) -> Interval:
    """Interval of a / b, b above 0, from the intervals of two independent shares."""
    product = a * b

    def bound(end_a: float, end_b: float, sign: int) -> float:
        below = end_b * (2 * b - end_b)
        inner = product**2 - end_a * (2 * a - end_a) * below
        if below <= 0:
            return math.inf if sign > 0 else 0.0
        return max(0.0, (product + sign * math.sqrt(max(0.0, inner))) / below)

    return Interval(
        low=bound(of_a.low, of_b.high, -1),
        high=bound(of_a.high, of_b.low, 1),
        level=of_a.level,
        method=f"square-and-add for a ratio ({of_a.method}; {of_b.method})",
    )
