"""Rates and errors of the groups of an attribute, each with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.evidence.outcome import Interval
from aipo_pipelines.measures.metrics.aligned import (
    CLASSIFICATION,
    Pairs,
    numbers,
    pair,
    usable_rows,
)
from aipo_pipelines.measures.metrics.functions import record_losses
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.slices import groups_of
from aipo_pipelines.measures.statistics.interval_arithmetic import two_sided
from aipo_pipelines.measures.statistics.intervals import Floats, percentile, resampled_means, wilson

SELECTION, TPR, FPR = "selection_rate", "true_positive_rate", "false_positive_rate"
ERROR, MAE = "error_rate", "mean_absolute_error"

RATES: Mapping[Metric, str] = MappingProxyType(
    {
        Metric.SELECTION_RATE_DIFFERENCE: SELECTION,
        Metric.SELECTION_RATE_RATIO: SELECTION,
        Metric.TPR_DIFFERENCE: TPR,
        Metric.FPR_DIFFERENCE: FPR,
        Metric.ERROR_DIFFERENCE: ERROR,
    }
)
"""The rate each fairness metric compares; for numbers the error is the mean absolute error."""


@dataclass(frozen=True, kw_only=True)
class GroupRate:
    """One rate of one group.

    Attributes:
        name: Value of the attribute.
        n: Records that the rate counts.
        share: Whether it is a share of records, which lies in 0 to 1.
    """

    name: str
    value: float
    n: int
    interval: Interval
    share: bool


def rates_of_task(scored: Scored) -> tuple[str, ...]:
    """The rates that can be measured on a batch."""
    if scored.task is Task.BINARY:
        with_truth = (TPR, FPR, ERROR) if bool(scored.labelled.any()) else ()
        return (SELECTION, *with_truth)
    return (ERROR,) if scored.task in CLASSIFICATION else (MAE,)


def crossed(first: pd.Series, second: pd.Series) -> pd.Series:
    """Two attributes combined into a single attribute; missing if one of them is missing."""
    both = first.astype(str) + " / " + second.astype(str)
    return both.where(first.notna() & second.notna())


def rates_of_groups(
    scored: Scored, column: pd.Series, rate: str, confidence: float, seed: int
) -> list[GroupRate]:
    """One rate for every group of an attribute.

    Args:
        scored: The batch.
        column: The attribute, one value per record.
        rate: One of the names above; for numbers `error_rate` means the mean absolute error.
        confidence: Level of each end of the intervals as a one-sided bound.
        seed: Seed of resampling.

    Returns:
        Groups in order of their names; empty if the attribute has too many values, or the rate
        does not exist for the task.
    """
    hits_among = _hits(scored, rate)
    if hits_among is None:
        return []
    values, among = hits_among
    share = scored.task in CLASSIFICATION
    rates = []
    for name, mask in groups_of(column):
        chosen = values[mask & among]
        interval = (
            wilson(int(chosen.sum()), len(chosen), confidence)
            if share
            else _mean_interval(chosen, confidence, seed)
        )
        value = float(chosen.mean()) if len(chosen) else 0.0
        rates.append(
            GroupRate(name=name, value=value, n=len(chosen), interval=interval, share=share)
        )
    return rates


def _hits(scored: Scored, rate: str) -> tuple[Floats, NDArray[np.bool_]] | None:
    """Per row the number that is averaged, and the mask of the rows that are averaged."""
    # A selection needs no truth, so that it is measured before labels arrive, on all answers.
    if rate == SELECTION:
        if scored.task is not Task.BINARY or scored.positive is None:
            return None
        selected = scored.predicted.eq(scored.positive).fillna(value=False)
        return numbers(selected), usable_rows(scored)
    pairs = pair(scored)
    if rate in {ERROR, MAE}:
        return _spread(pairs, record_losses(pairs, pairs.predicted)), pairs.counted
    if scored.task is not Task.BINARY:
        return None
    among = pairs.counted.copy()
    among[pairs.counted] = pairs.truth == (1 if rate == TPR else 0)
    return _spread(pairs, pairs.predicted), among


def _spread(pairs: Pairs, values: Floats) -> Floats:
    rows = np.zeros(len(pairs.counted))
    rows[pairs.counted] = values
    return rows


def _mean_interval(values: Floats, confidence: float, seed: int) -> Interval:
    unknown = Interval(low=0.0, high=float("inf"), level=two_sided(confidence), method="no record")
    if len(values) == 0:
        return unknown
    means, method = resampled_means(values[:, None], np.arange(len(values)), seed)
    return percentile(means[:, 0], confidence, method) or unknown
