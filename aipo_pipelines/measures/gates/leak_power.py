"""How well features predict a target: each alone on held-out records, or all of them together.

The power is an area under the ROC curve, one class against the rest, or R2 for numbers. With
several classes, the class with the best area counts: a feature that reveals one class is a leak.
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
"""Small enough to generalise from a thousand records, with leaves for a code of 100 levels."""

_LARGEST = float(np.finfo(np.float32).max) / 2
"""Trees compute with 32 bits; larger numbers count as this number."""

_FEWEST_OF_A_CLASS = 30
"""Records of the rarer side that an area needs to be evidence."""

_FOREST = {"max_iter": 50, "early_stopping": False}
"""Few rounds: a leak is found at once, and early stopping would take records from training."""


def encoded_target(label: pd.Series, task: Task, series: pd.Series | None) -> Floats:
    """Classes as whole numbers; numbers as they are, minus the mean of their series.

    Args:
        label: The truth.
        task: The task of the model.
        series: Series of each record of a forecast, whose level is known; None otherwise.
    """
    target = encoded(label, as_class=task in CLASSIFICATION)
    if series is None:
        return target
    # A shop's name explains most of its sales, which is no leak: only the differences within a
    # series count.
    plain = pd.Series(target)
    means = plain.groupby(pd.factorize(series)[0]).transform("mean")
    return (plain - means).to_numpy(dtype=np.float64)


def encoded(values: pd.Series, *, as_class: bool) -> Floats:
    """Numbers as they are, moments by rank, all other values as codes; NaN if missing."""
    kind = values.dtype
    if not as_class and types.is_numeric_dtype(kind) and not types.is_bool_dtype(kind):
        return numbers(values)
    if types.is_datetime64_any_dtype(kind) and not as_class:
        return numbers(values.rank())
    texts = values.astype(str)
    # Two spellings of a class are the same class, written badly.
    texts = texts.str.strip().str.casefold() if as_class else texts
    codes, _ = pd.factorize(texts.where(values.notna()))
    return np.where(codes < 0, np.nan, codes)


def encoded_feature(values: pd.Series) -> Floats:
    """A feature as numbers for a tree; infinite numbers become NaN."""
    inputs = encoded(values, as_class=False)
    return np.clip(np.where(np.isfinite(inputs), inputs, np.nan), -_LARGEST, _LARGEST)


def power_alone(values: Floats, target: Floats, task: Task, seed: int) -> float | None:
    """Power of a small tree on one half, fitted on the other; None if nothing can be learnt.

    With two classes, the order of the values counts instead if its area is larger.
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    half = len(target) // 2
    if not np.isfinite(values).any() or _is_flat(target, half, task):
        return None
    inputs = values[:, None]
    if task in CLASSIFICATION:
        tree = DecisionTreeClassifier(**_TREE, random_state=seed).fit(inputs[:half], target[:half])
        # The leaves of a tree give many equal scores. A feature that ranks the records well has a
        # larger area by its own order.
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
    filled = [feature for feature in features if np.isfinite(feature).any()]
    if not filled or _is_flat(target, half, task):
        return None
    inputs = np.column_stack(filled)
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


def _better(first: float | None, second: float | None) -> float | None:
    return max((area for area in (first, second) if area is not None), default=None)


def _area_of_order(values: Floats, target: Floats, classes: Floats) -> float | None:
    """Area of the values themselves as a score, in the better of both directions."""
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
    """The best area of a class that is not too rare; the mean area if all are too rare."""
    # The best of many rare classes is high by chance.
    areas = [*_areas(target, probability, classes)]
    of_frequent = [area for area, rarer in areas if rarer >= _FEWEST_OF_A_CLASS]
    return max(of_frequent) if of_frequent else _mean_area(target, probability, classes)


def _areas(target: Floats, probability: Floats, classes: Floats) -> Iterator[tuple[float, int]]:
    """The area of each class against the rest, and the number of records of the rarer side."""
    from aipo_pipelines.measures.metrics.ranking import placements

    for column, name in enumerate(classes):
        event = (target == name).astype(np.float64)
        rarer = int(min(event.sum(), len(event) - event.sum()))
        if rarer:
            yield float(placements(event, probability[:, column]).area), rarer


def _one_thread() -> AbstractContextManager[object]:
    """Limits the trees to one thread."""
    # With so few rows, several threads mostly wait for each other on a busy machine.
    from threadpoolctl import threadpool_limits

    limited: AbstractContextManager[object] = threadpool_limits(limits=1)
    return limited
