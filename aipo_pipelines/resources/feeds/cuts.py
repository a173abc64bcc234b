"""Cuts one table, delivered in pieces, into batches by rows or by windows of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.sources import TimeBatches
from aipo_pipelines.resources.feeds.joining import joined, of_own_cells
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
class Cut:
    """Which rows of which pieces make one batch.

    Attributes:
        partition: Key of the batch.
        spans: Number of a piece and positions of rows in it, in the order of the source.
        end: End of its window, where it is one.
    """

    partition: str
    spans: tuple[tuple[int, Positions], ...]
    end: datetime | None = None


def cut_rows(lengths: Sequence[int], size: int) -> tuple[Cut, ...]:
    """Cuts rows in order into full chunks `0001`, `0002`, …; the last rows wait for more.

    Args:
        lengths: Rows of each piece.
        size: Rows of a chunk.
    """
    ends = np.cumsum([0, *lengths])
    cuts = []
    for number in range(int(ends[-1]) // size):
        low, high = number * size, (number + 1) * size
        spans = tuple(
            (piece, np.arange(max(low, first) - first, min(high, last) - first))
            for piece, (first, last) in enumerate(pairwise(ends))
            if first < high and last > low
        )
        cuts.append(Cut(partition=f"{number + 1:04d}", spans=spans))
    return tuple(cuts)


def cut_windows(times: Sequence[Times], rule: TimeBatches) -> tuple[Cut, ...]:
    """Cuts records into windows in order of time, and those without a time into `undated`.

    Inside a batch the records keep the order of the source; those before the first window are left
    out.

    Args:
        times: Times of the records of each piece, datetime64[us]; NaT where unreadable.
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
    cuts = []
    for begin in sorted(windows):
        start = aware(begin)
        key = window_key(start, rule)
        cuts.append(Cut(partition=key, spans=tuple(windows[begin]), end=window_end(start, rule)))
    if undated:
        cuts.append(Cut(partition=UNDATED, spans=tuple(undated)))
    return tuple(cuts)


def combine(frames: Sequence[pd.DataFrame], cut: Cut) -> pd.DataFrame:
    """The rows of a batch as one table, each column of the type that these rows have.

    A column that only some of its pieces have is missing in the rows of the others; one that none
    of them has is not there.
    """
    return of_own_cells(joined([frames[piece].iloc[rows] for piece, rows in cut.spans]))


def aligned(frames: Sequence[pd.DataFrame], *, by_name: bool) -> list[pd.DataFrame]:
    """Pieces under common column names; where the contract goes by position, those of the first."""
    if by_name or not frames:
        return list(frames)
    names = frames[0].columns
    return [
        frame.set_axis(names, axis="columns") if frame.shape[1] == len(names) else frame
        for frame in frames
    ]
