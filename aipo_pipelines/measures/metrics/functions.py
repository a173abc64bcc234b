"""Metrics as functions of column means, so that one bootstrap serves all of them.

A metric gives every record a short row of numbers (its moments) and says how the means of these
columns combine into the metric. Resampling the means then resamples the metric. Two models on
the same records are compared by resampling both at once.

Conventions:

- Precision, recall and F1 of several classes are macro averages. A class that is never predicted
  has precision 0. A class without a true record is left out of recall and balanced accuracy.
- The Brier score is half the squared distance between the probabilities and the truth, so that it
  runs from 0 to 1 for any number of classes.
- The log loss clips probabilities at machine epsilon.
- `skill_over_baseline` is 1 - loss / loss of the naive baseline on the same records. The loss is
  the error rate or the absolute error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION, Pairs
from aipo_pipelines.measures.statistics.intervals import Floats, Integers

Combine = Callable[[Floats], Floats]


@dataclass(frozen=True, kw_only=True)
class Moments:
    """The numbers that a metric needs from each record.

    Attributes:
        values: Distinct moment rows, shape (m, k).
        rows: For each of the n records its row in `values`.
        combine: Metric from the means of the k columns, over the last axis.
    """

    values: Floats
    rows: Integers
    combine: Combine

    def value(self) -> float:
        """The metric itself; NaN if it is undefined."""
        counts = np.bincount(self.rows, minlength=len(self.values))
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(self.combine(counts @ self.values / len(self.rows)))


def both(a: Moments, b: Moments, of: Callable[[Floats, Floats], Floats]) -> Moments:
    """Moments of a function of two metrics on the same records, which stay paired."""
    # Only pairs of rows that occur are kept: two metrics of few patterns then still have few, and
    # can be resampled by their counts.
    joint = a.rows * len(b.values) + b.rows
    distinct, rows = np.unique(joint, return_inverse=True)
    width = a.values.shape[1]
    left, right = np.divmod(distinct, len(b.values))
    return Moments(
        values=np.hstack([a.values[left], b.values[right]]),
        rows=rows.astype(np.int64),
        combine=lambda m: of(a.combine(m[..., :width]), b.combine(m[..., width:])),
    )


def mean_of(column: Floats) -> Moments:
    """The mean of one number per record."""
    return _of_records(column[:, None], lambda means: means[..., 0])


def record_losses(pairs: Pairs, predicted: Floats) -> Floats:
    """Loss of each record: 1 for a wrong class, or the absolute error of a number."""
    if pairs.task in CLASSIFICATION:
        return np.asarray(predicted != pairs.truth, dtype=np.float64)
    with np.errstate(over="ignore"):  # The loss is then infinite, and no figure shows infinity.
        return np.abs(predicted - pairs.truth)


def log_losses(pairs: Pairs, probability: Floats, floor: float) -> Floats:
    """Log loss of each record in nats, with probabilities of at least `floor`."""
    given = probability[np.arange(pairs.n), pairs.codes]
    return -np.log(np.clip(given, floor, 1.0))


def _of_records(values: Floats, combine: Combine) -> Moments:
    return Moments(values=values, rows=np.arange(len(values)), combine=combine)


def _confusion(pairs: Pairs, combine: Callable[[Floats, Floats, Floats], Floats]) -> Moments:
    """Moments from true positives, truths and predictions by class (only the event if binary)."""
    # A table of k classes has k x k patterns at most, so that a million records are resampled by a
    # few counts.
    count = len(pairs.classes)
    cells, rows = np.unique(
        pairs.codes * count + pairs.predicted.astype(np.int64), return_inverse=True
    )
    truth, predicted = np.divmod(cells, count)
    classes = np.arange(count)
    is_truth, is_predicted = truth[:, None] == classes, predicted[:, None] == classes
    values = np.hstack([is_truth & is_predicted, is_truth, is_predicted]).astype(np.float64)
    return Moments(
        values=values,
        rows=rows.astype(np.int64),
        combine=lambda m: combine(m[..., :count], m[..., count : 2 * count], m[..., 2 * count :]),
    )


def _event_or_macro(pairs: Pairs, by_class: Floats) -> Floats:
    """The event's value for binary products, otherwise the mean of the classes with a value."""
    if pairs.task is Task.BINARY:
        event: Floats = by_class[..., 1]
        return event
    return _mean_where_known(by_class)


def _mean_where_known(by_class: Floats) -> Floats:
    # `nanmean` warns if no class is known. The result is NaN here too, and the figure has no value.
    known = ~np.isnan(by_class)
    mean: Floats = np.where(known, by_class, 0.0).sum(axis=-1) / known.sum(axis=-1)
    return mean


def _accuracy(pairs: Pairs) -> Moments:
    return mean_of((pairs.predicted == pairs.truth).astype(np.float64))


def _balanced_accuracy(pairs: Pairs) -> Moments:
    return _confusion(pairs, lambda tp, truth, _: _mean_where_known(tp / truth))


def _precision(pairs: Pairs) -> Moments:
    def combine(tp: Floats, truth: Floats, predicted: Floats) -> Floats:
        """Precision from the means of the three columns."""
        # A model that ignores a class must not gain from it: precision 0, as in scikit-learn. A
        # binary model that never predicts the event has no precision at all.
        never = (predicted == 0) & (truth > 0) & (pairs.task is Task.MULTICLASS)
        return _event_or_macro(pairs, np.where(never, 0.0, tp / predicted))

    return _confusion(pairs, combine)


def _recall(pairs: Pairs) -> Moments:
    return _confusion(pairs, lambda tp, truth, _: _event_or_macro(pairs, tp / truth))


def _f1(pairs: Pairs) -> Moments:
    return _confusion(
        pairs,
        lambda tp, truth, predicted: _event_or_macro(pairs, 2 * tp / (truth + predicted)),
    )


def _log_loss(pairs: Pairs) -> Moments:
    assert pairs.probability is not None  # noqa: S101 - the table of metrics asks for it
    return mean_of(log_losses(pairs, pairs.probability, float(np.finfo(np.float64).eps)))


def _brier(pairs: Pairs) -> Moments:
    assert pairs.probability is not None  # noqa: S101 - the table of metrics asks for it
    actual = np.zeros_like(pairs.probability)
    actual[np.arange(pairs.n), pairs.codes] = 1.0
    return mean_of(((pairs.probability - actual) ** 2).sum(axis=1) / 2)


def _mae(pairs: Pairs) -> Moments:
    return mean_of(np.abs(pairs.predicted - pairs.truth))


def _rmse(pairs: Pairs) -> Moments:
    squared = (pairs.predicted - pairs.truth) ** 2
    return _of_records(squared[:, None], lambda m: np.sqrt(m[..., 0]))


def _r2(pairs: Pairs) -> Moments:
    # The truth is centred first: for truths far from zero, the variance from raw moments is the
    # difference of two large numbers, and loses its digits.
    centred = pairs.truth - pairs.truth.mean()
    squared = (pairs.predicted - pairs.truth) ** 2
    return _of_records(
        np.column_stack([squared, centred, centred**2]),
        lambda m: 1 - m[..., 0] / (m[..., 2] - m[..., 1] ** 2),
    )


def _mape(pairs: Pairs) -> Moments:
    # A truth of 0 has no percentage error. Its record is left out, and the figure counts it.
    known = pairs.truth != 0
    error = np.abs(pairs.predicted - pairs.truth) / np.where(known, np.abs(pairs.truth), 1.0)
    return _of_records(
        np.column_stack([np.where(known, error, 0.0), known]), lambda m: m[..., 0] / m[..., 1]
    )


def _wape(pairs: Pairs) -> Moments:
    return _of_records(
        np.column_stack([np.abs(pairs.predicted - pairs.truth), np.abs(pairs.truth)]),
        lambda m: m[..., 0] / m[..., 1],
    )


def _signed_bias(pairs: Pairs) -> Moments:
    return mean_of(pairs.predicted - pairs.truth)


def _skill(pairs: Pairs) -> Moments:
    naive = np.full(pairs.n, np.nan) if pairs.naive is None else pairs.naive
    known = ~np.isnan(naive)
    # Records without a naive answer (the first season) count for neither side.
    losses = np.column_stack([record_losses(pairs, pairs.predicted), record_losses(pairs, naive)])
    return _of_records(np.where(known[:, None], losses, 0.0), lambda m: 1 - m[..., 0] / m[..., 1])


MOMENTS: Mapping[Metric, Callable[[Pairs], Moments]] = MappingProxyType(
    {
        Metric.ACCURACY: _accuracy,
        Metric.BALANCED_ACCURACY: _balanced_accuracy,
        Metric.PRECISION: _precision,
        Metric.RECALL: _recall,
        Metric.F1: _f1,
        Metric.LOG_LOSS: _log_loss,
        Metric.BRIER: _brier,
        Metric.MAE: _mae,
        Metric.RMSE: _rmse,
        Metric.R2: _r2,
        Metric.MAPE: _mape,
        Metric.WAPE: _wape,
        Metric.BIAS: _signed_bias,
        Metric.SKILL: _skill,
    }
)
"""Moments by metric. `bias` is signed here; its figure is the absolute value."""
