"""How well features predict a target: one alone on held-out records, or all of them together.

The power is an area under the ROC curve, one class against the rest, or R2 for numbers. Of several
classes the one that a feature alone tells best counts: it gives that one away, whatever the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

import numpy as np
import pandas as pd
from pandas.api import types

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION, numbers
from aipo_pipelines.measures.statistics.intervals import Floats

_TREE = {"max_leaf_nodes": 128, "min_samples_leaf": 5}
_LARGEST = float(np.finfo(np.float32).max) / 2
"""Trees compute with 32 bits; what is beyond is as far as anything can be."""

_FEWEST_OF_A_CLASS = 30
"""Records on either side from which on an area says what a feature gives away."""

_FOREST = {"max_iter": 50, "early_stopping": False}


def encoded_target(label: pd.Series, task: Task, series: pd.Series | None) -> Floats:
    """Classes as whole numbers; numbers as they are, without the mean of their series.

    Args:
        label: The truth.
        task: What is predicted.
        series: Series of each record of a forecast, whose level everybody knows; None otherwise.
    """
    target = encoded(label, as_class=task in CLASSIFICATION)
    if series is None:
        return target
    plain = pd.Series(target)
    means = plain.groupby(pd.factorize(series)[0]).transform("mean")
    return (plain - means).to_numpy(dtype=np.float64)


def encoded(values: pd.Series, *, as_class: bool) -> Floats:
    """Numbers as they are, moments by rank, everything else as codes; NaN where nothing is."""
    kind = values.dtype
    if not as_class and types.is_numeric_dtype(kind) and not types.is_bool_dtype(kind):
        return numbers(values)
    if types.is_datetime64_any_dtype(kind) and not as_class:
        return numbers(values.rank())
    texts = values.astype(str)
    # A class in two spellings is one that is written badly.
    texts = texts.str.strip().str.casefold() if as_class else texts
    codes, _ = pd.factorize(texts.where(values.notna()))
    return np.where(codes < 0, np.nan, codes)


def encoded_feature(values: pd.Series) -> Floats:
    """A feature as numbers that a tree can take, with NaN also for what is infinite."""
    inputs = encoded(values, as_class=False)
    return np.clip(np.where(np.isfinite(inputs), inputs, np.nan), -_LARGEST, _LARGEST)


def power_alone(values: Floats, target: Floats, task: Task, seed: int) -> float | None:
    """Power of a small tree on one half, fitted on the other; None where nothing can be learnt.

    Of two classes the order of the values counts too, where it tells them apart better.
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    half = len(target) // 2
    if not np.isfinite(values).any() or _is_flat(target, half, task):
        return None
    inputs = values[:, None]
    if task in CLASSIFICATION:
        tree = DecisionTreeClassifier(**_TREE, random_state=seed).fit(inputs[:half], target[:half])
        area = _best_area(target[half:], tree.predict_proba(inputs[half:]), tree.classes_)
        return _better(area, _area_of_order(values[half:], target[half:], tree.classes_))
    fitted = DecisionTreeRegressor(**_TREE, random_state=seed).fit(inputs[:half], target[:half])
    return _explained(target[half:], fitted.predict(inputs[half:]))


def power_together(
    features: Sequence[Floats], target: Floats, task: Task, seed: int
) -> float | None:
    """Power of boosted trees on one half, fitted on the other with all features."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    half = len(target) // 2
    telling = [one for one in features if np.isfinite(one).any()]
    if not telling or _is_flat(target, half, task):
        return None
    inputs = np.column_stack(telling)
    with _one_thread():
        if task in CLASSIFICATION:
            trees = HistGradientBoostingClassifier(**_FOREST, random_state=seed)
            trees.fit(inputs[:half], target[:half])
            return _mean_area(target[half:], trees.predict_proba(inputs[half:]), trees.classes_)
        fitted = HistGradientBoostingRegressor(**_FOREST, random_state=seed)
        fitted.fit(inputs[:half], target[:half])
        return _explained(target[half:], fitted.predict(inputs[half:]))


def _is_flat(target: Floats, half: int, task: Task) -> bool:
    """Whether there is nothing to learn in the first half, or nothing to test in the second."""
    first, second = np.unique(target[:half]).size, np.unique(target[half:]).size
    return first < 2 or (task not in CLASSIFICATION and second < 2)  # noqa: PLR2004 - it varies


def _explained(target: Floats, answers: Floats) -> float:
    from sklearn.metrics import r2_score

    return float(r2_score(target, answers))


def _better(one: float | None, other: float | None) -> float | None:
    return max((area for area in (one, other) if area is not None), default=None)


def _area_of_order(values: Floats, target: Floats, classes: Floats) -> float | None:
    """Area of the values themselves as a score, whichever way they rank."""
    from aipo_pipelines.measures.metrics.ranking import placements

    event = (target == classes[-1]).astype(np.float64)
    two = len(classes) == 2  # noqa: PLR2004 - one against the other
    if not two or not np.isfinite(values).all() or not 0 < event.sum() < len(event):
        return None
    area = float(placements(event, values).area)
    return max(area, 1 - area)


def _mean_area(target: Floats, probability: Floats, classes: Floats) -> float | None:
    areas = [area for area, _ in _areas(target, probability, classes)]
    return float(np.mean(areas)) if areas else None


def _best_area(target: Floats, probability: Floats, classes: Floats) -> float | None:
    """The area of the class that is told best, of those that are not too rare to say so."""
    areas = [*_areas(target, probability, classes)]
    often = [area for area, rarer in areas if rarer >= _FEWEST_OF_A_CLASS]
    return max(often) if often else _mean_area(target, probability, classes)


def _areas(target: Floats, probability: Floats, classes: Floats) -> Iterator[tuple[float, int]]:
    """The area of each class against the rest, and how many records the rarer side has."""
    from aipo_pipelines.measures.metrics.ranking import placements

    for column, name in enumerate(classes):
        event = (target == name).astype(np.float64)
        rarer = int(min(event.sum(), len(event) - event.sum()))
        if rarer:
            yield float(placements(event, probability[:, column]).area), rarer


def _one_thread() -> AbstractContextManager[object]:
    """Trees on so few rows: on a busy machine several threads mostly wait for one another."""
    from threadpoolctl import threadpool_limits

    limited: AbstractContextManager[object] = threadpool_limits(limits=1)
    return limited
