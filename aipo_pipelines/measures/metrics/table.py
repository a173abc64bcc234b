"""The table of metrics: their tasks, the answers that they need, and their intervals.

Shares of records have Wilson intervals, the area under the ROC curve has DeLong's, and all others
have a seeded bootstrap. `measure_metric` never raises an error for data. A metric that cannot be
computed is a figure without a value, and its note has the reason. A figure has no verdict
before it is compared with a limit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.evidence.outcome import Figure, Interval
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION, Pairs, pair
from aipo_pipelines.measures.metrics.functions import MOMENTS
from aipo_pipelines.measures.metrics.ranking import average_precision, roc_auc
from aipo_pipelines.measures.metrics.reliability import expected_calibration_error
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.verdict import direction_of
from aipo_pipelines.measures.statistics.intervals import percentile, resampled_means, wilson

CONFIDENCE = 0.95
"""Confidence of figures without a threshold of their own confidence."""

_NUMERIC = frozenset({Task.REGRESSION, Task.FORECASTING})
_BINARY = frozenset({Task.BINARY})
_ALL = CLASSIFICATION | _NUMERIC
_SHARE_LIKE = frozenset({Metric.BALANCED_ACCURACY, Metric.PRECISION, Metric.RECALL, Metric.F1})


@dataclass(frozen=True, slots=True)
class MetricRule:
    """The tasks and the answers that a metric needs.

    Attributes:
        tasks: Tasks it is defined for.
        needs: `answer`, `score` (any order of records) or `probability`.
    """

    tasks: frozenset[Task]
    needs: str = "answer"


METRICS: Mapping[Metric, MetricRule] = MappingProxyType(
    {
        Metric.ACCURACY: MetricRule(CLASSIFICATION),
        Metric.BALANCED_ACCURACY: MetricRule(CLASSIFICATION),
        Metric.PRECISION: MetricRule(CLASSIFICATION),
        Metric.RECALL: MetricRule(CLASSIFICATION),
        Metric.F1: MetricRule(CLASSIFICATION),
        Metric.ROC_AUC: MetricRule(_BINARY, "score"),
        Metric.AVERAGE_PRECISION: MetricRule(_BINARY, "score"),
        Metric.LOG_LOSS: MetricRule(CLASSIFICATION, "probability"),
        Metric.BRIER: MetricRule(CLASSIFICATION, "probability"),
        Metric.CALIBRATION_ERROR: MetricRule(CLASSIFICATION, "probability"),
        Metric.MAE: MetricRule(_NUMERIC),
        Metric.RMSE: MetricRule(_NUMERIC),
        Metric.R2: MetricRule(_NUMERIC),
        Metric.MAPE: MetricRule(_NUMERIC),
        Metric.WAPE: MetricRule(_NUMERIC),
        Metric.BIAS: MetricRule(_NUMERIC),
        Metric.SKILL: MetricRule(_ALL),
    }
)
"""Every metric of one batch; the fairness metrics compare groups, see `fairness`."""


def metrics_of(task: Task, pairs: Pairs) -> tuple[Metric, ...]:
    """The metrics that are defined for a task and for the answers of the model."""
    given = {"answer"}
    if pairs.probability is not None:
        given |= {"score", "probability"} if pairs.probabilistic else {"score"}
    return tuple(
        metric
        for metric, rule in METRICS.items()
        if task in rule.tasks
        and rule.needs in given
        and (metric is not Metric.SKILL or pairs.naive is not None)
    )


def measure_metric(metric: Metric, scored: Scored, confidence: float, seed: int) -> Figure:
    """One metric of one batch, with its interval.

    Args:
        metric: Any key of `METRICS`.
        scored: Answers beside the truth.
        confidence: Level of each end of the interval as a one-sided bound (0.95 gives 90 %).
        seed: Seed of resampling.
    """
    return metric_of_pairs(metric, pair(scored), confidence, seed)


def metric_of_pairs(metric: Metric, pairs: Pairs, confidence: float, seed: int) -> Figure:
    """As `measure_metric`, on records that were paired before."""
    reason = _why_not(metric, pairs)
    if reason:
        return Figure(
            metric=metric.value,
            value=None,
            n=pairs.n,
            direction=direction_of(metric),
            note=reason,
        )
    value, interval, note = _estimate(metric, pairs, confidence, seed)
    figure = Figure(
        metric=metric.value,
        value=value if math.isfinite(value) else None,
        n=pairs.n,
        interval=interval,
        direction=direction_of(metric),
        note=note,
    )
    if figure.value is None:
        note = "undefined on these records: a denominator is zero, or a value overflows"
        return replace(figure, interval=None, note=note)
    return figure


def _why_not(metric: Metric, pairs: Pairs) -> str:
    rule = METRICS.get(metric)
    if rule is None:
        return "compares groups, see the fairness check"
    # In this order: the first obstacle is the reason, and later obstacles follow from it.
    obstacles = {
        f"not defined for {pairs.task.value}": pairs.task not in rule.tasks,
        "no record has both a known truth and a usable answer": pairs.n == 0,
        "the model gives no scores": rule.needs != "answer" and pairs.probability is None,
        "the scores are no probabilities: some lie outside 0 to 1": (
            rule.needs == "probability" and not pairs.probabilistic
        ),
        "there is no naive baseline to compare with": (
            metric is Metric.SKILL and pairs.naive is None
        ),
        "needs at least two records of each class among the labels": (
            rule.tasks == _BINARY and not 1 < pairs.truth.sum() < pairs.n - 1
        ),
    }
    return next((reason for reason, holds in obstacles.items() if holds), "")


def _estimate(
    metric: Metric, pairs: Pairs, confidence: float, seed: int
) -> tuple[float, Interval | None, str]:
    # A closed form first, the bootstrap last: it costs most, and shows no spread at 0 and 1.
    share = _share(metric, pairs)
    if share is not None:
        hits, n = share
        value = hits / n if n else math.nan
        return value, wilson(hits, n, confidence), "" if n == pairs.n else f"rests on {n} records"
    score = pairs.score
    if metric is Metric.ROC_AUC and score is not None:
        return *roc_auc(pairs.truth, score, confidence), ""
    if metric is Metric.AVERAGE_PRECISION and score is not None:
        return *average_precision(pairs.truth, score, confidence, seed), ""
    if metric is Metric.CALIBRATION_ERROR:
        return *expected_calibration_error(pairs, confidence, seed), "ten bins of equal mass"
    return _resampled(metric, pairs, confidence, seed)


def _share(metric: Metric, pairs: Pairs) -> tuple[int, int] | None:
    """Hits and records of the metrics that are plain shares of records."""
    right = pairs.predicted == pairs.truth
    if metric is Metric.ACCURACY:
        return int(right.sum()), pairs.n
    if pairs.task is Task.BINARY and metric in {Metric.PRECISION, Metric.RECALL}:
        among = (pairs.predicted if metric is Metric.PRECISION else pairs.truth) == 1
        return int((right & among).sum()), int(among.sum())
    return None


def _resampled(
    metric: Metric, pairs: Pairs, confidence: float, seed: int
) -> tuple[float, Interval | None, str]:
    moments = MOMENTS[metric](pairs)
    value = moments.value()
    means, method = resampled_means(moments.values, moments.rows, seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        interval = percentile(moments.combine(means), confidence, method)
    # Folded after resampling: absolute means of replicates would be above 0 even without a bias.
    if metric is Metric.BIAS:
        return abs(value), _folded(interval), _bias_note(value)
    if metric in _SHARE_LIKE and interval is not None and _flawless(value, interval):
        return value, wilson(round(value * pairs.n), pairs.n, confidence), ""
    zeros = int((pairs.truth == 0).sum()) if metric is Metric.MAPE else 0
    return value, interval, f"{zeros} records with a truth of 0 are left out" if zeros else ""


def _flawless(value: float, interval: Interval) -> bool:
    """All or nothing was right: resampling shows no spread, but such a share still has a spread."""
    return interval.low == interval.high and value in {0.0, 1.0}


def _folded(interval: Interval | None) -> Interval | None:
    """Interval of an absolute value from the interval of the signed value."""
    if interval is None:
        return None
    ends = sorted((abs(interval.low), abs(interval.high)))
    low = 0.0 if interval.low <= 0 <= interval.high else ends[0]
    return replace(interval, low=low, high=ends[1])


def _bias_note(value: float) -> str:
    if value == 0:
        return "absolute mean error; the answers are right on average"
    return f"absolute mean error; the answers are too {'high' if value > 0 else 'low'} on average"
