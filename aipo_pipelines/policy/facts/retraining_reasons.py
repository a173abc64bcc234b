"""The reasons for retraining: the cadence, a failing check, the value of retraining.

A failing check is a reason if retraining is its agreed response. Verdicts on a former champion are
no reason: only verdicts on batches that the champion in charge has measured count. A verdict that
led to a training already is no reason either: only verdicts since the last requested training
count.
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
    """A retraining that is due and was not requested yet.

    Attributes:
        trigger: As in `Training`.
        reason: One sentence for a person.
        since: When it became due.
        key: The moment or the evaluation that made it due; it never changes.
    """

    trigger: Trigger
    reason: str
    since: datetime
    key: str


def cadence_due(charter: Charter, state: ProductState, now: datetime) -> DueRetraining | None:
    """The retraining of the documented cycle, if its moment has passed since the last training."""
    champion = state.champion
    cadence = charter.retraining.cadence
    if champion is None or cadence is None or not trains_here(charter):
        return None
    if RetrainingTrigger.CADENCE not in charter.retraining.triggers:
        return None
    # Every requested training counts, also without a new champion: the cycle demands attempts, not
    # releases.
    attempts = [
        champion.model.trained_at,
        *(training.asked_at for training in state.trainings.values()),
    ]
    # A moment in the future was recorded by a clock that was ahead: nothing waits for it.
    since = max((attempt for attempt in attempts if attempt <= now + CLOCK_TOLERANCE), default=None)
    moment = now if since is None else next_tick(cadence, since)
    if moment > now:
        return None
    return DueRetraining(
        trigger=CADENCE,
        reason=f"The documented cycle demands it since {moment:%Y-%m-%d %H:%M} UTC.",
        since=moment,
        key=moment.isoformat(),
    )


def check_due(charter: Charter, state: ProductState) -> DueRetraining | None:
    """The retraining that a failing check demands now; None if no check does."""
    if state.champion is None or not trains_here(charter):
        return None
    return next(_demanded_by_checks(charter, state), None)


def trigger_of(
    charter: Charter, state: ProductState, key: str, severity: Severity
) -> Trigger | None:
    """The trigger of a failing check; None if it demands no retraining, or not yet."""
    triggers = charter.retraining.triggers
    if key == VALUE_CHECK and RetrainingTrigger.VALUE in triggers:
        return VALUE
    # The charter names its triggers: a response alone does not retrain.
    if RetrainingTrigger.CHECKS not in triggers:
        return None
    for response in responses_to(charter, key, severity):
        if Reaction.RETRAIN in response.reactions and holds(state, key, response):
            return Trigger.of_check(key)
    return None


def _demanded_by_checks(charter: Charter, state: ProductState) -> Iterator[DueRetraining]:
    last_training = max((training.entry for training in state.trainings.values()), default=-1)
    for key, check in state.checks.items():
        evidence = check.decided
        if (
            evidence is None
            or evidence.entry <= last_training
            or not _still_fails(state, key, check)
        ):
            continue
        trigger = trigger_of(charter, state, key, evidence.severity)
        if trigger is not None:
            yield DueRetraining(
                trigger=trigger,
                reason=evidence.summary,
                since=check.evaluated_at,
                key=f"{trigger}/{evidence.entry}",
            )


def _still_fails(state: ProductState, key: str, check: CheckState) -> bool:
    """Whether the newest verdict by the agreement in force is a failure of this champion."""
    newest = [*verdicts_in_force(state, key)][-1:]
    return any(
        check.decided is not None
        and verdict.partition == check.decided.partition
        and verdict.verdict is Verdict.FAIL
        for verdict in newest
    )
