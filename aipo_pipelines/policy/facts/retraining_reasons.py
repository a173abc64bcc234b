"""What asks for retraining: the cadence, a failing check, the value of retraining.

A check does where retraining is its agreed response. What it said about a former champion asks for
nothing: its verdicts count from the batches the champion in charge has measured. Nor does what led
to a training already: only what was said since the last one was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.dates.cron import next_tick
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Reaction, RetrainingTrigger
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.model.state import CheckState, ProductState
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.facts.responses import holds, responses_to, verdicts_in_force
from aipo_pipelines.policy.facts.training import trains_here

VALUE_CHECK = "performance/retraining_value"
VALUE, CADENCE = Trigger("value"), Trigger("cadence")


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRetraining:
    """Something that asks for retraining and has not led to one yet.

    Attributes:
        trigger: As in `Training`.
        reason: One sentence for a person.
        since: Since when it does.
        occasion: What it was said by, once and for all.
    """

    trigger: Trigger
    reason: str
    since: datetime
    occasion: str


def cadence_due(charter: Charter, state: ProductState, now: datetime) -> DueRetraining | None:
    """The documented cycle, when a moment of the cadence has passed since the last training."""
    champion = state.champion
    cadence = charter.retraining.cadence
    if champion is None or cadence is None or not trains_here(charter):
        return None
    if RetrainingTrigger.CADENCE not in charter.retraining.triggers:
        return None
    trained = [champion.trained_at, *(training.asked_at for training in state.trainings.values())]
    # A moment in the future is that of a clock that was ahead: nothing waits until it has come.
    since = max((moment for moment in trained if moment <= now + CLOCK_TOLERANCE), default=None)
    moment = now if since is None else next_tick(cadence, since)
    if moment > now:
        return None
    return DueRetraining(
        trigger=CADENCE,
        reason=f"The documented cycle asks for it since {moment:%Y-%m-%d %H:%M} UTC.",
        since=moment,
        occasion=moment.isoformat(),
    )


def check_due(charter: Charter, state: ProductState) -> DueRetraining | None:
    """The check that asks for retraining as it stands; None where none does."""
    if state.champion is None or not trains_here(charter):
        return None
    return next(_standing(charter, state), None)


def trigger_of(
    charter: Charter, state: ProductState, key: str, severity: Severity
) -> Trigger | None:
    """The trigger that a failing check is; None if it asks for nothing, or not yet."""
    triggers = charter.retraining.triggers
    if key == VALUE_CHECK and RetrainingTrigger.VALUE in triggers:
        return VALUE
    if RetrainingTrigger.CHECKS not in triggers:
        return None
    for response in responses_to(charter, key, severity):
        if Reaction.RETRAIN in response.reactions and holds(state, key, response):
            return Trigger.of_check(key)
    return None


def _standing(charter: Charter, state: ProductState) -> Iterator[DueRetraining]:
    last = max((training.entry for training in state.trainings.values()), default=-1)
    for key, check in state.checks.items():
        said = check.decided
        if said is None or said.entry <= last or not _still_fails(state, key, check):
            continue
        trigger = trigger_of(charter, state, key, said.severity)
        if trigger is not None:
            yield DueRetraining(
                trigger=trigger,
                reason=said.summary,
                since=check.evaluated_at,
                occasion=f"{trigger}/{said.entry}",
            )


def _still_fails(state: ProductState, key: str, check: CheckState) -> bool:
    """Whether the newest verdict by what is agreed now is a failure of the champion in charge."""
    newest = [*verdicts_in_force(state, key)][-1:]
    return any(
        check.decided is not None
        and verdict.partition == check.decided.partition
        and verdict.verdict is Verdict.FAIL
        for verdict in newest
    )
