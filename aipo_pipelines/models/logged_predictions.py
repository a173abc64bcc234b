"""Reads the predictions of another system, which a batch contains, instead of asking a model."""

from __future__ import annotations

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.errors import ModelError
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.baseline import Baseline, predict_naive
from aipo_pipelines.models.columns import Columns, group_table, require_columns
from aipo_pipelines.models.labels import as_labels, of_classes, two_classes
from aipo_pipelines.models.preparation import is_infinite, target_of, truth_by, with_truth


def from_logged(
    frame: pd.DataFrame,
    truth: pd.Series | None,
    spec: ModelSpec,
    columns: Columns,
    *,
    baseline: Baseline | None = None,
    history: pd.DataFrame | None = None,
    model_version: str = "logged",
) -> Scored:
    """Reads the predictions that a batch contains.

    Args:
        frame: The batch with `logged_predictions` and, for binary tasks, perhaps `logged_scores`
            (probability of the positive class).
        truth: Label of each row, or None if the batch has no label column.
        spec: Training specification that names the columns.
        columns: Label, time, positive class and protected attributes of the product.
        baseline: Learnt from an earlier, labelled window; None gives no naive predictions, except
            for forecasting, which only needs history.
        history: Earlier approved batches, for the seasonal-naive forecast.
        model_version: Version that the predictions belong to.

    Raises:
        ModelError: A column is missing or of the wrong type, or scores are no probabilities.
    """
    predicted = _predicted(frame, spec)
    classes = _classes(predicted, truth, spec, columns)
    known, strange = truth_by(truth, spec, classes)
    if classes:
        # A word that is neither class is no answer: it counts as unusable, not as wrong.
        predicted = of_classes(predicted, classes)[0]
    naive = None
    # A seasonal forecast needs no learnt baseline, only history.
    if baseline is not None or spec.task is Task.FORECASTING:
        learnt, complete = baseline or Baseline(rows=0), with_truth(frame, truth, columns)
        naive = predict_naive(learnt, complete, spec, columns, history=history)
    return Scored(
        task=spec.task,
        predicted=predicted,
        truth=known,
        probability=_probability(frame, classes, spec),
        positive=columns.positive if spec.task is Task.BINARY else None,
        groups=group_table(frame, columns),
        naive=naive,
        model_version=model_version,
        strange=strange,
        classes=classes,
    )


def _predicted(frame: pd.DataFrame, spec: ModelSpec) -> pd.Series:
    column = spec.logged_predictions
    if column is None:
        raise ModelError("expected model.logged_predictions in the charter; it names no column")
    require_columns(frame, (column,), "the logged predictions")
    predicted = target_of(frame[column], spec)
    if is_infinite(predicted):
        raise ModelError(f"found infinite values in the logged predictions {column!r}")
    return predicted


def _classes(
    predicted: pd.Series, truth: pd.Series | None, spec: ModelSpec, columns: Columns
) -> tuple[str, ...]:
    """Both classes of a binary task, the event last; empty for other tasks.

    A model answers in classes, and never in a word such as `pending`. So its answers show the other
    class, if they contain exactly one other word; otherwise the labels show it.
    """
    positive = columns.positive
    if spec.task is not Task.BINARY or positive is None:
        return ()
    negative = set(predicted.dropna()) - {positive}
    if len(negative) != 1 and truth is not None:
        negative = set(two_classes(as_labels(truth), positive)) - {positive} or negative
    # If neither shows the other class, a name for it is made up: no record has that class.
    return (min(negative) if negative else f"not {positive}", positive)


def _probability(
    frame: pd.DataFrame,
    classes: tuple[str, ...],
    spec: ModelSpec,
) -> pd.DataFrame | None:
    name = spec.logged_scores
    if name is None or not classes:
        return None
    other, positive = classes
    require_columns(frame, (name,), "the logged scores")
    try:
        chances = frame[name].astype(np.float64)
    except (TypeError, ValueError):
        chances = None
    if chances is None:
        raise ModelError(f"found {frame[name].dtype} in the logged scores {name!r}, not numbers")
    outside = int(((chances < 0) | (chances > 1)).sum())
    if outside:
        raise ModelError(
            f"found {outside} values outside 0 to 1 in the logged scores {name!r}, expected the "
            f"probability of {positive!r}: store probabilities, or leave out model.logged_scores"
        )
    return pd.DataFrame({other: 1.0 - chances, positive: chances}, index=frame.index)
