"""Whether rows without identifiers came again: more are alike in two deliveries than chance gives.

Rows of one delivery that are alike are different records that look alike. Rows that are alike in
two deliveries are that, too, or one record that was delivered twice. How often chance makes rows
alike is known from the pairs that repeat inside a delivery: it makes the same share of all pairs
alike inside either delivery and across. Each of both has to show it by itself: if one has no
repeats inside, what is in both came again, however often the other one says everything. But for
so few rows that chance may have made them and that no figure could turn on them: not to have seen
a pair inside does not show that there is no chance of one.

Pairs are counted twice over. Each kind of row counts once, because what many records say alike
tells nothing about any of them and would hide the others. And each pair counts once, because a
delivery that says some rows more often makes many kinds of them, and no more of the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.intp]
Pairs = NDArray[np.float64]

DEVIATIONS = 3.0
"""So many standard deviations above chance are no chance: it gives them once in a thousand."""


_UNSEEN = -math.log(0.001)
"""Pairs that chance may be expected to make, at most, and makes none once in a thousand."""

_FEW = 0.01
"""Share of a delivery's rows that turns no figure."""


@dataclass(frozen=True, slots=True)
class Looks:
    """Which rows a delivery holds, and how often.

    Attributes:
        kinds: Each kind of row once, as a number or hash, in ascending order.
        times: How often each stands there.
    """

    kinds: NDArray[Any]
    times: Counts

    @classmethod
    def of(cls, rows: NDArray[Any]) -> Looks:
        """Counts the rows of a delivery."""
        return cls(*np.unique(rows, return_counts=True))

    def times_of(self, kinds: NDArray[Any]) -> Counts:
        """How often each of some kinds stands there."""
        if not len(self.kinds):
            return np.zeros(len(kinds), dtype=np.intp)
        place = np.minimum(np.searchsorted(self.kinds, kinds), len(self.kinds) - 1)
        return np.where(self.kinds[place] == kinds, self.times[place], 0)


def is_few(shared: int, mine: int, earlier: int) -> bool:
    """Whether so few rows of two deliveries are alike that no figure could turn on them."""
    return shared <= _FEW * min(mine, earlier)


def exceeds_chance(mine: Looks, earlier: Looks) -> bool:
    """Whether a delivery holds more of an earlier one than chance gives."""
    theirs, ours = earlier.times_of(mine.kinds), mine.times_of(earlier.kinds)
    if not theirs.any():
        return False
    rows = int(mine.times.sum()), int(earlier.times.sum())
    sides = (mine.times, theirs, rows), (earlier.times, ours, rows[::-1])
    return any(_exceeds(*side, once=once) for side in sides for once in (True, False))


def _exceeds(own: Counts, others: Counts, rows: tuple[int, int], *, once: bool) -> bool:
    """Whether pairs across exceed what the pairs inside a delivery explain, with their error.

    Args:
        own: How often each kind of row of the delivery stands in it.
        others: How often the same kinds stand in the other one.
        rows: Rows of the delivery and of the other one.
        once: Whether each kind counts once; otherwise each pair does.
    """
    together = own + others
    # All pairs of a kind weigh 1; a row that is there once makes none.
    weights = 2 / np.maximum(together * (together - 1), 1) if once else np.ones(len(own))
    across: Pairs = weights * own * others
    inside: Pairs = weights * own * (own - 1) / 2
    shared, shown = float(across.sum()), float(inside.sum())
    # Pairs of rows across for each pair of rows inside.
    pairs = 2 * rows[1] / max(rows[0] - 1, 1)
    if not shown:
        few = is_few(int(np.minimum(own, others).sum()), *rows)
        return not few or shared > pairs * _UNSEEN
    # Pairs of one kind come together: they say no more than fewer pairs that do not.
    size = float((across**2).sum() + (inside**2).sum()) / (shared + shown)
    deviation = math.sqrt(size * pairs * (shared + shown))
    return shared - pairs * shown > DEVIATIONS * deviation
