"""Arrow tables of sources as pandas tables, without losing whole numbers or missing values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from aipo_pipelines.resources.feeds.names import unique_names
from aipo_pipelines.resources.lake.mixed_columns import (
    as_objects,
    is_mixed,
    one_type,
    spelled,
    to_mixed,
    to_values,
)

_PANDAS_INDEX = re.compile(r"^__index_level_\d+__$")
_LONGEST_INT64 = 18
"""Every whole number with so many digits fits into 64 bits."""


def to_frame(table: Any) -> pd.DataFrame:
    """Makes a table of native types from the Arrow table of a delivery.

    - Whole numbers and booleans become pandas' nullable types, so that one missing cell does not
      round large numbers. Dates become timestamps.
    - Exact decimals become whole numbers or floats, as a contract's `integer` and `number`.
    - Lists and objects become JSON, uuids and times of day become text.
    - Repeated column names are marked. An index that pandas wrote into a file is no data and is
      left out.
    """
    plain = plain_table(table)
    frame: pd.DataFrame = plain.to_pandas(types_mapper=_nullable, date_as_object=False)
    for place, column in enumerate(plain.columns):
        if is_mixed(column.type):
            frame.isetitem(place, as_objects(to_values(column)))
    # Without columns pandas forgets the number of rows, which the checks of volume need.
    return frame if plain.num_columns else frame.reindex(range(table.num_rows))


def plain_table(table: Any) -> Any:
    """The table in the names and types that `to_frame` returns, still in Arrow."""
    keep = [place for place, name in enumerate(table.column_names) if not _PANDAS_INDEX.match(name)]
    names = unique_names(table.column_names[place] for place in keep)
    return pa.Table.from_arrays([_plain(table.column(place)) for place in keep], names=names)


def _nullable(kind: Any) -> object:
    if pa.types.is_boolean(kind):
        return pd.BooleanDtype()
    if pa.types.is_integer(kind):
        return pd.api.types.pandas_dtype(str(kind).replace("int", "Int").replace("uI", "UI"))
    return None


def _plain(column: Any) -> Any:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_nested(kind) or isinstance(kind, pa.UuidType):
        return _texts(column.to_pylist())
    if pa.types.is_time(kind):
        # Arrow writes the digits of the unit: 12:30 is the same text in seconds and in microseconds
        # only without the zeros at its end.
        digits = pc.replace_substring_regex(column.cast(pa.string()), r"\.?0+$", "")
        written = column.cast(pa.string())
        return pc.if_else(pc.match_substring(written, "."), digits, written).cast(pa.large_string())
    if not pa.types.is_decimal(kind):
        return column
    # Longer whole numbers are mostly identifiers: as text they keep all their digits.
    if kind.scale > 0:
        return column.cast(pa.float64())
    return column.cast(pa.int64() if kind.precision <= _LONGEST_INT64 else pa.string())


def value_array(values: Iterable[object]) -> Any:
    """Python values of one column as an Arrow array: of one type if possible, otherwise mixed.

    Nothing is rounded: whole numbers beyond 64 bits, and numbers that a float would change, stay
    unchanged in a mixed column. A time that has only its distance from UTC is kept in UTC.
    """
    values = tuple(values)
    if not one_type(values):
        return to_mixed(values)
    if any(isinstance(value, UUID) for value in values):
        return _texts(values)
    if any(_has_distance(value) for value in values):
        values = tuple(v.astimezone(UTC) if isinstance(v, datetime) else v for v in values)
    try:
        array = pa.array(values, from_pandas=True)
    except (pa.ArrowException, OverflowError, TypeError):
        return to_mixed(values)
    return _texts(values) if pa.types.is_nested(array.type) else array


def one_column(chunks: Sequence[Any]) -> Any:
    """Joins the chunks of a column; if their types do not agree, the column becomes mixed."""
    kinds = {chunk.type for chunk in chunks if not pa.types.is_null(chunk.type)}
    if not kinds:
        return pa.nulls(sum(len(chunk) for chunk in chunks))
    kind = kinds.pop() if len(kinds) == 1 else _number_of(kinds)
    if kind is not None:
        try:
            return pa.chunked_array([_as(chunk, kind) for chunk in chunks])
        except pa.ArrowInvalid:
            # A float cannot hold one of the whole numbers, so the column becomes mixed below.
            pass
    return to_mixed([value for chunk in chunks for value in _cells(chunk)])


def _cells(chunk: Any) -> Iterable[Any]:
    return to_values(chunk) if is_mixed(chunk.type) else chunk.to_pylist()


def _as(chunk: Any, kind: Any) -> Any:
    if is_mixed(kind) and not is_mixed(chunk.type):
        return to_mixed([None] * len(chunk))
    return chunk.cast(kind)


def _has_distance(value: object) -> bool:
    """Whether a time has a distance from UTC, and no name of a time zone.

    The distances may differ within a column, as in summer and winter, and an Arrow column has only
    one zone.
    """
    return (
        isinstance(value, datetime)
        and value.tzinfo is not None
        and not isinstance(value.tzinfo, ZoneInfo)
    )


def _number_of(kinds: Iterable[Any]) -> Any | None:
    numbers = all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds)
    return pa.float64() if numbers else None


def _texts(values: Iterable[object]) -> Any:
    return pa.array([spelled(value) for value in values], pa.large_string())
