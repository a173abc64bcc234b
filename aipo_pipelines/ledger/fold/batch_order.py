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

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

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
    """The state with a batch that holds what it held before, at the place of that content.

    It goes past nothing: what came after that content and stood last then stands behind it again,
    and is measured again, unless batches that arrived later have gone past that.
    """
    others, batch = _with(state, batch, now)
    if has_date(batch) and not batch.early:
        batch = replace(batch, stands_at=None)
    after = placed_again(replace(state, batches={**others, batch.partition: batch}))
    back = after.batches[batch.partition]
    came_after = (
        name
        for name, other in others.items()
        if other.placed_by > batch.placed_by
        and not other.copy_of
        and other.position < batch.position
    )
    if batch.copy_of or not any(
        after.batches[name].position > back.position for name in came_after
    ):
        return after
    moved = replace(back, moved=back.entry)
    return replace(after, batches={**after.batches, back.partition: moved})


def placed_again(state: ProductState) -> ProductState:
    """The state with all batches at their places after one was withdrawn, or came back.

    Every place is given anew, in the order in which the batches got theirs, so that a batch that
    was withdrawn leaves no trace in the order of the others.
    """
    batches = dict(state.batches)
    floating = [name for name, batch in batches.items() if _floats(batch) and not batch.copy_of]
    # Dated batches stand at their dates: without a floating one nothing can change.
    if not floating:
        return state
    for name in floating:
        batches[name] = replace(batches[name], stands_at=None)
    # Each batch passes only those that had their places before it, so the order of placing counts.
    order = _Placing(floating=frozenset(floating))
    for batch in sorted(batches.values(), key=lambda batch: batch.placed_by):
        order.place(batch)
    return replace(state, batches={name: order.placed[name] for name in batches})


@dataclass(slots=True, kw_only=True)
class _Placing:
    """Batches that are given their places one after the other.

    Attributes:
        floating: Names of those that may stand elsewhere than their dates say.
        placed: Those that have their places.
        last: The last place so far of a batch that counts.
    """

    floating: frozenset[str]
    placed: dict[str, Batch] = field(default_factory=dict)
    last: datetime = _FIRST

    def place(self, batch: Batch) -> None:
        """Gives the next batch its place."""
        # A copy has the place of the batch that it copies, and moves nothing.
        if not batch.copy_of:
            if not has_date(batch):
                batch = self._behind_last(batch)
            elif batch.counts:
                self._pass(batch)
        self.placed[batch.partition] = batch
        if batch.counts:
            self.last = max(self.last, batch.position[0])

    def _behind_last(self, batch: Batch) -> Batch:
        is_hidden = self.last > batch.position[0]
        return replace(batch, stands_at=self.last + _JUST) if is_hidden else batch

    def _pass(self, batch: Batch) -> None:
        """Puts floating batches behind a dated one that is newer."""
        known = (self.placed[name] for name in self.floating if name in self.placed)
        if not any(other.position > batch.position for other in known):
            return
        self.placed |= _passed({**self.placed, batch.partition: batch}, batch)
        # The last place may have been that of a batch that was passed.
        places = (other.position[0] for other in self.placed.values() if other.counts)
        self.last = max(places, default=self.last)


def _with(state: ProductState, batch: Batch, now: datetime) -> tuple[dict[str, Batch], Batch]:
    """The other batches and one that arrives, as slips of the pen are known by then."""
    early = _is_early(state.batches.get(batch.partition), batch)
    batches = with_slips(state.batches, replace(batch, early=early), now)
    arrived = batches.pop(batch.partition)
    return {**batches, **_dated_after_all(state.batches, batches)}, arrived


def _floats(batch: Batch) -> bool:
    """Whether a batch may stand elsewhere than its date says."""
    return batch.early or not has_date(batch)


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
    return {name: batch for name, batch in batches.items() if not has_date(batch)}


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
    known = [
        batch for batch in batches.values() if batch.counts and has_date(batch) and not batch.early
    ]
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
