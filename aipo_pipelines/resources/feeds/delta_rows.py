"""Brings the rows of a Delta table's files into the columns and the order of its version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from aipo_pipelines.resources.feeds.delta_files import DataFile, stored_name

_LARGE = {pa.string(): pa.large_string(), pa.binary(): pa.large_binary()}
"""Types that hold less than 2 GB, and the types that replace them."""


def in_columns(table: Any, schema: Any, file: DataFile) -> Any:
    """The rows of a file in the columns of its version; a column that the file lacks is missing."""
    columns = []
    for column, large in zip(schema, with_large(schema), strict=True):
        if column.name in file.partition:
            cells = pa.repeat(file.partition[column.name], len(table))
        elif stored_name(column) in table.column_names:
            cells = table.column(stored_name(column))
        else:
            cells = pa.nulls(len(table), large.type)
        columns.append(cells if cells.type == large.type else cells.cast(large.type))
    return pa.Table.from_arrays(columns, schema=with_large(schema))


def kept_rows(table: Any, file: DataFile) -> Any:
    """The rows that no deletion vector removes."""
    if file.selection is None:
        return table
    # A deletion vector ends with the last deleted row: the rows after it are all kept.
    rest = pa.repeat(pa.scalar(value=True), max(len(table) - len(file.selection), 0))
    return table.filter(pa.concat_arrays([file.selection, rest])[: len(table)])


def with_large(schema: Any) -> Any:
    """The columns of a schema, with the large types for texts and bytes."""
    return pa.schema([(column.name, _LARGE.get(column.type, column.type)) for column in schema])


def in_order(table: Any, first: Sequence[str]) -> Any:
    """The rows in an order that follows from their cells alone."""
    names = dict.fromkeys([*(name for name in first if name in table.column_names)])
    names |= dict.fromkeys(table.column_names)
    keys = [(name, "ascending") for name in names if not pa.types.is_null(table[name].type)]
    return table.take(pc.sort_indices(table, sort_keys=keys)) if keys else table
