"""Parts of a batch: one per value of each group column.

A column with more than 50 values has no groups (it is an identifier or a date) and is skipped. The
callers report this if it matters.

A value that fewer than ten records share is a group without its name. Such a rare value may
identify a person, or be a stray cell of another column.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.evidence.group import Group
from aipo_pipelines.measures.metrics.scored import Scored

MOST_GROUPS = 50
NAMED_FROM = 10
"""Records that must share a value before it is named."""

Mask = NDArray[np.bool_]


def slices_of(scored: Scored) -> Iterator[tuple[str, Mask]]:
    """Yields `column=value` with the mask of its records, columns and values in order."""
    for attribute in scored.groups.columns:
        for value, mask in groups_of(scored.groups[attribute]):
            yield str(Group(str(attribute), value)), mask


def groups_of(column: pd.Series) -> list[tuple[str, Mask]]:
    """Values of a group column with their masks; missing is no group.

    Rare values come last, as `rare value 1`, `rare value 2` ... Their order does not reveal them.
    """
    values = column.dropna().unique()
    if len(values) > MOST_GROUPS:
        return []
    masks = [
        (str(value), column.eq(value).fillna(value=False).to_numpy(dtype=bool))
        for value in sorted(values, key=str)
    ]
    rare = [mask for _, mask in masks if mask.sum() < NAMED_FROM]
    # The order is that of their first records: a place in the alphabet would reveal the value.
    rare.sort(key=lambda mask: int(mask.argmax()))
    return [
        *((name, mask) for name, mask in masks if mask.sum() >= NAMED_FROM),
        *((f"rare value {place}", mask) for place, mask in enumerate(rare, start=1)),
    ]
