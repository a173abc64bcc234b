"""The newest real date of a batch, without dates that are typing errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Moments = NDArray[np.datetime64]

_SHARE = 100
"""At most one record in this number of records is a typing error."""

_ENOUGH = 20
"""Records from which the rule for many records applies."""

_FEWEST = 3
"""Records without which no span of the others exists."""

_DAY, _WEEK = np.timedelta64(1, "D"), np.timedelta64(7, "D")


def newest_real(moments: Moments) -> tuple[np.datetime64 | None, int]:
    """The newest time of a batch's records, and the number of records far beyond it.

    At most one record in a hundred is a typing error: `2026-12-24` for `2026-11-24`. It is later
    than all others by more than the span of the others, and by more than a week. With fewer than 20
    records, a larger distance gives the same probability by chance. With ten records it is 3.8
    times the span of the others (at least a day), and with five records 63 times.

    Args:
        moments: Times of the records, NaT if not known.
    """
    known = np.sort(moments[~np.isnat(moments)])
    if not known.size:
        return None, 0
    if known.size < _FEWEST:
        return known[-1], 0
    few = max(1, known.size // _SHARE)
    tail = known[-few - 1 :]
    # The oldest records are left out: a typing error in the past must not make the span longer.
    spans = tail[:-1] - known[few]
    if known.size < _ENOUGH:
        spans = np.maximum(spans, _DAY) * _times_farther(known.size)
    far = np.flatnonzero(np.diff(tail) > np.maximum(spans, _WEEK))
    slips = 0 if not far.size else few - int(far[0])
    return known[-slips - 1], slips


def _times_farther(records: int) -> float:
    """The distance of the last of a few records from the others, in spans of the others.

    The last of a few evenly drawn times lies this far away with the same probability as the last of
    20 times lies one span away. A given gap of m gaps is larger than the share x of the whole with
    the probability (1 - x) to the power of m - 1.

    Source: David and Nagaraja, Order Statistics (2003), section 6.4.
    """
    farther: float = 2.0 ** ((_ENOUGH - 2) / (records - 2))
    return farther - 1
