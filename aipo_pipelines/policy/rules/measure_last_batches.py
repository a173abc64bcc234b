"""Makes batches due that are last now because another batch moved or is in quarantine."""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.batches import BatchArrived, BatchQuarantined
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.model.state import BatchStatus, ProductState
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.facts.outdated_passes import outdated_by, why_outdated
from aipo_pipelines.policy.facts.responses import verdicts_of_all_versions
from aipo_pipelines.policy.rules.remeasure import MODEL_ASSETS

RULE = "measure"


def measure_new_last_batches(context: Context) -> Iterator[Draft]:
    """Makes batches due that are after a batch that has just moved, or that moved behind it."""
    event, state = context.event, context.state
    if not isinstance(event, BatchArrived):
        return
    due = _after_moved(state, context.entry.index) | _after_passes(state)
    # In the order of batches, so that the last batch is measured last and decides.
    for later, partition in sorted(due.items(), key=lambda due: state.batches[due[0]].position):
        # A batch that has only arrived is measured anyway.
        if state.batches[later].status is BatchStatus.ARRIVED:
            continue
        again = MeasurementDue(
            partition=later,
            reason=f"it is after batch {partition} since one of them has another date, or has its "
            "earlier content again",
        )
        yield context.draft(RULE, str(Subject.of_batch(later)), again, key=f"last/{later}")


def _after_moved(state: ProductState, entry: int) -> dict[str, str]:
    """The batches after a batch that an entry moved, with the name of that batch."""
    moved = [batch for batch in state.batches.values() if batch.moved == entry]
    return {
        later: batch.partition
        for batch in moved
        for key in state.checks
        for later in outdated_by(state, key, batch.partition)
    }


def _after_passes(state: ProductState) -> dict[str, str]:
    """The batches after the batch of a pass that decides, with the name of that batch."""
    passes = [
        (key, check.decided)
        for key, check in state.checks.items()
        if check.decided is not None and check.decided.verdict is Verdict.PASS
    ]
    return {
        later: decided.partition
        for key, decided in passes
        for later in outdated_by(state, key, decided.partition)
    }


def measure_remaining_batch(context: Context) -> Iterator[Draft]:
    """Makes the last judged batch in use due when the judged batch after it is quarantined."""
    event, state = context.event, context.state
    if not isinstance(event, BatchQuarantined):
        return
    due = {
        left: None
        for key, check in state.checks.items()
        if check.decided is not None
        and check.decided.partition == event.partition
        and why_outdated(state, key, check.decided)
        for left in [
            verdict.partition
            for verdict in verdicts_of_all_versions(state, key)
            if verdict.partition
        ][-1:]
    }
    for left in due:
        again = MeasurementDue(
            partition=left,
            reason=f"batch {event.partition}, which was judged last, is in quarantine",
            assets=MODEL_ASSETS,
        )
        yield context.draft(RULE, str(Subject.of_batch(left)), again, key=f"left/{left}")
