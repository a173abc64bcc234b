"""Dates that lie further ahead than a feed dates its batches: slips of the pen.

A name may say the day that is beginning, a plan next month. How far a feed looks ahead show the
other batches: a date that lies further beyond its arrival than theirs, and by more than their usual
distance from one to the next, is a slip. Two that look ahead alike are no slip. It is known once
there are two other dated batches, and looked at again with each arrival until that date has come.
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
"""What is no further ahead may be the clock of another country, or a day named as it begins."""


def with_slips(batches: Mapping[str, Batch], arriving: Batch, now: datetime) -> dict[str, Batch]:
    """The batches, the arriving one among them, as slips of the pen are known now."""
    everything = {**batches, arriving.partition: replace(arriving, ahead=False)}
    ahead = [
        batch
        for name, batch in everything.items()
        if (batch.occurred_at > now or name == arriving.partition) and _may_be_slip(batch)
    ]
    if not ahead:
        return everything
    known = sorted(filter(_has_own_date, everything.values()), key=lambda batch: batch.entry)
    for batch in ahead:
        others = [other for other in known if other.partition != batch.partition][-_NEIGHBOURS:]
        everything[batch.partition] = _judged(batch, _looks_ahead(others))
    # A date that has come is no slip, so nothing is to be known from the original of its batch.
    copies = [batch for batch in everything.values() if batch.copy_of and batch.occurred_at > now]
    for copy in copies:
        everything[copy.partition] = _as_original(copy, everything)
    return everything


def _may_be_slip(batch: Batch) -> bool:
    return _has_own_date(batch) and _lead(batch) > _DAY


def _as_original(copy: Batch, batches: Mapping[str, Batch]) -> Batch:
    """A copy with the date of its original has a slip of the pen if the original has it."""
    original = batches.get(copy.copy_of)
    if original is None or original.occurred_at != copy.occurred_at:
        return copy
    return replace(copy, ahead=original.ahead)


def _judged(batch: Batch, longest: timedelta | None) -> Batch:
    ahead = longest is not None and _lead(batch) > longest
    # A date that is no slip after all gives the place.
    return batch if ahead is batch.ahead else replace(batch, ahead=ahead, stands_at=None)


def _looks_ahead(others: list[Batch]) -> timedelta | None:
    """How far a date may lie beyond its arrival; None while too few batches are known."""
    dates = sorted({batch.occurred_at for batch in others})
    gaps = [later - earlier for earlier, later in pairwise(dates)]
    if not gaps:
        return None
    furthest = max(timedelta(0), *map(_lead, others))
    return furthest + max(_DAY, median_low(gaps))


def _has_own_date(batch: Batch) -> bool:
    return batch.stands and batch.dated and not batch.copy_of and _lead(batch) <= AHEAD


def _lead(batch: Batch) -> timedelta:
    return batch.occurred_at - batch.arrived_at
