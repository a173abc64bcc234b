"""Two rivals timed in turn, and the comparison of their times."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import TypeVar

Result = TypeVar("Result")
Work = Callable[[], object]
Prepare = Callable[[], Work]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the report.

    Attributes:
        case: Name of the case.
        subject: What was measured: a size, a sensor, a way to write.
        ours, bare: Medians of both sides, in `unit`.
        unit: Unit of both.
        goal: Largest ratio aimed at; None if the ratio is for information.
        more_is_better: True for rates; the ratio then is bare over ours, so less is better always.
        note: What one must know to read it.
    """

    case: str
    subject: str
    ours: float
    bare: float
    unit: str = "s"
    goal: float | None = None
    more_is_better: bool = False
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times the bare program's cost ours is."""
        return self.bare / self.ours if self.more_is_better else self.ours / self.bare

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        return None if self.goal is None else self.ratio <= self.goal

    def as_json(self) -> dict[str, object]:
        """The row with its ratio, as JSON."""
        return asdict(self) | {"ratio": self.ratio, "reached": self.reached}


@dataclass(frozen=True, slots=True)
class Medians:
    """Median seconds of both sides."""

    ours: float
    bare: float


def alternate(ours: Prepare, bare: Prepare, *, repeats: int, warm_ups: int = 1) -> Medians:
    """Times both sides in turn, each unit of work prepared untimed.

    Args:
        ours: Prepares one unit of our work and gives it.
        bare: The same for the bare program.
        repeats: Rounds that count, at least 1.
        warm_ups: Rounds before them, which are thrown away.
    """
    sides = in_turn(
        lambda: timed(ours()), lambda: timed(bare()), repeats=repeats, warm_ups=warm_ups
    )
    return Medians(*map(statistics.median, sides))


def in_turn(
    ours: Callable[[], Result], bare: Callable[[], Result], *, repeats: int, warm_ups: int = 1
) -> tuple[list[Result], list[Result]]:
    """What both sides give, round by round; who goes first changes every round.

    A machine that slows down half-way slows both sides.
    """
    results: tuple[list[Result], list[Result]] = ([], [])
    sides = list(zip((ours, bare), results, strict=True))
    for number in range(warm_ups + repeats):
        # In turn, because the second side always finds warm caches of the first side.
        for side, given in sides if number % 2 == 0 else reversed(sides):
            given.append(side())
    return results[0][warm_ups:], results[1][warm_ups:]


def timed(work: Work) -> float:
    """Seconds of one call, by the monotonic clock, after a garbage collection."""
    # Otherwise the garbage of the other side could be collected on the clock of this side.
    gc.collect()
    began = perf_counter()
    work()
    return perf_counter() - began
