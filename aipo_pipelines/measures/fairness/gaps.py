"""The gap between the groups of an attribute, with an interval corrected for choosing the pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.evidence.outcome import Figure, Interval
from aipo_pipelines.measures.fairness.rates import RATES, GroupRate
from aipo_pipelines.measures.metrics.verdict import direction_of
from aipo_pipelines.measures.statistics.interval_arithmetic import (
    difference,
    ratio,
    rescaled,
    two_sided,
)
from aipo_pipelines.measures.statistics.intervals import wilson
from aipo_pipelines.measures.statistics.multiple_testing import bonferroni


def comparison_of_groups(rates: Sequence[GroupRate], metric: Metric, confidence: float) -> Figure:
    """Largest difference, or smallest ratio, between two groups.

    Args:
        rates: The groups that are large enough, at the threshold's confidence.
        metric: A fairness metric.
        confidence: Level of the interval's ends as one-sided bounds, over all pairs together.

    Returns:
        A figure whose n is the number of records of the smaller of the two groups, because the
        minimum counts these records.
    """
    figure = Figure(
        metric=metric.value,
        value=None,
        n=min((rate.n for rate in rates), default=0),
        direction=direction_of(metric),
    )
    if len(rates) < 2:  # noqa: PLR2004 - a comparison needs two
        return replace(figure, note=f"only {len(rates)} group has enough records to compare")
    high, low = extremes(rates)
    if metric is Metric.SELECTION_RATE_RATIO and high.value == 0:
        return replace(figure, note="nobody was selected in any group")
    pairs = len(rates) * (len(rates) - 1) // 2
    # The extreme pair was chosen after looking, so that each bound has to hold for all pairs
    # (Bonferroni). Pairs share groups, which Bonferroni allows.
    adjusted = bonferroni(confidence, pairs)
    gaps = [_gap(first, second, metric, adjusted) for first, second in combinations(rates, 2)]
    # The near end is the best of all pairs: a pair of large groups can show a gap that the extreme
    # pair of small groups cannot.
    if metric is Metric.SELECTION_RATE_RATIO:
        value, near = low.value / high.value, min(gap.high for gap in gaps)
        extreme = _gap(low, high, metric, adjusted)
        interval = replace(extreme, high=min(near, 1.0))
    else:
        value, near = high.value - low.value, max(gap.low for gap in gaps)
        extreme = _gap(high, low, metric, adjusted)
        interval = replace(extreme, low=max(near, 0.0))
    return replace(
        figure,
        value=value,
        n=min(high.n, low.n),
        interval=replace(
            interval, level=two_sided(confidence), method=_method(metric, rates, pairs)
        ),
        note=f"{RATES[metric]}: {high.name} {high.value:.3f}, {low.name} {low.value:.3f}",
    )


def extremes(rates: Sequence[GroupRate]) -> tuple[GroupRate, GroupRate]:
    """The group with the highest and the group with the lowest rate; there must be a group."""
    return max(rates, key=_value), min(rates, key=_value)


def _value(rate: GroupRate) -> float:
    return rate.value


def _gap(first: GroupRate, second: GroupRate, metric: Metric, confidence: float) -> Interval:
    """Interval of the larger minus the smaller (difference), or smaller over larger (ratio)."""
    high, low = (first, second) if first.value >= second.value else (second, first)
    of_high, of_low = _at(high, confidence), _at(low, confidence)
    if metric is Metric.SELECTION_RATE_RATIO:
        # No record of either group was selected: the ratio may be anything.
        if high.value == 0:
            return replace(of_high, low=0.0, high=1.0)
        return ratio(low.value, of_low, high.value, of_high)
    return difference(high.value, of_high, low.value, of_low)


def _at(rate: GroupRate, confidence: float) -> Interval:
    """The interval of a rate at a stricter confidence."""
    # Wilson is computed again for the new level; a bootstrap interval can only be stretched.
    if rate.share:
        return wilson(round(rate.value * rate.n), rate.n, confidence)
    return rescaled(rate.value, rate.interval, confidence)


def _method(metric: Metric, rates: Sequence[GroupRate], pairs: int) -> str:
    name = "square-and-add of Wilson intervals (Newcombe)"
    if metric is Metric.SELECTION_RATE_RATIO:
        name = "square-and-add for a ratio of Wilson intervals"
    if not rates[0].share:
        name = "square-and-add of bootstrap intervals"
    return f"{name}, Bonferroni over {pairs} pairs" if pairs > 1 else name
