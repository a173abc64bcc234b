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
from functools import cached_property
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


@dataclass(frozen=True)
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

    @cached_property
    def counts(self) -> Counts:
        """How many kinds stand there so often, from 0 times on."""
        return np.bincount(self.times)

    def shared(self, other: Looks) -> tuple[Counts, Counts]:
        """How often each kind that both deliveries hold stands in this one and in the other."""
        if len(self.kinds) > len(other.kinds):
            return other.shared(self)[::-1]
        place = np.minimum(np.searchsorted(other.kinds, self.kinds), len(other.kinds) - 1)
        same = np.flatnonzero(other.kinds[place] == self.kinds)
        return self.times[same], other.times[place[same]]


def is_few(shared: int, mine: int, earlier: int) -> bool:
    """Whether so few rows of two deliveries are alike that no figure could turn on them."""
    return shared <= _FEW * min(mine, earlier)


def exceeds_chance(mine: Looks, earlier: Looks) -> bool:
    """Whether a delivery holds more of an earlier one than chance gives."""
    ours, theirs = mine.shared(earlier)
    if not len(ours):
        return False
    rows = int(mine.times.sum()), int(earlier.times.sum())
    sides = (
        (ours, theirs, _alone(mine, ours), rows),
        (theirs, ours, _alone(earlier, theirs), rows[::-1]),
    )
    return any(_exceeds(*side, once=once) for side in sides for once in (True, False))


def _alone(looks: Looks, shared: Counts) -> Counts:
    """By how often a kind of row stands in a delivery: how many the other delivery does not hold.

    Kinds that are shared are few, mostly. The others differ in nothing but that.
    """
    return looks.counts - np.bincount(shared, minlength=len(looks.counts))


def _exceeds(
    own: Counts, others: Counts, alone: Counts, rows: tuple[int, int], *, once: bool
) -> bool:
    """Whether pairs across exceed what the pairs inside a delivery explain, with their error.

    Args:
        own: How often each kind of row that both deliveries hold stands in the one.
        others: How often the same kinds stand in the other one.
        alone: How many kinds that only the one holds stand there so often, from 0 times on.
        rows: Rows of the delivery and of the other one.
        once: Whether each kind counts once; otherwise each pair does.
    """
    few = is_few(int(np.minimum(own, others).sum()), *rows)
    # A row that is there once, and in no other delivery, makes no pair.
    often = np.flatnonzero(alone[2:]) + 2
    kinds = np.append(np.ones_like(own), alone[often])
    own, others = np.append(own, often), np.append(others, np.zeros_like(often))
    together = own + others
    # All pairs of a kind weigh 1.
    weights = 2 / (together * (together - 1)) if once else np.ones(len(own))
    across: Pairs = weights * own * others
    inside: Pairs = weights * own * (own - 1) / 2
    shared, shown = float((kinds * across).sum()), float((kinds * inside).sum())
    # Pairs of rows across for each pair of rows inside.
    pairs = 2 * rows[1] / max(rows[0] - 1, 1)
    if not shown:
        return not few or shared > pairs * _UNSEEN
    # Pairs of one kind come together: they say no more than fewer pairs that do not.
    size = float((kinds * (across**2 + inside**2)).sum()) / (shared + shown)
    deviation = math.sqrt(size * pairs * (shared + shown))
    return shared - pairs * shown > DEVIATIONS * deviation
