"""Gaps in the evidence of a required check: each makes the answer UNKNOWN."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.check_key import CheckKey


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerResult:
    """The last result of a version from its former time in charge."""

    partition: str
    failed: bool
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverEvaluated:
    """A required check was never evaluated."""

    key: CheckKey


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluatedSinceReturn:
    """A required check was not evaluated since a version is in charge again.

    Attributes:
        former: Its last result from the former time in charge; None if it came to no verdict.
    """

    key: CheckKey
    version: str
    former: FormerResult | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceWithdrawn:
    """The batch of the evidence was withdrawn."""

    key: CheckKey
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAhead:
    """The newest evidence is dated in the future."""

    key: CheckKey
    partition: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceTooOld:
    """The newest evidence is older than the charter allows.

    Attributes:
        verdict: The verdict of that evidence.
    """

    key: CheckKey
    partition: str
    at: datetime
    age: timedelta
    allowed: timedelta
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceInsufficient:
    """The newest evaluation came to no verdict.

    Attributes:
        summary: The summary of the evaluation.
    """

    key: CheckKey
    partition: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureNotJudged:
    """A figure of a complete check that cannot be judged.

    Attributes:
        name: Name of the figure.
        note: The note of the figure; empty without a note.
    """

    name: str
    note: str


EvidenceGap: TypeAlias = (
    NeverEvaluated
    | NotEvaluatedSinceReturn
    | EvidenceWithdrawn
    | EvidenceAhead
    | EvidenceTooOld
    | EvidenceInsufficient
    | FigureNotJudged
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedBefore:
    """A required check that a returning version failed when it was in charge before."""

    key: CheckKey
    version: str
    partition: str
    summary: str
