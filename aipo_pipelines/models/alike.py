"""Whether rows without identifiers came again: more are alike in two deliveries than chance gives.

Rows of one delivery that are alike are different records that look alike. Rows that are alike in
two deliveries are that, too, or one record that was delivered twice. How often chance makes rows
alike is known from the rows that repeat inside a delivery: it deals rows that are alike to one
delivery or the other, as the sizes of both say, so that often two of them stand in the same one. A
record that is delivered again stands in both. Deliveries that differ, by a season say, share less
than chance deals, never more.

What is compared is the share of rows with a partner on the other side, summed over all kinds of
rows, each kind counting once: what many records say alike tells nothing about any of them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.intp]

DEVIATIONS = 3.0
"""So many standard deviations above chance are no chance: it gives them once in a thousand."""


def counts_of(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> tuple[Counts, Counts]:
    """How often each row stands in one delivery and in another, rows being given by hashes."""
    import pandas as pd

    codes, looks = pd.factorize(np.concatenate([one, other]))
    mine, others = codes[: len(one)], codes[len(one) :]
    return np.bincount(mine, minlength=len(looks)), np.bincount(others, minlength=len(looks))


def exceeds_chance(mine: Counts, earlier: Counts) -> bool:
    """Whether a delivery holds more of an earlier one than chance gives.

    Where no row repeats inside either of them, nothing is put down to chance.

    Args:
        mine: How often each row stands in the delivery.
        earlier: How often the same rows stand in the earlier one.
    """
    both, together = np.minimum(mine, earlier), mine + earlier
    if not both.any():
        return False
    if mine.max() == 1 and earlier.max() == 1:
        return True
    shared = float((both / np.maximum(together, 1)).sum())
    expected, variance = _dealt(together, float(mine.sum() / together.sum()))
    return shared > expected + DEVIATIONS * math.sqrt(variance)


def _dealt(together: Counts, share: float) -> tuple[float, float]:
    """Mean and variance of the shares that have a partner on the other side, dealt by chance.

    Args:
        together: How often each row stands in both deliveries together.
        share: Share of all rows that stands in one of them.
    """
    from scipy.stats import binom

    expected = variance = 0.0
    times = np.bincount(together)
    # A row that is there once has no partner.
    for size in np.flatnonzero(times[2:]) + 2:
        here = np.arange(size + 1)
        chance, pairs = binom.pmf(here, size, share), np.minimum(here, size - here) / size
        mean = float(pairs @ chance)
        expected += float(times[size]) * mean
        variance += float(times[size]) * (float(pairs**2 @ chance) - mean**2)
    return expected, variance
