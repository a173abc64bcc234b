"""Divides one table, delivered in pieces, into batches by rows or by windows of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.sources import TimeBatches
from aipo_pipelines.resources.feeds.joining import joined, with_own_types
from aipo_pipelines.resources.feeds.windows import (
    Times,
    aware,
    window_end,
    window_key,
    window_starts,
)

UNDATED = "undated"
"""Key of the batch of records without a readable time."""

Positions = np.ndarray[tuple[int], np.dtype[np.intp]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRows:
    """The rows of one batch, as positions in the pieces of the table: no record is copied.

    Attributes:
        partition: Key of the batch.
        spans: Number of a piece and positions of rows in it, in the order of the source.
        end: End of its window; None for a batch by rows.
    """

    partition: str
    spans: tuple[tuple[int, Positions], ...]
    end: datetime | None = None


def divide_by_rows(lengths: Sequence[int], size: int) -> tuple[BatchRows, ...]:
    """Divides rows in order into full chunks `0001`, `0002`, …; the last rows wait for more.

    Args:
        lengths: Rows of each piece.
        size: Rows of a chunk.
    """
    ends = np.cumsum([0, *lengths])
    batches = []
    # Rows that do not fill a chunk are no batch yet: the batch would change with every new row.
    for number in range(int(ends[-1]) // size):
        low, high = number * size, (number + 1) * size
        spans = tuple(
            (piece, np.arange(max(low, first) - first, min(high, last) - first))
            for piece, (first, last) in enumerate(pairwise(ends))
            if first < high and last > low
        )
        batches.append(BatchRows(partition=f"{number + 1:04d}", spans=spans))
    return tuple(batches)


def divide_by_windows(times: Sequence[Times], rule: TimeBatches) -> tuple[BatchRows, ...]:
    """Divides records into windows in order of time; records without a time become `undated`.

    Inside a batch the records keep the order of the source. Records before the first window are
    left out.

    Args:
        times: Times of the records of each piece, datetime64[us]; NaT if unreadable.
        rule: The charter's rule.
    """
    windows: dict[np.datetime64, list[tuple[int, Positions]]] = defaultdict(list)
    undated: list[tuple[int, Positions]] = []
    for piece, moments in enumerate(times):
        unreadable = np.flatnonzero(np.isnat(moments))
        if unreadable.size:
            undated.append((piece, unreadable))
        starts = window_starts(moments, rule)
        known, codes = np.unique(starts[~np.isnat(starts)], return_inverse=True)
        rows = np.flatnonzero(~np.isnat(starts))
        for code, start in enumerate(known):
            windows[start].append((piece, rows[codes == code]))
    batches = []
    for begin in sorted(windows):
        start = aware(begin)
        key, end = window_key(start, rule), window_end(start, rule)
        batches.append(BatchRows(partition=key, spans=tuple(windows[begin]), end=end))
    if undated:
        batches.append(BatchRows(partition=UNDATED, spans=tuple(undated)))
    return tuple(batches)


def combine(frames: Sequence[pd.DataFrame], batch: BatchRows) -> pd.DataFrame:
    """The rows of a batch as one table, each column of the type that these rows have.

    If only some of its pieces have a column, its cells are missing in the rows of the others. A
    column that no piece has is not there.
    """
    return with_own_types(joined([frames[piece].iloc[rows] for piece, rows in batch.spans]))
