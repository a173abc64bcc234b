"""Batches that stand last now because another one was delivered again with an earlier date.

They were judged when they stood before it, and what was said of them was put aside: they are
measured again, in order, and until then a pass of the batch that moved is no answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.ledger.entry import Draft
from aipo_pipelines.ledger.events import BatchArrived, MeasurementDue
from aipo_pipelines.ledger.state import Batch, BatchStatus, BatchVerdict, ProductState
from aipo_pipelines.policy.judged import AGAIN
from aipo_pipelines.policy.occasion import Occasion
from aipo_pipelines.policy.responses import is_muted
from aipo_pipelines.policy.wording import listed

RULE = "measure"


def measure_what_stands_last_now(occasion: Occasion) -> Iterator[Draft]:
    """Batches are due that stand behind one that has just moved to an earlier place."""
    event, state = occasion.event, occasion.state
    if not isinstance(event, BatchArrived):
        return
    moved = [one for one in state.batches.values() if one.moved == occasion.entry.index]
    due = {
        later: batch.partition
        for batch in moved
        for key in state.checks
        for later in overtaken_by(state, key, batch.partition)
    }
    for later, partition in sorted(due.items(), key=lambda one: state.batches[one[0]].position):
        if state.batches[later].status is BatchStatus.ARRIVED:
            continue
        again = MeasurementDue(
            partition=later,
            reason=f"it stands after batch {partition}, which was delivered again with an earlier "
            "date",
        )
        yield occasion.draft(RULE, f"batch/{later}", again, key=f"last/{later}")


def overtaken_by(state: ProductState, key: str, partition: str) -> tuple[str, ...]:
    """Batches that stand after one that has moved and were judged before it did."""
    batch, check = state.batches.get(partition), state.checks.get(key)
    if batch is None or check is None or not batch.moved:
        return ()
    return tuple(
        one.partition
        for one in check.recent
        if _stands_after(state, key, one, batch) and (one.known_up_to or 0) < batch.moved
    )


def told(later: tuple[str, ...]) -> str:
    """Why evidence does not speak, as a sentence."""
    stand = "stands" if len(later) == 1 else "stand"
    return (
        f"Batch {listed([*later])} {stand} after it since it was delivered again with an earlier "
        f"date; {AGAIN}."
    )


def _stands_after(state: ProductState, key: str, one: BatchVerdict, batch: Batch) -> bool:
    other = state.batches.get(one.partition)
    if other is None or other.partition == batch.partition:
        return False
    former = state.champion is not None and (one.known_up_to or 0) < state.champion.since
    if former and key.startswith(("performance/", "drift/")):
        return False
    return other.position > batch.position and not is_muted(state, key, one.partition)
