"""The claimed runs, entry by entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from aipo_pipelines.ledger.events.actions import (
    ActionFailed,
    ActionFinished,
    ActionLost,
    ActionStarted,
)
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.events.runs import RunClaimed, RunEnded, RunFailed
from aipo_pipelines.ledger.model.state import ActionKind
from tests.world import World

CLAIMED = RunClaimed(run_id="run", job="sample__monitor")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def action_entry(world: World) -> int:
    """The entry that asks for the measurement of a batch."""
    world.deliver("w1").take_in()
    (action,) = world.state.actions.values()
    return action.entry


def started(entry: int, run_id: str, attempt: int = 1) -> ActionStarted:
    return ActionStarted(
        action=entry, attempt=attempt, action_kind=ActionKind.MEASURE, run_id=run_id
    )


def failed(run_id: str, action: str = "") -> RunFailed:
    return RunFailed(run_id=run_id, job="", partition="", error="?", action=action)


def test_a_run_by_hand_is_claimed_until_it_ends(world: World) -> None:
    world.append([CLAIMED])
    assert world.state.runs["run"].by_hand
    world.append([RunEnded(run_id="run")])
    assert world.state.runs == {}


def test_a_run_by_hand_that_breaks_has_ended(world: World) -> None:
    world.append([CLAIMED, failed("run")])
    assert world.state.runs == {}


def test_the_end_of_another_run_ends_no_claim(world: World) -> None:
    world.append([CLAIMED, failed("other"), RunEnded(run_id="another")])
    assert world.state.runs.keys() == {"run"}


def test_an_attempt_claims_its_run_when_the_run_is_known(world: World, action_entry: int) -> None:
    world.append([started(action_entry, "")])
    assert world.state.runs == {}
    world.append([started(action_entry, "run")])
    assert world.state.runs["run"].action == f"{action_entry}:1"


def test_a_second_run_of_an_attempt_is_not_claimed(world: World, action_entry: int) -> None:
    world.append([started(action_entry, "first"), started(action_entry, "second")])
    assert world.state.runs.keys() == {"first"}


@pytest.mark.parametrize("end", [ActionFinished, ActionFailed, RunFailed])
def test_the_end_of_an_attempt_ends_its_claim(
    world: World, action_entry: int, end: type[Event]
) -> None:
    ends: dict[type[Event], Event] = {
        ActionFinished: ActionFinished(action=action_entry, attempt=1),
        ActionFailed: ActionFailed(action=action_entry, attempt=1, error="?"),
        RunFailed: failed("run", f"{action_entry}:1"),
    }
    world.append([started(action_entry, "run"), ends[end]])
    assert world.state.runs == {}


def test_a_lost_attempt_keeps_its_claim_until_a_later_attempt_ends(
    world: World, action_entry: int
) -> None:
    world.append(
        [started(action_entry, "first"), ActionLost(action=action_entry, attempt=1, reason="gone")]
    )
    assert world.state.runs.keys() == {"first"}
    world.append(
        [started(action_entry, "second", 2), ActionFinished(action=action_entry, attempt=2)]
    )
    assert world.state.runs == {}
