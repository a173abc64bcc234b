"""Builds an unfitted scikit-learn pipeline from the training specification.

A charter may only name scikit-learn's own public classes. Every other estimator comes from a
factory of the data team: that is their code, and every error that it causes names it. Categories
are one-hot encoded. Numbers are imputed and scaled for estimators that cannot take missing values;
other estimators (trees) get them unchanged. A factory that returns a scikit-learn `Pipeline` does
its own preprocessing: it gets the features as `build_features` makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.errors import ModelError, place_of, trace_of
from aipo_pipelines.logs import logger_of
from aipo_pipelines.models.features import MISSING
from aipo_pipelines.models.named_estimators import named, refused, task_faults

logger = logger_of(__name__)

MAXIMUM_CATEGORIES = 128
"""One-hot columns per feature; rarer categories share the last column, so an identifier among the
features cannot fill the memory."""

COMMON_FROM = 3
"""Records that must share a category before the model learns it: one cell may be a mistake."""


def build_estimator(
    spec: ModelSpec,
    numbers: Sequence[str],
    categories: Sequence[str],
    levels: Mapping[str, Sequence[str]] | None = None,
) -> Any:
    """Builds the unfitted pipeline of a training specification.

    Args:
        spec: Training specification.
        numbers: Feature columns that are numbers.
        categories: Feature columns that are categories, as text.
        levels: Values of each category that get a column of their own, from `common_levels`; None
            takes all values of the training.

    Returns:
        A scikit-learn `Pipeline` of the steps `prepare` and `model`, or the factory's own.
        Every `random_state` that the charter leaves open is the specification's seed.

    Raises:
        ModelError: The estimator is not allowed, does not exist, refuses its parameters, cannot
            do the task, or the factory failed.
    """
    from sklearn.pipeline import Pipeline

    estimator = _from_factory(spec) if spec.factory else _from_path(spec)
    for fault in task_faults(estimator, spec):
        refused(fault)
    _set_seed(estimator, spec.seed)
    if isinstance(estimator, Pipeline):
        return estimator
    return Pipeline(
        [("prepare", _preparation(estimator, numbers, categories, levels)), ("model", estimator)]
    )


def _from_path(spec: ModelSpec) -> Any:
    try:
        return named(spec)(**spec.parameters)
    except TypeError as error:
        raise ModelError(
            f"{spec.estimator} refuses model.parameters {sorted(spec.parameters)}: {error}"
        ) from error


def _from_factory(spec: ModelSpec) -> Any:
    factory = spec.factory
    estimator, problem = _called(named(spec), spec)
    if problem:
        raise ModelError(
            f"the model factory {factory!r} raised {problem} (its message is withheld, as it may "
            f"quote data); it was called with the parameters {sorted(spec.parameters)}: correct "
            "the factory or model.parameters"
        )
    # A class also has both methods. A factory that returns it forgot to make an instance.
    usable = hasattr(estimator, "fit") and hasattr(estimator, "get_params")
    if isinstance(estimator, type) or not usable:
        raise ModelError(
            f"the model factory {factory!r} returned a {type(estimator).__name__}, expected an "
            "unfitted scikit-learn estimator"
        )
    return estimator


def _called(make: Callable[..., Any], spec: ModelSpec) -> tuple[Any, str]:
    """Calls the factory: its result, and class and place of an error, or an empty text."""
    try:
        return make(**spec.parameters), ""
    except (Exception, SystemExit) as error:  # noqa: BLE001 - boundary: a factory of the team
        # The caller raises ours, without a chain of causes that may quote data.
        logger.info("the model factory raised %s", trace_of(error))
        return None, f"{type(error).__name__} in {place_of(error)}"


def _set_seed(estimator: Any, seed: int) -> None:
    # Estimators inside estimators too, so that the same training gives the same model.
    open_seeds = {
        name: seed
        for name, value in estimator.get_params(deep=True).items()
        if name.rpartition("__")[2] == "random_state" and value is None
    }
    if open_seeds:
        estimator.set_params(**open_seeds)


def takes_missing(estimator: Any) -> bool:
    """Whether the estimator (of a pipeline: its last step) takes missing numbers itself."""
    from sklearn.pipeline import Pipeline
    from sklearn.utils import get_tags

    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    return bool(get_tags(last).input_tags.allow_nan)


def common_levels(column: pd.Series) -> tuple[str, ...]:
    """The values of a category that three records or more share, in alphabetical order.

    A model stores its levels permanently, and a rare value may identify a person. It is encoded as
    no level, like a value that only occurs later.
    """
    counts = column.value_counts()
    return tuple(sorted(map(str, counts[counts >= COMMON_FROM].index))) or (MISSING,)


def _preparation(
    estimator: Any,
    numbers: Sequence[str],
    categories: Sequence[str],
    levels: Mapping[str, Sequence[str]] | None,
) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    encode = OneHotEncoder(
        categories="auto" if levels is None else [list(levels[name]) for name in categories],
        # A category that occurs only in live batches must not stop the scoring; drift reports it.
        handle_unknown="ignore",
        sparse_output=False,
        max_categories=MAXIMUM_CATEGORIES,
    )
    fill = SimpleImputer(strategy="median")
    scale = Pipeline([("impute", fill), ("scale", StandardScaler())])
    prepared = "passthrough" if takes_missing(estimator) else scale
    return ColumnTransformer(
        [("numbers", prepared, list(numbers)), ("categories", encode, list(categories))],
        verbose_feature_names_out=False,
    )
