"""The check `calibration`: do the stated probabilities happen?

It is decided only if the charter sets a limit on `expected_calibration_error`. The verdict then
accounts for the upward bias of the error (`verdict.judge_calibration`). Without a limit the check
informs. `details.consistent_with_perfect` says whether chance alone can make such an error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import AppliesTo, Metric, Threshold
from aipo_pipelines.evidence.details.base import NO_DETAILS, Details
from aipo_pipelines.evidence.details.performance import CalibrationDetails
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Direction,
    Figure,
    Interval,
    Severity,
    overall,
)
from aipo_pipelines.measures.calibration.slope import slope_figure
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION, Pairs, pair
from aipo_pipelines.measures.metrics.reliability import (
    null_calibration_error,
    reliability_table,
    stated,
)
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import CONFIDENCE, metric_of_pairs
from aipo_pipelines.measures.metrics.verdict import (
    CALIBRATION_BY_CHANCE,
    judge,
    judge_calibration,
    thresholds_for,
)
from aipo_pipelines.measures.statistics.interval_arithmetic import two_sided
from aipo_pipelines.measures.statistics.intervals import Floats

CHECK = "calibration"


def measure_calibration(
    scored: Scored,
    thresholds: Sequence[Threshold],
    seed: int,
    applies_to: AppliesTo = AppliesTo.LIVE,
) -> CheckOutcome:
    """Measures calibration of probabilities, or slope and bias of numbers.

    Args:
        scored: Answers beside the truth.
        thresholds: The charter's; only those on `expected_calibration_error` are used.
        seed: Seed of resampling and of simulated labels.
        applies_to: Whether the thresholds of live batches or of a release are used.

    Returns:
        Figures `expected_calibration_error`, its `_null` (mean under perfect calibration),
        `brier` and `calibration_slope`; for numbers `calibration_slope` and `bias`. The
        reliability table is in the details.
    """
    agreed = [
        threshold
        for threshold in thresholds_for(thresholds, applies_to, fairness=False)
        if threshold.metric is Metric.CALIBRATION_ERROR
    ]
    pairs = pair(scored)
    if pairs.n == 0:
        return _outcome(_none(pairs, "no record has both a known truth and an answer", agreed))
    if pairs.task not in CLASSIFICATION:
        bias = metric_of_pairs(Metric.BIAS, pairs, CONFIDENCE, seed)
        return _outcome((*slope_figure(pairs, seed), bias))
    if not pairs.probabilistic:
        return _outcome(_none(pairs, "the model states no probabilities", agreed))
    return _of_probabilities(pairs, agreed, seed)


def is_within_chance(figures: Sequence[Figure]) -> bool:
    """Whether an error is no larger than a perfectly calibrated model shows by chance.

    Args:
        figures: The figures of one evaluation of the check. They are stored longer than its
            details.

    Returns:
        False if the figures contain no error, or no error by chance at the same confidence.
    """
    by_chance = {
        figure.interval.level: figure.interval.high
        for figure in figures
        if figure.metric == CALIBRATION_BY_CHANCE and figure.interval is not None
    }
    return any(
        figure.value <= by_chance.get(figure.interval.level, -math.inf)
        for figure in figures
        if figure.metric == Metric.CALIBRATION_ERROR.value
        and figure.value is not None
        and figure.interval is not None
    )


def _of_probabilities(pairs: Pairs, agreed: Sequence[Threshold], seed: int) -> CheckOutcome:
    probabilities = stated(pairs)
    null = null_calibration_error(probabilities, seed)
    # Each threshold has its own confidence, so that each level needs its own error by chance.
    levels = dict.fromkeys([*(threshold.confidence for threshold in agreed)] or [CONFIDENCE])
    by_chance = {level: _by_chance(null, pairs.n, level, seed) for level in levels}
    errors = [
        judge_calibration(
            _error(pairs, threshold.confidence, seed), by_chance[threshold.confidence], threshold
        )
        for threshold in agreed
    ] or [_error(pairs, CONFIDENCE, seed)]
    brier = metric_of_pairs(Metric.BRIER, pairs, CONFIDENCE, seed)
    consistent = (errors[0].value or 0.0) <= float(np.quantile(null, CONFIDENCE))
    details = CalibrationDetails(
        consistent_with_perfect=consistent,
        judged="event" if pairs.task is Task.BINARY else "predicted class",
        reliability=reliability_table(probabilities),
    )
    figures = (*errors, *by_chance.values(), brier, *slope_figure(pairs, seed))
    return _outcome(figures, details)


def _by_chance(null: Floats, n: int, confidence: float, seed: int) -> Figure:
    """The error of a perfectly calibrated model: its mean, and its quantiles as the interval."""
    # The interval contains the error of single batches, not of the mean: a measured error is
    # compared with its upper end.
    low, high = np.quantile(null, [1 - confidence, confidence])
    method = f"{len(null)} simulations, seed {seed}"
    return Figure(
        metric=CALIBRATION_BY_CHANCE,
        value=float(null.mean()),
        n=n,
        interval=Interval(
            low=float(low), high=float(high), level=two_sided(confidence), method=method
        ),
        direction=Direction.AT_MOST,
        note=f"mean under perfect calibration, {method}",
    )


def _error(pairs: Pairs, confidence: float, seed: int) -> Figure:
    return metric_of_pairs(Metric.CALIBRATION_ERROR, pairs, confidence, seed)


def _none(pairs: Pairs, reason: str, agreed: Sequence[Threshold]) -> tuple[Figure, ...]:
    """The missing error with the reason, and a verdict by each agreed limit."""
    figure = Figure(
        metric=Metric.CALIBRATION_ERROR.value,
        value=None,
        n=pairs.n,
        direction=Direction.AT_MOST,
        note=reason,
    )
    return tuple(judge(figure, threshold) for threshold in agreed) or (figure,)


def _outcome(figures: tuple[Figure, ...], details: Details = NO_DETAILS) -> CheckOutcome:
    verdict = overall(figures)
    first = figures[0] if figures else None
    summary = "Calibration could not be measured."
    if first is not None and first.value is not None:
        limit = "no limit is agreed" if first.limit is None else f"limit {first.limit:.3g}"
        summary = f"{first.metric} is {first.value:.3g} on {first.n} records ({limit})."
    elif first is not None:
        summary = f"Calibration cannot be judged: {first.note}."
    return CheckOutcome(
        check=CHECK,
        verdict=verdict,
        severity=Severity.WARNING,
        summary=summary,
        figures=figures,
        details=details,
    )
