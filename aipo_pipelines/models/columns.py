"""The roles of a product's columns for its model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api import types

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.errors import ModelError
from aipo_pipelines.models.labels import as_labels

_BAND = 10
_MOST_CODE = 20
"""A column without a larger number may hold codes, each of which is a group by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns a model needs besides its features.

    Attributes:
        label: Column with the truth; None if the product has no labels.
        positive: Class that counts as the event (binary only), as text.
        time: Column with a record's own time; orders the rows of a series.
        protected: Attributes by which fairness is measured.
    """

    label: str | None = None
    positive: str | None = None
    time: str | None = None
    protected: tuple[str, ...] = ()

    @classmethod
    def of(cls, charter: Charter) -> Columns:
        """Reads the columns from a charter."""
        labels = charter.labels
        return cls(
            label=labels.column if labels else None,
            positive=labels.positive if labels else None,
            time=charter.time_column,
            protected=charter.protected,
        )


def require_columns(frame: pd.DataFrame, names: tuple[str, ...], purpose: str) -> None:
    """Refuses a table that lacks columns.

    Raises:
        ModelError: Columns are missing; names them, at most ten.
    """
    missing = [name for name in dict.fromkeys(names) if name not in frame.columns]
    if missing:
        # At most ten: a message with hundreds of names hides the advice at its end.
        shown = ", ".join(repr(name) for name in missing[:10])
        more = f" and {len(missing) - 10} more" if len(missing) > len(missing[:10]) else ""
        raise ModelError(
            f"expected {purpose} {shown}{more} in the batch, which has {frame.shape[1]} other "
            "columns; correct model.features and the columns named in the charter, or the contract"
        )


def group_table(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Takes the protected attributes of a batch as text, one column each.

    If a column has numbers above 20, such as ages, each band of ten numbers is a group.

    Raises:
        ModelError: A protected attribute is not in the batch.
    """
    require_columns(frame, columns.protected, "the protected attribute")
    return pd.DataFrame(
        {name: _as_groups(frame[name]) for name in columns.protected}, index=frame.index
    )


def _as_groups(values: pd.Series) -> pd.Series:
    if not types.is_numeric_dtype(values.dtype) or types.is_bool_dtype(values.dtype):
        return as_labels(values)
    # An infinite value belongs to no band.
    if not values.notna().any() or not _MOST_CODE < values.max() < np.inf:
        return as_labels(values)
    bands = values.astype("Float64") // _BAND * _BAND
    names = {low: f"{low:.0f} to {low + _BAND - 1:.0f}" for low in bands.dropna().unique()}
    return bands.map(names).astype("str")
