"""Arrow tables of sources as pandas tables, without losing whole numbers or missing values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa

from aipo_pipelines.resources.content import spelled
from aipo_pipelines.resources.feeds.names import unique_names

_PANDAS_INDEX = re.compile(r"^__index_level_\d+__$")
_LONGEST_INT64 = 18


def to_frame(table: Any) -> pd.DataFrame:
    """Turns what a source delivered into a table of native types.

    Whole numbers and booleans become pandas' nullable types, so that one missing cell does not
    round large numbers; dates become timestamps; exact decimals become whole numbers or floats,
    which is what a contract's `integer` and `number` are; times of day and UUIDs become text, lists
    and objects JSON. Repeated
    column names are marked. An index that pandas once wrote into a file is no data and left out.
    """
    keep = [place for place, name in enumerate(table.column_names) if not _PANDAS_INDEX.match(name)]
    names = unique_names(table.column_names[place] for place in keep)
    columns = [_plain(table.column(place)) for place in keep]
    plain = pa.Table.from_arrays(columns, names=names)
    frame: pd.DataFrame = plain.to_pandas(types_mapper=_nullable, date_as_object=False)
    return frame if keep else frame.reindex(range(table.num_rows))


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
    if pa.types.is_nested(kind):
        return pa.array([spelled(value) for value in column.to_pylist()], pa.large_string())
    if pa.types.is_decimal(kind):
        if kind.scale > 0:
            return column.cast(pa.float64())
        return column.cast(pa.int64() if kind.precision <= _LONGEST_INT64 else pa.string())
    return _as_text(column) if pa.types.is_time(kind) or kind == pa.uuid() else column


def _as_text(column: Any) -> Any:
    texts = (None if value is None else str(value) for value in column.to_pylist())
    return pa.array(texts, pa.large_string())


def value_array(values: Iterable[object]) -> Any:
    """Python values of one column as an Arrow array: of one type where they have one, else text.

    Nothing is rounded: whole numbers beyond 64 bits, and those that a float would change, are text.
    """
    values = tuple(values)
    try:
        array = pa.array(values, from_pandas=True)
    except (pa.ArrowException, OverflowError, TypeError):
        return _texts(values)
    return _texts(values) if pa.types.is_nested(array.type) else array


def one_column(chunks: Sequence[Any]) -> Any:
    """Joins the chunks of a column; where their types do not agree, all become text."""
    kinds = {chunk.type for chunk in chunks if not pa.types.is_null(chunk.type)}
    if not kinds:
        return pa.nulls(sum(len(chunk) for chunk in chunks))
    kind = kinds.pop() if len(kinds) == 1 else _number_of(kinds)
    if kind is not None:
        try:
            return pa.chunked_array([chunk.cast(kind) for chunk in chunks])
        except pa.ArrowInvalid:
            # A float does not hold one of the whole numbers.
            pass
    return pa.chunked_array([_texts(chunk.to_pylist()) for chunk in chunks])


def _number_of(kinds: Iterable[Any]) -> Any | None:
    numbers = all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in kinds)
    return pa.float64() if numbers else None


def _texts(values: Iterable[object]) -> Any:
    return pa.array([spelled(value) for value in values], pa.large_string())
