"""The loss per record, which shows whether the relation of inputs and truth has changed.

- Probabilities: the log loss. Probabilities below 0.001 count as 0.001, so that a single
  confident mistake does not decide: a loss is then at most 6.9 nats.
- Classes without probabilities: 1 for a wrong answer.
- Numbers: the absolute error in their own unit. Single records change its mean and its deviation
  less than those of the squared error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from aipo_pipelines.evidence.outcome import Direction, Figure, Interval
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION, Pairs
from aipo_pipelines.measures.metrics.functions import log_losses, record_losses
from aipo_pipelines.measures.metrics.table import CONFIDENCE
from aipo_pipelines.measures.statistics.interval_arithmetic import quantile_of, two_sided
from aipo_pipelines.measures.statistics.intervals import Floats

MEAN_LOSS = "mean_loss"
LOSS_SD = "loss_sd"
_FLOOR = 1e-3


def losses(pairs: Pairs) -> tuple[Floats, str]:
    """Loss of each record, and which loss it is."""
    if pairs.task not in CLASSIFICATION:
        return record_losses(pairs, pairs.predicted), "absolute error"
    if pairs.probabilistic and pairs.probability is not None:
        return log_losses(pairs, pairs.probability, _FLOOR), "log loss"
    return record_losses(pairs, pairs.predicted), "0/1 loss"


def losses_of_all(sides: Sequence[Pairs]) -> tuple[tuple[Floats, ...], str]:
    """Loss of each record under each of several models, by the same loss for all.

    If one of the models states no probabilities, the probabilities of the others are not used.
    """
    # A log loss cannot be compared with an error rate: the model without probabilities would win or
    # lose by its unit alone.
    measured = [losses(side) for side in sides]
    if len({kind for _, kind in measured}) == 1:
        return tuple(values for values, _ in measured), measured[0][1]
    return tuple(record_losses(side, side.predicted) for side in sides), "0/1 loss"


def loss_figures(pairs: Pairs) -> tuple[Figure, ...]:
    """Mean loss and standard deviation of the losses; empty for fewer than two records."""
    if pairs.n < 2:  # noqa: PLR2004 - a deviation needs two
        return ()
    values, kind = losses(pairs)
    mean, deviation = float(values.mean()), float(np.std(values, ddof=1))
    # Welch's test of later batches needs only mean, deviation and count, so that the records of the
    # release do not have to be read again.
    reach = quantile_of(CONFIDENCE) * deviation / math.sqrt(pairs.n)
    interval = Interval(
        low=mean - reach, high=mean + reach, level=two_sided(CONFIDENCE), method="normal"
    )
    return (
        Figure(
            metric=MEAN_LOSS,
            value=mean,
            n=pairs.n,
            interval=interval,
            direction=Direction.AT_MOST,
            unit=kind,
        ),
        Figure(metric=LOSS_SD, value=deviation, n=pairs.n, unit=kind),
    )
