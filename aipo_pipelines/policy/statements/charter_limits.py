"""Caveats about agreements that the batches so far can never fulfil."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortage:
    """Something that needs more records than there are.

    Attributes:
        name: A metric or a check; empty for the comparison with the champion.
        needed: The number of records that it needs.
        in_each_group: Whether each of two groups needs so many.
    """

    name: str
    needed: int
    in_each_group: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelsNeverDue:
    """Batches whose labels are never due, because they have no date.

    Attributes:
        delay: The agreed delay of labels.
    """

    partitions: tuple[str, ...]
    delay: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RestWithoutEffect:
    """An agreed rest between two trainings that no date counts."""

    length: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchesTooSmall:
    """Checks and metrics that need more records than the largest batch so far had."""

    largest: int
    short: tuple[Shortage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TooFewHeldOut:
    """Conditions of a release that need more records than can be held out."""

    records: int
    held_out: int
    short: tuple[Shortage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchesTooLate:
    """The last batches were older on arrival than evidence counts.

    Attributes:
        batches: The number of these batches.
        least_age: The age of the youngest of them.
        allowed: The age up to which evidence counts.
    """

    batches: int
    least_age: timedelta
    allowed: timedelta


LimitCaveat: TypeAlias = (
    LabelsNeverDue | RestWithoutEffect | BatchesTooSmall | TooFewHeldOut | BatchesTooLate
)
