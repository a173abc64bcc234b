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
from aipo_pipelines.policy.text import ended, moment, number

_ALTERED = (
    "The stored facts about this product are not the facts that the ledger's entries give: they "
    "were altered outside the ledger. See: aipo verify."
)


def verdict_sentence(reason: VerdictReason) -> str:
    """The sentence of a reason of a verdict."""
    match reason:
        case AlteredFacts():
            return _ALTERED
        case UndecidedFields(fields=fields):
            count = "1 field is" if len(fields) == 1 else f"{len(fields)} fields are"
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
            return f"No model is in charge {since}: {missing_model_text(reason.why)}"
        case NoLiveThreshold():
            return "The charter has no threshold for live batches."
        case AllChecksPass():
            return f"Every required check passes on recent evidence: {_names(reason)}."
        case _:
            assert_never(reason)


def missing_model_text(why: MissingModel) -> str:
    """Why no model is in charge, as the second half of a sentence."""
    match why:
        case VersionStopped():
            return _stopped(why)
        case VersionWaits(version=version):
            return f"version {version} waits for a decision by people."
        case TrainingFailed(error=error):
            return f"the last training failed: {error}"
        case VersionRefused():
            return f"version {why.version} may not go live. {why.reason}"
        case TrainingSetNotAuthorised(summary=summary):
            return f"the last training set was not authorised. {summary}"
        case TrainingSetNotSufficient(summary=summary):
            return f"the last training set is not sufficient. {summary}"
        case TooFewBatches():
            verb = "batch is" if why.approved == 1 else "batches are"
            return f"{why.approved} {verb} approved, the first model waits for {why.needed}."
        case _:
            assert_never(why)


def return_failure_text(failed: ReturnFailed) -> str:
    """The failed return of a predecessor, as part of a sentence."""
    return f"version {failed.version}, which was to take over, could not: {failed.error}"


def remedy_text(product: str, failed: ReturnFailed | None) -> str:
    """What a person can do if no version is in charge, as part of a sentence."""
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


def _stopped(why: VersionStopped) -> str:
    sentence = (
        f"version {why.version} was stopped by {why.person} on {moment(why.at)}: {why.reason}"
    )
    if why.failed is None:
        return sentence
    failure = return_failure_text(why.failed)
    remedy = remedy_text(why.product, why.failed)
    return f"{sentence.rstrip('.')}. {failure[0].upper()}{failure[1:]}; {remedy}."
