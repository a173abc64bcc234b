"""The fold's part about batches: arrivals, new versions, late labels, approval, quarantine.

How a batch is withdrawn stands in `fold_withdrawals`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from aipo_pipelines.ledger.events.batches import BatchApproved, BatchArrived, BatchQuarantined
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.fold.actions import ask_measure
from aipo_pipelines.ledger.fold.batch_order import back_in_place, has_date, placed
from aipo_pipelines.ledger.model.arrivals import Arrival
from aipo_pipelines.ledger.model.judgements import Unmet
from aipo_pipelines.ledger.model.state import (
    ActionKind,
    ActionStatus,
    Batch,
    BatchStatus,
    ProductState,
)


def arrive(state: ProductState, entry: Entry, arrived: BatchArrived) -> ProductState:
    """A batch, a new version of one, or labels: remembered, and its measurement asked for.

    What is delivered again unchanged asks for nothing, unless it is found in another source. Labels
    of a quarantined batch are remembered, but it is not measured before a version of it meets its
    contract; unless a run has begun that may find so, by the former labels. What was taken back and
    is delivered again is measured anew, whatever its content; but content that its name held before
    has the age and the place that it had.
    """
    known = state.batches.get(arrived.partition)
    if known is None:
        if arrived.labels_only:
            return state
        first = _as_old_as_copied(state, _first(arrived, entry))
        return ask_measure(placed(state, first, entry.recorded_at), entry, arrived.partition, ())
    unchanged = known.stands and arrived.digest == known.digest
    if unchanged and known.former and not arrived.labels_only:
        # It is as old as it was, and at its place.
        again = _not_measured(known, arrived, entry)
        state = back_in_place(state, again, entry.recorded_at)
        return ask_measure(state, entry, arrived.partition, ())
    if arrived.labels_only or unchanged:
        return _relabel(state, entry, known, arrived.labels_digest)
    newer = _as_old_as_copied(state, _newer(known, arrived, entry))
    came_now = newer.copy_of or newer.arrivals[-1].entry == entry.index
    place = placed if came_now else back_in_place
    return ask_measure(place(state, newer, entry.recorded_at), entry, arrived.partition, ())


def approve(state: ProductState, _: Entry, approved: BatchApproved) -> ProductState:
    """A batch met its contract."""
    return _judge(state, approved, BatchStatus.APPROVED)


def quarantine(state: ProductState, _: Entry, quarantined: BatchQuarantined) -> ProductState:
    """A batch broke its contract."""
    return _judge(state, quarantined, BatchStatus.QUARANTINED)


def _judge(
    state: ProductState, judged: BatchApproved | BatchQuarantined, status: BatchStatus
) -> ProductState:
    batch = state.batches.get(judged.partition)
    # What was decided about a version that was replaced or withdrawn since is no news.
    if batch is None or not batch.stands or batch.digest != judged.digest:
        return state
    return _store(state, replace(batch, status=status, judgements=()))


def _first(arrived: BatchArrived, entry: Entry) -> Batch:
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
        before_first=arrived.before_first,
        records=(arrived.records,),
        arrivals=(Arrival(entry=entry.index, at=entry.recorded_at),),
        placed_by=entry.index,
    )


def _newer(known: Batch, arrived: BatchArrived, entry: Entry) -> Batch:
    """A known batch with another version of it, which may hold what one before did."""
    # Versions without a record are all alike: none of them was there before.
    before = _came(known, arrived.digest, arrived.records) if arrived.rows else None
    came = before or Arrival(entry=entry.index, at=entry.recorded_at)
    keeps_place = _keeps_place(known, before)
    return replace(
        _not_measured(known, arrived, entry),
        digest=arrived.digest,
        versions=(*known.versions, arrived.digest),
        occurred_at=arrived.batch_date or _own_date(known, before, came),
        dated=(known.dated and not known.copy_of) or arrived.batch_date is not None,
        arrived_at=came.at,
        first_entry=known.first_entry if known.stands or before else entry.index,
        rows=arrived.rows,
        cells=arrived.cells,
        records=(*known.records, arrived.records),
        arrivals=(*known.arrivals, came),
        copy_of="",
        stands_at=known.stands_at if keeps_place else None,
        placed_by=known.placed_by if keeps_place else came.entry,
        withdrawn=None,
        unmet=_unmet_of(known, arrived),
    )


def _keeps_place(known: Batch, before: Arrival | None) -> bool:
    """Whether a new version stands where the one before stood."""
    # A copy stands where its original does, which is no place of its own to keep.
    if known.copy_of:
        return False
    # Content that is back goes to the place it had, unless the batch got that place before it.
    return known.stands if before is None else known.placed_by <= before.entry


def _not_measured(known: Batch, arrived: BatchArrived, entry: Entry) -> Batch:
    """A known batch that arrived from the agreed source and is to be measured."""
    return replace(
        known,
        former=False,
        before_first=arrived.before_first,
        labels_digest=arrived.labels_digest,
        status=BatchStatus.ARRIVED,
        measured_by="",
        judged="",
        judgements=(),
        entry=entry.index,
    )


def _own_date(known: Batch, before: Arrival | None, came: Arrival) -> datetime:
    """The date of a version that brings none: content that is back is no newer than it was."""
    if known.copy_of:
        return came.at
    return min(known.occurred_at, before.at) if before else known.occurred_at


def _came(batch: Batch, digest: str, records: str) -> Arrival | None:
    """When content, or records in whatever order, came under the name of a batch first, if ever."""
    versions = zip(batch.versions, batch.records, batch.arrivals, strict=False)
    return next(
        (
            arrival
            for version, held, arrival in versions
            if version == digest or (held and held == records)
        ),
        None,
    )


def _unmet_of(known: Batch, arrived: BatchArrived) -> tuple[Unmet, ...]:
    """The checks that a batch has still to pass with another version of it."""
    is_same = known.stands and known.holds(arrived.records)
    if is_same or not known.former:
        return known.unmet
    # Failures of records of a former source are no evidence about those of the agreed one.
    return tuple(replace(unmet, failure=None) for unmet in known.unmet)


def _as_old_as_copied(state: ProductState, batch: Batch) -> Batch:
    """A batch, with the date of the one that its content or records were delivered as before.

    Batches without a record are all alike, and copies of nothing; nor is what came under the name
    of the batch itself before it came under others.
    """
    if not batch.rows:
        return batch
    before = _delivered_before(state, batch)
    if not before:
        return batch
    came_first, original = min(before, key=lambda pair: pair[0].entry)
    date = _date_of_copied(original, batch, came_first)
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


def _delivered_before(state: ProductState, batch: Batch) -> list[tuple[Arrival, Batch]]:
    """The other batches that had the content of a batch before it, and since when."""
    others = (other for other in state.batches.values() if other.partition != batch.partition)
    came = ((other, _came(other, batch.digest, batch.records[-1])) for other in others)
    return [
        (arrival, other)
        for other, arrival in came
        if arrival is not None and arrival.entry < batch.arrivals[-1].entry
    ]


def _date_of_copied(original: Batch, copy: Batch, came_first: Arrival) -> datetime:
    """How old the content of a copy is."""
    if original.digest == copy.digest or original.holds(copy.records[-1]):
        return original.evidence_at
    # The original holds other content by now: its date says how old that is at most.
    date = original.evidence_at if original.slipped else original.occurred_at
    return min(date, came_first.at)


def _relabel(state: ProductState, entry: Entry, batch: Batch, labels_digest: str) -> ProductState:
    if labels_digest == batch.labels_digest:
        return state
    state = _store(state, replace(batch, labels_digest=labels_digest, relabelled=entry.index))
    if not batch.counts:
        return state
    if batch.status is BatchStatus.QUARANTINED and not _is_being_measured(state, batch.partition):
        return state
    return ask_measure(state, entry, batch.partition, ("performance",))


def _is_being_measured(state: ProductState, partition: str) -> bool:
    begun = (ActionKind.MEASURE, ActionStatus.STARTED, partition)
    return any(
        (action.kind, action.status, action.partition) == begun for action in state.actions.values()
    )


def _store(state: ProductState, batch: Batch) -> ProductState:
    return replace(state, batches={**state.batches, batch.partition: batch})
