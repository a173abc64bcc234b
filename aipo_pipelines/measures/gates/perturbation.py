"""One column of a batch with an agreed perturbation: noise, gaps, wrong units, wrong words.

The scale of noise is the spread of the column itself, because no other scale is known for every
product. Missing cells stay missing. A column without anything to change (empty, constant, one
category) keeps its content.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.charter.model.operations import Perturbation
from aipo_pipelines.measures.statistics.intervals import Floats

Mask = NDArray[np.bool_]

ON_NUMBERS = frozenset({Perturbation.NOISE, Perturbation.UNIT})
ON_CATEGORIES = frozenset({Perturbation.SWAP, Perturbation.TYPO})


def fits(perturbation: Perturbation, column: pd.Series, *, category: bool) -> bool:
    """Whether a perturbation makes sense for a column.

    Args:
        perturbation: Kind of perturbation.
        column: The column as delivered.
        category: Whether the model takes it as a category, regardless of its type.
    """
    if perturbation in ON_NUMBERS:
        return not category and is_number(column)
    if perturbation in ON_CATEGORIES:
        return category or not (
            is_number(column) or pd.api.types.is_datetime64_any_dtype(column.dtype)
        )
    return True


def is_number(column: pd.Series) -> bool:
    """Whether a column contains numbers; booleans are categories."""
    kind = column.dtype
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)


def perturbed(
    column: pd.Series, perturbation: Perturbation, size: float, rng: np.random.Generator
) -> pd.Series:
    """The column with one perturbation, same index and name.

    Args:
        column: A column that the perturbation fits.
        perturbation: Kind of perturbation.
        size: Spreads of noise, factor of the unit, or share of the cells.
        rng: Source of chance. With the same state, a larger share includes the smaller share.

    Returns:
        float64 for noise and unit, text for typos in a column of another type, otherwise the
        column's own type (floats if whole numbers or booleans cannot have gaps).
    """
    match perturbation:
        case Perturbation.NOISE:
            values = _floats(column)
            return _like(column, values + size * _spread(values) * rng.standard_normal(len(values)))
        case Perturbation.UNIT:
            return _like(column, _floats(column) * size)
        case Perturbation.MISSING:
            return column.mask(_chosen(len(column), size, rng))
        case Perturbation.SWAP:
            return _swapped(column, _chosen(len(column), size, rng), rng)
        case Perturbation.TYPO:
            return _mistyped(column, _chosen(len(column), size, rng), rng)


def _floats(column: pd.Series) -> Floats:
    array: Floats = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return array


def _like(column: pd.Series, values: Floats) -> pd.Series:
    return pd.Series(values, index=column.index, name=column.name)


def _spread(values: Floats) -> float:
    """Standard deviation of the finite values; 0 without finite values."""
    finite = values[np.isfinite(values)]
    return float(finite.std()) if finite.size else 0.0


def _chosen(n: int, share: float, rng: np.random.Generator) -> Mask:
    # A draw per cell, chosen or not: a share of 10 % then changes all cells of a share of 5 %, and
    # a larger perturbation cannot seem milder by chance.
    chosen: Mask = rng.random(n) < share
    return chosen


def _swapped(column: pd.Series, chosen: Mask, rng: np.random.Generator) -> pd.Series:
    """Chosen cells get another category of the column, each with the same probability."""
    codes, known = pd.factorize(column)
    steps = rng.integers(1, max(len(known), 2), size=len(column))
    places = np.flatnonzero(chosen & (codes >= 0))
    if len(known) < 2 or not places.size:  # noqa: PLR2004 - to swap takes two
        return column.copy()
    result = column.copy()
    # A step of 1 to k - 1 around the circle of k categories never returns the same category.
    result.iloc[places.tolist()] = known.take((codes[places] + steps[places]) % len(known))
    return result


def _mistyped(column: pd.Series, chosen: Mask, rng: np.random.Generator) -> pd.Series:
    """In chosen cells two different neighbouring letters are exchanged, if there are any."""
    draws, known = rng.random(len(column)), column.notna().to_numpy(dtype=bool)
    text = [
        (_exchanged(_spelled(value), draw) if hit else _spelled(value)) if there else np.nan
        for value, there, hit, draw in zip(column, known, chosen, draws, strict=True)
    ]
    return pd.Series(text, index=column.index, name=column.name, dtype="str")


def _spelled(value: object) -> str:
    """The category as text, as models spell it: whole numbers lose their decimals."""
    whole = isinstance(value, float | np.floating) and float(value).is_integer()
    return str(int(value)) if whole else str(value)  # type: ignore[call-overload]


def _exchanged(text: str, draw: float) -> str:
    places = [at for at in range(len(text) - 1) if text[at] != text[at + 1]]
    if not places:
        return text
    at = places[int(draw * len(places))]
    return f"{text[:at]}{text[at + 1]}{text[at]}{text[at + 2 :]}"
