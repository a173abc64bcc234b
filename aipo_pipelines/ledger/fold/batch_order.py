"""The order of batches, also of batches without a usable date.

Dates give the order. A batch without a date, or with a slip of the pen as its date, is the last
batch when it arrives. It must not hide dated batches that arrive later: a dated batch that is newer
than all earlier dated batches comes after all batches without a date. If no batch has a date, all
are in the order of their arrival. A withdrawn batch has no effect on the places of other batches.

A batch that is dated ahead, such as a plan, must not hide later batches either: when a batch
arrives that is not dated ahead, the plan is before it from then on. Dates give the order of plans.
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
"""A date within this bound may come from another time zone, or name the day that begins."""


# Evidence without a batch comes before all other evidence, so it is never the newest evidence.
_UNKNOWN_BATCH = (_FIRST, 0)


def position_of(state: ProductState, partition: str) -> tuple[datetime, int]:
    """The place of a batch; before all others if there is no such batch."""
    batch = state.batches.get(partition)
    return batch.position if batch else _UNKNOWN_BATCH


def has_date(batch: Batch) -> bool:
    """Whether a batch has a date that is no slip of the pen."""
    return batch.dated and not batch.slipped


def placed(state: ProductState, batch: Batch, now: datetime) -> ProductState:
    """The state with a batch that has just arrived, and all batches at their places.

    A copy moves no other batch: it is not newer than its original.
    """
    rest, batch = _with(state, batch, now)
    if has_date(batch):
        batch = replace(batch, stands_at=None, placed_by=batch.entry)
        behind = {} if batch.copy_of else _passed(rest, batch)
        return replace(state, batches={**rest, **behind, batch.partition: batch})
    if not batch.copy_of and batch.stands_at is None:
        last = max((other.position[0] for other in rest.values() if other.counts), default=_FIRST)
        if last > batch.position[0]:
            batch = replace(batch, stands_at=last + _JUST, placed_by=batch.entry)
        elif batch.slipped:
            batch = replace(batch, placed_by=batch.entry)
    return replace(state, batches={**rest, batch.partition: batch})


def back_in_place(state: ProductState, batch: Batch, now: datetime) -> ProductState:
    """The state with a batch whose former content is back, at the place of that content.

    It passes no other batch. A batch that arrived after that content, and was the last batch then,
    comes after it again. It is measured again, unless later batches have passed it.
    """
    rest, batch = _with(state, batch, now)
    if has_date(batch) and not batch.early:
        batch = replace(batch, stands_at=None)
    after = placed_again(replace(state, batches={**rest, batch.partition: batch}))
    back = after.batches[batch.partition]
    came_after = (
        name
        for name, other in rest.items()
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
    """The state with all batches at their places after a batch was withdrawn, or came back.

    All places are given again, in the same sequence as before. So a withdrawn batch has no effect
    on the order of the others.
    """
    batches = dict(state.batches)
    floating = [name for name, batch in batches.items() if _floats(batch) and not batch.copy_of]
    # Dated batches are at their dates: without a floating batch no place can change.
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
    """Gives batches their places, one batch after the other.

    Attributes:
        floating: Names of the batches whose places may differ from their dates.
        placed: Batches that have their places.
        last: The last place so far of a batch that counts.
    """

    floating: frozenset[str]
    placed: dict[str, Batch] = field(default_factory=dict)
    last: datetime = _FIRST

    def place(self, batch: Batch) -> None:
        """Gives the next batch its place."""
        # A copy has the place of its original, and moves no other batch.
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
        """Moves floating batches before a newer dated batch."""
        known = (self.placed[name] for name in self.floating if name in self.placed)
        if not any(other.position > batch.position for other in known):
            return
        self.placed |= _passed({**self.placed, batch.partition: batch}, batch)
        # The passed batches may include the last batch.
        places = (other.position[0] for other in self.placed.values() if other.counts)
        self.last = max(places, default=self.last)


def _with(state: ProductState, batch: Batch, now: datetime) -> tuple[dict[str, Batch], Batch]:
    """The other batches and the arriving batch, with the slips of the pen that are known then."""
    early = _is_early(state.batches.get(batch.partition), batch)
    batches = with_slips(state.batches, replace(batch, early=early), now)
    arrived = batches.pop(batch.partition)
    return {**batches, **_dated_after_all(state.batches, batches)}, arrived


def _floats(batch: Batch) -> bool:
    """Whether the place of a batch may differ from its date."""
    return batch.early or not has_date(batch)


def _is_early(known: Batch | None, batch: Batch) -> bool:
    """Whether a batch is dated ahead; a plan remains a plan when it is delivered again later."""
    if known is not None and known.stands and known.occurred_at == batch.occurred_at:
        return known.early
    return batch.occurred_at > batch.arrived_at + _DAY


def _passed(rest: Mapping[str, Batch], batch: Batch) -> dict[str, Batch]:
    """The batches that an arriving dated batch passes, with their places just before it.

    It passes the batches without a date if it is newer than all dates that have come. It passes the
    batches that are dated ahead if it is not dated ahead and is newer than all other batches.
    """
    dated = _dated_before(rest, batch)
    latest = batch.arrived_at + _DAY
    come = [other for other in dated if batch.early or other.occurred_at <= latest]
    passed = _without_date(rest) if _is_newest(batch, come) else {}
    if not batch.early and _is_newest(batch, [other for other in dated if not other.early]):
        passed |= {name: other for name, other in rest.items() if other.early}
    return _just_before(passed, batch)


def _dated_before(rest: Mapping[str, Batch], batch: Batch) -> list[Batch]:
    """The batches that count, have a date and were placed before a batch."""
    before = (other for other in rest.values() if other.placed_by <= batch.placed_by)
    return [other for other in before if other.counts and has_date(other)]


def _without_date(batches: Mapping[str, Batch]) -> dict[str, Batch]:
    return {name: batch for name, batch in batches.items() if not has_date(batch)}


def _is_newest(batch: Batch, rest: Iterable[Batch]) -> bool:
    return all(batch.occurred_at >= other.occurred_at for other in rest)


def _dated_after_all(before: Mapping[str, Batch], now: Mapping[str, Batch]) -> dict[str, Batch]:
    """Batches whose dates are not slips any more, before the batches that arrived later."""
    dated = {
        name: batch
        for name, batch in now.items()
        if batch.early and has_date(batch) and before[name].slipped
    }
    return {name: _before_later(now, batch) for name, batch in dated.items()}


def _before_later(batches: Mapping[str, Batch], early: Batch) -> Batch:
    known = [
        batch for batch in batches.values() if batch.counts and has_date(batch) and not batch.early
    ]
    newest = _FIRST
    for batch in sorted(known, key=lambda batch: batch.placed_by):
        is_later = batch.placed_by > early.placed_by and not batch.copy_of
        # The first batch that was the newest when it arrived would have passed the early batch.
        if is_later and batch.occurred_at >= newest:
            return _just_before({early.partition: early}, batch).get(early.partition, early)
        newest = max(newest, batch.occurred_at)
    return early


def _just_before(passed: Mapping[str, Batch], newest: Batch) -> dict[str, Batch]:
    """The passed batches that are after the newest batch, with places just before it."""
    # The first moment that Python knows has no moment before it.
    place = max(newest.occurred_at, _FIRST + _JUST) - _JUST
    return {
        name: replace(batch, stands_at=place)
        for name, batch in passed.items()
        if batch.position > newest.position
    }
