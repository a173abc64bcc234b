"""Signs that a column was filled after the event: it has a value, or differs, only with one class.

A refund is only written if an order was cancelled. As a score it may be weak, because not every
cancelled order is refunded. But every refund reveals the answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.measures.gates.leak_power import encoded
from aipo_pipelines.measures.metrics.aligned import CLASSIFICATION
from aipo_pipelines.measures.statistics.intervals import Floats

_PURE = 0.99
"""Share of one class among the records with the sign: one typing error in a hundred is allowed."""

_COMMON = 0.9
"""Share of a class above which a set of records with only this class says little."""

_SURPRISE = 12.0
"""How unlikely one class alone must be by chance, as a natural logarithm: once in 160,000."""

_EXPLAINED = 0.9
"""As the limit of a single feature for numbers."""

_MOST_USUAL = 0.5
"""Share of a value that is usual; without such a value no cell is unusual."""

Mask = NDArray[np.bool_]


def signs_of(feature: pd.Series, label: pd.Series, target: Floats, task: Task) -> Iterator[str]:
    """Yields the signs in a column's empty and unusual cells, in words with figures.

    Args:
        feature: The column.
        label: The truth with the names of classes.
        target: The same as numbers, see `leak_power.encoded_target`.
        task: The task of the model.
    """
    filled = feature.notna().to_numpy(dtype=bool)
    if filled.any() and not filled.all():
        if task not in CLASSIFICATION:
            yield from _explaining(filled, target)
            return
        yield from _pure("it is filled only if", filled, label)
        yield from _pure("it is empty only if", ~filled, label)
        return
    if task in CLASSIFICATION and filled.all():
        codes = encoded(feature, as_class=True).astype(np.int64)
        counts = np.bincount(codes)
        if counts.max() >= _MOST_USUAL * len(codes):
            unusual = codes != counts.argmax()
            yield from _pure("it differs from its usual value only if", unusual, label)


def _pure(words: str, mask: Mask, label: pd.Series) -> Iterator[str]:
    """The sign, if the records of the mask have one class that is not the class of nearly all."""
    n = int(mask.sum())
    if not n:
        return
    texts = label.astype(str)
    inside = texts[mask].value_counts()
    name, share = str(inside.index[0]), float(inside.iloc[0]) / n
    usual = float((texts == name).mean())
    # n records of one class happen by chance with the probability usual ** n.
    if share < _PURE or usual > _COMMON or -math.log(usual) * n < _SURPRISE:
        return
    yield f"{words} {label.name} is {name} ({share:.1%} of {n:,} such records, {usual:.1%} of all)"


def _explaining(filled: Mask, target: Floats) -> Iterator[str]:
    total = float(np.var(target))
    if not total > 0:
        return
    means = [float(target[part].mean()) for part in (filled, ~filled)]
    share = float(filled.mean())
    # The variance between the two groups, as a share of the whole variance (eta squared).
    explained = share * (1 - share) * (means[0] - means[1]) ** 2 / total
    if explained >= _EXPLAINED:
        yield f"whether it is filled explains {explained:.1%} of the target"
