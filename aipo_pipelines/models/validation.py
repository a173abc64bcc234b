"""Out-of-fold scores: predictions of a model for training rows that it did not see.

Classification uses stratified k-fold, regression plain k-fold, both shuffled by the
specification's seed; rows that are alike share a fold. Forecasting uses forward chaining over the
later half of the distinct times: each fold is predicted by a model that was trained on all earlier
times, and on no later time. The first half is only used for training and gets no scores, because
models with a shorter past would not represent the released model.
Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, section 7.10;
Hyndman, Athanasopoulos, Forecasting: Principles and Practice, section 5.10, for the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.errors import TrainingError
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.baseline import predict_naive
from aipo_pipelines.models.columns import Columns, group_table
from aipo_pipelines.models.preparation import Prepared, empty_columns, is_number, prepare
from aipo_pipelines.models.scoring import predict
from aipo_pipelines.models.training import fit

Fold = tuple[np.ndarray, np.ndarray]
"""Positions of the rows to train on and of the rows to score."""


def out_of_fold(
    frame: pd.DataFrame,
    truth: pd.Series,
    spec: ModelSpec,
    columns: Columns,
    *,
    history: pd.DataFrame | None = None,
    alike: pd.Series | None = None,
) -> Scored:
    """Scores training rows by models that did not see them.

    A model is trained for each fold on the other rows; then the scores of all folds are joined.

    Args:
        frame: Rows of the window, one per record, with a unique index.
        truth: Label of each row, index of `frame`; rows without a label are left out.
        spec: Training specification; `folds` and `seed` decide the split.
        columns: Label, time, positive class and protected attributes of the product.
        history: Earlier approved rows, for lags of the target and the seasonal-naive forecast.
        alike: A number for each group of rows that are alike, under the index of those rows; None
            if no rows are alike.

    Returns:
        Scores of the labelled rows in the order of `frame` (forecasting: only of the later half of
        the times), each with the naive baseline of its own training rows.

    Raises:
        ModelError: As `train`.
        TrainingError: As `train`, or fewer rows of a class or distinct times than twice the folds.
    """
    prepared = prepare(frame, truth, spec, columns, history=history)
    parts = [
        _score_fold(prepared, fold, spec, columns, history)
        for fold in _together(_folds(prepared, spec, columns), prepared, alike)
    ]
    # The order of the rows, not of the folds, so that other tables of the window fit.
    index = prepared.features.index
    index = index[index.isin(pd.concat([part.predicted for part in parts]).index)]
    chances = [part.probability for part in parts if part.probability is not None]
    return Scored(
        task=spec.task,
        predicted=pd.concat([part.predicted for part in parts]).loc[index],
        truth=prepared.target.loc[index],
        # A fold that trained without a rare class gives it no probability: that is 0.
        probability=pd.concat(chances).loc[index].fillna(0.0) if chances else None,
        positive=columns.positive if spec.task is Task.BINARY else None,
        groups=group_table(prepared.frame.loc[index], columns),
        naive=pd.concat([part.naive for part in parts if part.naive is not None]).loc[index],
        out_of_fold=True,
    )


def _score_fold(
    prepared: Prepared,
    fold: Fold,
    spec: ModelSpec,
    columns: Columns,
    history: pd.DataFrame | None,
) -> Scored:
    inside, outside = fold
    fitted = fit(_take(prepared, inside), spec)
    held = _take(prepared, outside)
    predicted, probability = predict(fitted, held.features, spec, columns)
    past = prepared.frame if spec.task is Task.FORECASTING else None
    if past is not None and history is not None:
        past = pd.concat([history, past], ignore_index=True)
    return Scored(
        task=spec.task,
        predicted=predicted,
        truth=held.target,
        probability=probability,
        naive=predict_naive(fitted.baseline, held.frame, spec, columns, history=past),
    )


def _take(prepared: Prepared, positions: np.ndarray) -> Prepared:
    features = prepared.features.iloc[positions]
    return replace(
        prepared,
        frame=prepared.frame.iloc[positions],
        features=features,
        target=prepared.target.iloc[positions],
        # A feature may have values in the window and no value in a fold.
        empty=empty_columns(features, prepared.categories),
    )


def _folds(prepared: Prepared, spec: ModelSpec, columns: Columns) -> Iterator[Fold]:
    from sklearn.model_selection import KFold, StratifiedKFold

    if spec.task is Task.FORECASTING:
        return _forward_chaining(prepared, spec, columns)
    if is_number(spec):
        plain = KFold(spec.folds, shuffle=True, random_state=spec.seed)
        plain_folds: Iterator[Fold] = plain.split(prepared.features)
        return plain_folds
    rarest = int(prepared.target.value_counts().min())
    # scikit-learn only warns about one rare class; then a fold would have no row of this class.
    if rarest < spec.folds:
        raise TrainingError(
            f"found a class with {rarest} rows in the training window, expected at least one for "
            f"each of the {spec.folds} folds: widen retraining.window or lower model.folds"
        )
    stratified = StratifiedKFold(spec.folds, shuffle=True, random_state=spec.seed)
    folds: Iterator[Fold] = stratified.split(prepared.features, prepared.target.to_numpy())
    return folds


def _together(folds: Iterator[Fold], prepared: Prepared, alike: pd.Series | None) -> Iterator[Fold]:
    """Folds in which rows that are alike are in the fold of the first of them.

    Otherwise a model could memorise a row and be evaluated on the same row.
    """
    index = prepared.features.index
    groups = None if alike is None else alike[alike.index.isin(index)]
    if groups is None or groups.empty:
        yield from folds
        return
    fold = np.empty(len(index), dtype=np.intp)
    for number, (_, outside) in enumerate(folds):
        fold[outside] = number
    rows = index.get_indexer(groups.index)
    fold[rows] = pd.Series(fold[rows]).groupby(groups.to_numpy()).transform("first")
    for number in np.unique(fold):
        yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def _forward_chaining(prepared: Prepared, spec: ModelSpec, columns: Columns) -> Iterator[Fold]:
    times = prepared.frame[columns.time] if columns.time else None
    if times is None:
        raise TrainingError("expected time_column in the charter: forecasting is evaluated in time")
    order = times.rank(method="dense").to_numpy()
    distinct = int(np.nanmax(order)) if len(order) else 0
    # The later half must have a time for each fold, and the first half must be as long.
    if distinct < 2 * spec.folds:
        raise TrainingError(
            f"found {distinct} distinct times in the training window, expected at least "
            f"{2 * spec.folds} for {spec.folds} folds over their later half: widen "
            "retraining.window or lower model.folds"
        )
    edges = np.linspace(distinct // 2, distinct, spec.folds + 1)
    for low, high in pairwise(edges):
        yield np.flatnonzero(order <= low), np.flatnonzero((order > low) & (order <= high))
