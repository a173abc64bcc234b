"""Incidents from failed actions: all attempts failed, and the action was given up.

Our code or the machine makes a run fail, never the data. So these incidents are warnings: they say
nothing about the model, and missing evidence already makes the answer UNKNOWN. The incident is
critical if a run found altered records or an altered model: nobody may change them. The incident
ends by rule when an action of the same kind succeeds and no action of this kind is given up.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.actions import ActionFailed, ActionFinished, ActionLost
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.incidents.incident import Alarm, open_incident, raised, subject_of
from aipo_pipelines.policy.text import counted

RULE = "failure"

_WORDS = {
    ActionKind.MEASURE: "measured",
    ActionKind.TRAIN: "trained",
    ActionKind.RELEASE: "released",
    ActionKind.NOTIFY: "reported to anybody",
}


def respond_to_failure(context: Context) -> Iterator[Draft]:
    """Opens an incident when an action is given up, resolves it when one succeeds again."""
    event = context.event
    if isinstance(event, ActionFinished):
        yield from _recover(context, event)
        return
    attempt = _failed_attempt(context)
    action = context.state.actions.get(str(attempt.entry)) if attempt else None
    # A late report about an earlier attempt decides nothing: a newer attempt is running.
    if attempt is None or action is None or attempt.number != action.attempt:
        return
    if action.status is not ActionStatus.GIVEN_UP:
        return
    incident = raised(context.charter, context.state, _alarm(context, action))
    if incident is not None:
        yield context.draft(
            RULE, subject_of(incident), incident, key=str(Cause.of_action(action.kind))
        )


def _failed_attempt(context: Context) -> Attempt | None:
    event = context.event
    if isinstance(event, ActionFailed | ActionLost):
        return Attempt(event.action, event.attempt)
    return Attempt.parse(event.action) if isinstance(event, RunFailed) else None


def _alarm(context: Context, action: Action) -> Alarm:
    subject = f"Batch {action.partition}" if action.partition else context.charter.title
    if action.kind is ActionKind.NOTIFY:
        subject = f"Incident {action.arguments.get('incident', '')}"
    # A machine fails by itself, but altered content was altered by somebody.
    altered = isinstance(context.event, RunFailed) and context.event.altered
    finding = ": the stored content was altered" if altered else ""
    tries = counted(action.attempt, "attempt")
    return Alarm(
        cause=Cause.of_action(action.kind),
        title=f"{subject} could not be {_WORDS[action.kind]}{finding}",
        summary=f"Given up after {tries}; the last ended with: {action.error}",
        severity=Severity.CRITICAL if altered else Severity.WARNING,
        partition=action.partition,
    )


def _recover(context: Context, event: ActionFinished) -> Iterator[Draft]:
    action = context.state.actions.get(str(event.action))
    incident = action and open_incident(context.state, Cause.of_action(action.kind))
    if action is None or incident is None:
        return
    # One success is not enough while another action of this kind is given up.
    stuck = any(
        other.kind is action.kind and other.status is ActionStatus.GIVEN_UP
        for other in context.state.actions.values()
    )
    if not stuck:
        resolved = IncidentResolved(
            incident=incident.entry, resolution=f"by rule: {action.kind} succeeds again"
        )
        yield context.draft(RULE, subject_of(resolved), resolved, key="resolve")
