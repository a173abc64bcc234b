"""Why no model is in charge."""

from __future__ import annotations

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, ProductState
from aipo_pipelines.policy.facts.stopped_model import return_failure
from aipo_pipelines.policy.facts.training import AUTHORISED, SUFFICIENT, approved
from aipo_pipelines.policy.statements.missing_model import (
    MissingModel,
    TooFewBatches,
    TrainingFailed,
    TrainingSetNotAuthorised,
    TrainingSetNotSufficient,
    VersionRefused,
    VersionStopped,
    VersionWaits,
)


def why_no_model(charter: Charter, state: ProductState) -> MissingModel:
    """The reason why no model is in charge."""
    # Each reason counts only if no reason before it applies: a candidate that waits makes an
    # earlier failed training unimportant.
    return (
        _stopped(state)
        or _waiting(state)
        or _failed_training(state)
        or _refused(state)
        or _no_training_set(state)
        or _too_few_batches(charter, state)
    )


def _stopped(state: ProductState) -> VersionStopped | None:
    stopped = state.stop
    if stopped is None or state.candidates:
        return None
    return VersionStopped(
        product=state.product,
        version=stopped.version,
        person=stopped.words[0].person,
        at=stopped.at,
        reason=stopped.reason,
        failed=return_failure(state),
    )


def _waiting(state: ProductState) -> VersionWaits | None:
    waiting = [
        candidate for candidate in state.candidates.values() if candidate.requested is not None
    ]
    return VersionWaits(version=waiting[0].version) if waiting else None


def _failed_training(state: ProductState) -> TrainingFailed | None:
    trainings = [action for action in state.actions.values() if action.kind is ActionKind.TRAIN]
    last = max(trainings, key=lambda action: action.entry, default=None)
    if last is None or last.status is not ActionStatus.GIVEN_UP:
        return None
    return TrainingFailed(error=last.error)


def _refused(state: ProductState) -> VersionRefused | None:
    last = max(state.decisions.values(), key=lambda decision: decision.entry, default=None)
    if last is None or last.go:
        return None
    return VersionRefused(version=last.version, reason=last.reason)


def _no_training_set(
    state: ProductState,
) -> TrainingSetNotAuthorised | TrainingSetNotSufficient | None:
    authorised, sufficient = state.checks.get(AUTHORISED), state.checks.get(SUFFICIENT)
    if authorised is not None and authorised.verdict is Verdict.FAIL:
        return TrainingSetNotAuthorised(summary=authorised.summary)
    if sufficient is not None and sufficient.verdict is Verdict.INSUFFICIENT:
        return TrainingSetNotSufficient(summary=sufficient.summary)
    return None


def _too_few_batches(charter: Charter, state: ProductState) -> TooFewBatches:
    return TooFewBatches(
        approved=len(approved(state)), needed=charter.retraining.window.first_batches
    )
