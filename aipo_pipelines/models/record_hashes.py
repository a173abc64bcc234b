"""Hashes of 64 bits, one for each record: made column by column; no value can be read from them.

Two different records share a hash by chance once in about ten million pairs of tables with a
million rows each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from aipo_pipelines.columnwise import columnwise
from aipo_pipelines.models.text_hashes import text_hashes

Hashes = NDArray[np.uint64]

_ROUND = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_MISSING = np.uint64(0x94D049BB133111EB)
_PIECE = 1 << 15
"""Hashes that are mixed at once: so many stay in the cache of the processor."""


def hashes(frame: pd.DataFrame, names: Sequence[str]) -> Hashes:
    """One hash per row over the named columns; a column that is not there counts as missing."""
    # Column by column, in parallel: row by row in Python takes many times as long.
    total = np.full(len(frame), _ROUND, dtype=np.uint64)
    columns = (frame[name] if name in frame else _nothing(frame) for name in names)
    for part in columnwise(_column, columns):
        for start in range(0, len(total), _PIECE):
            piece = slice(start, start + _PIECE)
            _mix(total[piece], part[piece])
    return total


def _mix(total: Hashes, part: Hashes) -> None:
    """Mixes one more value into each hash, in place; the order counts: (1, 2) is not (2, 1)."""
    total ^= part
    total *= _MIX
    total ^= total >> np.uint64(31)


def _column(column: pd.Series) -> Hashes:
    """A number of 64 bits per cell: the value itself if it fits, otherwise a hash of it."""
    missing = column.isna().to_numpy()
    numbers = _bits(column) if _is_plain(column) else _hashed(column)
    # A missing cell has other bits in each type of pandas. Here it gets the same number in all.
    return np.where(missing, _MISSING, numbers) if missing.any() else numbers


def _is_plain(column: pd.Series) -> bool:
    types = pd.api.types
    kind = column.dtype
    return types.is_numeric_dtype(kind) or (
        types.is_datetime64_any_dtype(kind) and not isinstance(kind, pd.DatetimeTZDtype)
    )


def _bits(column: pd.Series) -> Hashes:
    """Numbers, times and truth values as their bits in memory; `hashes` mixes them."""
    if pd.api.types.is_float_dtype(column.dtype):
        # Adding 0 turns -0.0 into 0.0: they are equal, but their bits differ.
        return (column.to_numpy(dtype=np.float64, na_value=np.nan) + 0.0).view(np.uint64)
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column.to_numpy(dtype="datetime64[us]").view(np.uint64)
    if isinstance(column.dtype, pd.api.extensions.ExtensionDtype):
        return column.to_numpy(dtype=np.int64, na_value=0).view(np.uint64)
    return column.to_numpy().astype(np.int64).view(np.uint64)


def _hashed(column: pd.Series) -> Hashes:
    texts = _texts(column)
    if texts is not None:
        return text_hashes(texts)
    return np.asarray(pd.util.hash_pandas_object(column, index=False), dtype=np.uint64)


def _texts(column: pd.Series) -> Any | None:
    """The cells as an Arrow array if they are texts, in any type of pandas; otherwise None."""
    kind = column.dtype
    may_be = isinstance(kind, pd.StringDtype | pd.CategoricalDtype)
    if not may_be and not pd.api.types.is_object_dtype(kind):
        return None
    try:
        cells = pa.array(column, from_pandas=True)
    except (pa.ArrowException, TypeError, OverflowError):
        return None
    values = cells.type.value_type if pa.types.is_dictionary(cells.type) else cells.type
    is_text = pa.types.is_string(values) or pa.types.is_large_string(values)
    return cells.cast(pa.large_string()) if is_text else None


def _nothing(frame: pd.DataFrame) -> pd.Series:
    return pd.Series(np.nan, index=frame.index, dtype=np.float64)
