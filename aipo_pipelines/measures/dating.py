"""The newest real date of a batch: one that a slip of the pen wrote dates nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Moments = NDArray[np.datetime64]

_SHARE = 100
"""At most one record in so many is a slip of the pen; of fewer records nobody can tell."""
_LEAST = 20
_WEEK = np.timedelta64(7, "D")


def newest_real(moments: Moments) -> tuple[np.datetime64 | None, int]:
    """The newest time of a batch's records, and how many stand far beyond it.

    Records of one in a hundred at most, later than all others by more than the time that these
    span, and by more than a week, are slips: `2026-12-24` for `2026-11-24`.

    Args:
        moments: Times of the records, NaT where none is known.
    """
    known = np.sort(moments[~np.isnat(moments)])
    if not known.size:
        return None, 0
    if known.size < _LEAST:
        return known[-1], 0
    few = max(1, known.size // _SHARE)
    tail = known[-few - 1 :]
    # What stands far before the others does not make them span more.
    spans = tail[:-1] - known[few]
    far = np.flatnonzero(np.diff(tail) > np.maximum(spans, _WEEK))
    slips = 0 if not far.size else few - int(far[0])
    return known[-slips - 1], slips
