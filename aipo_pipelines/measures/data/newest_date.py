"""The newest real date of a batch: one that a slip of the pen wrote dates nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Moments = NDArray[np.datetime64]

_SHARE = 100
"""At most one record in so many is a slip of the pen."""
_ENOUGH = 20
_FEWEST = 3
_DAY, _WEEK = np.timedelta64(1, "D"), np.timedelta64(7, "D")


def newest_real(moments: Moments) -> tuple[np.datetime64 | None, int]:
    """The newest time of a batch's records, and how many stand far beyond it.

    Records of one in a hundred at most, later than all others by more than the time that these
    span, and by more than a week, are slips: `2026-12-24` for `2026-11-24`. Of fewer than 20
    records one must lie as many times farther away as makes it as unlikely by chance: of ten 3.8
    times as far as the others span (a day at least), of five 63 times.

    Args:
        moments: Times of the records, NaT where none is known.
    """
    known = np.sort(moments[~np.isnat(moments)])
    if not known.size:
        return None, 0
    if known.size < _FEWEST:
        return known[-1], 0
    few = max(1, known.size // _SHARE)
    tail = known[-few - 1 :]
    # What stands far before the others does not make them span more.
    spans = tail[:-1] - known[few]
    if known.size < _ENOUGH:
        spans = np.maximum(spans, _DAY) * _times_farther(known.size)
    far = np.flatnonzero(np.diff(tail) > np.maximum(spans, _WEEK))
    slips = 0 if not far.size else few - int(far[0])
    return known[-slips - 1], slips


def _times_farther(records: int) -> float:
    """How many times the span of the others the last of a few records must lie behind them.

    Of so many times drawn evenly the last one does so with the probability that the last of 20
    lies behind the others by what they span: of m gaps, one is more than the share x of all with
    the probability (1 - x) to the power of m - 1.

    Source: David and Nagaraja, Order Statistics (2003), section 6.4.
    """
    farther: float = 2.0 ** ((_ENOUGH - 2) / (records - 2))
    return farther - 1
