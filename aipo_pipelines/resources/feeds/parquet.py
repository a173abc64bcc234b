"""Reads Parquet files as they were delivered, in their native types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.tables import to_frame

_FEWEST, _MOST = 1_024, 65_536
"""Rows that are decoded at once where a file may unpack to more than its bound."""


def read_parquet(path: Path, location: str, bounds: Bounds = Bounds()) -> pd.DataFrame:  # noqa: B008 - frozen
    """Reads one Parquet file.

    Raises:
        SourceUnreadableError: The file is empty, truncated, beyond its bounds or no Parquet.
        FileNotFoundError: The file is gone.
    """
    return to_frame(with_plain_json(parquet_table(path, location, bounds)))


def parquet_table(path: Path, location: str, bounds: Bounds, **reading: Any) -> Any:
    """Reads one Parquet file as an Arrow table.

    Args:
        path: Where the file is.
        location: Where it lies, as shown to people.
        bounds: The most that it may bring.
        reading: What Arrow is told about the file.

    Raises:
        SourceUnreadableError: The file is empty, truncated, beyond its bounds or no Parquet.
        FileNotFoundError: The file is gone.
    """
    if path.stat().st_size == 0:
        raise SourceUnreadableError(
            f"{location} is empty; expected a Parquet file. Deliver the file again."
        )
    try:
        # Read by itself, not as a dataset: a folder named `a=b` must not become a column.
        return _table(pq.ParquetFile(path, **reading), location, bounds)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SourceUnreadableError(
            f"{location} is no whole Parquet file ({type(error).__name__}); it may be truncated "
            "or of another format. Correct the charter's format or deliver the file again."
        ) from None


def with_plain_json(table: Any) -> Any:
    """The table with documents of JSON as the texts they are: mixed columns are made here only."""
    for place, kind in enumerate(table.schema.types):
        if isinstance(kind, pa.JsonType):
            texts = table.column(place).cast(kind.storage_type)
            table = table.set_column(place, table.column_names[place], texts)
    return table


def _table(file: Any, location: str, bounds: Bounds) -> Any:
    """Decodes a file, piece by piece where what it says of itself does not bound its size.

    A text that stands once in a dictionary may stand in every row.
    """
    told = file.metadata
    groups = [told.row_group(place) for place in range(told.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    bounds.check(location, size=size, rows=told.num_rows, columns=told.num_columns)
    longest = max((_longest_text(group) for group in groups), default=0)
    if told.num_rows * longest <= bounds.bytes:
        return file.read()
    pieces, size = [], 0
    for piece in file.iter_batches(min(max(bounds.bytes // longest, _FEWEST), _MOST)):
        size += piece.nbytes
        bounds.check(location, size=size)
        pieces.append(piece)
    return pa.Table.from_batches(pieces, file.schema_arrow)


def _longest_text(group: Any) -> int:
    """No text or bytes in a dictionary of a row group is longer than this."""
    columns = (group.column(place) for place in range(group.num_columns))
    return max(
        (
            column.total_uncompressed_size
            for column in columns
            if column.has_dictionary_page and column.physical_type.endswith("BYTE_ARRAY")
        ),
        default=0,
    )
