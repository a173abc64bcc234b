"""Sentences for the reasons of a verdict, and for the reason why no model is in charge."""

from __future__ import annotations

from typing import assert_never

from aipo_pipelines.evidence.outcome import Direction
from aipo_pipelines.policy.statements.missing_model import (
    MissingModel,
    ReturnFailed,
    TooFewBatches,
    TrainingFailed,
    TrainingSetNotAuthorised,
    TrainingSetNotSufficient,
    VersionRefused,
    VersionStopped,
    VersionWaits,
)
from aipo_pipelines.policy.statements.verdict import (
    AllChecksPass,
    AlteredFacts,
    CriticalIncidentOpen,
    FailedCheck,
    MissedLimit,
    NoLiveThreshold,
    NoModelInCharge,
    UndecidedFields,
    VerdictReason,
)
from aipo_pipelines.policy.text import counted, ended, moment, number

_ALTERED = (
    "The stored facts about this product are not the facts that the ledger's entries give: they "
    "were altered outside the ledger. See: aipo verify."
)


def question_text(*, has_model: bool) -> str:
    """The question that a verdict answers."""
    return f"Is this {'model' if has_model else 'product'} performing as intended?"


def verdict_sentence(reason: VerdictReason) -> str:
    """The sentence of a reason of a verdict."""
    match reason:
        case AlteredFacts():
            return _ALTERED
        case UndecidedFields(fields=fields):
            count = counted(len(fields), "field is", "fields are")
            return f"{count} still undecided in the charter: {', '.join(fields)}."
        case MissedLimit():
            return _missed_limit(reason)
        case FailedCheck():
            summary = ended(reason.summary.strip())
            return f"{reason.key.check} fails on batch {reason.partition}: {summary}"
        case CriticalIncidentOpen():
            since = moment(reason.opened_at)
            return f"Critical incident {reason.incident} is open since {since}: {reason.title}."
        case NoModelInCharge():
            since = "any more" if reason.was_stopped else "yet"
            return f"No model is in charge {since}: {missing_model_text(reason.reason)}"
        case NoLiveThreshold():
            return "The charter has no threshold for live batches."
        case AllChecksPass():
            return f"Every required check passes on recent evidence: {_names(reason)}."
        case _:
            assert_never(reason)


def missing_model_text(reason: MissingModel) -> str:
    """Why no model is in charge, as the second half of a sentence."""
    match reason:
        case VersionStopped():
            return _stopped(reason)
        case VersionWaits(version=version):
            return f"version {version} waits for a decision by people."
        case TrainingFailed(error=error):
            return f"the last training failed: {error}"
        case VersionRefused():
            return f"version {reason.version} may not go live. {reason.reason}"
        case TrainingSetNotAuthorised(summary=summary):
            return f"the last training set was not authorised. {summary}"
        case TrainingSetNotSufficient(summary=summary):
            return f"the last training set is not sufficient. {summary}"
        case TooFewBatches():
            verb = "batch is" if reason.approved == 1 else "batches are"
            return f"{reason.approved} {verb} approved, the first model waits for {reason.needed}."
        case _:
            assert_never(reason)


def return_failure_text(failed: ReturnFailed) -> str:
    """The failed return of a predecessor, as part of a sentence."""
    return f"version {failed.version}, which was to take over, could not: {failed.error}"


def remedy_text(product: str, failed: ReturnFailed | None) -> str:
    """The next step of a person if no version is in charge, as part of a sentence."""
    if failed is None:
        return f"see: aipo status {product}"
    return (
        "bring back what it needs, such as the files of the model from a backup, and try again "
        f"with: aipo run {product}, or train a new version with: aipo retrain {product}"
    )


def _missed_limit(reason: MissedLimit) -> str:
    figure = reason.figure
    side = "at most" if figure.direction is Direction.AT_MOST else "at least"
    return (
        f"{figure.name} is {number(figure.value)} on batch {reason.partition}, agreed is "
        f"{side} {number(figure.limit)} (n = {figure.n})."
    )


def _names(reason: AllChecksPass) -> str:
    return ", ".join(
        f"{passing.key.check} (with warnings)" if passing.has_warnings else passing.key.check
        for passing in reason.checks
    )


def _stopped(stop: VersionStopped) -> str:
    sentence = (
        f"version {stop.version} was stopped by {stop.person} on {moment(stop.at)}: {stop.reason}"
    )
    if stop.failed is None:
        return sentence
    failure = return_failure_text(stop.failed)
    remedy = remedy_text(stop.product, stop.failed)
    return f"{sentence.rstrip('.')}. {failure[0].upper()}{failure[1:]}; {remedy}."
