"""Makes the input of an estimator from the rows of a training window, or refuses the window."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.errors import ModelError, TrainingError
from aipo_pipelines.models.columns import Columns, require_columns
from aipo_pipelines.models.features import (
    MISSING,
    build_features,
    category_columns,
    infinite_columns,
)
from aipo_pipelines.models.labels import as_labels, of_classes

MINIMUM_ROWS = 20
"""With fewer labelled rows a model could not be evaluated."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Labelled rows as the estimator takes them; all tables have the same index.

    Attributes:
        frame: The rows as delivered, with the truth in the label column.
        features: The estimator's input.
        target: Text or float64, without missing values.
        categories: Features that are categories.
        empty: Features without a single value.
    """

    frame: pd.DataFrame
    features: pd.DataFrame
    target: pd.Series
    categories: tuple[str, ...]
    empty: tuple[str, ...]


def is_number(spec: ModelSpec) -> bool:
    """Whether the task predicts numbers and not classes."""
    return spec.task in {Task.REGRESSION, Task.FORECASTING}


def target_of(truth: pd.Series, spec: ModelSpec) -> pd.Series:
    """Reads the truth as text (classes) or float64 (numbers); missing values stay missing.

    Raises:
        ModelError: The truth of a task with numbers is no number.
    """
    if not is_number(spec):
        return as_labels(truth)
    try:
        numbers = truth.astype(np.float64)
    except (TypeError, ValueError):
        numbers = None
    if numbers is None:
        raise ModelError(
            f"found {truth.dtype} in the label {truth.name!r}, expected numbers for the task "
            f"{spec.task.value!r}: declare its type in the contract"
        )
    return numbers


def truth_by(
    truth: pd.Series | None, spec: ModelSpec, classes: Collection[str]
) -> tuple[pd.Series | None, int]:
    """The truth for the evaluation of a model, and the number of labels that are no class.

    Args:
        truth: Labels; None if the batch has no label column at all.
        spec: Training specification.
        classes: Classes that the model learnt; empty if they are not known.

    Raises:
        ModelError: The truth of a task with numbers is no number.
    """
    if truth is None:
        return None, 0
    target = target_of(truth, spec)
    return of_classes(target, classes) if spec.task is Task.BINARY and classes else (target, 0)


def with_truth(frame: pd.DataFrame, truth: pd.Series | None, columns: Columns) -> pd.DataFrame:
    """Puts the truth into the label column: lags need it if labels come from another source."""
    if truth is None or columns.label is None:
        return frame
    return frame.assign(**{columns.label: truth})


def prepare(
    frame: pd.DataFrame,
    truth: pd.Series,
    spec: ModelSpec,
    columns: Columns,
    *,
    history: pd.DataFrame | None = None,
) -> Prepared:
    """Builds the estimator's input from the labelled rows of a window.

    Args:
        frame: Rows of the window, one per record.
        truth: Label of each row, index of `frame`; rows without a label are left out.
        spec: Training specification.
        columns: Label, time and positive class of the product.
        history: Earlier approved rows, for lags of the target only.

    Raises:
        ModelError: Features are missing or of a type that cannot be used, or the index does not
            distinguish the rows.
        TrainingError: Too few rows, one class, only missing values, or infinities.
    """
    _check_index(frame, truth)
    require_columns(frame, spec.features, "the feature")
    complete = with_truth(frame, truth, columns)
    target = target_of(truth, spec)
    labelled = target.notna()
    # Rows without a label are left out after the lags are made: they still are steps in time.
    features = build_features(complete, spec, columns, history=history)[labelled]
    categories = category_columns(complete, spec)
    prepared = Prepared(
        frame=complete[labelled],
        features=features,
        target=target[labelled],
        categories=categories,
        empty=empty_columns(features, categories),
    )
    _check_rows(prepared)
    if not is_number(spec):
        _check_classes(prepared.target, spec, columns)
    return prepared


def empty_columns(features: pd.DataFrame, categories: tuple[str, ...]) -> tuple[str, ...]:
    """Names the features without a single value."""
    return tuple(
        str(name)
        for name in features.columns
        if bool(
            (features[name] == MISSING).all() if name in categories else features[name].isna().all()
        )
    )


def _check_index(frame: pd.DataFrame, truth: pd.Series) -> None:
    if not frame.index.is_unique or not frame.index.equals(truth.index):
        raise ModelError(
            f"found {len(frame)} rows and {len(truth)} labels whose indexes differ or repeat, "
            "expected one unique index for both: number the rows of the window again"
        )


def _check_rows(prepared: Prepared) -> None:
    rows, features = prepared.features.shape
    if rows < MINIMUM_ROWS:
        raise TrainingError(
            f"found {rows} labelled rows in the training window, expected at least "
            f"{MINIMUM_ROWS}: widen retraining.window or wait for labels"
        )
    # Some features without a value are left out of the training; without any value nothing is left.
    if len(prepared.empty) == features:
        raise TrainingError(
            f"found no value in any of the {features} features of {rows} rows, expected data: "
            "look at the feed"
        )
    infinite = infinite_columns(prepared.features)
    if is_infinite(prepared.target):
        infinite = (*infinite, str(prepared.target.name))
    if infinite:
        raise TrainingError(
            f"found infinite values in {', '.join(map(repr, infinite))}, expected finite numbers "
            "or missing values: bound the column in the contract so that such a batch is "
            "quarantined"
        )


def is_infinite(values: pd.Series) -> bool:
    """Whether numbers contain plus or minus infinity; false for text."""
    return values.dtype.kind == "f" and bool(np.isinf(values.to_numpy()).any())


def _check_classes(target: pd.Series, spec: ModelSpec, columns: Columns) -> None:
    classes = int(target.nunique())
    if classes < 2:  # noqa: PLR2004 - a classifier needs two
        raise TrainingError(
            f"found one class in the label of {len(target)} rows, expected at least two: widen "
            "retraining.window until both outcomes occur"
        )
    if spec.task is not Task.BINARY:
        return
    if classes > 2:  # noqa: PLR2004 - binary
        raise TrainingError(
            f"found {classes} classes in the label, expected two for the task 'binary': set "
            "model.task to multiclass, or correct the label's allowed values in the contract"
        )
    if columns.positive is None or not bool((target == columns.positive).any()):
        raise TrainingError(
            f"found no row of the class {columns.positive!r} that labels.positive names, among "
            f"{len(target)} rows: write it as in the data (whole numbers without decimals, "
            "booleans as True and False)"
        )
