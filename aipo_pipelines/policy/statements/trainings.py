"""Trainings: why a due training rests, the result of a training, and models that are too old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TypeAlias

from aipo_pipelines.ledger.model.models import TrainingStatus
from aipo_pipelines.ledger.model.trigger import Trigger


class Untrained(Enum):
    """Why no model of a product is trained here."""

    NO_MODEL = auto()
    PREDICTIONS_DELIVERED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class SameDataWaits:
    """A version that was trained on the same data waits for people."""

    product: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedRest:
    """The rest between two trainings has not passed.

    Attributes:
        length: The agreed rest.
        asked_at: When the last training was requested.
        data_up_to: Date of the newest data of the last training, if dates of batches count the
            rest; None if the clock counts it.
    """

    length: timedelta
    asked_at: datetime
    data_up_to: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapReached:
    """As many retrainings as agreed were requested in the period."""

    requested: int
    most: int
    period: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstModelsUsedUp:
    """Gates refused as many first models as rules may try."""

    product: str
    refused: int
    most: int


RestReason: TypeAlias = SameDataWaits | AgreedRest | CapReached | FirstModelsUsedUp


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayedTraining:
    """A training that is due and rests.

    Attributes:
        trigger: The cause that makes it due.
        reason: The reason of the trigger, as its entry would record it.
        since: When it became due.
        until: When the rest ends; None if people end it.
        by_dates: Whether a batch of that date or a later date ends the rest; otherwise the clock.
        why: Why it rests.
    """

    trigger: Trigger
    reason: str
    since: datetime
    until: datetime | None
    by_dates: bool
    why: RestReason


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCandidate:
    """A training that produced no candidate, or none yet."""

    status: TrainingStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateInCharge:
    """The candidate of a training is in charge now."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateDecided:
    """The candidate of a training was decided on.

    Attributes:
        by: The person or the rule that decided.
        approved_by: The people whose approvals the rule counted.
    """

    version: str
    go: bool
    rule: str
    by: str
    approved_by: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateUndecided:
    """The candidate of a training is not decided on yet.

    Attributes:
        waits_for_people: Whether people were asked to decide.
    """

    version: str
    waits_for_people: bool


TrainingResult: TypeAlias = NoCandidate | CandidateInCharge | CandidateDecided | CandidateUndecided


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainingOverdue:
    """The documented cycle demands a retraining that did not happen."""

    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTooOld:
    """The model in charge is older than agreed, although a training was tried.

    Attributes:
        result: The result of the last training; None if there is no training on record.
    """

    since: datetime
    tried_at: datetime
    result: TrainingResult | None


TrainingCaveat: TypeAlias = RetrainingOverdue | ModelTooOld | DelayedTraining
