"""Joins tables of one source, and takes the rows of a batch out of a table, changing no cell.

pandas joins whole numbers and fractions as floats, which rounds identifiers. A column of a table
has one type for all rows, so one fraction in the newest row would change every older batch. Here no
cell is rounded, and the types of a batch follow from its own cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from aipo_pipelines.resources.feeds.tables import to_frame, value_array
from aipo_pipelines.resources.lake.mixed_columns import as_objects, is_mixed

_TEXT = pd.StringDtype(na_value=np.nan)
_EXACT = 2**53
"""A float holds every whole number up to this number."""
_LARGEST = np.iinfo(np.int64).max


def aligned(frames: Sequence[pd.DataFrame], *, by_name: bool) -> list[pd.DataFrame]:
    """Pieces under common column names: if columns count by position, the names of the first."""
    if by_name or not frames:
        return list(frames)
    names = frames[0].columns
    # A piece of another width keeps its own names: its columns cannot be matched by position, and
    # the check of the contract then shows the difference.
    return [
        frame.set_axis(names, axis="columns") if frame.shape[1] == len(names) else frame
        for frame in frames
    ]


def joined(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Tables one below the other; if a table lacks a column, the cells of its rows are missing.

    If the types of a column differ and no type holds all cells unchanged, the column becomes a
    column of mixed types, in which each cell stays as it is.
    """
    if len(frames) == 1:
        return frames[0].reset_index(drop=True)
    return pd.concat(_agreed(frames), ignore_index=True)


def with_own_types(frame: pd.DataFrame) -> pd.DataFrame:
    """A part of a table, each column of the type that its own cells have.

    The other rows of the table make no difference. A column without any cell becomes text, numbers
    without a fraction become whole numbers, and cells of one type are no longer mixed.
    """
    columns = {place: _own(frame.iloc[:, place]) for place in range(frame.shape[1])}
    changed = {place: column for place, column in columns.items() if column is not None}
    if changed:
        frame = frame.copy(deep=False)
    for place, column in changed.items():
        frame.isetitem(place, column.array)
    return frame


def _agreed(frames: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """The tables with one type for each column, also if the types differ between the tables."""
    # Shallow copies: whole columns are replaced below, and no cell of the caller changes.
    agreed = [frame.copy(deep=False) for frame in frames]
    for name in dict.fromkeys(name for frame in frames for name in frame.columns):
        pieces = [place for place, frame in enumerate(frames) if name in frame.columns]
        columns = [frames[place][name] for place in pieces]
        for place, column in zip(pieces, _of_one_type(columns), strict=True):
            agreed[place][name] = column
    return agreed


def _of_one_type(columns: Sequence[pd.Series]) -> list[pd.Series]:
    """The parts of a column with one type."""
    kinds = {column.dtype for column in columns if column.notna().any()}
    if len(kinds) > 1:
        return _same(columns)
    # A column that is missing, or empty, in some rows must not turn whole numbers into floats.
    kind = kinds.pop() if kinds else _TEXT
    return [
        column if column.dtype == kind else pd.Series(pd.NA, column.index, dtype=kind)
        for column in columns
    ]


def _same(columns: Sequence[pd.Series]) -> list[pd.Series]:
    """Columns of different types as columns of one type that holds every cell unchanged."""
    kind = _kind_of_numbers(columns)
    if kind:
        return [_numbers(column, kind) for column in columns]
    return [pd.Series(as_objects(_cells(column)), index=column.index) for column in columns]


def _kind_of_numbers(columns: Sequence[pd.Series]) -> str:
    """The type that holds all numbers of some columns; empty if there is no such type."""
    if not all(_is_number(column) or column.isna().all() for column in columns):
        return ""
    numbers = [column for column in columns if _is_number(column)]
    if all(pd.api.types.is_integer_dtype(column.dtype) for column in numbers):
        return "Int64" if max(column.max() for column in numbers) <= _LARGEST else ""
    return "float64" if all(map(_fits_float, numbers)) else ""


def _numbers(column: pd.Series, kind: str) -> pd.Series:
    cells = column if _is_number(column) else pd.Series(pd.NA, column.index, dtype="Int64")
    if kind == "float64":
        return pd.Series(cells.to_numpy(dtype="float64", na_value=np.nan), index=column.index)
    return cells.astype("Int64")


def _fits_float(column: pd.Series) -> bool:
    if pd.api.types.is_float_dtype(column.dtype):
        return True
    cells = column.dropna()
    return cells.empty or bool(cells.max() <= _EXACT and cells.min() >= -_EXACT)


def _is_number(column: pd.Series) -> bool:
    kind = column.dtype
    return bool(pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind))


def _cells(column: pd.Series) -> list[Any]:
    """Python's own values; None for a missing cell."""
    plain = column.astype(object)
    return list(plain.where(column.notna(), None))


def _own(column: pd.Series) -> pd.Series | None:
    """The column in the type of its own cells; None if it has that type already."""
    kind = column.dtype
    if isinstance(kind, pd.StringDtype):
        return None
    if column.isna().all():
        return pd.Series(pd.NA, index=column.index, dtype=_TEXT)
    if pd.api.types.is_object_dtype(kind):
        return _unmixed(column)
    return column.astype("Int64") if _is_whole(column) else None


def _unmixed(column: pd.Series) -> pd.Series | None:
    cells = value_array(_cells(column))
    if is_mixed(cells.type):
        return None
    own = to_frame(pa.Table.from_arrays([cells], names=["x"]))["x"].set_axis(column.index)
    return own.astype("Int64") if _is_whole(own) else own


def _is_whole(column: pd.Series) -> bool:
    """Whether a column of floats holds whole numbers only."""
    if not pd.api.types.is_float_dtype(column.dtype):
        return False
    cells = column.dropna().to_numpy(dtype="float64")
    return bool((np.abs(cells) <= _EXACT).all() and (cells == np.floor(cells)).all())
