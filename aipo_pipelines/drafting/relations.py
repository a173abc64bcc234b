"""Features that repeat other features: a code and its name, a difference, a share.

They are no error, and trees work with them. But their importance is divided between them, and drift
of one of them is drift of all. A person who leaves one out for a reason has not left it out yet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.drafting.columns import Profile
from aipo_pipelines.drafting.derived_columns import (
    ALIKE,
    MOST_VALUES,
    follows,
    rank_alike,
    relabels,
)

# Each pair of columns is combined in six ways and compared with all others, so the time grows with
# the third power of the number of columns.
_MOST_COLUMNS = 100
_GLANCE = 50
_ROWS = 2_000
_FEWEST = 30
_NEARLY = 0.99
_CLOSE = 1e-3
_TINY = 1e-12
_ROOM = 0.02

Floats = NDArray[np.float64]

Way = Callable[[Floats, Floats], Floats]

_WAYS: Mapping[str, Way] = {
    "{0} - {1}": lambda first, other: first - other,
    "{1} - {0}": lambda first, other: other - first,
    "{0} + {1}": lambda first, other: first + other,
    "{0} / {1}": lambda first, other: first / other,
    "{1} / {0}": lambda first, other: other / first,
    "{0} * {1}": lambda first, other: first * other,
}


def related_features(profiles: Sequence[Profile], used: Sequence[str]) -> tuple[str, ...]:
    """Features that repeat other features, each once, in words.

    Args:
        profiles: The columns.
        used: The features.
    """
    chosen = [profile for profile in profiles if profile.name in used][:_MOST_COLUMNS]
    alike = _alike(chosen) | _settled(chosen)
    relations = _of_pairs(chosen, alike)
    independent = [profile for profile in chosen if profile.name not in relations]
    for name, relation in _of_three(independent):
        relations.setdefault(name, relation)
    return tuple(relations[profile.name] for profile in chosen if profile.name in relations)


def _of_pairs(chosen: Sequence[Profile], alike: Collection[frozenset[str]]) -> dict[str, str]:
    """The relation of each column to an earlier column that has no relation itself."""
    relations: dict[str, str] = {}
    for place, profile in enumerate(chosen):
        for other in chosen[:place]:
            if other.name not in relations and (relation := _of_two(profile, other, alike)):
                relations[profile.name] = relation
                break
    return relations


def _of_two(profile: Profile, other: Profile, alike: Collection[frozenset[str]]) -> str:
    """The relation of a column to an earlier column, in words; empty if they are independent."""
    if frozenset((profile.name, other.name)) not in alike:
        return ""
    if relabels(profile, other):
        return f"{profile.name} is {other.name} in other words"
    if follows(profile, other):
        return f"{profile.name} follows from {other.name}"
    if follows(other, profile):
        return f"{other.name} follows from {profile.name}"
    return f"{profile.name} rises and falls with {other.name}" if rank_alike(profile, other) else ""


def _alike(profiles: Sequence[Profile]) -> set[frozenset[str]]:
    """Pairs of columns of numbers that may rise and fall together, found quickly."""
    numbers = {
        profile.name: profile.cells.astype("Float64") for profile in profiles if profile.is_number
    }
    frame = pd.DataFrame(numbers).astype("float64")
    ranks = frame.iloc[:: max(1, len(frame) // _ROWS)].rank()
    strong = ranks.corr(min_periods=_FEWEST).abs() >= ALIKE - _ROOM
    return {
        frozenset((first, other))
        for first, other in combinations(numbers, 2)
        if strong.loc[first, other]
    }


def _settled(profiles: Sequence[Profile]) -> set[frozenset[str]]:
    """Pairs of columns of few values that may follow from one another, found quickly."""
    few = [profile for profile in profiles if profile.distinct <= MOST_VALUES]
    codes = {
        profile.name: pd.factorize(profile.cells.iloc[:_ROWS])[0].astype(np.int64) + 1
        for profile in few
    }
    return {
        frozenset((first, other))
        for first, other in combinations(codes, 2)
        if len(np.unique(codes[first] * (MOST_VALUES + 2) + codes[other]))
        <= max(codes[first].max(), codes[other].max()) + 1
    }


def _of_three(profiles: Sequence[Profile]) -> Iterator[tuple[str, str]]:
    """Columns of numbers that are computed from two before them, each with how."""
    numbers = [profile for profile in profiles if profile.is_number and profile.distinct > 2]  # noqa: PLR2004
    cells = _numbers(numbers)
    if len(cells) < _FEWEST:
        return
    unusual = cells != pd.DataFrame(cells).mode().iloc[0].to_numpy(dtype=np.float64)
    glance = cells[:: max(1, len(cells) // _GLANCE)]
    spread = np.maximum(cells.std(axis=0), _TINY)
    for first, second in combinations(range(len(numbers) - 1), 2):
        for way, computed in _WAYS.items():
            with np.errstate(all="ignore"):
                seen = computed(glance[:, first], glance[:, second])
                near = (
                    np.abs(seen[:, None] - glance[:, second + 1 :]) <= _CLOSE * spread[second + 1 :]
                )
            for third in np.flatnonzero(near.mean(axis=0) >= _NEARLY) + second + 1:
                # Rows in which all three have their usual values, such as zeros, prove nothing.
                unusual_rows = unusual[:, [first, second]].all(axis=1) | unusual[:, third]
                if _is_computed(cells[unusual_rows][:, [first, second, third]], computed):
                    name = numbers[third].name
                    how = way.format(numbers[first].name, numbers[second].name)
                    yield name, f"{name} is {how}"


def _numbers(profiles: Sequence[Profile]) -> Floats:
    """Complete records of columns of numbers, few enough to compare each with all."""
    if not profiles:
        return np.empty((0, 0))
    frame = pd.DataFrame(
        {profile.name: profile.cells.astype("Float64") for profile in profiles}
    ).dropna()
    return frame.iloc[:: max(1, len(frame) // _ROWS)].to_numpy(dtype=np.float64)


def _is_computed(cells: Floats, way: Way) -> bool:
    """Whether the third column is computed from two others, and is not simply one of them."""
    if len(cells) < _FEWEST:
        return False
    with np.errstate(all="ignore"):
        computed = way(cells[:, 0], cells[:, 1])
    same = max(_closeness(cells[:, it], cells[:, 2]) for it in (0, 1))
    return _closeness(computed, cells[:, 2]) >= _NEARLY > same


def _closeness(column: Floats, other: Floats) -> float:
    """Share of the records in which two columns are equal up to rounding."""
    return float((np.abs(column - other) <= _CLOSE * max(float(np.std(other)), _TINY)).mean())
