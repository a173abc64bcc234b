"""The source of time: read once at the edge and passed inwards, always aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from aipo_pipelines.errors import UsageError


class Clock(Protocol):
    """The source of the time of an installation."""

    @property
    def simulated(self) -> bool:
        """Whether this clock does not show the real time."""
        ...

    def now(self) -> datetime:
        """The present moment, aware UTC."""
        ...

    def admit(self, product: str) -> None:
        """Checks that entries about a product may have times of this clock.

        Raises:
            UsageError: The entries may not have these times.
        """
        ...


class SystemClock:
    """The clock of the machine."""

    simulated = False

    def now(self) -> datetime:
        """The present moment, aware UTC."""
        return datetime.now(UTC)

    def admit(self, product: str) -> None:
        """Admits every product."""


@dataclass(slots=True)
class FixedClock:
    """A clock that does not move until it is set: for tests.

    Attributes:
        at: The time it shows.
        simulated: Whether its time is shown as simulated.

    Raises:
        UsageError: The time has no zone.
    """

    at: datetime
    simulated: bool = False

    def __post_init__(self) -> None:
        # Through `set`, so that the first time is checked like every later time.
        self.set(self.at)

    def now(self) -> datetime:
        """The time the clock shows, aware UTC."""
        return self.at

    def set(self, at: datetime) -> None:
        """Sets the clock to a moment, which may lie in the past.

        Raises:
            UsageError: The moment has no zone.
        """
        # A time without a zone is a different moment on each machine.
        if at.tzinfo is None:
            raise UsageError(
                f"The clock was set to {at.isoformat()}, which names no zone; expected a time with "
                "a zone, for example 2026-01-31T00:00:00+00:00."
            )
        self.at = at.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Moves the clock forward, or back by a negative amount."""
        self.at += by

    def admit(self, product: str) -> None:
        """Admits every product."""


def is_simulated(clock: Clock) -> bool:
    """Whether a clock does not show the real time, so that its times must be marked."""
    return clock.simulated
