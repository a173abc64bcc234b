"""A description of a batch, column by column, that shows no value of a person.

Numbers and dates appear only as quantiles with at least ten records on each side, so that no
extreme record is visible. Text appears only as counts: the number of levels, and the frequency of
the most common levels without their names.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas.api import types

from aipo_pipelines.columnwise import columnwise
from aipo_pipelines.evidence.outcome import Json

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

MOST_LEVELS = 1_000
"""Levels at which counting stops: the profile is stored with every batch, and must stay small."""

_HIDDEN_BEHIND = 10
"""Records behind which a single record is hidden, as for the names of groups."""

_SHOWN = 10
_FIRST = 5_000
"""Records that are counted first: if they have too many levels, the rest is not read."""


def profile(frame: pd.DataFrame) -> dict[str, Json]:
    """Describes every column of a batch.

    Args:
        frame: The batch; column names must be unique.

    Returns:
        By column: `type`, `count` (present), `missing`, `distinct` (`distinct_at_least` if
        counting stopped at 1,000). Numbers also have `mean`, `sd`, `infinite` and `quantiles`.
        Dates have `quantiles` as ISO text, and booleans `true`. Other columns have `level_counts`:
        the ten most common levels that ten records or more share.
    """
    described = columnwise(_column, (frame[name] for name in frame.columns))
    return {str(name): facts for name, facts in zip(frame.columns, described, strict=True)}


def _column(series: pd.Series) -> dict[str, Json]:
    present = series.dropna()
    described: dict[str, Json] = {
        "type": str(series.dtype),
        "count": len(present),
        "missing": len(series) - len(present),
    }
    kind = series.dtype
    if types.is_bool_dtype(kind):
        return described | {"true": int(present.sum())}
    if types.is_any_real_numeric_dtype(kind):
        return described | _distinct(present) | _numbers(present)
    if types.is_datetime64_any_dtype(kind):
        return described | _distinct(present) | {"quantiles": _dates(present)}
    levels = present.astype(str).value_counts()
    shared = [int(count) for count in levels.head(_SHOWN) if count >= _HIDDEN_BEHIND]
    return described | _bounded(len(levels)) | {"level_counts": list(shared)}


def _distinct(present: pd.Series) -> dict[str, Json]:
    # The first records usually show that counting will stop: most numbers do not repeat often.
    seen = int(present.iloc[:_FIRST].nunique())
    return _bounded(seen if seen > MOST_LEVELS else int(present.nunique()))


def _bounded(distinct: int) -> dict[str, Json]:
    if distinct > MOST_LEVELS:
        return {"distinct_at_least": MOST_LEVELS}
    return {"distinct": distinct}


def _visible(n: int) -> list[float]:
    return [level for level in QUANTILES if min(level, 1 - level) * n >= _HIDDEN_BEHIND]


def _numbers(present: pd.Series) -> dict[str, Json]:
    values = present.to_numpy(dtype=np.float64)
    finite = values[np.isfinite(values)]
    infinite = len(values) - len(finite)
    # A mean of a few records would reveal them, so that it needs as many as the median.
    if len(finite) < 2 * _HIDDEN_BEHIND:
        return {"infinite": infinite, "quantiles": {}}
    levels = _visible(len(finite))
    quantiles: dict[str, Json] = {
        f"{level:g}": float(value)
        for level, value in zip(levels, np.quantile(finite, levels), strict=True)
    }
    return {
        "infinite": infinite,
        "mean": float(finite.mean()),
        "sd": float(finite.std(ddof=1)),
        "quantiles": quantiles,
    }


def _dates(present: pd.Series) -> dict[str, Json]:
    levels = _visible(len(present))
    ordered = present.sort_values()
    return {
        f"{level:g}": pd.Timestamp(ordered.iloc[int(level * len(ordered))]).isoformat()
        for level in levels
    }
