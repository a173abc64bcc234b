"""The original baseline: unknown, not compared, or far from the releases since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from aipo_pipelines.evidence.outcome import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class NotComparedYet:
    """No comparison of inputs with the original baseline was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonTooOld:
    """The newest comparison of inputs no longer counts."""

    age: timedelta


NoComparison: TypeAlias = NotComparedYet | ComparisonTooOld


class Drifted(StrEnum):
    """Whether a product has drifted; insufficient evidence is never a no."""

    YES = "yes"
    NO = "no"
    INSUFFICIENT = "insufficient"


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalNote:
    """The original baseline, and the newest comparison with it.

    Attributes:
        version: Its version.
        named_by: The person who named it; empty for the first champion.
        in_charge: Whether it is the champion, so that the champion's figures are its figures.
        drifted: Whether the inputs drifted from its data, or an agreed metric fell by more than the
            charter's `maximum_drop` below its release figures.
        inputs: The summary of the newest comparison of inputs, or why no comparison counts.
        features: Features that have drifted from its data.
        partition: Batch of the compared inputs; empty if no comparison counts.
        evidence_at: Date of that batch.
        figures: Distances of the features and drops of the agreed metrics.
    """

    version: str
    released_at: datetime
    released_by: str
    named_by: str
    reason: str
    in_charge: bool
    drifted: Drifted
    inputs: str | NoComparison
    features: tuple[str, ...]
    partition: str
    evidence_at: datetime | None
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalUnknown:
    """Facts of older programs know no original baseline.

    Attributes:
        version: The version in charge, which a person can name.
    """

    product: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalDropExceeded:
    """A metric fell by more than the agreed drop below its figure of the original baseline.

    Attributes:
        drop: The drop, with its limit.
        version: The original baseline.
    """

    drop: Figure
    version: str


OriginalCaveat: TypeAlias = OriginalUnknown | OriginalDropExceeded


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftNotCompared:
    """No comparison of inputs with the data of the version in charge was made.

    Attributes:
        version: The version in charge; empty if no version is in charge.
        partition: The newest batch, which was compared before that version was in charge.
    """

    version: str
    partition: str
