"""Reasons why no model is in charge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnFailed:
    """The predecessor of a stopped version could not take over.

    Attributes:
        version: The predecessor.
        error: The error of its release.
    """

    version: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionStopped:
    """A person stopped the version in charge.

    Attributes:
        reason: The reason of the person.
        failed: The failed return of its predecessor; None if no release failed.
    """

    product: str
    version: str
    person: str
    at: datetime
    reason: str
    failed: ReturnFailed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionWaits:
    """A version waits for a decision of people."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFailed:
    """The last training was given up."""

    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRefused:
    """The last version may not go live, for the reason of the decision."""

    version: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSetNotAuthorised:
    """The sources of the last training set were not approved."""

    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSetNotSufficient:
    """The last training set had too few records."""

    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TooFewBatches:
    """The first model waits for more approved batches."""

    approved: int
    needed: int


MissingModel: TypeAlias = (
    VersionStopped
    | VersionWaits
    | TrainingFailed
    | VersionRefused
    | TrainingSetNotAuthorised
    | TrainingSetNotSufficient
    | TooFewBatches
)
