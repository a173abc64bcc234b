"""Which actions may start now.

Runs of one product follow one another: of `measure`, `train` and `release` at most one is in
flight. A release goes first, then a training, then measurements in the order of batches. The
first in line holds the others back even while it waits for its next attempt, so that the end
state after a crash or a failure equals that of an undisturbed run. Notices are independent of
runs and of one another.

No attempt waits for longer than the longest pause between two: what is due later than that was put
off by a clock that was ahead, and may start at once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from aipo_pipelines.ledger.fold.actions import LONGEST_WAIT
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus, ProductState

RUNS = frozenset({ActionKind.MEASURE, ActionKind.TRAIN, ActionKind.RELEASE})
"""Kinds of actions that are runs."""

_TURN = {ActionKind.RELEASE: 0, ActionKind.TRAIN: 1, ActionKind.MEASURE: 2}


def in_flight(state: ProductState) -> tuple[Action, ...]:
    """The actions whose current attempt has started and not ended."""
    return tuple(one for one in state.actions.values() if one.status is ActionStatus.STARTED)


def next_actions(
    state: ProductState, now: datetime, kinds: Collection[ActionKind]
) -> tuple[Action, ...]:
    """The actions of these kinds that may start now; of runs at most one."""
    return tuple(one for one in _in_line(state) if one.kind in kinds and _is_due(one, now))


def next_due(state: ProductState, kinds: Collection[ActionKind]) -> datetime | None:
    """When the first action of these kinds may start; None where none waits or a run is on."""
    return min((one.due_at for one in _in_line(state) if one.kind in kinds), default=None)


def may_start(state: ProductState, action: Action, now: datetime) -> bool:
    """Whether this very attempt may still start: asked again under the lock that claims it."""
    return any(
        (one.entry, one.attempt) == (action.entry, action.attempt)
        for one in next_actions(state, now, {action.kind})
    )


def _is_due(action: Action, now: datetime) -> bool:
    return not timedelta(0) < action.due_at - now <= LONGEST_WAIT


def _in_line(state: ProductState) -> list[Action]:
    pending = [one for one in state.actions.values() if one.status is ActionStatus.PENDING]
    notices = [one for one in pending if one.kind is ActionKind.NOTIFY]
    notices.sort(key=lambda action: action.entry)
    if any(one.kind in RUNS for one in in_flight(state)):
        return notices
    runs = [one for one in pending if one.kind in RUNS]
    return [*notices, *sorted(runs, key=lambda action: _turn(state, action))[:1]]


def _turn(state: ProductState, action: Action) -> tuple[int, float, int, int]:
    batch = state.batches.get(action.partition)
    moment, first = batch.position if batch else (None, 0)
    return _TURN[action.kind], moment.timestamp() if moment else 0.0, first, action.entry
