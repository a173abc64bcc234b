"""Sentences about trainings: their rest, their result, and models that are too old."""

from __future__ import annotations

from typing import assert_never

from aipo_pipelines.charter.model.base import format_duration
from aipo_pipelines.ledger.model.models import TrainingStatus
from aipo_pipelines.policy.statements.trainings import (
    AgreedRest,
    CandidateDecided,
    CandidateInCharge,
    CandidateUndecided,
    CapReached,
    DelayedTraining,
    FirstModelsUsedUp,
    ModelTooOld,
    NoCandidate,
    RestReason,
    RetrainingOverdue,
    SameDataWaits,
    TrainingCaveat,
    TrainingResult,
    Untrained,
)
from aipo_pipelines.policy.text import actor_text, counted, moment, trigger_text

_WITHOUT_CANDIDATE = {
    TrainingStatus.REQUESTED: "under way",
    TrainingStatus.NOTHING: "no model: its data were not enough or not authorised",
    TrainingStatus.GIVEN_UP: "given up after its last attempt failed",
}


_UNTRAINED = {
    Untrained.NO_MODEL: "this product has no model",
    Untrained.PREDICTIONS_DELIVERED: "the batches carry predictions made elsewhere",
}


def untrained_text(reason: Untrained | None) -> str:
    """Why nothing is trained here; empty if a model is trained here."""
    return "" if reason is None else _UNTRAINED[reason]


def training_sentence(caveat: TrainingCaveat) -> str:
    """The sentence of a caveat about trainings."""
    match caveat:
        case RetrainingOverdue(since=since):
            return f"Retraining is overdue since {moment(since)}."
        case ModelTooOld():
            return (
                f"The model in charge is older than agreed since {moment(caveat.since)}. "
                f"Retraining was last tried on {moment(caveat.tried_at)}: "
                f"{result_text(caveat.result)}."
            )
        case DelayedTraining():
            return _delayed(caveat)
        case _:
            assert_never(caveat)


def result_text(result: TrainingResult | None) -> str:
    """The result of a training, as part of a sentence; empty without a training."""
    match result:
        case None:
            return ""
        case NoCandidate(status=status):
            return _WITHOUT_CANDIDATE.get(status, "")
        case CandidateInCharge(version=version):
            return f"version {version}, in charge now"
        case CandidateDecided():
            verb = "allowed to go live" if result.go else f"turned down ({result.rule})"
            people = actor_text(result.by, result.approved_by)
            return f"version {result.version}, {verb} by {people} on {moment(result.at)}"
        case CandidateUndecided(version=version, waits_for_people=True):
            return f"version {version}, which waits for people to decide"
        case CandidateUndecided(version=version):
            return f"version {version}, not decided yet"
        case _:
            assert_never(result)


def rest_sentence(reason: RestReason) -> str:
    """Why a due training rests, as a sentence."""
    match reason:
        case SameDataWaits(product=product, version=version):
            return (
                f"version {version} waits for people and was trained on the same data; "
                f"see: aipo decisions {product}."
            )
        case AgreedRest():
            return _agreed_rest(reason)
        case CapReached():
            return (
                f"{counted(reason.requested, 'retraining')} of at most {reason.most} in "
                f"{format_duration(reason.period)} were requested."
            )
        case FirstModelsUsedUp():
            return (
                f"Gates refused {counted(reason.refused, 'first model')}, and rules try at most "
                f"{reason.most}: each further attempt is another chance to pass by luck. Look at "
                "data and limits; then request one more with: aipo retrain "
                f'{reason.product} --by "YOUR NAME" --reason "WHY"; or agree on more '
                "`retraining.attempts`."
            )
        case _:
            assert_never(reason)


def _agreed_rest(rest: AgreedRest) -> str:
    data = rest.data_up_to
    return (
        f"{format_duration(rest.length)} of rest are agreed between two trainings"
        + (", by the dates of batches" if data else "")
        + f"; the last was requested on {rest.asked_at:%Y-%m-%d}"
        + (f", with data up to {data:%Y-%m-%d}." if data else ".")
    )


def _delayed(training: DelayedTraining) -> str:
    first = isinstance(training.why, FirstModelsUsedUp)
    subject = "The first model" if first else "Retraining"
    by = "" if first else f" by {trigger_text(training.trigger)}"
    return (
        f"{subject} is due{by} since {moment(training.since)}, "
        f"and rests until {_end(training)}: {rest_sentence(training.why)}"
    )


def _end(training: DelayedTraining) -> str:
    if training.until is None:
        return "people decide"
    until = moment(training.until)
    return f"a batch of {until} or later is there" if training.by_dates else until
