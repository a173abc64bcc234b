"""The fold's part about batches: arrivals, new versions, late labels, approval, quarantine.

How a batch is withdrawn stands in `fold_withdrawals`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from aipo_pipelines.ledger import events
from aipo_pipelines.ledger.batch_order import has_date, placed
from aipo_pipelines.ledger.entry import Entry
from aipo_pipelines.ledger.fold_actions import ask_measure
from aipo_pipelines.ledger.state import Batch, BatchStatus, ProductState, Unmet


def arrive(state: ProductState, entry: Entry, event: events.Body) -> ProductState:
    """A batch, a new version of one, or labels: remembered, and its measurement asked for.

    What is delivered again unchanged asks for nothing, unless it is found in another source. Labels
    of a quarantined batch are remembered, but it is not measured before a version of it meets its
    contract. What was taken back and is delivered again arrives anew, whatever its content.
    """
    arrived = cast("events.BatchArrived", event)
    known = state.batches.get(arrived.partition)
    if known is None:
        if arrived.labels_only:
            return state
        first = _as_old_as_copied(state, _first(arrived, entry))
        return ask_measure(placed(state, first), entry, arrived.partition, ())
    unchanged = known.stands and arrived.digest == known.digest
    if unchanged and known.former and not arrived.labels_only:
        again = _found_again(known, arrived, entry)
        return ask_measure(placed(state, again), entry, arrived.partition, ())
    if arrived.labels_only or unchanged:
        return _relabel(state, entry, known, arrived.labels_digest)
    same = known.stands and known.holds(arrived.records)
    own_date = entry.recorded_at if known.copy_of else known.occurred_at
    newer = replace(
        known,
        digest=arrived.digest,
        versions=(*known.versions, arrived.digest),
        occurred_at=arrived.batch_date or own_date,
        dated=(known.dated and not known.copy_of) or arrived.batch_date is not None,
        # Another order of the same records makes them no newer.
        arrived_at=known.arrived_at if same else entry.recorded_at,
        labels_digest=arrived.labels_digest,
        status=BatchStatus.ARRIVED,
        measured_by="",
        judged="",
        entry=entry.index,
        first_entry=known.first_entry if known.stands else entry.index,
        rows=arrived.rows,
        cells=arrived.cells,
        records=(*known.records, arrived.records),
        copy_of="",
        judgements=(),
        stands_at=known.stands_at if known.stands and not known.copy_of else None,
        withdrawn=None,
        former=False,
        unmet=_of_another_source(known) if known.former and not same else known.unmet,
    )
    newer = _as_old_as_copied(state, newer)
    return ask_measure(placed(state, newer), entry, arrived.partition, ())


def judge(state: ProductState, partition: str, digest: str, status: BatchStatus) -> ProductState:
    """A batch approved or quarantined, unless that version of it does not stand any more."""
    batch = state.batches.get(partition)
    if batch is None or not batch.stands or batch.digest != digest:
        return state
    return _store(state, replace(batch, status=status, judgements=()))


def _first(arrived: events.BatchArrived, entry: Entry) -> Batch:
    return Batch(
        partition=arrived.partition,
        digest=arrived.digest,
        versions=(arrived.digest,),
        occurred_at=arrived.batch_date or entry.recorded_at,
        arrived_at=entry.recorded_at,
        status=BatchStatus.ARRIVED,
        labels_digest=arrived.labels_digest,
        dated=arrived.batch_date is not None,
        entry=entry.index,
        first_entry=entry.index,
        rows=arrived.rows,
        cells=arrived.cells,
        records=(arrived.records,),
    )


def _found_again(known: Batch, arrived: events.BatchArrived, entry: Entry) -> Batch:
    """A batch of a former source, found unchanged in the agreed one; it is no newer for that."""
    return replace(
        known,
        former=False,
        labels_digest=arrived.labels_digest,
        status=BatchStatus.ARRIVED,
        measured_by="",
        judged="",
        entry=entry.index,
        judgements=(),
    )


def _of_another_source(known: Batch) -> tuple[Unmet, ...]:
    """What other records of the same name failed binds those of the agreed source to nothing."""
    return tuple(replace(one, failure=None) for one in known.unmet)


def _as_old_as_copied(state: ProductState, batch: Batch) -> Batch:
    """A batch, with the date of the one that its content or records were delivered as before.

    Batches without a record are all alike, and copies of nothing.
    """
    if not batch.rows:
        return batch
    others = (one for one in state.batches.values() if one.partition != batch.partition)
    before = (one for one in others if _held(one, batch.digest, batch.records[-1:]))
    original = min(before, key=lambda one: one.first_entry, default=None)
    if original is None:
        return batch
    is_now = original.digest == batch.digest or original.holds(batch.records[-1])
    date = original.occurred_at if not is_now and not original.slipped else original.evidence_at
    if has_date(original) or not has_date(batch):
        return replace(
            batch,
            copy_of=original.partition,
            occurred_at=date,
            dated=has_date(original),
            stands_at=original.stands_at,
        )
    # Delivered again with its date corrected; what was there before is no newer for that.
    return replace(batch, copy_of=original.partition, occurred_at=min(batch.occurred_at, date))


def _held(batch: Batch, digest: str, records: tuple[str, ...]) -> bool:
    """Whether a version of a batch had this content, or these records in whatever order."""
    return digest in batch.versions or any(one and one in batch.records for one in records)


def _relabel(state: ProductState, entry: Entry, batch: Batch, labels_digest: str) -> ProductState:
    if labels_digest == batch.labels_digest:
        return state
    state = _store(state, replace(batch, labels_digest=labels_digest, relabelled=entry.index))
    if batch.former or batch.status in (BatchStatus.QUARANTINED, BatchStatus.WITHDRAWN):
        return state
    return ask_measure(state, entry, batch.partition, ("performance",))


def _store(state: ProductState, batch: Batch) -> ProductState:
    return replace(state, batches={**state.batches, batch.partition: batch})
