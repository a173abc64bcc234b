"""The naive baseline of a task: the prediction that is possible without a model.

Classification predicts the most frequent class of the training rows (ties: the first in
alphabetical order), regression their mean, forecasting the value one season earlier in the
series. A model has skill only if it is better than the naive baseline on the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.labels import as_labels
from aipo_pipelines.models.lags import seasonal_naive


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The distribution of the truth in the training data.

    Attributes:
        rows: Training rows with a known truth.
        priors: Share of each class among them, by class as text; empty for numbers.
        mean: Mean of the truth, in its unit; None for classes.
        median: Median of the truth, in its unit; None for classes.
    """

    rows: int
    priors: Mapping[str, float] = field(default_factory=dict)
    mean: float | None = None
    median: float | None = None


def learn_baseline(truth: pd.Series, spec: ModelSpec) -> Baseline:
    """Learns the naive baseline from the truth of the training; missing values are left out."""
    known = truth.dropna()
    if spec.task in {Task.BINARY, Task.MULTICLASS}:
        shares = as_labels(known).value_counts(normalize=True).sort_index()
        return Baseline(
            rows=len(known), priors={str(name): float(share) for name, share in shares.items()}
        )
    numbers = known.astype(np.float64)
    # The mean of no number is NaN, which JSON cannot express.
    if numbers.empty:
        return Baseline(rows=0)
    return Baseline(rows=len(numbers), mean=float(numbers.mean()), median=float(numbers.median()))


def predict_naive(
    baseline: Baseline,
    frame: pd.DataFrame,
    spec: ModelSpec,
    columns: Columns,
    *,
    history: pd.DataFrame | None = None,
) -> pd.Series:
    """Predicts a batch by the task's naive baseline.

    Returns:
        Text for classes, float64 for numbers; index of `frame`; missing if there is no basis.

    Raises:
        ModelError: The columns a seasonal-naive forecast needs are missing.
    """
    if spec.task is Task.FORECASTING and spec.forecasting is not None:
        return seasonal_naive(frame, spec, columns, history=history).rename("naive")
    if spec.task in {Task.BINARY, Task.MULTICLASS}:
        # `max` keeps the first of equal values, and priors are in alphabetical order.
        majority = max(baseline.priors, key=lambda name: baseline.priors[name], default=np.nan)
        return pd.Series(majority, index=frame.index, name="naive", dtype="str")
    # Without a known truth in the training there is no mean: then nothing is predicted.
    mean = np.nan if baseline.mean is None else baseline.mean
    return pd.Series(mean, index=frame.index, name="naive", dtype=np.float64)
