"""Where the time comes from: read once at the edge and passed inwards, always aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from aipo_pipelines.errors import UsageError


class Clock(Protocol):
    """Says what time it is."""

    def now(self) -> datetime:
        """The present moment, aware UTC."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present moment, aware UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class FixedClock:
    """A clock that stands until it is set: for tests and simulated homes.

    Attributes:
        at: Where it stands.

    Raises:
        UsageError: It was set to a time without a zone.
    """

    at: datetime

    def __post_init__(self) -> None:
        self.set(self.at)

    def now(self) -> datetime:
        """Where the clock stands, aware UTC."""
        return self.at

    def set(self, at: datetime) -> None:
        """Puts the clock to a moment, which may lie in the past.

        Raises:
            UsageError: The moment has no zone, so nobody can say when it is.
        """
        if at.tzinfo is None:
            raise UsageError(
                f"The clock was set to {at.isoformat()}, which names no zone; expected a time with "
                "one, for example 2026-01-31T00:00:00+00:00."
            )
        self.at = at.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Moves the clock forward, or back by a negative amount."""
        self.at += by


def is_simulated(clock: Clock) -> bool:
    """Whether a clock is not that of the machine, so that its times must be told as simulated."""
    return not isinstance(clock, SystemClock)
