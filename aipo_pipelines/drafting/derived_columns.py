"""Columns that repeat another column: in other words, in another unit, or as a part of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from aipo_pipelines.charter.privacy.coverage import covers
from aipo_pipelines.drafting.columns import Profile

# Fewer records rise and fall together by chance.
_FEWEST = 30
_FEWEST_VALUES = 3
MOST_VALUES = 50
_OFTEN = 5
# Each pair of columns is compared, so each comparison must be quick.
_SAMPLE = 2_000
ALIKE = 0.99
"""Rank correlation at which a number is nearly a function of another number."""

_PEOPLE = ("user.demographic", "user.health_and_medical", "user.financial")
"""Attributes of people; numbers of people are kin to any other running number."""


def kin_of_people(profiles: Sequence[Profile], categories: Mapping[str, str]) -> Mapping[str, str]:
    """Columns that give a column of personal data away, each with that column.

    Such a column is for example the logarithm of an income, or a code for a gender.

    Args:
        profiles: The columns.
        categories: Suspected personal data by column.
    """
    personal = [
        profile
        for profile in profiles
        if any(covers(kind, categories.get(profile.name, "")) for kind in _PEOPLE)
    ]
    sources: dict[str, str] = {}
    for profile in profiles:
        if profile.name in categories or profile.is_time:
            continue
        source = next(
            (it for it in personal if rank_alike(profile, it) or relabels(profile, it)), None
        )
        if source is not None:
            sources[profile.name] = source.name
    return sources


def rank_alike(profile: Profile, other: Profile) -> bool:
    """Whether two columns of numbers rise and fall together, nearly without an exception.

    Records in which both have their usual value say nothing: columns that are mostly zero are
    alike because of their zeros.
    """
    if not (profile.is_number and other.is_number):
        return False
    pairs = _pairs(profile, other, _SAMPLE).astype("float64")
    if pairs.empty:
        return False
    pairs = pairs[(pairs != pairs.mode().iloc[0]).any(axis=1)]
    if len(pairs) < _FEWEST or min(pairs.nunique()) < _FEWEST_VALUES:
        return False
    ranks = pairs.rank()
    return bool(abs(ranks["one"].corr(ranks["other"])) >= ALIKE)


def relabels(profile: Profile, other: Profile) -> bool:
    """Whether each value of a column is one value of the other, and the other way round."""
    return profile.distinct == other.distinct and follows(profile, other)


def follows(profile: Profile, other: Profile) -> bool:
    """Whether one column of few values is settled by the value of another."""
    # Every column follows from a key, which says nothing.
    if not 1 < profile.distinct <= other.distinct <= MOST_VALUES:
        return False
    if len(profile.cells) < max(_FEWEST, _OFTEN * other.distinct):
        return False
    # The sample first: most pairs fail on it, and only the rest costs a pass over all records.
    return all(_is_settled(_pairs(profile, other, most)) for most in (_SAMPLE, len(profile.cells)))


def _is_settled(pairs: pd.DataFrame) -> bool:
    codes = pd.factorize(pairs["one"])[0], pd.factorize(pairs["other"])[0]
    together = codes[0] * (MOST_VALUES + 1) + codes[1]
    return len(pairs) >= _FEWEST and len(np.unique(together)) == len(np.unique(codes[1]))


def _pairs(profile: Profile, other: Profile, most: int) -> pd.DataFrame:
    step = max(1, len(profile.cells) // most)
    both = pd.DataFrame({"one": profile.cells.iloc[::step], "other": other.cells.iloc[::step]})
    return both.dropna()
