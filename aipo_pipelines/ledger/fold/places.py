"""The fold's part about batches that move: what stood at a place is not forgotten with it.

A batch that is delivered again may get another date, and with it an earlier place. If it had failed
where it stood, neither its failure nor the incident about it ends by what stands before that place:
a date is not evidence.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.fold.batch_order import has_date
from aipo_pipelines.ledger.fold.batches import arrive as arrive_at_its_place
from aipo_pipelines.ledger.model.state import CheckState, ProductState


def arrive(state: ProductState, entry: Entry, arrived: BatchArrived) -> ProductState:
    """A batch, a new version of one, or labels; and what it leaves behind if it moves."""
    after = arrive_at_its_place(state, entry, arrived)
    moved = _moved(state, after)
    if not moved:
        return after
    marked = {name: replace(after.batches[name], moved=entry.index) for name in moved}
    after = replace(after, batches={**after.batches, **marked})
    if arrived.partition not in moved:
        return after
    return _remember(after, arrived.partition, _stood(state, arrived.partition))


def _moved(before: ProductState, after: ProductState) -> frozenset[str]:
    """Batches that stand at an earlier place than before."""
    # Most arrivals move nothing, and a product may have thousands of batches.
    if after.batches is before.batches:
        return frozenset()
    pairs = ((name, batch, after.batches.get(name)) for name, batch in before.batches.items())
    return frozenset(
        name
        for name, was, now in pairs
        if now is not None and now is not was and now.position < was.position
    )


def _stood(state: ProductState, partition: str) -> datetime:
    """The place that a batch leaves; without a date it hid no dated one, and leaves none behind."""
    batch = state.batches[partition]
    if has_date(batch):
        return batch.position[0]
    others = (other for name, other in state.batches.items() if name != partition)
    dates = (one.occurred_at for one in others if has_date(one))
    return min(max(dates, default=batch.position[0]), batch.position[0])


def _remember(state: ProductState, partition: str, stood: datetime) -> ProductState:
    checks = {
        key: _stands(check, stood)
        for key, check in state.checks.items()
        if check.decided is not None
        and check.decided.partition == partition
        and check.decided.verdict is not Verdict.PASS
    }
    incidents = {
        key: replace(incident, reached=max(incident.reached or stood, stood))
        for key, incident in state.incidents.items()
        if incident.is_open and partition in incident.partitions
    }
    # Parts that did not change stay the same objects, so that no fact of them is written again.
    if checks:
        state = replace(state, checks={**state.checks, **checks})
    return replace(state, incidents={**state.incidents, **incidents}) if incidents else state


def _stands(check: CheckState, stood: datetime) -> CheckState:
    decided = check.decided
    if decided is None:
        return check
    held = replace(decided, stood_at=max(decided.stood_at or stood, stood))
    return replace(check, decided=held)
