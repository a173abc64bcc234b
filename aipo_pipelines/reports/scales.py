"""From values to places in a drawing; the largest numbers there are stay inside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

Scale: TypeAlias = Callable[[float], float]

_BIGGEST, _SMALLEST = 8e307, 1e-300
"""Numbers beyond which a scale would overflow, or have no steps."""


def bounds_of(values: Sequence[float]) -> tuple[float, float]:
    """Bounds that leave room around all values."""
    # An infinite value would leave no room for the others.
    held = [min(max(value, -_BIGGEST), _BIGGEST) for value in values]
    low, high = min(held), max(held)
    # Room for marks at both ends, also if all values are equal.
    room = (high / 2 - low / 2) * 0.16 or abs(high) * 0.05 or 0.5
    return low - room, high + room


def scale(low: float, high: float, start: float, end: float) -> Scale:
    """The place of a value between `start` (at `low`) and `end` (at `high`)."""
    # Halved, because the difference of the largest numbers there are would overflow.
    length = high / 2 - low / 2 or 1.0
    return lambda value: start + (end - start) * min(max((value / 2 - low / 2) / length, 0.0), 1.0)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers inside a range, three to six of them."""
    raw = (high / 2 - low / 2) / 2
    # So close together that no step between them is a number.
    if raw < _SMALLEST:
        return [low]
    size = 10.0 ** math.floor(math.log10(raw))
    step = next((size * factor for factor in (1, 2, 5) if size * factor >= raw), size * 10)
    first = math.ceil(low / step)
    steps = [(first + place) * step for place in range(8)]
    return [tick for tick in steps if low <= tick <= high] or [low]
