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
"""Rows that are decoded at once if a file may unpack to more than its bound."""


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
        path: The file on this machine.
        location: Its place, as shown to people.
        bounds: The largest delivery that is read.
        reading: Options of Arrow for the file.

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
            f"{location} is no complete Parquet file ({type(error).__name__}); it may be truncated "
            "or of another format. Correct the charter's format or deliver the file again."
        ) from None


def with_plain_json(table: Any) -> Any:
    """The table with JSON documents as texts: only this package makes columns of mixed types."""
    for place, kind in enumerate(table.schema.types):
        if isinstance(kind, pa.JsonType):
            texts = table.column(place).cast(kind.storage_type)
            table = table.set_column(place, table.column_names[place], texts)
    return table


def _table(file: Any, location: str, bounds: Bounds) -> Any:
    """Decodes a file, in pieces if its metadata do not limit its size in memory.

    A text that a dictionary contains once may occur in every row.
    """
    metadata = file.metadata
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    # The metadata are checked first, so that a file that is too large is not decoded at all.
    bounds.check(location, size=size, rows=metadata.num_rows, columns=metadata.num_columns)
    longest = max((_longest_text(group) for group in groups), default=0)
    if metadata.num_rows * longest <= bounds.bytes:
        return file.read()
    pieces, size = [], 0
    for piece in file.iter_batches(min(max(bounds.bytes // longest, _FEWEST), _MOST)):
        size += piece.nbytes
        bounds.check(location, size=size)
        pieces.append(piece)
    return pa.Table.from_batches(pieces, file.schema_arrow)


def _longest_text(group: Any) -> int:
    """An upper bound for the length of a text or bytes value in a dictionary of a row group."""
    columns = (group.column(place) for place in range(group.num_columns))
    return max(
        (
            column.total_uncompressed_size
            for column in columns
            if column.has_dictionary_page and column.physical_type.endswith("BYTE_ARRAY")
        ),
        default=0,
    )
