"""Reasons of the verdict YES, NO or UNKNOWN."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.policy.statements.missing_model import MissingModel


@dataclass(frozen=True, slots=True, kw_only=True)
class AlteredFacts:
    """The stored facts are not the facts that the entries of the ledger give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndecidedFields:
    """Fields of the charter that nobody has decided yet."""

    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedLimit:
    """A figure that misses its limit on a batch."""

    figure: Figure
    partition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCheck:
    """A required check that fails, without a figure that explains it.

    Attributes:
        summary: The summary of the evaluation.
    """

    key: CheckKey
    partition: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalIncidentOpen:
    """A critical incident that is not resolved."""

    incident: int
    opened_at: datetime
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoModelInCharge:
    """No model is in charge.

    Attributes:
        reason: The reason.
        was_stopped: Whether a person stopped the model that was in charge.
    """

    reason: MissingModel
    was_stopped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoLiveThreshold:
    """The charter has no threshold for live batches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassingCheck:
    """A required check that passes, or that fails with warnings only."""

    key: CheckKey
    has_warnings: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AllChecksPass:
    """Every required check passes on recent evidence."""

    checks: tuple[PassingCheck, ...]


VerdictReason: TypeAlias = (
    AlteredFacts
    | UndecidedFields
    | MissedLimit
    | FailedCheck
    | CriticalIncidentOpen
    | NoModelInCharge
    | NoLiveThreshold
    | AllChecksPass
)
