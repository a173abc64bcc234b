"""Consequences of a withdrawn batch: incidents end, and other batches are measured again.

An incident of a check ends when all its batches were withdrawn, or when the other batches are no
reason for it. The people who were notified about it are notified about its end and the reason: a
supplier must not make a failure disappear unseen. An incident about personal data does not end in
this way, because the data was delivered and is kept. People are notified about the withdrawal, and
a person with the right ends the incident.

The verdicts on the batch do not count any more, and the answer needs other evidence. So the newest
remaining batches are measured again, by the agreement in force: the newest batch, the newest batch
in use, and for each check that lost its verdict the newest batch with a verdict.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.batches import BatchWithdrawn
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentContinued, IncidentResolved
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import (
    ActionKind,
    ActionStatus,
    Batch,
    BatchStatus,
    CheckState,
    Incident,
    ProductState,
)
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.ledger.model.withdrawals import Withdrawal
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.facts.training import approved
from aipo_pipelines.policy.incidents.incident import open_incident, subject_of
from aipo_pipelines.policy.rules.failing_check import (
    is_over_without,
    outlasts_withdrawal,
    remaining_partitions,
)
from aipo_pipelines.policy.text import listed

RULE = "withdraw"
_STUCK = Cause.of_action(ActionKind.MEASURE)


def respond_to_withdrawal(context: Context) -> Iterator[Draft]:
    """Ends the incidents of a withdrawn batch, and makes the remaining batches due."""
    event = context.event
    if not isinstance(event, BatchWithdrawn):
        return
    batch = context.state.batches.get(event.partition)
    withdrawal = batch.withdrawn if batch else None
    # The withdrawal of a version that was replaced before withdraws nothing.
    if batch is None or withdrawal is None or withdrawal.entry != context.entry.index:
        return
    yield from _end_incidents(context, batch, withdrawal)
    for partition in _due(context.state, batch.partition):
        again = MeasurementDue(
            partition=partition,
            reason=f"batch {batch.partition}, on which evidence rested, was withdrawn by its feed",
        )
        yield context.draft(
            RULE, str(Subject.of_batch(partition)), again, key=f"measure/{partition}"
        )


def _end_incidents(context: Context, batch: Batch, withdrawal: Withdrawal) -> Iterator[Draft]:
    state = context.state
    for incident in state.incidents.values():
        if not incident.is_open or batch.partition not in incident.partitions:
            continue
        key = incident.cause.check_key
        if resolution := _resolution(context, incident, batch, withdrawal):
            # The people are notified: a supplier must not make a failure disappear unseen.
            ended = IncidentResolved(
                incident=incident.entry, resolution=resolution, notify_end=True
            )
            yield context.draft(RULE, subject_of(ended), ended, key=f"end/{incident.entry}")
        elif key and outlasts_withdrawal(context.charter, state, str(key), batch):
            going_on = _going_on(incident, batch, withdrawal)
            yield context.draft(RULE, subject_of(going_on), going_on, key=f"on/{incident.entry}")


def _going_on(incident: Incident, batch: Batch, withdrawal: Withdrawal) -> IncidentContinued:
    """The continuation of an incident that stays open although a batch of it was withdrawn."""
    return IncidentContinued(
        incident=incident.entry,
        partition="",
        summary=f"Batch {batch.partition} was withdrawn by its feed: {withdrawal.reason}. Its "
        "delivered data is kept, so the incident stays open until a person with the right ends it.",
        subjects=(f"withdrawal of batch {batch.partition}",),
    )


def _resolution(context: Context, incident: Incident, batch: Batch, withdrawal: Withdrawal) -> str:
    """Why an incident is over without a batch; empty while it is not."""
    state, cause = context.state, incident.cause
    reason = f"was withdrawn by its feed: {withdrawal.reason}"
    if cause == _STUCK and incident == open_incident(state, cause) and not _is_stuck(state):
        return f"by rule: batch {batch.partition}, which could not be measured, {reason}"
    key = cause.check_key
    if key is None or not is_over_without(context.charter, state, str(key), incident):
        return ""
    left = remaining_partitions(state, incident)
    rest = f"; nothing is left to escalate on {listed(left)}" if left else ""
    return f"by rule: batch {batch.partition}, on which {key.check} failed, {reason}{rest}"


def _is_stuck(state: ProductState) -> bool:
    return any(
        action.kind is ActionKind.MEASURE and action.status is ActionStatus.GIVEN_UP
        for action in state.actions.values()
    )


def _due(state: ProductState, partition: str) -> tuple[str, ...]:
    """The batches to measure again, oldest first; empty if no evidence rested on the batch."""
    void = [check for check in state.checks.values() if _rested_on(check, partition)]
    # Nothing rested on the batch, so all verdicts stay as they are.
    if not void and not _was_evaluated_on(state, partition):
        return ()
    by_name = {batch.partition: batch for batch in _newest(state, void)}
    in_order = sorted(by_name.values(), key=lambda batch: batch.position)
    names = (batch.partition for batch in in_order)
    return tuple(name for name in names if not _is_asked_for(state, name))


def _was_evaluated_on(state: ProductState, partition: str) -> bool:
    champion = state.champion
    return champion is not None and any(
        evidence.withdrawn == partition for evidence in champion.model.as_live.values()
    )


def _newest(state: ProductState, void: Sequence[CheckState]) -> Iterator[Batch]:
    """The newest batches, by which the checks that lost their evidence are judged again."""
    remaining = [batch for batch in state.batches.values() if batch.counts]
    # The newest batch may be in quarantine, so the newest batch in use is measured, too.
    newest = (
        max(remaining, key=lambda batch: batch.position, default=None),
        next((batch for batch in reversed(approved(state)) if not batch.former), None),
        *(_last_judged(state, check) for check in void),
    )
    yield from (batch for batch in newest if batch is not None)


def _rested_on(check: CheckState, partition: str) -> bool:
    decided = check.decided.withdrawn if check.decided else ""
    return partition in (check.withdrawn, decided)


def _last_judged(state: ProductState, check: CheckState) -> Batch | None:
    """The newest batch in use with a verdict of a check."""
    # A later batch may have no labels yet: measuring it again would give no verdict.
    known = (
        state.batches.get(verdict.partition)
        for verdict in reversed(check.recent)
        if verdict.verdict is not Verdict.INSUFFICIENT
    )
    return next((batch for batch in known if batch and batch.status is BatchStatus.APPROVED), None)


def _is_asked_for(state: ProductState, partition: str) -> bool:
    """Whether a measurement of everything is requested already."""
    return any(
        action.kind is ActionKind.MEASURE
        and action.status is ActionStatus.PENDING
        and action.partition == partition
        and not action.arguments.get("assets")
        for action in state.actions.values()
    )
