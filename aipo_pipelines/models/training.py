"""Trains a model on approved rows.

Errors of estimators are replaced by errors of this package without their text, which may quote
cells: the message has the class of the error and the size of the input. Warnings are stored with
the model.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.errors import TrainingError, trace_of
from aipo_pipelines.logs import logger_of
from aipo_pipelines.models.baseline import Baseline, learn_baseline
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.pipeline import build_estimator, common_levels, takes_missing
from aipo_pipelines.models.preparation import MINIMUM_ROWS, Prepared, is_number, prepare

logger = logger_of(__name__)


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A trained model with everything that later predictions need.

    Attributes:
        estimator: Fitted scikit-learn pipeline; returns classes as text, or numbers.
        classes: Classes as text, in the order of its probabilities; empty for numbers.
        baseline: The task's naive baseline, learnt from the same rows.
        inputs: Columns the estimator takes, in order.
        categories: Those of these columns that are categories.
        rows: Rows it was trained on: labelled, and with a past if the estimator needs a past.
        seconds: Duration of the fit, by the monotonic clock.
        warnings: The warnings of the library, one sentence each.
    """

    estimator: Any
    classes: tuple[str, ...]
    baseline: Baseline
    inputs: tuple[str, ...]
    categories: tuple[str, ...]
    rows: int
    seconds: float
    warnings: tuple[str, ...] = ()


def train(
    frame: pd.DataFrame,
    truth: pd.Series,
    spec: ModelSpec,
    columns: Columns,
    *,
    history: pd.DataFrame | None = None,
) -> Fitted:
    """Trains the model of a specification on the labelled rows of a window.

    Args:
        frame: Rows of the window, one per record.
        truth: Label of each row, index of `frame`; rows without a label are left out.
        spec: Training specification.
        columns: Label, time and positive class of the product.
        history: Earlier approved rows, for lags of the target only.

    Raises:
        ModelError: The estimator cannot be built, or features are missing.
        TrainingError: The rows cannot train it (too few, one class, all missing, infinite), or
            the estimator failed.
    """
    return fit(prepare(frame, truth, spec, columns, history=history), spec)


def fit(prepared: Prepared, spec: ModelSpec) -> Fitted:
    """Fits the estimator of a specification on checked rows.

    1. Builds the estimator for the features that have values.
    2. Leaves out rows without a past, if the estimator cannot take missing lags.
    3. Fits, and learns the naive baseline from the same truth.

    Raises:
        ModelError: The estimator cannot be built.
        TrainingError: The estimator failed.
    """
    inputs = tuple(map(str, prepared.features.columns))
    # Histogram gradient boosting (scikit-learn 1.9) fails on a column without any value.
    used = [name for name in inputs if name not in prepared.empty]
    categories = [name for name in used if name in prepared.categories]
    estimator = build_estimator(
        spec,
        numbers=[name for name in used if name not in prepared.categories],
        categories=categories,
        levels={name: common_levels(prepared.features[name]) for name in categories},
    )
    features = _with_past(prepared.features, spec, estimator)
    # A fixed-width text array, so that the classes stored with the model are no Python objects.
    kind = np.float64 if is_number(spec) else np.str_
    target = prepared.target.loc[features.index].to_numpy().astype(kind)
    started = time.perf_counter()
    messages, problem = _fit_quietly(estimator, features, target)
    # Raised outside the handler, so that no chained error carries the library's message along.
    if problem:
        raise TrainingError(
            f"{type(estimator[-1]).__name__} raised {problem} on {len(target)} rows and "
            f"{len(inputs)} features (its message is withheld, as it may quote data): check "
            "model.parameters and the types in the contract"
        )
    empty = tuple(f"the feature {name!r} had no value and was left out" for name in prepared.empty)
    return Fitted(
        estimator=estimator,
        classes=() if is_number(spec) else tuple(map(str, estimator.classes_)),
        baseline=learn_baseline(prepared.target, spec),
        inputs=inputs,
        categories=prepared.categories,
        rows=len(target),
        seconds=time.perf_counter() - started,
        warnings=(*empty, *messages),
    )


def _with_past(features: pd.DataFrame, spec: ModelSpec, estimator: Any) -> pd.DataFrame:
    """Leaves out the start of each series, whose lags are missing, if the estimator needs lags.

    A lag that is filled in with the median of all series would teach a linear model a wrong
    relation. If too few rows have a complete past, all rows stay.
    """
    lags = list(features.columns[len(spec.features) :])
    if not lags or takes_missing(estimator):
        return features
    complete = features.dropna(subset=lags)
    return complete if len(complete) >= MINIMUM_ROWS else features


def _fit_quietly(
    estimator: Any, features: pd.DataFrame, target: np.ndarray
) -> tuple[tuple[str, ...], str]:
    """Fits; returns the warnings, and the class of an error or an empty text."""
    problem = ""
    # Caught, because a warning in the log is read by nobody. They are stored with the model.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            estimator.fit(features, target)
        except Exception as error:  # noqa: BLE001 - boundary: an estimator of the team's choice
            # The caller raises ours; its words stay here, because they may quote records.
            logger.info("fitting the model raised %s", trace_of(error))
            problem = type(error).__name__
    return tuple(dict.fromkeys(_message(warning) for warning in caught)), problem


def _message(warning: warnings.WarningMessage) -> str:
    from sklearn.exceptions import ConvergenceWarning

    name = warning.category.__name__
    if issubclass(warning.category, ConvergenceWarning):
        return f"{name}: the fit stopped before it converged; raise max_iter or scale the features"
    return f"{name} while fitting"
