"""How a figure is judged by an agreed threshold.

There are three answers, the same for every metric:

- FAIL if the whole interval lies beyond the limit at the threshold's confidence: the failure is
  shown. A product exactly at its limit fails in at most 1 - confidence of its batches.
- PASS if the value is on the good side of the limit: there is no evidence against it.
- INSUFFICIENT if the value misses the limit but the interval still reaches it, if there are
  fewer records than the threshold needs, or if the metric could not be computed. The note then
  has the miss that this number of records would have shown with a probability of 80 %. A limit
  whose misses cannot be seen in a batch needs larger batches.

`maximum_drop` is judged in the same way on a figure of its own, `<metric>_drop`: the difference by
which the metric is worse than the release figure signed off with the champion. It is never
compared with the last batch, because a slow decline would pass. Its interval includes the
uncertainty of both (square-and-add; Zou and Donner, 2008).
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
from aipo_pipelines.evidence.derived_metric import Derivation, derived
from aipo_pipelines.evidence.outcome import Direction, Figure, Interval, Verdict
from aipo_pipelines.measures.statistics.interval_arithmetic import (
    difference,
    quantile_of,
    reaches,
    rescaled,
)

CALIBRATION_BY_CHANCE = derived(Metric.CALIBRATION_ERROR.value, Derivation.BY_CHANCE)
"""Calibration error of a perfectly calibrated model: its mean, and quantiles as its interval."""

EXPECTED_COST = "expected_cost"
"""The cost of errors in the unit of a business outcome, per 1,000 records."""

_POWER = 0.8
"""Probability with which a named miss would be seen: the usual power of a planned test."""


def direction_of(metric: Metric) -> Direction:
    """Which side of a limit is good for the metric."""
    return Direction.AT_MOST if metric in LOWER_IS_BETTER else Direction.AT_LEAST


def thresholds_for(
    thresholds: Sequence[Threshold], applies_to: AppliesTo, *, fairness: bool
) -> tuple[Threshold, ...]:
    """The thresholds of live batches or of a release, on fairness metrics or on all others."""
    return tuple(
        threshold
        for threshold in thresholds
        if applies_to in threshold.applies_to and (threshold.metric in FAIRNESS_METRICS) is fairness
    )


def judge(figure: Figure, threshold: Threshold) -> Figure:
    """The figure with the threshold's limit and the verdict on it.

    The figure's interval must have the threshold's confidence at each end.
    """
    direction = direction_of(threshold.metric)
    limited = replace(figure, limit=threshold.limit, direction=direction)
    return decided(limited, threshold.minimum_sample, threshold.confidence)


def judge_drop(
    figure: Figure,
    baseline: Sequence[Figure],
    threshold: Threshold,
    *,
    before_is: str = "release figure",
) -> Figure:
    """How much worse the figure is than the release figure, judged by `maximum_drop`.

    Args:
        figure: The metric of the batch, with an interval of the threshold's confidence.
        baseline: Figures signed off with the release of the champion.
        threshold: One with a `maximum_drop`.
        before_is: What a note calls a figure of the baseline.
    """
    drop = Figure(
        metric=derived(figure.metric, Derivation.DROP),
        value=None,
        n=figure.n,
        limit=threshold.maximum_drop,
        direction=Direction.AT_MOST,
        verdict=Verdict.INSUFFICIENT,
    )
    before = baseline_of(baseline, threshold.metric.value)
    if before is None:
        return replace(drop, note=f"there is no {before_is} for this metric")
    if figure.value is None or figure.interval is None:
        return replace(drop, note=figure.note)
    signed_off, signed_off_interval = before
    # The release figures have the confidence of their day; the threshold may have another by now.
    signed_off_interval = rescaled(signed_off, signed_off_interval, threshold.confidence)
    if direction_of(threshold.metric) is Direction.AT_MOST:
        interval = difference(figure.value, figure.interval, signed_off, signed_off_interval)
        value = figure.value - signed_off
    else:
        interval = difference(signed_off, signed_off_interval, figure.value, figure.interval)
        value = signed_off - figure.value
    measured = replace(drop, value=value, interval=interval, note=f"{before_is} {signed_off:.4g}")
    return decided(measured, threshold.minimum_sample, threshold.confidence)


def judge_calibration(figure: Figure, by_chance: Figure, threshold: Threshold) -> Figure:
    """The calibration error judged by its limit, without its upward bias.

    It fails if two things are true: its lower bound lies beyond the limit, and the error is larger
    than chance makes it at the threshold's confidence. It passes if the error minus the average
    error by chance keeps the limit.

    Args:
        figure: The error, with an interval of the threshold's confidence.
        by_chance: `CALIBRATION_BY_CHANCE` of the same records at the same confidence.
        threshold: A threshold on `expected_calibration_error`.
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
    # Both conditions: a small batch of a perfect model has a large error, and a large batch shows
    # every error to be real, also an error that the limit allows.
    shown = figure.value > by_chance.interval.high
    if shown and figure.interval.low > threshold.limit:
        return replace(figure, verdict=Verdict.FAIL)
    within = figure.value - chance <= threshold.limit
    return replace(figure, verdict=Verdict.PASS if within else Verdict.INSUFFICIENT)


def baseline_of(baseline: Sequence[Figure], metric: str) -> tuple[float, Interval] | None:
    """Value and interval of a metric in a baseline; None if it lacks either or a bound."""
    # Figures with a subject are about groups or columns, never about the whole.
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
    # A pass needs only the value: a small product could never show its whole interval to be good,
    # and its owner would learn to ignore the verdict (decision 0010).
    if reaches(sign * figure.limit, sign * figure.value):
        return replace(figure, verdict=Verdict.PASS)
    miss = smallest_visible_miss(figure.value, near, confidence)
    note = (
        f"misses its limit by less than {figure.n} records can show: a miss of {miss:.3g} "
        f"would be seen in {_POWER:.0%} of such batches"
    )
    return replace(figure, verdict=Verdict.INSUFFICIENT, note=_joined(figure.note, note))


def shown_above(figure: Figure, limit: float, confidence: float) -> Figure:
    """The figure with the limit and the verdict on it, if being above the limit must be shown.

    It passes if its lower bound lies above the limit, and fails if its upper bound lies below.
    Otherwise it is insufficient, with a note on the true value that these records would show.

    Args:
        figure: With an interval of that confidence at each end; an insufficient figure stays
            insufficient.
        limit: In the unit of the figure.
        confidence: Level of each end as a one-sided bound.
    """
    figure = replace(figure, limit=limit)
    if figure.value is None or figure.interval is None or figure.verdict is Verdict.INSUFFICIENT:
        return replace(figure, verdict=Verdict.INSUFFICIENT)
    # Stricter than `decided`: there a value on the good side is enough, because a product in use
    # needs a reason to be stopped. A new model needs a proof to go live.
    if figure.interval.low > limit:
        return replace(figure, verdict=Verdict.PASS)
    if figure.interval.high < limit:
        return replace(figure, verdict=Verdict.FAIL)
    needed = limit + smallest_visible_miss(figure.value, figure.interval.low, confidence)
    note = f"{figure.n} records would show it in 80 % of cases from a true value of {needed:.3g}"
    return replace(figure, verdict=Verdict.INSUFFICIENT, note=f"{figure.note}; {note}")


def smallest_visible_miss(value: float, near: float, confidence: float) -> float:
    """Miss of a limit that this number of records shows with a probability of 80 % (normal theory).

    Args:
        value: The measured value.
        near: The end of its interval that decides.
        confidence: Level of that end as a one-sided bound; infinity is returned for 0.5.
    """
    # The measured half width stands for the standard error. A miss is seen if it exceeds the half
    # width of the verdict (z of confidence) plus that of the power (z of 0.8).
    reach = quantile_of(confidence)
    return abs(value - near) * (1 + quantile_of(_POWER) / reach) if reach else math.inf


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
