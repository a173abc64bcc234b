"""Where a batch stands among the others when some have no usable date.

Dates give the order. A batch without a date, or with one that is a slip of the pen, stands last
when it arrives. It must hide no dated batch that comes later: once one arrives that is newer than
all dated ones before, it stands in front of every batch without a date. Where no batch has a date
all stand in the order of their arrival. A batch that its feed withdrew gives no other one its
place.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aipo_pipelines.ledger.fold_slips import with_slips
from aipo_pipelines.ledger.state import Batch, ProductState

_FIRST = datetime.min.replace(tzinfo=UTC)
_JUST = timedelta(microseconds=1)


def has_date(batch: Batch) -> bool:
    """Whether a batch has a date that is no slip of the pen."""
    return batch.dated and not batch.slipped


def placed(state: ProductState, batch: Batch) -> ProductState:
    """The state with a batch that has just arrived, and all batches at their places.

    A copy moves no other batch: it is no newer than what it copies.
    """
    batches = with_slips(state.batches, batch)
    batch = batches[batch.partition]
    others = {name: one for name, one in batches.items() if name != batch.partition}
    if has_date(batch):
        dates = (one.occurred_at for one in others.values() if one.stands and has_date(one))
        newest = max(dates, default=_FIRST)
        batch = replace(batch, stands_at=None)
        moved = not batch.copy_of and batch.occurred_at >= newest
        behind = _behind(others, batch) if moved else {}
        return replace(state, batches={**batches, **behind, batch.partition: batch})
    last = max((one.position[0] for one in others.values() if one.stands), default=_FIRST)
    if not batch.copy_of and batch.stands_at is None and last > batch.position[0]:
        batch = replace(batch, stands_at=last + _JUST)
    return replace(state, batches={**batches, batch.partition: batch})


def placed_again(state: ProductState) -> ProductState:
    """The state with all batches at their places after one was withdrawn.

    A dated batch that arrived while that one was newer stands behind no batch without a date any
    more that it would otherwise have passed.
    """
    newest = _FIRST
    dated = (one for one in state.batches.values() if one.stands and has_date(one))
    for one in sorted(dated, key=lambda one: one.entry):
        if one.occurred_at >= newest and not one.copy_of:
            earlier = {
                name: other
                for name, other in state.batches.items()
                if other.first_entry < one.entry
            }
            state = replace(state, batches={**state.batches, **_behind(earlier, one)})
        newest = max(newest, one.occurred_at)
    return state


def _behind(others: dict[str, Batch], newest: Batch) -> dict[str, Batch]:
    """The batches without a date that stood after the newest one, now just before it."""
    just_before = max(newest.occurred_at, _FIRST + _JUST) - _JUST
    return {
        name: replace(one, stands_at=just_before)
        for name, one in others.items()
        if not has_date(one) and one.position > newest.position
    }
