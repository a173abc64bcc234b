"""Parts of a batch: one per value of each group column.

Group columns with more than 50 values are no groups (an identifier, a date) and are skipped; the
callers say so where it matters.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.measures.scored import Scored

MOST_GROUPS = 50

Mask = NDArray[np.bool_]


def slices_of(scored: Scored) -> Iterator[tuple[str, Mask]]:
    """Yields `column=value` with the mask of its records, columns and values in order."""
    for attribute in scored.groups.columns:
        for value, mask in groups_of(scored.groups[attribute]):
            yield f"{attribute}={value}", mask


def groups_of(column: pd.Series) -> list[tuple[str, Mask]]:
    """Values of a group column with their masks; missing is no group."""
    values = column.dropna().unique()
    if len(values) > MOST_GROUPS:
        return []
    return [
        (str(value), column.eq(value).fillna(value=False).to_numpy(dtype=bool))
        for value in sorted(values, key=str)
    ]
