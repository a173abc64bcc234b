"""Reads Parquet files as they were delivered, in their native types."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from aipo_pipelines.errors import SourceUnreadableError
from aipo_pipelines.resources.feeds.tables import to_frame


def read_parquet(path: Path, location: str) -> pd.DataFrame:
    """Reads one Parquet file.

    Raises:
        SourceUnreadableError: The file is empty, truncated or no Parquet.
        FileNotFoundError: The file is gone.
    """
    if path.stat().st_size == 0:
        raise SourceUnreadableError(
            f"{location} is empty; expected a Parquet file. Deliver the file again."
        )
    try:
        # Read by itself, not as a dataset: a folder named `a=b` must not become a column.
        table = pq.ParquetFile(path).read()
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SourceUnreadableError(
            f"{location} is no whole Parquet file ({type(error).__name__}); it may be truncated "
            "or of another format. Correct the charter's format or deliver the file again."
        ) from None
    return to_frame(table)
