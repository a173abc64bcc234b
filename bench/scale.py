"""How large the cases are: for a report, or for a quick look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Talk = Callable[[str], None]
"""Shows the progress to the person who waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Sizes of all cases.

    Attributes:
        rows: Sizes of the batch of the monitor cycle.
        products: Products of a code location, and of the portfolio.
        wide: Products whose runs are started together.
        entries: Entries written one at a time, and at once.
        repeats: Rounds that count.
        seeds: Made streams of each kind that are governed.
        batches: Batches of each stream that are governed, at most.
        talk: Where progress goes.
    """

    rows: tuple[int, ...]
    products: int
    wide: int
    entries: int
    repeats: int
    seeds: int
    batches: int
    talk: Talk


def full(talk: Talk) -> Scale:
    """The sizes of the report."""
    return Scale(
        rows=(1_000, 100_000, 1_000_000),
        products=300,
        wide=10,
        entries=1_000,
        repeats=5,
        seeds=20,
        batches=40,
        talk=talk,
    )


def quick(talk: Talk) -> Scale:
    """Sizes to see that everything works; the ratios mean little."""
    return Scale(
        rows=(1_000, 20_000),
        products=10,
        wide=2,
        entries=200,
        repeats=2,
        seeds=1,
        batches=6,
        talk=talk,
    )
