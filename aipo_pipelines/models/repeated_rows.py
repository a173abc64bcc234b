"""Whether rows without identifiers were delivered again: more rows are alike than by chance.

Rows that are alike inside one delivery are different records that look alike. Rows that are alike
in two deliveries are also different records, or one record that was delivered twice.

- The pairs that repeat inside a delivery show how often chance makes rows alike: chance makes the
  same share of all pairs alike, inside each delivery and across both.
- Each delivery must show this chance by itself. If one delivery has no repeats inside, the rows
  that are in both were delivered again, even if the other delivery repeats all its rows.
- The exception is a number of rows that is so small that chance may have made them, and that no
  figure depends on them. If no pair was seen inside, pairs by chance may still exist.

Pairs are counted in two ways. In the first way each kind of row counts once: a row that many
records share says nothing about a single record, and would hide the other rows. In the second way
each pair counts once: a delivery that repeats some rows makes many pairs of these rows, and no more
of the other rows.
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
"""A count that is so many standard deviations above the expected count is no chance: chance makes
it once in a thousand."""


_UNSEEN = -math.log(0.001)
"""If chance makes so many pairs on average, it makes no pair at all once in a thousand."""

_FEW = 0.01
"""Share of a delivery's rows that is too small to change a figure."""


@dataclass(frozen=True)
class Looks:
    """The kinds of rows in a delivery, with the number of each kind.

    Attributes:
        kinds: Each kind of row once, as a number or hash, in ascending order.
        times: Number of rows of each kind.
    """

    kinds: NDArray[Any]
    times: Counts

    @classmethod
    def of(cls, rows: NDArray[Any]) -> Looks:
        """Counts the rows of a delivery."""
        return cls(*np.unique(rows, return_counts=True))

    @cached_property
    def counts(self) -> Counts:
        """The number of kinds that have 0, 1, 2, … rows."""
        return np.bincount(self.times)

    def shared(self, other: Looks) -> tuple[Counts, Counts]:
        """The number of rows in this and in the other delivery, for each kind that both hold."""
        if len(self.kinds) > len(other.kinds):
            return other.shared(self)[::-1]
        place = np.minimum(np.searchsorted(other.kinds, self.kinds), len(other.kinds) - 1)
        same = np.flatnonzero(other.kinds[place] == self.kinds)
        return self.times[same], other.times[place[same]]


def is_few(shared: int, mine: int, earlier: int) -> bool:
    """Whether so few rows of two deliveries are alike that they could change no figure."""
    return shared <= _FEW * min(mine, earlier)


def exceeds_chance(mine: Looks, earlier: Looks) -> bool:
    """Whether a delivery shares more rows with an earlier delivery than by chance."""
    here, there = mine.shared(earlier)
    if not len(here):
        return False
    rows = int(mine.times.sum()), int(earlier.times.sum())
    sides = (
        (here, there, _alone(mine, here), rows),
        (there, here, _alone(earlier, there), rows[::-1]),
    )
    # One side or one way of counting is enough: each sees repeats that the others may hide.
    return any(_exceeds(*side, once=once) for side in sides for once in (True, False))


def _alone(looks: Looks, shared: Counts) -> Counts:
    """The number of kinds that only this delivery holds, by the number of their rows.

    Mostly only a few kinds are shared, so all others are counted together and not one by one.
    """
    return looks.counts - np.bincount(shared, minlength=len(looks.counts))


def _exceeds(
    own: Counts, opposite: Counts, alone: Counts, rows: tuple[int, int], *, once: bool
) -> bool:
    """Whether the pairs across are more than the pairs inside one delivery explain.

    1. Weights the pairs of each kind, across the deliveries and inside this delivery.
    2. Without a pair inside, compares the shared pairs with the number that chance rarely misses.
    3. Otherwise allows three standard deviations above the number that the pairs inside predict.

    Args:
        own: Number of rows in this delivery, for each kind that both hold.
        opposite: Number of rows in the other delivery, for the same kinds.
        alone: Number of kinds that only this delivery holds, by the number of their rows.
        rows: Rows of this delivery and of the other delivery.
        once: Whether each kind counts once; otherwise each pair counts once.
    """
    few = is_few(int(np.minimum(own, opposite).sum()), *rows)
    # A row that occurs once, and only in this delivery, makes no pair.
    often = np.flatnonzero(alone[2:]) + 2
    kinds = np.append(np.ones_like(own), alone[often])
    own, opposite = np.append(own, often), np.append(opposite, np.zeros_like(often))
    together = own + opposite
    # All pairs of one kind together have the weight 1.
    weights = 2 / (together * (together - 1)) if once else np.ones(len(own))
    across: Pairs = weights * own * opposite
    inside: Pairs = weights * own * (own - 1) / 2
    shared, shown = float((kinds * across).sum()), float((kinds * inside).sum())
    # The number of possible pairs across for each possible pair inside.
    pairs = 2 * rows[1] / max(rows[0] - 1, 1)
    if not shown:
        return not few or shared > pairs * _UNSEEN
    # Pairs of one kind are not independent: they are worth fewer independent pairs, which makes the
    # standard deviation larger.
    size = float((kinds * (across**2 + inside**2)).sum()) / (shared + shown)
    deviation = math.sqrt(size * pairs * (shared + shown))
    return shared - pairs * shown > DEVIATIONS * deviation
