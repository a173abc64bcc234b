"""The model of a product: task, estimator, features."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from aipo_pipelines.charter.model.base import Part, Text

ParameterValue = bool | int | float | str | None


class Task(StrEnum):
    """What a product predicts."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    REGRESSION = "regression"
    FORECASTING = "forecasting"


class Lags(Part):
    """Features made from the target's own past, per series (forecasting).

    Attributes:
        series: Column that names the series.
        steps: Lags in time steps of the series (`[1, 52]`).
        season: Season length of the seasonal-naive baseline, in time steps.
    """

    series: Text
    steps: tuple[int, ...] = ()
    season: int = Field(ge=1)


class ModelSpec(Part):
    """The training specification.

    Attributes:
        estimator: Dotted path of a scikit-learn class; exactly one of this and `factory`.
        factory: `module:function` of the data team, called with the parameters, returning an
            unfitted scikit-learn estimator; of a module that the installation lists
            (`AIPO_MODULES`).
        parameters: Passed to the estimator or factory.
        features: Columns used; all others are ignored.
        categorical: Features that are categories even if they are numbers.
        logged_predictions: Column of the batch that carries predictions made elsewhere; with it,
            no model is trained here and these are judged.
        logged_scores: Column with the score of the positive class, beside `logged_predictions`.
        decision_threshold: Score from which a binary prediction is positive.
        folds: Number of folds for out-of-fold scores on training data.
        seed: Seed of every random step.
        allowed_types: Types that may be stored with the model besides the reviewed list; of
            scikit-learn, or of modules that the installation lists.
    """

    task: Task
    estimator: Text | None = None
    factory: Text | None = None
    parameters: dict[str, ParameterValue] = Field(default_factory=dict)
    features: tuple[Text, ...] = Field(min_length=1)
    categorical: tuple[Text, ...] = ()
    forecasting: Lags | None = None
    logged_predictions: Text | None = None
    logged_scores: Text | None = None
    decision_threshold: float = Field(default=0.5, gt=0, lt=1)
    # More than 20 folds take longer and say hardly more.
    folds: int = Field(default=5, ge=2, le=20)
    seed: int = Field(default=0, ge=0)
    allowed_types: tuple[Text, ...] = ()
