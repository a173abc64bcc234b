"""Which runs are claimed, entry by entry."""

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
def asked(world: World) -> int:
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


def test_an_attempt_claims_its_run_when_it_becomes_one(world: World, asked: int) -> None:
    world.append([started(asked, "")])
    assert world.state.runs == {}
    world.append([started(asked, "run")])
    assert world.state.runs["run"].action == f"{asked}:1"


def test_a_second_run_of_an_attempt_is_not_claimed(world: World, asked: int) -> None:
    world.append([started(asked, "first"), started(asked, "second")])
    assert world.state.runs.keys() == {"first"}


@pytest.mark.parametrize("end", [ActionFinished, ActionFailed, RunFailed])
def test_the_end_of_an_attempt_ends_its_claim(world: World, asked: int, end: type[Event]) -> None:
    ends: dict[type[Event], Event] = {
        ActionFinished: ActionFinished(action=asked, attempt=1),
        ActionFailed: ActionFailed(action=asked, attempt=1, error="?"),
        RunFailed: failed("run", f"{asked}:1"),
    }
    world.append([started(asked, "run"), ends[end]])
    assert world.state.runs == {}


def test_a_lost_attempt_keeps_its_claim_until_a_later_one_ends(world: World, asked: int) -> None:
    world.append([started(asked, "first"), ActionLost(action=asked, attempt=1, reason="gone")])
    assert world.state.runs.keys() == {"first"}
    world.append([started(asked, "second", 2), ActionFinished(action=asked, attempt=2)])
    assert world.state.runs == {}
