"""Two columns of the same name in a form in which they can be compared.

Numbers, dates and durations are compared by order, all other columns by level. A column with
numbers on one side and text on the other is compared by level, as text. Missing cells are NaN,
None, NaT or NA; infinities are values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from aipo_pipelines.measures.statistics.intervals import Floats, Integers


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """Present values of both sides, sorted.

    Attributes:
        reference, batch: Sorted values; integers stay integers, dates are microseconds.
    """

    reference: NDArray[np.generic]
    batch: NDArray[np.generic]


@dataclass(frozen=True, kw_only=True)
class Levels:
    """How often each level occurs on either side; the levels themselves are not kept."""

    reference: Integers
    batch: Integers


def missing_share(frame: pd.DataFrame, feature: str) -> Floats:
    """Missing and present records of a feature; a feature that is not there is all missing."""
    present = int(frame[feature].notna().sum()) if feature in frame.columns else 0
    return np.array([len(frame) - present, present], dtype=np.float64)


def comparable(
    reference: pd.DataFrame, batch: pd.DataFrame, feature: str, *, categorical: bool
) -> Ordered | Levels:
    """Brings a feature of both sides into one form."""
    before, now = _present(reference, feature), _present(batch, feature)
    if categorical or not (_has_order(before) and _has_order(now)):
        return _levels(before, now)
    ordered = Ordered(reference=np.sort(_values(before)), batch=np.sort(_values(now)))
    if _constant(ordered.reference) or _constant(ordered.batch):
        # A distance between distribution functions is too small for a constant that starts to vary:
        # if the constant lies in the middle of the new values, half of them lie on each side of it.
        return _against_constant(ordered)
    return ordered


def _present(frame: pd.DataFrame, feature: str) -> pd.Series:
    if feature not in frame.columns:
        return pd.Series(dtype=np.float64)
    column: pd.Series = frame[feature]
    return column.dropna()


def _has_order(series: pd.Series) -> bool:
    # pandas counts booleans as numbers, but two values have no useful order.
    kind = series.dtype
    if types.is_bool_dtype(kind) or isinstance(kind, pd.CategoricalDtype):
        return False
    return bool(
        types.is_any_real_numeric_dtype(kind)
        or types.is_datetime64_any_dtype(kind)
        or types.is_timedelta64_dtype(kind)
    )


def _values(series: pd.Series) -> NDArray[np.generic]:
    if types.is_datetime64_any_dtype(series.dtype):
        # Instants in UTC: a source that changed its time zone has not drifted.
        zone = getattr(series.dtype, "tz", None)
        plain = series.dt.tz_convert("UTC").dt.tz_localize(None) if zone else series
        return plain.to_numpy(dtype="datetime64[us]").astype(np.int64)
    if types.is_timedelta64_dtype(series.dtype):
        return series.to_numpy(dtype="timedelta64[us]").astype(np.int64)
    # Whole numbers stay whole: beyond 2^53 a float would make different identifiers equal.
    if types.is_integer_dtype(series.dtype):
        values: NDArray[np.generic] = series.to_numpy()
        return values if values.dtype.kind in "iu" else values.astype(np.int64)
    return series.to_numpy(dtype=np.float64)


def _constant(values: NDArray[np.generic]) -> bool:
    return len(values) > 0 and bool(values[0] == values[-1])


def _against_constant(ordered: Ordered) -> Levels:
    constant = ordered.reference[0] if _constant(ordered.reference) else ordered.batch[0]

    equal = [int((values == constant).sum()) for values in (ordered.reference, ordered.batch)]
    return Levels(
        reference=np.array([equal[0], len(ordered.reference) - equal[0]]),
        batch=np.array([equal[1], len(ordered.batch) - equal[1]]),
    )


def _levels(before: pd.Series, now: pd.Series) -> Levels:
    # As numbers if both sides have numbers: 1 and 1.0 are the same level, but not the same text.
    numeric = all(types.is_numeric_dtype(side.dtype) for side in (before, now))
    spell = _number if numeric else _text
    places: dict[object, int] = {}
    sides: list[tuple[list[int], Integers]] = []
    for side in (before, now):
        # Records are counted first, so that only the levels are written as text.
        spelled = pd.Series(_text(side)) if types.is_object_dtype(side.dtype) else side
        codes, levels = pd.factorize(spelled)
        own = [places.setdefault(level, len(places)) for level in spell(pd.Series(levels))]
        sides.append((own, np.bincount(codes, minlength=len(levels))))
    reference, batch = (_at(own, counts, len(places)) for own, counts in sides)
    return Levels(reference=reference, batch=batch)


def _at(places: list[int], counts: Integers, length: int) -> Integers:
    """The counts at their places; levels with the same text share a place."""
    at_places = np.zeros(length, dtype=np.int64)
    np.add.at(at_places, np.array(places, dtype=np.int64), counts)
    return at_places


def _number(series: pd.Series) -> NDArray[np.generic]:
    return series.to_numpy(dtype=np.float64)


def _text(series: pd.Series) -> NDArray[np.object_]:
    if isinstance(series.dtype, pd.CategoricalDtype):
        named = np.array([str(level) for level in series.cat.categories], dtype=object)
        return named[series.cat.codes.to_numpy()]
    if types.is_object_dtype(series.dtype):
        return np.array([str(value) for value in series], dtype=object)
    return series.astype(str).to_numpy(dtype=object)
