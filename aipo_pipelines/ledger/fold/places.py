"""Places in the fold: a batch that moves to an earlier place keeps its failure.

A batch that is delivered again may get another date, and with it an earlier place. If it had failed
at its former place, batches before that place end neither its failure nor its incident: a date is
not evidence.
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
    """A batch, a new version or labels arrived; if the batch moves, its former place is kept."""
    after = arrive_at_its_place(state, entry, arrived)
    moved = _moved(state, after)
    if not moved:
        return after
    marked = {name: replace(after.batches[name], moved=entry.index) for name in moved}
    after = replace(after, batches={**after.batches, **marked})
    if arrived.partition not in moved:
        return after
    return _remember(after, arrived.partition, _former_place(state, arrived.partition))


def _moved(before: ProductState, after: ProductState) -> frozenset[str]:
    """Names of the batches with an earlier place than before."""
    # Most arrivals move nothing, and a product may have thousands of batches.
    if after.batches is before.batches:
        return frozenset()
    pairs = ((name, batch, after.batches.get(name)) for name, batch in before.batches.items())
    return frozenset(
        name
        for name, was, now in pairs
        if now is not None and now is not was and now.position < was.position
    )


def _former_place(state: ProductState, partition: str) -> datetime:
    """The place that a batch leaves; without a date, at most the place of the last dated batch."""
    batch = state.batches[partition]
    if has_date(batch):
        return batch.position[0]
    # A batch without a date hid no dated batch, so it keeps no place behind them.
    rest = (other for name, other in state.batches.items() if name != partition)
    dates = (other.occurred_at for other in rest if has_date(other))
    return min(max(dates, default=batch.position[0]), batch.position[0])


def _remember(state: ProductState, partition: str, place: datetime) -> ProductState:
    checks = {
        key: _with_place(check, place)
        for key, check in state.checks.items()
        if check.decided is not None
        and check.decided.partition == partition
        and check.decided.verdict is not Verdict.PASS
    }
    incidents = {
        key: replace(incident, reached=max(incident.reached or place, place))
        for key, incident in state.incidents.items()
        if incident.is_open and partition in incident.partitions
    }
    # Parts that did not change stay the same objects, so that no fact of them is written again.
    if checks:
        state = replace(state, checks={**state.checks, **checks})
    return replace(state, incidents={**state.incidents, **incidents}) if incidents else state


def _with_place(check: CheckState, place: datetime) -> CheckState:
    decided = check.decided
    if decided is None:
        return check
    # A batch that moves twice keeps its last place: a second correction must not end the failure.
    kept_place = max(decided.stood_at or place, place)
    return replace(check, decided=replace(decided, stood_at=kept_place))
