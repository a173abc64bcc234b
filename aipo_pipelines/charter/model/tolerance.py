"""How many cells or rows may break a rule, counted in whole numbers.

A share of a hundredth is no number that a computer holds: 0.1 % of 1,000 rows is one row, and not
one row and a bit. So limits are fractions, and what is compared are whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """A share, or a number of rows, that may fail.

    Attributes:
        percent: Limit in percent.
        rows: Limit in rows, whatever the size of a batch; None where the limit is a share.
        below: Whether what fails must stay below the limit, rather than reach it at most.
        of_filled: Whether the share is one of the filled cells; of all rows where False.
    """

    percent: Fraction = Fraction(0)
    rows: int | None = None
    below: bool = False
    of_filled: bool = False

    def most(self, count: int) -> int:
        """How many of so many may fail at most; -1 where not even none will do."""
        if self.rows is not None:
            return self.rows
        limit = self.percent * count / _PERCENT
        return ceil(limit) - 1 if self.below else floor(limit)


def as_written(value: float) -> Fraction:
    """A number as it is written: 6.4 is 64 tenths, whatever a double makes of it."""
    return Fraction(str(value))


def tolerance_of(mostly: float) -> Tolerance:
    """The tolerance that Great Expectations writes as the least share of good filled cells."""
    return Tolerance(percent=_PERCENT * (1 - Fraction(str(mostly))), of_filled=True)
