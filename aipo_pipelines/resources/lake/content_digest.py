"""The digest of a table's content, which does not depend on its writer or its storage.

The digest covers only column names in order, types and values: no index, no Parquet metadata, no
chunking, no bytes under missing cells. It is SHA-256 over a header (canonical JSON of
row count, names and type labels) followed by one SHA-256 per column. So it stays the same across
versions of pandas and pyarrow, and after a table was written to Parquet and read back.

These count as the same: missing cells as NaN, NA or null; text with any width of offsets;
categories and the values that they stand for; timestamps of equal value in another unit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from aipo_pipelines.columnwise import columnwise
from aipo_pipelines.resources.lake.column_digests import Parts
from aipo_pipelines.resources.lake.mixed_columns import (
    as_objects,
    is_mixed,
    one_type,
    to_mixed,
    to_values,
)

_NANOSECONDS = 1000


def content_digest(frame: pd.DataFrame) -> str:
    """Digests the content of a table as `sha256:…`; the index does not count.

    Source: FIPS 180-4 (SHA-256) over the form described at the top of this module.
    """
    return parts_of(to_arrow(frame)).digest


def cells_digest(table: Any, parts: Parts) -> str:
    """Digests the cells of a table, without empty columns and in any order of the columns.

    The same rows have the same digest when other rows of their source bring a new column, or when
    the source names its columns in another order.

    Args:
        table: A table of `to_arrow`.
        parts: Its digests by column.
    """
    filled = (name for name in table.column_names if table.column(name).null_count < table.num_rows)
    own = parts.only(frozenset(filled))
    return replace(own, columns=tuple(sorted(own.columns))).digest


def parts_of(table: Any) -> Parts:
    """Digests an Arrow table column by column."""
    digests = zip(table.column_names, columnwise(_digest, table.columns), strict=True)
    columns = tuple((str(name), label, digest) for name, (label, digest) in digests)
    return Parts(rows=table.num_rows, columns=columns)


def _digest(column: Any) -> tuple[str, str]:
    """The type label of a column and the digest of its values."""
    label, pieces = _canonical(column)
    part = hashlib.sha256()
    for piece in pieces:
        part.update(piece)
    return label, part.hexdigest()


def to_arrow(frame: pd.DataFrame) -> Any:
    """Makes the Arrow table that is stored; a column of mixed types becomes a column of JSON.

    A database such as SQLite allows numbers and words in one column. Each cell is kept as it was
    delivered, and the check of the contract finds the wrong types later.
    """
    frame = frame.reset_index(drop=True)
    frame.columns = pd.Index([str(name) for name in frame.columns])
    converted = {
        place: cells
        for place, kind in enumerate(frame.dtypes)
        if (cells := _detour(frame.iloc[:, place], kind)) is not None
    }
    for place in converted:
        frame.isetitem(place, _placeholder(frame.iloc[:, place]))
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for place, cells in converted.items():
        table = table.set_column(place, table.column_names[place], cells)
    return table


def from_arrow(table: Any) -> pd.DataFrame:
    """Makes the table again that `to_arrow` was given."""
    for place, kind in enumerate(table.schema.types):
        # Earlier versions of this package wrote a distance from UTC in a form that pandas and Arrow
        # do not read.
        if pa.types.is_timestamp(kind) and str(kind.tz).startswith(("UTC+", "UTC-")):
            zoned = table.column(place).cast(pa.timestamp(kind.unit, kind.tz.removeprefix("UTC")))
            table = table.set_column(place, table.column_names[place], zoned)
    mixed = [place for place, kind in enumerate(table.schema.types) if is_mixed(kind)]
    frame: pd.DataFrame = table.to_pandas()
    for place in mixed:
        frame.isetitem(place, as_objects(to_values(table.column(place))))
    return frame


def _detour(column: pd.Series, kind: Any) -> Any | None:
    """A column as Arrow if pandas would change it on the way; None for all other columns."""
    if isinstance(kind, pd.DatetimeTZDtype):
        # Arrow reads such columns in a way that pandas deprecates, so they are first naive UTC.
        moments = pa.array(column.dt.tz_convert(None))
        return moments.cast(pa.timestamp(kind.unit, _zone(kind)))
    if pd.api.types.is_object_dtype(kind) and not _has_one_type(column):
        return to_mixed(column)
    return None


def _placeholder(column: pd.Series) -> Any:
    """The column that takes its place while pandas records the types of all columns."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return column.dt.tz_convert(None).array
    return as_objects([None] * len(column))


def _zone(kind: pd.DatetimeTZDtype) -> str:
    """The name of a zone as Arrow and Parquet write it: a fixed distance from UTC has no prefix."""
    return str(kind.tz).removeprefix("UTC") or "UTC"


def _has_one_type(column: pd.Series) -> bool:
    """Whether Arrow and Parquet can hold a column unchanged: one type, and no container."""
    if not one_type(column):
        return False
    try:
        return not pa.types.is_nested(pa.array(column, from_pandas=True).type)
    except (pa.ArrowException, OverflowError, TypeError):
        return False


def _canonical(column: Any) -> tuple[str, Iterator[memoryview]]:
    """The type label of a column, and the bytes that represent its values."""
    kind = column.type
    if is_mixed(kind):
        return "mixed", _text(column.cast(pa.large_string()))
    if pa.types.is_dictionary(kind):
        return _canonical(column.cast(kind.value_type))
    for fits, label, pieces in _FORMS:
        if fits(kind):
            return label or str(kind), pieces(column)
    return "other", _text(_spelled(column))


def _missing(missing: np.ndarray) -> memoryview:
    return np.packbits(missing).data if missing.any() else memoryview(b"none missing")


def _nothing(_: Any) -> Iterator[memoryview]:
    return iter(())


def _fixed(column: Any) -> Iterator[memoryview]:
    missing = column.is_null(nan_is_null=True).to_numpy(zero_copy_only=False)
    yield _missing(missing)
    # The bytes under a missing cell are undefined, so they are overwritten before the digest.
    values = column.fill_null(0) if column.null_count else column
    array = values.to_numpy(zero_copy_only=False)
    if missing.any():
        array = np.where(missing, array.dtype.type(0), array)
    yield np.ascontiguousarray(array).data


def _bool(column: Any) -> Iterator[memoryview]:
    return _fixed(column.cast(pa.uint8()))


def _date(column: Any) -> Iterator[memoryview]:
    return _fixed(column.cast(pa.date32()).cast(pa.int32()))


def _timestamp(column: Any) -> Iterator[memoryview]:
    yield memoryview(str(column.type.tz).encode())
    # Microseconds are the common unit, so that times of equal value have one digest. Only a time
    # with a fraction of a microsecond needs nanoseconds.
    fine = column.type.unit == "ns"
    values = column.cast(pa.timestamp("ns" if fine else "us", column.type.tz)).cast(pa.int64())
    if fine:
        whole = pc.divide(values, _NANOSECONDS)
        if pc.all(pc.equal(pc.multiply(whole, _NANOSECONDS), values)).as_py() is False:
            yield memoryview(b"nanoseconds")
        else:
            values = whole
    yield from _fixed(values)


def _text(column: Any) -> Iterator[memoryview]:
    yield _missing(column.is_null().to_numpy(zero_copy_only=False))
    array = column.cast(pa.large_binary())
    array = (array.fill_null(b"") if array.null_count else array).combine_chunks()
    yield memoryview(pc.binary_length(array).cast(pa.uint32()).to_numpy(zero_copy_only=False))
    _, offsets, data = array.buffers()
    if data is not None and len(array):
        # A slice shares the buffers of its parent: only the bytes between its own offsets count.
        bounds = np.frombuffer(offsets, dtype=np.int64)
        first, last = int(bounds[array.offset]), int(bounds[array.offset + len(array)])
        yield memoryview(data)[first:last]


def _spelled(column: Any) -> Any:
    """Values of a rare type (times of day, decimals, lists) as text."""
    cells = [None if value is None else repr(value) for value in column.to_pylist()]
    return pa.chunked_array([pa.array(cells, pa.large_string())])


_FORMS: tuple[tuple[Callable[[Any], bool], str, Callable[[Any], Iterator[memoryview]]], ...] = (
    (pa.types.is_null, "null", _nothing),
    (pa.types.is_string, "text", _text),
    (pa.types.is_large_string, "text", _text),
    (pa.types.is_binary, "bytes", _text),
    (pa.types.is_large_binary, "bytes", _text),
    (pa.types.is_timestamp, "timestamp", _timestamp),
    (pa.types.is_date, "date", _date),
    (pa.types.is_boolean, "bool", _bool),
    (pa.types.is_integer, "", _fixed),
    (pa.types.is_floating, "", _fixed),
)
