"""Numbers far beyond the rest: a typing error, another unit, or a word for a missing value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

# If more values than this share lie far away, they are a part of the distribution.
_MOST = 0.005
_FEWEST = 50
# Prices and sizes of companies differ by factors of ten and are no errors; their jumps are smaller.
_FAR = 10.0

_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outliers:
    """Values far beyond the rest.

    Attributes:
        low, high: Range of the rest.
        extremes: The outlying values, the farthest first, each once.
        count: How many cells hold one.
    """

    low: float
    high: float
    extremes: tuple[float, ...]
    count: int

    def in_words(self) -> str:
        """What was seen, in words."""
        shown = ", ".join(f"{value:.12g}" for value in self.extremes[:_SHOWN])
        more = ", ..." if len(self.extremes) > _SHOWN else ""
        cells = "1 value lies" if self.count == 1 else f"{self.count:,} values lie"
        return (
            f"{cells} far beyond the rest ({shown}{more}; the rest: {self.low:g} to "
            f"{self.high:g}): a typing error, another unit, a word for a missing value? The range "
            "is that of the rest, made wider; values beyond it are warned of, not refused"
        )


def find_outliers(values: pd.Series) -> Outliers | None:
    """The values that lie far beyond the rest; None if there is no such value.

    Args:
        values: The numbers of a column, none missing.
    """
    numbers = np.sort(values.to_numpy(dtype=np.float64))
    numbers = numbers[np.isfinite(numbers)]
    if len(numbers) < _FEWEST:
        return None
    most = max(1, int(_MOST * len(numbers)))
    # The median: a mean would move with the outliers that it should find.
    middle = float(np.median(numbers))
    above = _beyond(numbers[len(numbers) - most - 1 :] - middle)
    below = _beyond((middle - numbers[: most + 1])[::-1])
    if not above and not below:
        return None
    rest = numbers[below : len(numbers) - above]
    far = np.unique(np.concatenate([numbers[:below], numbers[len(numbers) - above :]]))
    order = np.argsort(-np.abs(far - middle), kind="stable")
    return Outliers(
        low=float(rest[0]),
        high=float(rest[-1]),
        extremes=tuple(float(value) for value in far[order]),
        count=above + below,
    )


def _beyond(distances: np.ndarray) -> int:
    """How many of the last distances, rising, follow a jump to many times the distance before."""
    jumps = (distances[:-1] > 0) & (distances[1:] > _FAR * distances[:-1])
    places = np.flatnonzero(jumps)
    return int(len(distances) - 1 - places[0]) if len(places) else 0
