"""Actions in the fold: requests and their attempts.

One entry asks for an action, which is tried up to `MAX_ATTEMPTS` times. Attempts only move forward:
an event about an earlier attempt is late and changes nothing. Only a late success also ends an
action whose next attempt has not begun. After a failure the next attempt waits `BACKOFF` times 1,
2, 4 ...; after a loss or an interruption it may start at once. An action that was given up may be
renewed: then it has one more attempt.

A newer action of the same kind on the same batch does the work of an older action that waits or was
given up. The older action is superseded, and the newer action also measures its assets. An action
that has started may end; if it fails, it is superseded then. A measurement of a batch that its feed
withdrew is superseded in the same way.

A training is done when its candidate is assessed, and a release when its champion is recorded, even
if the process broke afterwards. So the same work is not done twice after a crash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.actions import (
    ActionFailed,
    ActionFinished,
    ActionLost,
    ActionRenewed,
    ActionStarted,
)
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.events.releases import ReleaseDecided
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.models import TrainingStatus
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus, ProductState

# Three attempts outlast a restart of a service; more attempts only delay the incident.
MAX_ATTEMPTS = 3
# The first pause is longer than a database or a webserver takes to start again.
BACKOFF = timedelta(seconds=30)
LONGEST_WAIT = BACKOFF * 2 ** (MAX_ATTEMPTS - 2)
"""The longest pause before an attempt."""

# A started action may end: its process may already have written results.
_REPLACEABLE = (ActionStatus.PENDING, ActionStatus.GIVEN_UP)
# Notices and releases are never merged: each has its own text or version.
_RENEWABLE = (ActionKind.MEASURE, ActionKind.TRAIN)
_WITHDRAWN = "the batch was withdrawn by its feed"


def ask_measure(
    state: ProductState, entry: Entry, partition: str, assets: tuple[str, ...]
) -> ProductState:
    """Asks for a measurement of some assets of a batch; of all assets if no asset is named."""
    arguments: dict[str, Json] = {"assets": list(assets)} if assets else {}
    return ask(state, entry, ActionKind.MEASURE, partition, arguments)


def ask_measurement(state: ProductState, entry: Entry, due: MeasurementDue) -> ProductState:
    """Asks for the measurement that a rule found due, unless the batch was withdrawn."""
    batch = state.batches.get(due.partition)
    # The rule may have asked before the entry of the withdrawal was folded.
    if batch is None or not batch.stands:
        return state
    marked = replace(batch, due=entry.index)
    state = replace(state, batches={**state.batches, due.partition: marked})
    return ask_measure(state, entry, due.partition, due.assets)


def ask_training(state: ProductState, entry: Entry, due: TrainingDue) -> ProductState:
    """Asks for a training that is due."""
    arguments: dict[str, Json] = {
        "window": list(due.window),
        "trigger": str(due.trigger),
        "change": due.change,
    }
    return ask(state, entry, ActionKind.TRAIN, "", arguments)


def ask_release(state: ProductState, entry: Entry, decided: ReleaseDecided) -> ProductState:
    """Asks for the release of a version that may go live."""
    return ask(state, entry, ActionKind.RELEASE, "", {"version": decided.version})


def ask_withdrawal(state: ProductState, entry: Entry) -> ProductState:
    """Asks for the removal of the alias from a stopped version, before another version gets it."""
    # An empty version means that no version gets the alias.
    return ask(state, entry, ActionKind.RELEASE, "", {"version": ""})


def withdraw_release(state: ProductState, version: str) -> ProductState:
    """Supersedes the waiting release of a version that may not go live any more.

    A run that has begun asks for the decision itself before it moves the alias.
    """
    waiting = [
        action
        for action in state.actions.values()
        if action.kind is ActionKind.RELEASE
        and action.arguments.get("version") == version
        and action.status in _REPLACEABLE
    ]
    for action in waiting:
        note = "the decision it served was withdrawn"
        state = _put(state, replace(action, status=ActionStatus.SUPERSEDED, error=note))
    return state


def withdraw_measurements(
    state: ProductState, partition: str, reason: str = _WITHDRAWN
) -> ProductState:
    """Supersedes the waiting measurements of a batch that is no evidence any more."""
    waiting = [
        action
        for action in state.actions.values()
        if action.kind is ActionKind.MEASURE
        and action.partition == partition
        and action.status in _REPLACEABLE
    ]
    for action in waiting:
        state = _put(state, replace(action, status=ActionStatus.SUPERSEDED, error=reason))
    return state


def supersede_given_up_releases(state: ProductState) -> ProductState:
    """Supersedes the releases that were given up: another version went live."""
    given_up = [
        action
        for action in state.actions.values()
        if action.kind is ActionKind.RELEASE and action.status is ActionStatus.GIVEN_UP
    ]
    for action in given_up:
        note = "another version went live"
        state = _put(state, replace(action, status=ActionStatus.SUPERSEDED, error=note))
    return state


def started(state: ProductState, entry: Entry, start: ActionStarted) -> ProductState:
    """An attempt was claimed; a second claim may add the run of the attempt."""
    action = state.actions.get(str(start.action))
    if action is None or start.attempt != action.attempt:
        return state
    # The sensor claims the attempt before it launches a run; the run adds its own name later.
    if action.status is ActionStatus.STARTED:
        return _put(state, replace(action, run_id=action.run_id or start.run_id))
    if action.status not in (ActionStatus.PENDING, ActionStatus.SUPERSEDED):
        return state
    running = replace(
        action, status=ActionStatus.STARTED, run_id=start.run_id, started_at=entry.recorded_at
    )
    return _put(state, running)


def finished(state: ProductState, _: Entry, end: ActionFinished) -> ProductState:
    """An attempt succeeded, perhaps after it was recorded as lost."""
    action = state.actions.get(str(end.action))
    if action is None or end.attempt > action.attempt:
        return state
    # The current attempt is under way and will report its own end.
    if action.status is ActionStatus.STARTED and end.attempt != action.attempt:
        return state
    return _put(state, replace(action, status=ActionStatus.FINISHED, error=""))


def failed(state: ProductState, entry: Entry, failure: ActionFailed) -> ProductState:
    """An attempt failed."""
    return _fail(
        state, entry, failure.action, failure.attempt, failure.error, permanent=failure.permanent
    )


def run_failed(state: ProductState, entry: Entry, failure: RunFailed) -> ProductState:
    """The run of an attempt broke; a run by hand belongs to no attempt."""
    attempt = Attempt.parse(failure.action)
    if attempt is None:
        return state
    return _fail(
        state,
        entry,
        attempt.entry,
        attempt.number,
        failure.error,
        permanent=failure.permanent,
        wait=not failure.interrupted,
    )


def lost(state: ProductState, entry: Entry, loss: ActionLost) -> ProductState:
    """An attempt was claimed and its process is gone: the next attempt may start at once."""
    action = state.actions.get(str(loss.action))
    if action is None or action.status is not ActionStatus.STARTED:
        return state
    return _fail(state, entry, loss.action, loss.attempt, loss.reason, wait=False)


def renewed(state: ProductState, entry: Entry, renewal: ActionRenewed) -> ProductState:
    """An action that was given up has one more attempt, at once."""
    action = state.actions.get(str(renewal.action))
    if action is None or action.status is not ActionStatus.GIVEN_UP:
        return state
    again = replace(
        action,
        status=ActionStatus.PENDING,
        attempt=action.attempt + 1,
        due_at=entry.recorded_at,
        started_at=None,
        run_id="",
    )
    return _put(state, again)


def complete(state: ProductState, kind: ActionKind) -> ProductState:
    """Ends the waiting actions of a kind whose work is recorded."""
    done = [
        action
        for action in state.actions.values()
        if action.kind is kind and action.status in _REPLACEABLE and _is_done(state, action)
    ]
    for action in done:
        state = _put(state, replace(action, status=ActionStatus.FINISHED, error=""))
    return state


def ask(
    state: ProductState,
    entry: Entry,
    kind: ActionKind,
    partition: str,
    arguments: Mapping[str, Json],
) -> ProductState:
    """Asks for an action: an entry asks for at most one.

    Args:
        state: The state so far.
        entry: The entry that asks.
        kind: Kind of the action.
        partition: Batch that it is about; empty without a batch.
        arguments: What the action needs.
    """
    action = Action(
        entry=entry.index,
        kind=kind,
        partition=partition,
        arguments=arguments,
        status=ActionStatus.PENDING,
        attempt=1,
        due_at=entry.recorded_at,
    )
    return _supersede(_put(state, action), action)


def _fail(
    state: ProductState,
    entry: Entry,
    asked_by: int,
    attempt: int,
    error: str,
    *,
    permanent: bool = False,
    wait: bool = True,
) -> ProductState:
    action = state.actions.get(str(asked_by))
    if action is None or attempt != action.attempt:
        return state
    if action.status not in (ActionStatus.PENDING, ActionStatus.STARTED):
        return state
    # The order matters: work that is recorded is done, even if its process broke afterwards.
    if _is_done(state, action):
        again = replace(action, status=ActionStatus.FINISHED)
    elif _is_withdrawn(state, action):
        again = replace(action, status=ActionStatus.SUPERSEDED, error=_WITHDRAWN)
    elif permanent or attempt >= MAX_ATTEMPTS:
        again = replace(action, status=ActionStatus.GIVEN_UP, error=error)
    else:
        pause = BACKOFF * 2 ** (attempt - 1) if wait else timedelta(0)
        again = replace(
            action,
            status=ActionStatus.PENDING,
            attempt=attempt + 1,
            due_at=entry.recorded_at + pause,
            started_at=None,
            run_id="",
            error=error,
        )
    state = _put(state, again)
    # While this attempt ran, a newer action may have been asked for that does its work too.
    newest = max(
        (other for other in state.actions.values() if _same_work(other, action)),
        key=lambda other: other.entry,
    )
    return _supersede(state, newest)


def _supersede(state: ProductState, newest: Action) -> ProductState:
    """Moves the work of older actions that wait or were given up to a newer waiting action."""
    if newest.kind not in _RENEWABLE or newest.status is not ActionStatus.PENDING:
        return state
    older = [
        action
        for action in state.actions.values()
        if _same_work(action, newest)
        and action.entry < newest.entry
        and action.status in _REPLACEABLE
    ]
    for action in older:
        note = f"superseded by entry {newest.entry}"
        state = _put(state, replace(action, status=ActionStatus.SUPERSEDED, error=note))
        if newest.kind is ActionKind.MEASURE:
            newest = replace(newest, arguments=_both(newest.arguments, action.arguments))
    return _put(state, newest) if older else state


def _both(newer: Mapping[str, Json], older: Mapping[str, Json]) -> Mapping[str, Json]:
    """Arguments that measure the assets of both actions; no named asset means all assets."""
    newer_assets, older_assets = newer.get("assets"), older.get("assets")
    # No list means all assets, and all assets include every list.
    if not isinstance(newer_assets, list) or not isinstance(older_assets, list):
        return {}
    added = (asset for asset in newer_assets if asset not in older_assets)
    return {"assets": [*older_assets, *added]}


def _is_done(state: ProductState, action: Action) -> bool:
    champion = state.champion
    if action.kind is ActionKind.RELEASE:
        # A version that goes live takes the alias from every other version: nothing is left to do.
        return champion is not None and action.arguments.get("version") in ("", champion.version)
    if action.kind is ActionKind.TRAIN:
        training = state.trainings.get(str(action.entry))
        return training is not None and training.status is TrainingStatus.TRAINED
    return False


def _is_withdrawn(state: ProductState, action: Action) -> bool:
    batch = state.batches.get(action.partition)
    return action.kind is ActionKind.MEASURE and batch is not None and not batch.stands


def _same_work(left: Action, right: Action) -> bool:
    return left.kind is right.kind and left.partition == right.partition


def _put(state: ProductState, action: Action) -> ProductState:
    state = _note_training(state, action)
    return replace(state, actions={**state.actions, str(action.entry): action})


def _note_training(state: ProductState, action: Action) -> ProductState:
    """Keeps the result of a training, because the state forgets its finished action."""
    training = state.trainings.get(str(action.entry))
    if training is None or training.status is TrainingStatus.TRAINED:
        return state
    status = _ENDS.get(action.status, TrainingStatus.REQUESTED)
    if status is training.status:
        return state
    noted = replace(training, status=status)
    return replace(state, trainings={**state.trainings, str(action.entry): noted})


_ENDS = {
    ActionStatus.FINISHED: TrainingStatus.NOTHING,
    ActionStatus.GIVEN_UP: TrainingStatus.GIVEN_UP,
    ActionStatus.SUPERSEDED: TrainingStatus.GIVEN_UP,
}
