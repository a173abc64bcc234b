"""How a figure is judged against an agreed threshold.

There are three honest answers, the same for every metric:

- FAIL where the interval lies wholly beyond the limit at the threshold's confidence: the failure
  is shown. A product exactly at its limit is failed in at most 1 - confidence of its batches.
- PASS where the value is on the good side of the limit, and so nothing speaks against it.
- INSUFFICIENT where the value misses the limit but the interval still reaches it, where there are
  fewer records than the threshold asks for, or where the metric could not be computed. The note
  then says which miss so many records would have shown with a probability of 80 %: a limit whose
  misses cannot be seen in a batch needs larger batches, not hope.

`maximum_drop` is judged the same way on a figure of its own, `<metric>_drop`: how much worse the
metric is than the baseline that was signed off with the champion (never the last batch, which
would let a slow decline pass). Its interval takes in the uncertainty of both (square-and-add).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from aipo_pipelines.charter.model.thresholds import (
    FAIRNESS_METRICS,
    LOWER_IS_BETTER,
    AppliesTo,
    Metric,
    Threshold,
)
from aipo_pipelines.evidence.outcome import Direction, Figure, Interval, Verdict
from aipo_pipelines.measures.statistics.interval_arithmetic import difference, quantile_of, rescaled

CALIBRATION_BY_CHANCE = f"{Metric.CALIBRATION_ERROR.value}_null"
"""Calibration error of a perfectly calibrated model: its mean, and quantiles as its interval."""

EXPECTED_COST = "expected_cost"
"""What errors cost in the unit of a business outcome, per 1,000 records."""

_POWER = 0.8


def direction_of(metric: Metric) -> Direction:
    """Which side of a limit is good for the metric."""
    return Direction.AT_MOST if metric in LOWER_IS_BETTER else Direction.AT_LEAST


def thresholds_for(
    thresholds: Sequence[Threshold], where: AppliesTo, *, fairness: bool
) -> tuple[Threshold, ...]:
    """Those that apply there, of the fairness metrics or of all others."""
    return tuple(
        threshold
        for threshold in thresholds
        if where in threshold.applies_to and (threshold.metric in FAIRNESS_METRICS) is fairness
    )


def judge(figure: Figure, threshold: Threshold) -> Figure:
    """The figure with the threshold's limit and the verdict on it.

    The figure's interval must have the threshold's confidence at each end.
    """
    direction = direction_of(threshold.metric)
    limited = replace(figure, limit=threshold.limit, direction=direction)
    return decided(limited, threshold.minimum_sample, threshold.confidence)


def judge_drop(figure: Figure, baseline: Sequence[Figure], threshold: Threshold) -> Figure:
    """How much worse the figure is than the signed-off baseline, judged on `maximum_drop`.

    Args:
        figure: The metric of the batch, with an interval of the threshold's confidence.
        baseline: Figures signed off with the release of the champion.
        threshold: One with a `maximum_drop`.
    """
    drop = Figure(
        metric=f"{figure.metric}_drop",
        value=None,
        n=figure.n,
        limit=threshold.maximum_drop,
        direction=Direction.AT_MOST,
        verdict=Verdict.INSUFFICIENT,
    )
    before = baseline_of(baseline, threshold.metric.value)
    if before is None:
        return replace(drop, note="no signed-off baseline holds this metric")
    if figure.value is None or figure.interval is None:
        return replace(drop, note=figure.note)
    was, was_interval = before
    was_interval = rescaled(was, was_interval, threshold.confidence)
    if direction_of(threshold.metric) is Direction.AT_MOST:
        interval = difference(figure.value, figure.interval, was, was_interval)
        value = figure.value - was
    else:
        interval = difference(was, was_interval, figure.value, figure.interval)
        value = was - figure.value
    measured = replace(drop, value=value, interval=interval, note=f"signed-off baseline {was:.4g}")
    return decided(measured, threshold.minimum_sample, threshold.confidence)


def judge_calibration(figure: Figure, by_chance: Figure, threshold: Threshold) -> Figure:
    """The calibration error judged on its limit, its upward bias taken into account.

    It fails when its lower bound lies beyond the limit *and* the error is larger than chance makes
    it at the threshold's confidence; it passes when the excess over what chance gives on average
    keeps the limit.

    Args:
        figure: The error, with an interval of the threshold's confidence.
        by_chance: `CALIBRATION_BY_CHANCE` of the same records at the same confidence.
        threshold: One on `expected_calibration_error`.
    """
    chance = by_chance.value or 0.0
    note = f"a perfectly calibrated model shows {chance:.3g} on {figure.n} records by chance"
    figure = replace(
        figure, limit=threshold.limit, direction=direction_of(threshold.metric), note=note
    )
    if figure.value is None or figure.interval is None or by_chance.interval is None:
        return replace(figure, verdict=Verdict.INSUFFICIENT)
    if figure.n < threshold.minimum_sample:
        few = f"{figure.n} records, the threshold asks for {threshold.minimum_sample}"
        return replace(figure, verdict=Verdict.INSUFFICIENT, note=_joined(note, few))
    shown = figure.value > by_chance.interval.high
    if shown and figure.interval.low > threshold.limit:
        return replace(figure, verdict=Verdict.FAIL)
    within = figure.value - chance <= threshold.limit
    return replace(figure, verdict=Verdict.PASS if within else Verdict.INSUFFICIENT)


def baseline_of(baseline: Sequence[Figure], metric: str) -> tuple[float, Interval] | None:
    """Value and interval of a metric in a baseline; None if it lacks either or a bound."""
    about_all = (figure for figure in baseline if figure.metric == metric and not figure.subject)
    figure = next(about_all, None)
    if figure is None or figure.value is None or figure.interval is None:
        return None
    if figure.low is None or figure.high is None:
        return None
    return figure.value, replace(figure.interval, method=f"baseline: {figure.interval.method}")


def decided(figure: Figure, minimum: int, confidence: float) -> Figure:
    """The figure with the verdict on its own limit, by the three answers above.

    Args:
        figure: With limit and direction; its interval has `confidence` at each end.
        minimum: Records needed for a verdict.
        confidence: Level of each end as a one-sided bound.
    """
    if figure.value is None or figure.interval is None or figure.limit is None:
        return replace(figure, verdict=Verdict.INSUFFICIENT)
    if figure.n < minimum:
        note = f"{figure.n} records, the threshold asks for {minimum}"
        return replace(figure, verdict=Verdict.INSUFFICIENT, note=_joined(figure.note, note))
    sign = 1 if figure.direction is Direction.AT_MOST else -1
    near = figure.interval.low if sign > 0 else figure.interval.high
    if sign * (near - figure.limit) > 0:
        return replace(figure, verdict=Verdict.FAIL)
    if sign * (figure.value - figure.limit) <= 0:
        return replace(figure, verdict=Verdict.PASS)
    miss = smallest_visible_miss(figure.value, near, confidence)
    note = (
        f"misses its limit by less than {figure.n} records can show: a miss of {miss:.3g} "
        f"would be seen in {_POWER:.0%} of such batches"
    )
    return replace(figure, verdict=Verdict.INSUFFICIENT, note=_joined(figure.note, note))


def smallest_visible_miss(value: float, near: float, confidence: float) -> float:
    """Miss of a limit that so many records show with a probability of 80 % (normal theory).

    Args:
        value: The measured value.
        near: The end of its interval that decides.
        confidence: Level of that end as a one-sided bound; infinity is returned for 0.5.
    """
    reach = quantile_of(confidence)
    return abs(value - near) * (1 + quantile_of(_POWER) / reach) if reach else math.inf


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
