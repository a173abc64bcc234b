"""Asks a model for the predictions of a batch, and puts them beside truth and naive baseline."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.errors import ModelError, trace_of
from aipo_pipelines.logs import logger_of
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.baseline import predict_naive
from aipo_pipelines.models.columns import Columns, group_table
from aipo_pipelines.models.features import build_features, infinite_columns
from aipo_pipelines.models.preparation import is_infinite, is_number, truth_by, with_truth
from aipo_pipelines.models.training import Fitted

logger = logger_of(__name__)

PIECE = 10_000
PIECES = 20
"""A model is asked about a twentieth of the records at once, at least about 10,000 records. Its
answer for a record must depend on that record only."""


def score(
    fitted: Fitted,
    frame: pd.DataFrame,
    truth: pd.Series | None,
    spec: ModelSpec,
    columns: Columns,
    *,
    history: pd.DataFrame | None = None,
    model_version: str = "",
) -> Scored:
    """Scores a batch.

    1. Builds the features, and asks the model for its predictions.
    2. Puts truth, groups and the naive baseline beside them.

    Args:
        fitted: The model.
        frame: The batch, one row per record; may be empty.
        truth: Label of each row, index of `frame`, missing if not known yet; None if the batch has
            no label column at all.
        spec: Its training specification.
        columns: Label, time, positive class and protected attributes of the product.
        history: Earlier approved batches, for lags of the target and the seasonal-naive forecast.
        model_version: Version that answers.

    Raises:
        ModelError: Features are missing, infinite or not those of training, or the model failed
            or answered with numbers that are not finite.
    """
    _check_declared(fitted, spec)
    complete = with_truth(frame, truth, columns)
    features = build_features(
        complete, spec, columns, history=history, categories=fitted.categories
    )
    predicted, probability = predict(fitted, features, spec, columns)
    known, strange = truth_by(truth, spec, fitted.classes)
    return Scored(
        task=spec.task,
        predicted=predicted,
        truth=known,
        probability=probability,
        positive=columns.positive if spec.task is Task.BINARY else None,
        groups=group_table(frame, columns),
        naive=predict_naive(fitted.baseline, complete, spec, columns, history=history),
        model_version=model_version,
        strange=strange,
        classes=fitted.classes,
    )


def predict(
    fitted: Fitted, features: pd.DataFrame, spec: ModelSpec, columns: Columns
) -> tuple[pd.Series, pd.DataFrame | None]:
    """Asks the model for predictions and, if it gives them, probabilities per class.

    Raises:
        ModelError: As `score`.
    """
    _check_finite(features)
    if is_number(spec):
        # Estimators refuse a table without rows, but a batch without records is no error.
        values = _ask(fitted, "predict", features) if len(features) else np.empty(0)
        predicted = pd.Series(values, index=features.index, dtype=np.float64)
        if bool(predicted.isna().any()) or is_infinite(predicted):
            raise ModelError(
                "the model answered with numbers that are not finite, expected finite numbers: "
                "look for features far outside their training range, and retrain"
            )
        return predicted, None
    if not hasattr(fitted.estimator, "predict_proba"):
        texts = _ask(fitted, "predict", features) if len(features) else np.empty(0, dtype=np.str_)
        return pd.Series(texts, index=features.index, dtype="str"), None
    shape = (0, len(fitted.classes))
    chances = _ask(fitted, "predict_proba", features) if len(features) else np.empty(shape)
    probability = pd.DataFrame(chances, index=features.index, columns=list(fitted.classes))
    return choose(probability, spec, columns), probability


def choose(probability: pd.DataFrame, spec: ModelSpec, columns: Columns) -> pd.Series:
    """Chooses a class by its probability: by the charter's threshold, or the most probable class.

    Raises:
        ModelError: Binary, and the positive class is not among the model's classes.
    """
    # Objects, because texts of a fixed width would cut longer classes.
    classes = np.array(probability.columns, dtype=object)
    if spec.task is not Task.BINARY:
        best = probability.to_numpy().argmax(axis=1) if len(probability) else []
        return pd.Series(classes[best], index=probability.index, dtype="str")
    if columns.positive not in probability.columns:
        raise ModelError(
            f"found labels.positive {columns.positive!r}, which is none of the {len(classes)} "
            "classes the model learnt: correct the charter, or retrain"
        )
    positive = int(np.flatnonzero(classes == columns.positive)[0])
    flagged = (probability[columns.positive] >= spec.decision_threshold).to_numpy()
    chosen = classes[np.where(flagged, positive, (positive + 1) % len(classes))]
    return pd.Series(chosen, index=probability.index, dtype="str")


def _check_declared(fitted: Fitted, spec: ModelSpec) -> None:
    # Compared here, so that the message names the features: the error of scikit-learn would be
    # withheld, like every error of an estimator.
    lags = spec.forecasting.steps if spec.forecasting else ()
    learnt = fitted.inputs[: len(fitted.inputs) - len(lags)]
    if spec.features != learnt:
        changed = sorted(set(spec.features) ^ set(learnt)) or list(spec.features)
        raise ModelError(
            f"found {changed} to differ between model.features and what the model was trained "
            "with, expected the same in the same order: retrain after changing model.features"
        )


def _check_finite(features: pd.DataFrame) -> None:
    infinite = infinite_columns(features)
    if infinite:
        raise ModelError(
            f"found infinite values in {', '.join(map(repr, infinite))}, expected finite numbers "
            "or missing values: bound the column in the contract so that such a batch is "
            "quarantined"
        )


def _ask(fitted: Fitted, method: str, features: pd.DataFrame) -> np.ndarray:
    problem = ""
    answer = np.empty(0)
    with warnings.catch_warnings():
        # New categories are normal in a live batch, and the drift check reports them.
        warnings.filterwarnings("ignore", message="Found unknown categories", category=UserWarning)
        try:
            answer = _call(fitted.estimator, method, features)
        except Exception as error:  # noqa: BLE001 - boundary: an estimator of the team's choice
            # Ours is raised outside this block, so that no chain of causes quotes records.
            logger.info("asking the model raised %s", trace_of(error))
            problem = type(error).__name__
    if problem:
        raise ModelError(
            f"the model raised {problem} when asked about {len(features)} rows (its message is "
            "withheld, as it may quote data): check the batch against the contract, and retrain "
            "if the features changed"
        )
    return answer


def _call(estimator: Any, method: str, features: pd.DataFrame) -> np.ndarray:
    """Asks for one piece of the records after the other: pipelines copy their input several times.

    For all records at once these copies could take more memory than the machine has.
    """
    answer = getattr(estimator, method)
    piece = max(PIECE, len(features) // PIECES)
    pieces = [
        np.asarray(answer(features.iloc[start : start + piece]))
        for start in range(0, len(features), piece)
    ]
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
