"""The calibration slope as a figure: 1 is right, below 1 the answers are too extreme.

Binary products: logistic regression on the logit of the probability. Products of several classes:
the same for the predicted class. Numbers: least squares of the truth on the prediction.
"""

from __future__ import annotations

import numpy as np

from aipo_pipelines.evidence.outcome import Figure, Interval
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION, Pairs
from aipo_pipelines.measures.metrics.reliability import recalibration, stated
from aipo_pipelines.measures.metrics.table import CONFIDENCE
from aipo_pipelines.measures.statistics.interval_arithmetic import quantile_of, two_sided
from aipo_pipelines.measures.statistics.intervals import percentile, resampled_means

METRIC = "calibration_slope"


def slope_figure(pairs: Pairs, seed: int) -> tuple[Figure, ...]:
    """The slope with its interval, for information; empty if the slope does not exist."""
    if pairs.task not in CLASSIFICATION:
        return _of_numbers(pairs, seed)
    if not pairs.probabilistic or pairs.n == 0:
        return ()
    fitted = recalibration(stated(pairs))
    if fitted is None:
        return ()
    slope, error = fitted
    # Wald instead of a bootstrap: the regression gives its standard error, and fitting it 500 times
    # would cost more than all other figures of the check.
    reach = quantile_of(CONFIDENCE) * error
    interval = Interval(
        low=slope - reach,
        high=slope + reach,
        level=two_sided(CONFIDENCE),
        method="logistic regression on the logit, Wald",
    )
    return (Figure(metric=METRIC, value=slope, n=pairs.n, interval=interval),)


def _of_numbers(pairs: Pairs, seed: int) -> tuple[Figure, ...]:
    if pairs.n == 0 or np.ptp(pairs.predicted) == 0:
        return ()
    # Both are centred first: the variance of amounts far from 0 would be lost in the difference of
    # two large squares.
    predicted = pairs.predicted - pairs.predicted.mean()
    truth = pairs.truth - pairs.truth.mean()
    columns = np.column_stack([predicted, truth, predicted * truth, predicted**2])
    value = float((predicted * truth).mean() / (predicted**2).mean())
    means, method = resampled_means(columns, np.arange(pairs.n), seed)
    predicted_mean, truth_mean, product, square = means.T
    # A replicate of equal predictions has no slope; `percentile` leaves it out.
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = (product - predicted_mean * truth_mean) / (square - predicted_mean**2)
    interval = percentile(slopes, CONFIDENCE, method)
    return (Figure(metric=METRIC, value=value, n=pairs.n, interval=interval),)
