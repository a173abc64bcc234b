"""Why no model is in charge, in words."""

from __future__ import annotations

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, ProductState
from aipo_pipelines.policy.facts.stopped_model import remedy, return_failure
from aipo_pipelines.policy.facts.training import AUTHORISED, SUFFICIENT, approved
from aipo_pipelines.policy.text import moment


def why_no_model(charter: Charter, state: ProductState) -> str:
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


def _stopped(state: ProductState) -> str:
    stopped = state.stop
    if stopped is None or state.candidates:
        return ""
    person, since = stopped.words[0].person, moment(stopped.at)
    sentence = f"version {stopped.version} was stopped by {person} on {since}: {stopped.reason}"
    if failure := return_failure(state):
        return f"{sentence.rstrip('.')}. {failure[0].upper()}{failure[1:]}; {remedy(state)}."
    return sentence


def _waiting(state: ProductState) -> str:
    waiting = [
        candidate for candidate in state.candidates.values() if candidate.requested is not None
    ]
    return f"version {waiting[0].version} waits for a decision by people." if waiting else ""


def _failed_training(state: ProductState) -> str:
    trainings = [action for action in state.actions.values() if action.kind is ActionKind.TRAIN]
    last = max(trainings, key=lambda action: action.entry, default=None)
    if last is None or last.status is not ActionStatus.GIVEN_UP:
        return ""
    return f"the last training failed: {last.error}"


def _refused(state: ProductState) -> str:
    last = max(state.decisions.values(), key=lambda decision: decision.entry, default=None)
    if last is None or last.go:
        return ""
    return f"version {last.version} may not go live. {last.reason}"


def _no_training_set(state: ProductState) -> str:
    authorised, sufficient = state.checks.get(AUTHORISED), state.checks.get(SUFFICIENT)
    if authorised is not None and authorised.verdict is Verdict.FAIL:
        return f"the last training set was not authorised. {authorised.summary}"
    if sufficient is not None and sufficient.verdict is Verdict.INSUFFICIENT:
        return f"the last training set is not sufficient. {sufficient.summary}"
    return ""


def _too_few_batches(charter: Charter, state: ProductState) -> str:
    count, needed = len(approved(state)), charter.retraining.window.first_batches
    verb = "batch is" if count == 1 else "batches are"
    return f"{count} {verb} approved, the first model waits for {needed}."
