"""Signs that a column was filled after the event: it stands, or differs, only with one class.

A refund is only written where an order was cancelled. As a score it may be weak (not every
cancelled order is refunded), yet whoever sees one knows the answer.
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
_COMMON = 0.9
"""Share of a class from which on a set of records without any other says little."""
_SURPRISE = 12.0
"""Natural logarithm of how unlikely one class alone must be, if it stood there by chance."""
_EXPLAINED = 0.9
_MOST_USUAL = 0.5

Mask = NDArray[np.bool_]


def signs_of(feature: pd.Series, label: pd.Series, target: Floats, task: Task) -> Iterator[str]:
    """Yields what a column's empty and unusual cells say about the target, in words with figures.

    Args:
        feature: The column.
        label: The truth, in which classes are named.
        target: The same as numbers, see `leak_powers.encoded_target`.
        task: What is predicted.
    """
    filled = feature.notna().to_numpy(dtype=bool)
    if filled.any() and not filled.all():
        if task not in CLASSIFICATION:
            yield from _explaining(filled, target)
            return
        yield from _pure("it is filled only where", filled, label)
        yield from _pure("it is empty only where", ~filled, label)
        return
    if task in CLASSIFICATION and filled.all():
        codes = encoded(feature, as_class=True).astype(np.int64)
        counts = np.bincount(codes)
        if counts.max() >= _MOST_USUAL * len(codes):
            unusual = codes != counts.argmax()
            yield from _pure("it differs from its usual value only where", unusual, label)


def _pure(words: str, mask: Mask, label: pd.Series) -> Iterator[str]:
    """Whether records of a kind are all of one class that is not the class of nearly all."""
    n = int(mask.sum())
    if not n:
        return
    texts = label.astype(str)
    inside = texts[mask].value_counts()
    name, share = str(inside.index[0]), float(inside.iloc[0]) / n
    usual = float((texts == name).mean())
    if share < _PURE or usual > _COMMON or -math.log(usual) * n < _SURPRISE:
        return
    yield f"{words} {label.name} is {name} ({share:.1%} of {n:,} such records, {usual:.1%} of all)"


def _explaining(filled: Mask, target: Floats) -> Iterator[str]:
    total = float(np.var(target))
    if not total > 0:
        return
    means = [float(target[part].mean()) for part in (filled, ~filled)]
    share = float(filled.mean())
    explained = share * (1 - share) * (means[0] - means[1]) ** 2 / total
    if explained >= _EXPLAINED:
        yield f"whether it is filled explains {explained:.1%} of the target"
