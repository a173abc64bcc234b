"""Numbers that may stand for a missing value: of nines only, and apart from the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

_NINES = re.compile(r"-?9{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentinels:
    """Numbers such as 9999 or -999 that lie apart from all others.

    Attributes:
        low, high: Range of the other numbers.
        numbers: The numbers of nines, the lowest first.
        count: How many cells hold such a number.
    """

    low: float
    high: float
    numbers: tuple[int, ...]
    count: int

    def in_words(self, *, is_personal: bool) -> str:
        """What was seen, in words that quote no value of suspected personal data."""
        shown = " and ".join(f"`{value}`" for value in self.numbers)
        numbers = "a number of nines only" if is_personal else shown
        rest = "" if is_personal else f" (the rest: {self.low:g} to {self.high:g})"
        return (
            f"{numbers} in {self.count:,} cells lies apart from the rest{rest}: does it stand for "
            "a missing value? Then list it under `missingValues`, and take it out of the set or "
            "range below; otherwise it counts as a number"
        )


def find_sentinels(values: pd.Series) -> Sentinels | None:
    """The numbers of nines only that lie apart from all others; None if there is no such number.

    A negative number lies apart if no other number is negative. Any other number lies apart if its
    distance from the rest is larger than the range of the rest.

    Args:
        values: The numbers of a column, none missing.
    """
    counts = values.astype("float64").value_counts()
    # 15 digits, all that a double stores: 999999 must not become 1e+06.
    nines = {value for value in counts.index if _NINES.fullmatch(f"{value:.15g}")}
    rest = [value for value in counts.index if value not in nines]
    if not nines or not rest:
        return None
    low, high = min(rest), max(rest)
    apart = sorted(value for value in nines if _is_apart(value, low, high))
    if not apart:
        return None
    return Sentinels(
        low=float(low),
        high=float(high),
        numbers=tuple(int(value) for value in apart),
        count=int(counts[apart].sum()),
    )


def _is_apart(value: float, low: float, high: float) -> bool:
    width = high - low or abs(high) or 1.0
    return value > high + width or value < low - width or value < 0 <= low
