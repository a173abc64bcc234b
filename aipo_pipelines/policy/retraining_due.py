"""Retraining: when it is due, and when it must wait.

Due by the cadence (on a tick), by a failing check whose agreed response is to retrain, and by the
value of retraining. What a check said about a former champion makes nothing due: its verdicts count
from the batches the champion in charge has measured.

Never while a training or a release is under way, never within the cooldown, never beyond the cap
per period. What is due and not allowed by the cap opens an incident; so does a check that asks for
retraining again after a retraining it had asked for: it did not cure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.charter.cron import next_tick
from aipo_pipelines.charter.operations import Reaction, Response, RetrainingTrigger
from aipo_pipelines.ledger.entry import Draft
from aipo_pipelines.ledger.events import CheckEvaluated, IncidentResolved, TrainingDue
from aipo_pipelines.ledger.model_state import Training, TrainingStatus
from aipo_pipelines.ledger.settle import CLOCK_TOLERANCE
from aipo_pipelines.ledger.state import (
    ActionKind,
    ActionStatus,
    BatchVerdict,
    ProductState,
)
from aipo_pipelines.measures.outcome import Severity, Verdict
from aipo_pipelines.policy.alarm import Alarm, open_incident, raised, subject_of
from aipo_pipelines.policy.change import change_point
from aipo_pipelines.policy.occasion import Occasion, draft
from aipo_pipelines.policy.responses import check_name, responses_to, series
from aipo_pipelines.policy.training import FIRST_MODEL, approved, data_stands_at, trains_here

RULE = "retrain"
VALUE_CHECK = "performance/retraining_value"
VALUE, CADENCE = "value", "cadence"
CAP = "retraining_cap"
_BUSY = (ActionStatus.PENDING, ActionStatus.STARTED)


def retrain_on_check(occasion: Occasion) -> Iterator[Draft]:
    """A check that asks for retraining was evaluated."""
    event, state = occasion.event, occasion.state
    if not isinstance(event, CheckEvaluated) or state.champion is None:
        return
    key = f"{event.asset}/{event.check}"
    if event.verdict is not Verdict.FAIL:
        yield from _cured(occasion, event, key)
        return
    trigger = _trigger(occasion, event, key)
    if not trigger:
        return
    yield from _not_cured(occasion, event, trigger)
    reason = event.summary
    cause = f"policy/{state.product}/{occasion.entry.index}/{RULE}"
    yield from due(occasion.charter, state, trigger, reason, occasion.now, cause)


def retrain_on_tick(charter: Charter, state: ProductState, now: datetime) -> tuple[Draft, ...]:
    """The documented cycle: due when a moment of the cadence has passed since the last training."""
    champion = state.champion
    cadence = charter.retraining.cadence
    if champion is None or cadence is None or not trains_here(charter):
        return ()
    if RetrainingTrigger.CADENCE not in charter.retraining.triggers:
        return ()
    trained = [champion.trained_at, *(one.asked_at for one in state.trainings.values())]
    # A moment in the future is that of a clock that was ahead: nothing waits until it has come.
    since = max((one for one in trained if one <= now + CLOCK_TOLERANCE), default=None)
    moment = now if since is None else next_tick(cadence, since)
    if moment > now:
        return ()
    reason = f"The documented cycle asks for it since {moment:%Y-%m-%d %H:%M} UTC."
    cause = f"tick/{state.product}/{RULE}/{moment.isoformat()}"
    return tuple(due(charter, state, CADENCE, reason, now, cause))


def due(
    charter: Charter, state: ProductState, trigger: str, reason: str, now: datetime, cause: str, /
) -> Iterator[Draft]:
    """The training a trigger makes due, or the incident of the cap; nothing while it must wait.

    Args:
        charter: The charter in force.
        state: State of the product.
        trigger: What makes it due.
        reason: One sentence for a person.
        now: The moment, aware UTC.
        cause: What the keys of the drafts begin with.
    """
    if not trains_here(charter) or is_busy(state) or is_resting(charter, state, now):
        return
    if is_capped(charter, state, now):
        yield from _capped(charter, state, trigger, now, cause)
        return
    window = tuple(batch.partition for batch in approved(state))
    if not window:
        return
    event = TrainingDue(
        window=window,
        trigger=trigger,
        reason=reason,
        data_at=data_stands_at(state, now),
        change=change_point(state),
    )
    yield draft(state.product, f"{cause}/due", RULE, "model", event, now)
    capped = open_incident(state, CAP)
    if capped is not None:
        resolved = IncidentResolved(
            incident=capped.entry, resolution="by rule: retraining is allowed again"
        )
        yield draft(state.product, f"{cause}/uncap", RULE, subject_of(resolved), resolved, now)


def is_busy(state: ProductState) -> bool:
    """Whether a training or a release is asked for or under way."""
    kinds = (ActionKind.TRAIN, ActionKind.RELEASE)
    return any(one.kind in kinds and one.status in _BUSY for one in state.actions.values())


def is_resting(charter: Charter, state: ProductState, now: datetime) -> bool:
    """Whether the cooldown since the last training has not passed."""
    rest = charter.retraining.cooldown
    past = (one.data_at for one in state.trainings.values() if _has_been(one, now))
    last = max(past, default=None)
    return rest is not None and last is not None and data_stands_at(state, now) - last < rest


def is_capped(charter: Charter, state: ProductState, now: datetime) -> bool:
    """Whether the period already has as many retrainings as agreed; the first model is none."""
    return len(in_period(charter, state, now)) >= charter.retraining.attempts


def in_period(charter: Charter, state: ProductState, now: datetime) -> tuple[Training, ...]:
    """The retrainings of the period that ends now, oldest first."""
    begin = data_stands_at(state, now) - charter.retraining.period
    return tuple(
        one
        for one in sorted(state.trainings.values(), key=lambda one: one.entry)
        if one.data_at > begin and one.trigger != FIRST_MODEL and _has_been(one, now)
    )


def _has_been(training: Training, now: datetime) -> bool:
    """Whether its data stands in the past, as it does unless a clock was ahead."""
    return training.data_at <= now + CLOCK_TOLERANCE


def _trigger(occasion: Occasion, event: CheckEvaluated, key: str) -> str:
    triggers = occasion.charter.retraining.triggers
    if key == VALUE_CHECK and RetrainingTrigger.VALUE in triggers:
        return VALUE
    if RetrainingTrigger.CHECKS not in triggers:
        return ""
    for response in responses_to(occasion.charter, key, event.severity):
        if Reaction.RETRAIN in response.reactions and _holds(occasion.state, key, response):
            return f"check:{key}"
    return ""


def _holds(state: ProductState, key: str, response: Response) -> bool:
    """As `responses.holds`, about the champion in charge alone."""
    window = [one for one in series(state, key, response) if is_about_champion(state, one)]
    fails = sum(one.verdict is Verdict.FAIL for one in window[-response.of :])
    return fails >= response.fails


def is_about_champion(state: ProductState, verdict: BatchVerdict) -> bool:
    """Whether a verdict is about a batch that the champion in charge has measured."""
    batch, champion = state.batches.get(verdict.partition), state.champion
    if batch is None or champion is None:
        return True
    # A batch that is being measured bears no version yet.
    return batch.measured_by in ("", champion.version)


def _capped(
    charter: Charter, state: ProductState, trigger: str, now: datetime, cause: str
) -> Iterator[Draft]:
    count = len(in_period(charter, state, now))
    alarm = Alarm(
        cause=CAP,
        title="Retraining is due again, and its cap is reached",
        summary=f"{count} retrainings in the agreed period did not suffice; the charter allows "
        f"no more by itself. Now due by: {trigger}.",
        severity=Severity.WARNING,
    )
    incident = raised(charter, state, alarm)
    if incident is not None:
        yield draft(state.product, f"{cause}/cap", RULE, subject_of(incident), incident, now)


def _not_cured(occasion: Occasion, event: CheckEvaluated, trigger: str) -> Iterator[Draft]:
    state = occasion.state
    last = max(state.trainings.values(), key=lambda one: one.entry, default=None)
    if trigger == VALUE or last is None or last.trigger != trigger:
        return
    if last.status is TrainingStatus.ASKED or _waits_for_people(state, last):
        return
    alarm = Alarm(
        cause=f"not_cured:{trigger.removeprefix('check:')}",
        title=f"Retraining did not cure {event.check}",
        summary=f"It was the reason of the last retraining, and it fails again: {event.summary}",
        severity=Severity.WARNING,
        partition=event.partition,
    )
    incident = raised(occasion.charter, state, alarm)
    if incident is not None:
        yield occasion.draft(RULE, subject_of(incident), incident, key=alarm.cause)


def _waits_for_people(state: ProductState, training: Training) -> bool:
    """Whether what a training gave waits for its decision: it had no chance to cure anything."""
    candidate = state.candidates.get(training.version)
    return candidate is not None and candidate.decision is None


def _cured(occasion: Occasion, event: CheckEvaluated, key: str) -> Iterator[Draft]:
    incident = open_incident(occasion.state, f"not_cured:{key}")
    if incident is None or event.verdict is not Verdict.PASS:
        return
    resolved = IncidentResolved(
        incident=incident.entry, resolution=f"by rule: {check_name(key)} passes again"
    )
    yield occasion.draft(RULE, subject_of(resolved), resolved, key=f"cured:{key}")
