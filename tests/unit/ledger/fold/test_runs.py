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
from aipo_pipelines.ledger.fold.runs import attempted, claimed, ended
from aipo_pipelines.ledger.model.state import ActionKind, ClaimedRun, ProductState
from tests.unit.ledger.values import action, actions, entry, run, state
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


# The handlers themselves, on typed values.


def claim(before: ProductState, run_id: str = "run", index: int = 50) -> ProductState:
    event = RunClaimed(run_id=run_id, job="monitor", action="7:1")
    return claimed(before, entry(event, index), event)


def test_a_claim_is_known_with_everything_that_its_entry_says() -> None:
    expected = ClaimedRun(run_id="run", job="monitor", action="7:1", by_hand=True, entry=50)
    assert claim(state()).runs == {"run": expected}


def test_a_second_claim_does_not_make_the_run_younger() -> None:
    once = claim(state())
    assert claim(once, index=51) is once
    assert list(claim(once, "other", 51).runs) == ["run", "other"]


@pytest.mark.parametrize(
    ("attempt", "run_id", "is_claimed"),
    [(2, "run", True), (1, "run", False), (3, "run", False), (2, "other", False)],
)
def test_only_the_run_of_the_current_attempt_is_claimed(
    attempt: int, run_id: str, is_claimed: bool
) -> None:
    before = state(actions=actions(action(7, attempt=2, run_id="run")))
    event = started(7, run_id, attempt)
    expected = ClaimedRun(run_id="run", job="", action="7:2", by_hand=False, entry=50)
    after = attempted(before, entry(event, 50), event)
    assert after.runs == ({"run": expected} if is_claimed else {})


def test_an_attempt_without_a_run_or_of_an_unknown_action_claims_nothing() -> None:
    before = state(actions=actions(action(7, run_id="")))
    for event in (started(7, ""), started(8, "run")):
        assert attempted(before, entry(event), event) is before


def test_an_attempt_does_not_claim_a_run_twice() -> None:
    before = state(actions=actions(action(7, run_id="run")), runs={"run": run("run", 20)})
    event = started(7, "run")
    assert attempted(before, entry(event), event) is before


def served(attempt: str, *, by_hand: bool = False) -> ClaimedRun:
    return run(f"run {attempt}", action=attempt, by_hand=by_hand)


RUNS = [
    served("7:1"),
    served("7:2"),
    served("7:3"),
    served("8:1"),
    run("by hand", action="7:1"),
]


@pytest.mark.parametrize(
    ("end", "remaining"),
    [
        (ActionFinished(action=7, attempt=2), ["run 7:3", "run 8:1", "by hand"]),
        (
            ActionFailed(action=7, attempt=1, error="?"),
            ["run 7:2", "run 7:3", "run 8:1", "by hand"],
        ),
        (failed("run 7:1", "7:2"), ["run 7:3", "run 8:1", "by hand"]),
        (failed("by hand", ""), ["run 7:1", "run 7:2", "run 7:3", "run 8:1"]),
        (failed("other", "no attempt"), [known.run_id for known in RUNS]),
        (RunEnded(run_id="run 7:2"), ["run 7:1", "run 7:3", "run 8:1", "by hand"]),
        (
            ActionFinished(action=9, attempt=1, run_id="by hand"),
            ["run 7:1", "run 7:2", "run 7:3", "run 8:1"],
        ),
    ],
    ids=["finished", "failed", "broken", "broken by hand", "unknown", "ended", "with its run"],
)
def test_the_end_of_an_attempt_ends_the_runs_of_that_attempt_and_of_earlier_attempts(
    end: RunEnded | RunFailed | ActionFinished | ActionFailed, remaining: list[str]
) -> None:
    before = state(runs={known.run_id: known for known in RUNS})
    assert list(ended(before, entry(end), end).runs) == remaining


def test_the_end_of_no_claimed_run_leaves_the_state_as_it_is() -> None:
    before = state(runs={"run": run()})
    end = RunEnded(run_id="other")
    assert ended(before, entry(end), end) is before
