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
    looked_at = [
        one
        for name, one in everything.items()
        if (one.occurred_at > now or name == arriving.partition)
        and _has_own_date(one)
        and _lead(one) > _DAY
    ]
    if not looked_at:
        return everything
    known = sorted(filter(_has_own_date, everything.values()), key=lambda one: one.entry)
    for one in looked_at:
        others = [other for other in known if other.partition != one.partition][-_NEIGHBOURS:]
        everything[one.partition] = _judged(one, _looks_ahead(others))
    copies = [one for one in everything.values() if one.copy_of and one.occurred_at > now]
    for one in copies:
        original = everything.get(one.copy_of)
        if original is not None and original.occurred_at == one.occurred_at:
            everything[one.partition] = replace(one, ahead=original.ahead)
    return everything


def _judged(one: Batch, longest: timedelta | None) -> Batch:
    ahead = longest is not None and _lead(one) > longest
    # A date that is one after all gives the place.
    return one if ahead is one.ahead else replace(one, ahead=ahead, stands_at=None)


def _looks_ahead(others: list[Batch]) -> timedelta | None:
    """How far a date may lie beyond its arrival; None while too few are known to tell."""
    dates = sorted({one.occurred_at for one in others})
    gaps = [later - earlier for earlier, later in pairwise(dates)]
    if not gaps:
        return None
    furthest = max(timedelta(0), *map(_lead, others))
    return furthest + max(_DAY, median_low(gaps))


def _has_own_date(batch: Batch) -> bool:
    return batch.stands and batch.dated and not batch.copy_of and _lead(batch) <= AHEAD


def _lead(batch: Batch) -> timedelta:
    return batch.occurred_at - batch.arrived_at
