"""One column of a batch as it might arrive on a bad day: noise, gaps, wrong units, wrong words.

The scale of noise is the spread of the column itself, because no other is known for every product.
Missing cells stay missing, and a column in which nothing can be disturbed (empty, constant, one
category) comes back with the same content.
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
    """Tells whether a disturbance makes sense for a column.

    Args:
        perturbation: Kind of disturbance.
        column: The column as delivered.
        category: Whether the model takes it as a category whatever its type.
    """
    if perturbation in ON_NUMBERS:
        return not category and is_number(column)
    if perturbation in ON_CATEGORIES:
        return category or not (
            is_number(column) or pd.api.types.is_datetime64_any_dtype(column.dtype)
        )
    return True


def is_number(column: pd.Series) -> bool:
    """Tells whether a column holds numbers; booleans are categories."""
    kind = column.dtype
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)


def disturbed(
    column: pd.Series, perturbation: Perturbation, size: float, rng: np.random.Generator
) -> pd.Series:
    """The column with one disturbance, same index and name.

    Args:
        column: A column the disturbance fits.
        perturbation: Kind of disturbance.
        size: Spreads of noise, factor of the unit, or share of the cells.
        rng: Source of chance. With the same state, a larger share takes in the smaller one.

    Returns:
        float64 for noise and unit, text for typos in a column of another type, else the column's
        own type (floats where whole numbers or booleans cannot have gaps).
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
    """Standard deviation of the finite values; 0 where there are none."""
    finite = values[np.isfinite(values)]
    return float(finite.std()) if finite.size else 0.0


def _chosen(n: int, share: float, rng: np.random.Generator) -> Mask:
    chosen: Mask = rng.random(n) < share
    return chosen


def _swapped(column: pd.Series, chosen: Mask, rng: np.random.Generator) -> pd.Series:
    """Chosen cells get one of the other categories of the column, each as likely."""
    codes, known = pd.factorize(column)
    steps = rng.integers(1, max(len(known), 2), size=len(column))
    places = np.flatnonzero(chosen & (codes >= 0))
    if len(known) < 2 or not places.size:  # noqa: PLR2004 - to swap takes two
        return column.copy()
    result = column.copy()
    others = known.take((codes[places] + steps[places]) % len(known))
    result.iloc[places.tolist()] = others
    return result


def _mistyped(column: pd.Series, chosen: Mask, rng: np.random.Generator) -> pd.Series:
    """Chosen cells have two neighbouring letters exchanged that differ, if they have such."""
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
