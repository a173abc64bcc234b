"""Retraining: when it is due, and when it must wait.

`facts.retraining_reasons` has the reasons, `facts.retraining_limits` the rest and the cap. No
retraining begins while a training or a release is running, or while a version of the same data
waits for people. None begins within the cooldown or beyond the cap per period. A training that is
due and rests is shown (`facts.delayed_training`). If the cap forbids it, an incident opens as well.
An incident also opens if a check demands retraining again after a retraining that it demanded: the
retraining did not fix it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.models import Training, TrainingStatus
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.context import Context, draft
from aipo_pipelines.policy.facts.change_point import change_point
from aipo_pipelines.policy.facts.outdated_passes import is_being_measured
from aipo_pipelines.policy.facts.responses import check_name
from aipo_pipelines.policy.facts.retraining_limits import (
    capped,
    in_period,
    resting,
    waits_on_same_data,
)
from aipo_pipelines.policy.facts.retraining_reasons import VALUE, cadence_due, check_due, trigger_of
from aipo_pipelines.policy.facts.training import (
    approved,
    data_of,
    is_busy,
    newest_data_at,
    trains_here,
)
from aipo_pipelines.policy.incidents.incident import Alarm, open_incident, raised, subject_of

RULE = "retrain"
CAP = Cause("retraining_cap")
_NOT_FIXED = "not_cured"


def retrain_on_check(context: Context) -> Iterator[Draft]:
    """Makes a retraining due after a failing check that demands it."""
    event, state = context.event, context.state
    if not isinstance(event, CheckEvaluated) or state.champion is None:
        return
    key = str(event.key)
    if event.verdict is not Verdict.FAIL:
        yield from _fixed(context, event, key)
        return
    trigger = trigger_of(context.charter, state, key, event.severity)
    if trigger is None:
        return
    yield from _not_fixed(context, event, trigger)
    reason = event.summary
    cause = f"policy/{state.product}/{context.entry.index}/{RULE}"
    yield from due(context.charter, state, trigger, reason, context.now, cause)


def retrain_on_tick(charter: Charter, state: ProductState, now: datetime) -> tuple[Draft, ...]:
    """The retraining that is due because time passed: by the cadence, or at the end of a rest."""
    retraining = cadence_due(charter, state, now)
    # A rest may end with the date of a new batch. Its checks come first: they may pass.
    if retraining is None and not is_being_measured(state):
        retraining = check_due(charter, state)
    if retraining is None:
        return ()
    cause = f"tick/{state.product}/{RULE}/{retraining.key}"
    return tuple(due(charter, state, retraining.trigger, retraining.reason, now, cause))


def due(
    charter: Charter,
    state: ProductState,
    trigger: Trigger,
    reason: str,
    now: datetime,
    cause: str,
    /,
) -> Iterator[Draft]:
    """The training that a trigger makes due, or the incident of the cap; empty while it must wait.

    Args:
        charter: The charter in force.
        state: State of the product.
        trigger: The cause that makes it due.
        reason: One sentence for a person.
        now: The moment, aware UTC.
        cause: The first part of the keys of the drafts.
    """
    if not trains_here(charter) or is_busy(state):
        return
    # A rest is only shown: it ends by itself or by people who know it. The cap opens an incident.
    if waits_on_same_data(state) or resting(charter, state, now):
        return
    if capped(charter, state, now):
        yield from _capped(charter, state, trigger, now, cause)
        return
    batches = approved(state)
    if not batches:
        return
    event = TrainingDue(
        window=tuple(batch.partition for batch in batches),
        trigger=trigger,
        reason=reason,
        data_at=newest_data_at(state, now),
        change=change_point(state),
        data=data_of(batches),
    )
    yield draft(state.product, f"{cause}/due", RULE, "model", event, now)
    known = open_incident(state, CAP)
    if known is not None:
        resolved = IncidentResolved(
            incident=known.entry, resolution="by rule: retraining is allowed again"
        )
        yield draft(state.product, f"{cause}/uncap", RULE, subject_of(resolved), resolved, now)


def _capped(
    charter: Charter, state: ProductState, trigger: Trigger, now: datetime, cause: str
) -> Iterator[Draft]:
    count = len(in_period(charter, state, now))
    alarm = Alarm(
        cause=CAP,
        title="Retraining is due again, and its cap is reached",
        summary=f"{count} retrainings in the agreed period were not enough; the charter allows "
        f"no more by rule. Now due by: {trigger}.",
        severity=Severity.WARNING,
    )
    incident = raised(charter, state, alarm)
    if incident is not None:
        yield draft(state.product, f"{cause}/cap", RULE, subject_of(incident), incident, now)


def _not_fixed(context: Context, event: CheckEvaluated, trigger: Trigger) -> Iterator[Draft]:
    state = context.state
    last = max(state.trainings.values(), key=lambda training: training.entry, default=None)
    if trigger == VALUE or last is None or last.trigger != trigger:
        return
    # A training without a released version had no chance to fix the check.
    if last.status is TrainingStatus.REQUESTED or _waits_for_people(state, last):
        return
    alarm = Alarm(
        cause=Cause(_NOT_FIXED, trigger.about),
        title=f"Retraining did not fix {event.check}",
        summary=f"It was the reason of the last retraining, and it fails again: {event.summary}",
        severity=Severity.WARNING,
        partition=event.partition,
    )
    incident = raised(context.charter, state, alarm)
    if incident is not None:
        yield context.draft(RULE, subject_of(incident), incident, key=str(alarm.cause))


def _waits_for_people(state: ProductState, training: Training) -> bool:
    """Whether the version of a training waits for its decision."""
    # Such a version was not in service yet, so it could not fix the check.
    candidate = state.candidates.get(training.version)
    return candidate is not None and candidate.decision is None


def _fixed(context: Context, event: CheckEvaluated, key: str) -> Iterator[Draft]:
    incident = open_incident(context.state, Cause(_NOT_FIXED, key))
    if incident is None or event.verdict is not Verdict.PASS:
        return
    resolved = IncidentResolved(
        incident=incident.entry, resolution=f"by rule: {check_name(key)} passes again"
    )
    yield context.draft(RULE, subject_of(resolved), resolved, key=f"cured:{key}")
