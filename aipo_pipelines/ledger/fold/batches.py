"""Batches in the fold: arrivals, new versions, late labels, approval, quarantine.

`withdrawals` has the withdrawal of a batch.
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
    """Stores a batch, a new version or labels, and asks for the measurement of the batch.

    An unchanged delivery asks for no measurement, unless it comes from another source. A batch in
    quarantine is not measured with late labels, unless a run with the former labels has begun: it
    may find that the batch meets its contract. A withdrawn batch that is delivered again is always
    measured again. Content that the batch had before keeps its former age and place.
    """
    known = state.batches.get(arrived.partition)
    if known is None:
        if arrived.labels_only:
            return state
        first = _as_old_as_copied(state, _first(arrived, entry))
        return ask_measure(placed(state, first, entry.recorded_at), entry, arrived.partition, ())
    unchanged = known.stands and arrived.digest == known.digest
    if unchanged and known.former and not arrived.labels_only:
        # Its content is not new, so its age and its place do not change.
        again = _not_measured(known, arrived, entry)
        state = back_in_place(state, again, entry.recorded_at)
        return ask_measure(state, entry, arrived.partition, ())
    if arrived.labels_only or unchanged:
        return _relabel(state, entry, known, arrived.labels_digest)
    newer = _as_old_as_copied(state, _newer(known, arrived, entry))
    is_new = newer.copy_of or newer.arrivals[-1].entry == entry.index
    place = placed if is_new else back_in_place
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
    # A decision about a version that was replaced or withdrawn meanwhile does not count.
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
    """A known batch with another version, which may have the content of an earlier version."""
    # All versions without a record have the same content: it is never an earlier content.
    before = _first_arrival(known, arrived.digest, arrived.records) if arrived.rows else None
    arrival = before or Arrival(entry=entry.index, at=entry.recorded_at)
    keeps_place = _keeps_place(known, before)
    return replace(
        _not_measured(known, arrived, entry),
        digest=arrived.digest,
        versions=(*known.versions, arrived.digest),
        occurred_at=arrived.batch_date or _own_date(known, before, arrival),
        dated=(known.dated and not known.copy_of) or arrived.batch_date is not None,
        arrived_at=arrival.at,
        first_entry=known.first_entry if known.stands or before else entry.index,
        rows=arrived.rows,
        cells=arrived.cells,
        records=(*known.records, arrived.records),
        arrivals=(*known.arrivals, arrival),
        copy_of="",
        stands_at=known.stands_at if keeps_place else None,
        placed_by=known.placed_by if keeps_place else arrival.entry,
        withdrawn=None,
        unmet=_unmet_of(known, arrived),
    )


def _keeps_place(known: Batch, before: Arrival | None) -> bool:
    """Whether a new version keeps the place of the batch."""
    # A copy has the place of its original, and no place of its own to keep.
    if known.copy_of:
        return False
    # Content that is back returns to its place, unless the batch got its place before it.
    return known.stands if before is None else known.placed_by <= before.entry


def _not_measured(known: Batch, arrived: BatchArrived, entry: Entry) -> Batch:
    """A known batch that arrived from the agreed source and must be measured."""
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


def _own_date(known: Batch, before: Arrival | None, arrival: Arrival) -> datetime:
    """The date of a version without a date; content that is back is as old as before."""
    if known.copy_of:
        return arrival.at
    return min(known.occurred_at, before.at) if before else known.occurred_at


def _first_arrival(batch: Batch, digest: str, records: str) -> Arrival | None:
    """The first arrival of content, or of records in any order, under the name of a batch."""
    versions = zip(batch.versions, batch.records, batch.arrivals, strict=False)
    return next(
        (
            arrival
            for version, known_records, arrival in versions
            if version == digest or (known_records and known_records == records)
        ),
        None,
    )


def _unmet_of(known: Batch, arrived: BatchArrived) -> tuple[Unmet, ...]:
    """The checks that another version of a batch still has to pass."""
    is_same = known.stands and known.holds(arrived.records)
    if is_same or not known.former:
        return known.unmet
    # Failures of records of a former source are no evidence about the agreed source.
    return tuple(replace(unmet, failure=None) for unmet in known.unmet)


def _as_old_as_copied(state: ProductState, batch: Batch) -> Batch:
    """A batch; if it is a copy, with the date of its original.

    A batch is a copy if its content or its records were delivered before under another name, and
    not before under its own name.
    """
    # All batches without a record have the same content: they are no copies.
    if not batch.rows:
        return batch
    before = _delivered_before(state, batch)
    if not before:
        return batch
    first_arrival, original = min(before, key=lambda pair: pair[0].entry)
    date = _date_of_copied(original, batch, first_arrival)
    if has_date(original) or not has_date(batch):
        return replace(
            batch,
            copy_of=original.partition,
            occurred_at=date,
            dated=has_date(original),
            stands_at=original.stands_at,
        )
    # The batch was delivered again with a corrected date; that does not make its content newer.
    return replace(batch, copy_of=original.partition, occurred_at=min(batch.occurred_at, date))


def _delivered_before(state: ProductState, batch: Batch) -> list[tuple[Arrival, Batch]]:
    """The other batches that had the content of a batch before it, with their first arrivals."""
    rest = (other for other in state.batches.values() if other.partition != batch.partition)
    arrivals = ((other, _first_arrival(other, batch.digest, batch.records[-1])) for other in rest)
    return [
        (arrival, other)
        for other, arrival in arrivals
        if arrival is not None and arrival.entry < batch.arrivals[-1].entry
    ]


def _date_of_copied(original: Batch, copy: Batch, first_arrival: Arrival) -> datetime:
    """The age of the content of a copy."""
    if original.digest == copy.digest or original.holds(copy.records[-1]):
        return original.evidence_at
    # The original has other content by now: its date is the earliest date of that content.
    date = original.evidence_at if original.slipped else original.occurred_at
    return min(date, first_arrival.at)


def _relabel(state: ProductState, entry: Entry, batch: Batch, labels_digest: str) -> ProductState:
    if labels_digest == batch.labels_digest:
        return state
    state = _store(state, replace(batch, labels_digest=labels_digest, relabelled=entry.index))
    if not batch.counts:
        return state
    # A run that has begun may find that the batch meets its contract: then its labels count.
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
