"""Approve or quarantine: decided when contract and privacy have a verdict on a version of a batch.

A batch is approved if both passed or failed only as warnings, and no other check of the data that
quarantines by the charter failed. An insufficient verdict on contract or privacy (a batch without
records) approves nothing and quarantines nothing: the batch keeps its status and is not used.
A check that the team declared outside the data assets may quarantine a batch later.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.batches import BatchApproved, BatchQuarantined
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.model.judgements import Judgement
from aipo_pipelines.ledger.model.state import Batch, BatchStatus
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.facts.responses import GUARDS, check_name, quarantines

RULE = "batch"


def decide_batch(context: Context) -> Iterator[Draft]:
    """Approves or quarantines a batch after an evaluation, if that changes its status."""
    event = context.event
    if not isinstance(event, CheckEvaluated):
        return
    batch = context.state.batches.get(event.partition)
    if batch is not None:
        yield from _decide(context, batch, event)


def _decide(context: Context, batch: Batch, event: CheckEvaluated) -> Iterator[Draft]:
    judgements = _judgements(context, batch, event)
    failing = tuple(judgement for judgement in judgements if _breaks(context, judgement))
    guards = {
        judgement.check: judgement.verdict for judgement in judgements if judgement.check in GUARDS
    }
    complete = guards.keys() == GUARDS
    if failing:
        # An approved batch is quarantined at once: it is in use already.
        if complete or batch.status is BatchStatus.APPROVED:
            yield from _quarantine(context, batch, failing)
    elif complete and Verdict.INSUFFICIENT not in guards.values():
        yield from _approve(context, batch)


def _judgements(context: Context, batch: Batch, event: CheckEvaluated) -> tuple[Judgement, ...]:
    key = str(event.key)
    # A check of the data is folded into the batch already. Other checks are added here.
    if any(judgement.check == key for judgement in batch.judgements):
        return batch.judgements
    latest = Judgement(
        check=key,
        verdict=event.verdict,
        severity=event.severity,
        summary=event.summary,
        entry=context.entry.index,
    )
    return (*batch.judgements, latest)


def _breaks(context: Context, judgement: Judgement) -> bool:
    failed = judgement.verdict is Verdict.FAIL
    return failed and quarantines(context.charter, judgement.check, judgement.severity)


def _quarantine(context: Context, batch: Batch, failing: tuple[Judgement, ...]) -> Iterator[Draft]:
    # Its incident is open already: a second entry would say the same.
    if batch.status is BatchStatus.QUARANTINED:
        return
    event = BatchQuarantined(
        partition=batch.partition,
        digest=batch.digest,
        checks=tuple(judgement.check for judgement in failing),
        summary=" ".join(
            f"{check_name(judgement.check)}: {judgement.summary}" for judgement in failing
        ),
    )
    yield context.draft(RULE, str(Subject.of_batch(batch.partition)), event, key="quarantine")


def _approve(context: Context, batch: Batch) -> Iterator[Draft]:
    if batch.status is BatchStatus.APPROVED:
        return
    event = BatchApproved(
        partition=batch.partition, digest=batch.digest, evaluation=context.entry.index
    )
    yield context.draft(RULE, str(Subject.of_batch(batch.partition)), event, key="approve")
