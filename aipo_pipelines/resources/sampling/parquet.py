"""A sample of a Parquet file, read in parts, so that only the sample is in memory."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from aipo_pipelines.drafting.table import Table
from aipo_pipelines.errors import DraftError
from aipo_pipelines.resources.feeds.parquet import with_plain_json
from aipo_pipelines.resources.feeds.tables import to_frame
from aipo_pipelines.resources.sampling.thinning import even_places

_ROWS_AT_ONCE = 20_000


def sample_parquet(path: Path, most: int) -> Table:
    """At most so many records of a Parquet file.

    Raises:
        DraftError: The file is damaged, or has no record.
    """
    try:
        file = pq.ParquetFile(path)
        total = file.metadata.num_rows
        # The metadata have the number of rows, so the places are known before a row is read.
        places = even_places(total, most)
        parts, start, first = [], 0, 0
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
            end = start + batch.num_rows
            last = first
            while last < len(places) and places[last] < end:
                last += 1
            chosen = pa.array([place - start for place in places[first:last]], pa.int64())
            parts.append(pa.Table.from_batches([batch]).take(chosen))
            start, first = end, last
    except (pa.ArrowException, OSError):
        raise DraftError(
            f"{path.name} is no readable Parquet file; expected a complete file"
        ) from None
    if not total:
        raise DraftError(f"{path.name} has no record; expected records")
    return Table(
        frame=to_frame(with_plain_json(pa.concat_tables(parts))), rows=total, is_text=False
    )
