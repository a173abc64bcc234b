"""The actions that may start now.

Each product has at most one run at a time, of the kinds `measure`, `train` and `release`. A release
goes first, then a training, then measurements in the order of batches. The first run in the queue
holds the other runs back, also while it waits for its next attempt. Therefore the state after a
crash or a failure is the same as without it. Notices do not wait for runs or for other notices.

No attempt waits longer than the longest pause between two attempts. If an action is due later, a
clock that was ahead set its time, and it may start at once.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from aipo_pipelines.ledger.fold.actions import LONGEST_WAIT
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus, ProductState

RUNS = frozenset({ActionKind.MEASURE, ActionKind.TRAIN, ActionKind.RELEASE})
"""Kinds of actions that are runs."""

# A history that is delivered at once must give the same result as a delivery batch by batch.
# Therefore a model is trained and released before the next batch is measured.
_TURN = {ActionKind.RELEASE: 0, ActionKind.TRAIN: 1, ActionKind.MEASURE: 2}


def in_flight(state: ProductState) -> tuple[Action, ...]:
    """The actions whose current attempt has started and not ended."""
    return tuple(
        action for action in state.actions.values() if action.status is ActionStatus.STARTED
    )


def next_actions(
    state: ProductState, now: datetime, kinds: Collection[ActionKind]
) -> tuple[Action, ...]:
    """The actions of these kinds that may start now, with at most one run."""
    return tuple(
        action for action in _queue(state) if action.kind in kinds and _is_due(action, now)
    )


def next_due(state: ProductState, kinds: Collection[ActionKind]) -> datetime | None:
    """When the first action of these kinds may start; None if no action waits or a run is going."""
    return min((action.due_at for action in _queue(state) if action.kind in kinds), default=None)


def may_start(state: ProductState, action: Action, now: datetime) -> bool:
    """True if exactly this attempt may still start."""
    # Another process can have claimed the attempt since the state was read. Therefore the claim
    # asks again under its lock.
    return any(
        (due.entry, due.attempt) == (action.entry, action.attempt)
        for due in next_actions(state, now, {action.kind})
    )


def _is_due(action: Action, now: datetime) -> bool:
    return not timedelta(0) < action.due_at - now <= LONGEST_WAIT


def _queue(state: ProductState) -> list[Action]:
    """The actions that wait, with the first run only, and without runs while a run is going."""
    pending = [action for action in state.actions.values() if action.status is ActionStatus.PENDING]
    notices = [action for action in pending if action.kind is ActionKind.NOTIFY]
    notices.sort(key=lambda action: action.entry)
    if any(action.kind in RUNS for action in in_flight(state)):
        return notices
    runs = [action for action in pending if action.kind in RUNS]
    return [*notices, *sorted(runs, key=lambda action: _turn(state, action))[:1]]


def _turn(state: ProductState, action: Action) -> tuple[int, float, int, int]:
    batch = state.batches.get(action.partition)
    moment, first = batch.position if batch else (None, 0)
    return _TURN[action.kind], moment.timestamp() if moment else 0.0, first, action.entry
