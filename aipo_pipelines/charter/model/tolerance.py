"""How many cells or rows may break a rule, counted in whole numbers.

A computer cannot store a share such as 0.1 % exactly: 0.1 % of 1,000 rows must be one row, and not
slightly more than one row. So limits are fractions, and whole numbers are compared.
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
        rows: Limit in rows, for batches of any size; None if the limit is a share.
        below: Whether the number of failures must stay below the limit, rather than reach it.
        of_filled: Whether the share is a share of the filled cells; otherwise of all rows.
    """

    percent: Fraction = Fraction(0)
    rows: int | None = None
    below: bool = False
    of_filled: bool = False

    def most(self, count: int) -> int:
        """How many of `count` may fail; -1 if even a batch without failures is too much."""
        if self.rows is not None:
            return self.rows
        limit = self.percent * count / _PERCENT
        # `ceil - 1` also keeps a limit that is a whole number out, as "below" demands.
        return ceil(limit) - 1 if self.below else floor(limit)


def as_written(value: float) -> Fraction:
    """A number as it is written: 6.4 is 64 tenths, though no double is exactly that."""
    return Fraction(str(value))


def tolerance_of(mostly: float) -> Tolerance:
    """The tolerance that Great Expectations writes as the least share of good filled cells."""
    return Tolerance(percent=_PERCENT * (1 - Fraction(str(mostly))), of_filled=True)
