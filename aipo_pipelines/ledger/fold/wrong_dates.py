"""Wrong dates: dates that lie further in the future than a feed dates its batches.

A batch may be named after the day that begins, a plan after the next month. The other batches show
how far a feed looks ahead. A date is a slip of the pen if it lies further beyond its arrival than
theirs, by more than the usual distance between two batches. So two batches with the same distance
are no slips. At least two other dated batches are needed. Each arrival decides it again until that
date has come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median_low

from aipo_pipelines.ledger.model.state import AHEAD, Batch

_NEIGHBOURS = 32
_DAY = timedelta(days=1)
"""A date within this bound may come from another time zone, or name the day that begins."""


def with_slips(batches: Mapping[str, Batch], arriving: Batch, now: datetime) -> dict[str, Batch]:
    """All batches, including the arriving batch, with the slips of the pen that are known now."""
    marked = {**batches, arriving.partition: replace(arriving, ahead=False)}
    ahead = [
        batch
        for name, batch in marked.items()
        if (batch.occurred_at > now or name == arriving.partition) and _may_be_slip(batch)
    ]
    if not ahead:
        return marked
    known = sorted(filter(_has_own_date, marked.values()), key=lambda batch: batch.entry)
    for batch in ahead:
        neighbours = [other for other in known if other.partition != batch.partition]
        marked[batch.partition] = _judged(batch, _looks_ahead(neighbours[-_NEIGHBOURS:]))
    return _with_copies(marked, now)


def _with_copies(batches: Mapping[str, Batch], now: datetime) -> dict[str, Batch]:
    """The batches, with copies that are dated ahead marked as their originals are."""
    marked = dict(batches)
    # A date that has come is no slip, so such a copy does not need its original.
    copies = [batch for batch in batches.values() if batch.copy_of and batch.occurred_at > now]
    for copy in copies:
        marked[copy.partition] = _as_original(copy, marked)
    return marked


def _may_be_slip(batch: Batch) -> bool:
    return _has_own_date(batch) and _lead(batch) > _DAY


def _as_original(copy: Batch, batches: Mapping[str, Batch]) -> Batch:
    """A copy with the date of its original has the same slip of the pen."""
    original = batches.get(copy.copy_of)
    if original is None or original.occurred_at != copy.occurred_at:
        return copy
    return replace(copy, ahead=original.ahead)


def _judged(batch: Batch, longest: timedelta | None) -> Batch:
    ahead = longest is not None and _lead(batch) > longest
    # A date that is no slip any more gives the batch its place.
    return batch if ahead is batch.ahead else replace(batch, ahead=ahead, stands_at=None)


def _looks_ahead(neighbours: list[Batch]) -> timedelta | None:
    """How far a date may lie beyond its arrival; None if too few batches are known."""
    dates = sorted({batch.occurred_at for batch in neighbours})
    gaps = [later - earlier for earlier, later in pairwise(dates)]
    if not gaps:
        return None
    furthest = max(timedelta(0), *map(_lead, neighbours))
    return furthest + max(_DAY, median_low(gaps))


def _has_own_date(batch: Batch) -> bool:
    return batch.stands and batch.dated and not batch.copy_of and _lead(batch) <= AHEAD


def _lead(batch: Batch) -> timedelta:
    return batch.occurred_at - batch.arrived_at
