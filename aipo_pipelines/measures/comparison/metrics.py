"""Two models on the same records: which is better, and is it shown?

A figure above 0 means that the challenger is better. Intervals are paired: both models are
resampled together, because a hard record is usually hard for both. Areas under the curve use
DeLong's covariance instead.

For accuracy the p-value is McNemar's (McNemar, 1947). It is exact (binomial) if fewer than 25
records are answered rightly by only one model. Otherwise it is chi-squared with continuity
correction (Edwards, 1948). A challenger is not inferior if the lower end lies above minus the
margin.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.evidence.derived_metric import Derivation, derived
from aipo_pipelines.evidence.outcome import Direction, Figure, Interval, Verdict
from aipo_pipelines.measures.metrics.aligned import Pairs
from aipo_pipelines.measures.metrics.functions import MOMENTS, Moments, both
from aipo_pipelines.measures.metrics.ranking import (
    AP_REPEATS,
    average_precision_of,
    covariance,
    placements,
    ranking,
    resample,
)
from aipo_pipelines.measures.metrics.reliability import gaps_by_bin, stated
from aipo_pipelines.measures.metrics.same_records import on_same_records
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import metric_of_pairs
from aipo_pipelines.measures.metrics.verdict import direction_of
from aipo_pipelines.measures.statistics.interval_arithmetic import quantile_of, two_sided
from aipo_pipelines.measures.statistics.intervals import Floats, percentile, resampled_means

_EXACT_BELOW = 25
"""Records that only one model answers rightly, below which chi-squared is not close enough."""


def compare(
    metric: Metric, challenger: Scored, champion: Scored, confidence: float, seed: int
) -> Figure:
    """The advantage of the challenger over the champion on the same records.

    Args:
        metric: Any metric of the table.
        challenger: Answers of the new model.
        champion: Answers of the model in charge, on the same rows in the same order.
        confidence: Level of each end of the interval as a one-sided bound.
        seed: Seed of resampling.

    Returns:
        Figure `<metric>_advantage` over the records that both models answer. It has no value, and
        is insufficient, if the metric cannot be computed for both.

    Raises:
        ModelError: The two were not scored on the same rows with the same truth.
    """
    ours, theirs = on_same_records(challenger, champion)
    measured = [metric_of_pairs(metric, side, confidence, seed) for side in (ours, theirs)]
    sign = -1.0 if direction_of(metric) is Direction.AT_MOST else 1.0
    figure = Figure(
        metric=derived(metric.value, Derivation.ADVANTAGE),
        value=None,
        n=ours.n,
        direction=Direction.AT_LEAST,
        verdict=Verdict.INSUFFICIENT,
    )
    for side in measured:
        if side.value is None:
            return replace(figure, note=side.note)
    values = [side.value or 0.0 for side in measured]
    interval = _interval(metric, (ours, theirs), sign, confidence, seed)
    note = f"challenger {values[0]:.4g}, champion {values[1]:.4g}"
    p_value = None
    if metric is Metric.ACCURACY:
        p_value = mcnemar(ours.predicted == ours.truth, theirs.predicted == theirs.truth)
    return replace(
        figure,
        value=sign * (values[0] - values[1]),
        interval=interval,
        p_value=p_value,
        verdict=Verdict.PASS,
        note=note,
    )


def mcnemar(ours_right: np.ndarray, theirs_right: np.ndarray) -> float:
    """Two-sided p-value that two models are right equally often on the same records."""
    from scipy.stats import binomtest, chi2

    # Records that both answer rightly, or both wrongly, say nothing about the difference.
    only_ours = int((ours_right & ~theirs_right).sum())
    only_theirs = int((~ours_right & theirs_right).sum())
    discordant = only_ours + only_theirs
    if discordant == 0:
        return 1.0
    if discordant < _EXACT_BELOW:
        return float(binomtest(only_ours, discordant).pvalue)
    statistic = max(0, abs(only_ours - only_theirs) - 1) ** 2 / discordant
    return float(chi2.sf(statistic, 1))


def _interval(
    metric: Metric, sides: tuple[Pairs, Pairs], sign: float, confidence: float, seed: int
) -> Interval | None:
    ours, theirs = sides
    if metric is Metric.ROC_AUC:
        return _of_areas(ours, theirs, confidence)
    if metric is Metric.AVERAGE_PRECISION:
        advantages, method = _of_precision(ours, theirs, seed)
    else:
        joint = both(
            _moments(metric, ours),
            _moments(metric, theirs),
            lambda our_value, their_value: our_value - their_value,
        )
        means, method = resampled_means(joint.values, joint.rows, seed)
        with np.errstate(divide="ignore", invalid="ignore"):
            advantages = sign * joint.combine(means)
    return percentile(advantages, confidence, f"paired {method}")


def _moments(metric: Metric, pairs: Pairs) -> Moments:
    if metric is Metric.CALIBRATION_ERROR:
        columns = gaps_by_bin(stated(pairs))
        # The bins of the measured batch are kept in each replicate: bins cut again would make the
        # error of a replicate a different statistic.
        return Moments(
            values=columns,
            rows=np.arange(pairs.n),
            combine=lambda means: np.abs(means).sum(axis=-1),
        )
    moments = MOMENTS[metric](pairs)
    if metric is Metric.BIAS:
        # The metric is the size of the bias; the moments have its sign. Without the size, a bias of
        # -5 would beat a bias of 1.
        signed = moments.combine
        return replace(moments, combine=lambda means: np.abs(signed(means)))
    return moments


def _of_areas(ours: Pairs, theirs: Pairs, confidence: float) -> Interval | None:
    if ours.score is None or theirs.score is None:
        return None
    our_places = placements(ours.truth, ours.score)
    their_places = placements(theirs.truth, theirs.score)
    variance = (
        covariance(our_places, our_places)
        + covariance(their_places, their_places)
        - 2 * covariance(our_places, their_places)
    )
    # The variance of two equal rankings is 0, and rounding can leave it slightly negative.
    reach = quantile_of(confidence) * math.sqrt(max(0.0, variance))
    gap = our_places.area - their_places.area
    return Interval(
        low=gap - reach, high=gap + reach, level=two_sided(confidence), method="paired DeLong"
    )


def _of_precision(ours: Pairs, theirs: Pairs, seed: int) -> tuple[Floats, str]:
    assert ours.score is not None  # noqa: S101 - the metric was measured before
    assert theirs.score is not None  # noqa: S101 - the metric was measured before
    our_ranking = ranking(ours.truth, ours.score)
    their_ranking = ranking(theirs.truth, theirs.score)
    rng = np.random.default_rng(seed)
    gaps = []
    # Average precision is no function of means, so each replicate ranks its records again. The same
    # weights for both models pair the interval.
    for _ in range(AP_REPEATS):
        weights = resample(rng, ours.n)
        gaps.append(
            average_precision_of(our_ranking, weights)
            - average_precision_of(their_ranking, weights)
        )
    return np.array(gaps), f"bootstrap, {AP_REPEATS} repeats, seed {seed}"
