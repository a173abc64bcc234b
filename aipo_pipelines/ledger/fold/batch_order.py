"""Where a batch stands among the others when some have no usable date.

Dates give the order. A batch without a date, or with one that is a slip of the pen, stands last
when it arrives. It must hide no dated batch that comes later: once one arrives that is newer than
all dated ones before, it stands in front of every batch without a date. Where no batch has a date
all stand in the order of their arrival. A batch that its feed withdrew gives no other one its
place.

Nor does a batch that is dated ahead, as plans are, hide one that comes later and is dated up to its
arrival: it stands before that one from then on. Among plans alone dates give the order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Self

from aipo_pipelines.ledger.fold.wrong_dates import with_slips
from aipo_pipelines.ledger.model.state import Batch, ProductState

_FIRST = datetime.min.replace(tzinfo=UTC)
_JUST = timedelta(microseconds=1)
_DAY = timedelta(days=1)
"""No further ahead may be the clock of another country, or a day named as it begins."""


def has_date(batch: Batch) -> bool:
    """Whether a batch has a date that is no slip of the pen."""
    return batch.dated and not batch.slipped


def placed(state: ProductState, batch: Batch, now: datetime) -> ProductState:
    """The state with a batch that has just arrived, and all batches at their places.

    A copy moves no other batch: it is no newer than what it copies.
    """
    others, batch = _with(state, batch, now)
    if has_date(batch):
        batch = replace(batch, stands_at=None, placed_by=batch.entry)
        behind = {} if batch.copy_of else _passed(others, batch)
        return replace(state, batches={**others, **behind, batch.partition: batch})
    if not batch.copy_of and batch.stands_at is None:
        last = max((one.position[0] for one in others.values() if one.counts), default=_FIRST)
        if last > batch.position[0]:
            batch = replace(batch, stands_at=last + _JUST, placed_by=batch.entry)
        elif batch.slipped:
            batch = replace(batch, placed_by=batch.entry)
    return replace(state, batches={**others, batch.partition: batch})


def back_in_place(state: ProductState, batch: Batch, now: datetime) -> ProductState:
    """The state with a batch that holds what it held before, where that stood.

    It goes past nothing: what came after that content and stood last then stands behind it again,
    and is measured again, unless batches that arrived later have gone past that.
    """
    others, batch = _with(state, batch, now)
    if has_date(batch) and not batch.early:
        batch = replace(batch, stands_at=None)
    behind = {} if batch.copy_of else _came_after(others, batch)
    after = placed_again(replace(state, batches={**others, **behind, batch.partition: batch}))
    batch = after.batches[batch.partition]
    if not any(after.batches[name].position > batch.position for name in behind):
        return after
    moved = replace(batch, moved=batch.entry)
    return replace(after, batches={**after.batches, batch.partition: moved})


def placed_again(state: ProductState) -> ProductState:
    """The state with all batches at their places after one was withdrawn, or came back.

    A dated batch that arrived while that one was newer stands behind no batch any more that it
    would otherwise have passed.
    """
    dated = [one for one in state.batches.values() if one.counts and has_date(one)]
    floating = _Floating.among(state.batches)
    for one in sorted(dated, key=lambda one: one.placed_by):
        if one.copy_of or not floating.stood_after(one):
            continue
        earlier = {
            name: other for name, other in state.batches.items() if other.placed_by < one.placed_by
        }
        state = replace(state, batches={**state.batches, **_passed(earlier, one)})
        floating = _Floating.among(state.batches)
    return state


@dataclass(frozen=True, slots=True)
class _Floating:
    """Batches that may stand elsewhere than their dates say, by when they got their places.

    Attributes:
        placed_by: As in `Batch`, in order.
        furthest: The last place of each of them and all before it.
    """

    placed_by: Sequence[int]
    furthest: Sequence[tuple[datetime, int]]

    @classmethod
    def among(cls, batches: Mapping[str, Batch]) -> Self:
        """Those of some batches."""
        known = sorted((one.placed_by, one.position) for one in batches.values() if _floats(one))
        return cls([entry for entry, _ in known], [*accumulate((place for _, place in known), max)])

    def stood_after(self, dated: Batch) -> bool:
        """Whether one of them that came before a dated batch stands after it."""
        before = bisect_left(self.placed_by, dated.placed_by)
        return before > 0 and self.furthest[before - 1] > dated.position


def _with(state: ProductState, batch: Batch, now: datetime) -> tuple[dict[str, Batch], Batch]:
    """The other batches and one that arrives, as slips of the pen are known by then."""
    early = _is_early(state.batches.get(batch.partition), batch)
    batches = with_slips(state.batches, replace(batch, early=early), now)
    arrived = batches.pop(batch.partition)
    return {**batches, **_dated_after_all(state.batches, batches)}, arrived


def _floats(batch: Batch) -> bool:
    """Whether a batch may stand elsewhere than its date says."""
    return batch.early or not has_date(batch)


def _came_after(others: Mapping[str, Batch], batch: Batch) -> dict[str, Batch]:
    """What stands before a batch though it came after it and stood last then, now behind it."""
    came = {
        name: one
        for name, one in others.items()
        if one.placed_by > batch.placed_by and not one.copy_of and one.position < batch.position
    }
    early = {name: replace(one, stands_at=None) for name, one in came.items() if has_date(one)}
    early = {name: one for name, one in early.items() if _floats(one)}
    behind = {name: one for name, one in early.items() if one.position > batch.position}
    for name, one in came.items():
        if not has_date(one):
            known = (other for other in early.values() if other.placed_by < one.placed_by)
            last = max(batch.position[0], *(other.position[0] for other in known), _FIRST)
            behind[name] = replace(one, stands_at=last + _JUST)
    return behind


def _is_early(known: Batch | None, batch: Batch) -> bool:
    """Whether a batch is dated ahead; a plan stays one when it is delivered again later."""
    if known is not None and known.stands and known.occurred_at == batch.occurred_at:
        return known.early
    return batch.occurred_at > batch.arrived_at + _DAY


def _passed(others: Mapping[str, Batch], batch: Batch) -> dict[str, Batch]:
    """The batches that a dated one goes past as it arrives, now just before it.

    Those are the ones without a date if it is newer than all dates that have come; and those that
    are dated ahead, unless it is so itself, if it is newer than all others.
    """
    before = (one for one in others.values() if one.placed_by <= batch.placed_by)
    dated = [one for one in before if one.counts and has_date(one)]
    come = [one for one in dated if batch.early or one.occurred_at <= batch.arrived_at + _DAY]
    passed = _without_date(others) if _is_newest(batch, come) else {}
    if not batch.early and _is_newest(batch, [one for one in dated if not one.early]):
        passed |= {name: one for name, one in others.items() if one.early}
    return _behind(passed, batch)


def _without_date(batches: Mapping[str, Batch]) -> dict[str, Batch]:
    return {name: one for name, one in batches.items() if not has_date(one)}


def _is_newest(batch: Batch, others: Iterable[Batch]) -> bool:
    return all(batch.occurred_at >= one.occurred_at for one in others)


def _dated_after_all(before: Mapping[str, Batch], now: Mapping[str, Batch]) -> dict[str, Batch]:
    """Batches whose dates were taken for slips, in front of none that arrived after them."""
    dated = {
        name: one
        for name, one in now.items()
        if one.early and has_date(one) and before[name].slipped
    }
    return {name: _before_later(now, one) for name, one in dated.items()}


def _before_later(batches: Mapping[str, Batch], early: Batch) -> Batch:
    known = [one for one in batches.values() if one.counts and has_date(one) and not one.early]
    newest = _FIRST
    for one in sorted(known, key=lambda one: one.placed_by):
        if one.placed_by > early.placed_by and one.occurred_at >= newest and not one.copy_of:
            return _behind({early.partition: early}, one).get(early.partition, early)
        newest = max(newest, one.occurred_at)
    return early


def _behind(passed: Mapping[str, Batch], newest: Batch) -> dict[str, Batch]:
    """Those of some batches that stand after the newest one, now just before it."""
    just_before = max(newest.occurred_at, _FIRST + _JUST) - _JUST
    return {
        name: replace(one, stands_at=just_before)
        for name, one in passed.items()
        if one.position > newest.position
    }
