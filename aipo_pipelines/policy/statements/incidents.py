"""Caveats about incidents, failed actions and a clock that was ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from aipo_pipelines.ledger.model.check_key import CheckKey


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOpen:
    """An incident that is not critical and not resolved."""

    incident: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSaysNothing:
    """The evaluation of the version in charge says nothing about the check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationDoesNotPass:
    """The evaluation of the version in charge does not pass the check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatedRecordsChanged:
    """The records of the evaluation, or their labels, have changed since."""

    partition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatedBefore:
    """The version was evaluated before the incident opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckQuarantines:
    """The check keeps batches in quarantine, under every model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatedRecordsOlder:
    """The records of the evaluation are older than a batch of the incident."""

    partition: str
    newest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluatedSince:
    """The check was not evaluated since the version returned."""


StaysOpenBecause: TypeAlias = (
    EvaluationSaysNothing
    | EvaluationDoesNotPass
    | EvaluatedRecordsChanged
    | EvaluatedBefore
    | CheckQuarantines
    | EvaluatedRecordsOlder
    | NotEvaluatedSince
)
"""Why a release did not end an incident about the former model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOfFormerModel:
    """An incident about the former model that a release did not end.

    Attributes:
        version: The version in charge now.
        has_returned: Whether that version was in charge before.
    """

    incident: int
    key: CheckKey
    version: str
    has_returned: bool
    because: StaysOpenBecause


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsGivenUp:
    """Actions that were given up after their last attempt."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAhead:
    """The release of the version in charge is recorded in the future."""

    version: str
    at: datetime


OperationCaveat: TypeAlias = IncidentOpen | IncidentOfFormerModel | ActionsGivenUp | ReleaseAhead
