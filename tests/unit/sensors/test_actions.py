from __future__ import annotations

import pytest

from aipo_pipelines.assets.run_tags import JOBS, assets_of, job_name
from aipo_pipelines.ledger.events.actions import ActionStarted
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus
from aipo_pipelines.sensors.actions import attempt_key, claim, fail, finish, lose, run_tags
from tests.world import World


@pytest.fixture
def due(world: World) -> Action:
    """The measurement of a batch that has just arrived."""
    world.deliver("w1").take_in()
    return world.due(ActionKind.MEASURE)[0]


def current(world: World, action: Action) -> Action:
    return world.state.actions[str(action.entry)]


def test_of_two_claimants_one_wins(world: World, due: Action) -> None:
    assert [claim(world.services, world.product, due) for _ in range(2)] == [True, False]
    assert world.kinds().count(ActionStarted.kind) == 1


def test_a_claim_names_the_run_it_is_for(world: World, due: Action) -> None:
    claim(world.services, world.product, due, "run-7")
    assert current(world, due).run_id == "run-7"


def test_an_action_superseded_meanwhile_cannot_be_claimed(world: World, due: Action) -> None:
    world.deliver("w1", x1=0.5).take_in()
    assert not claim(world.services, world.product, due)


def test_a_second_run_of_a_product_cannot_be_claimed_beside_the_first(
    world: World, due: Action
) -> None:
    world.deliver("w2").take_in()
    second = next(action for action in world.state.actions.values() if action.partition == "w2")
    assert claim(world.services, world.product, due)
    assert not claim(world.services, world.product, second)


def test_a_failed_attempt_waits_before_the_next(world: World, due: Action) -> None:
    claim(world.services, world.product, due)
    fail(world.services, world.product, due, "OSError", permanent=False)
    again = current(world, due)
    assert (again.status, again.attempt, again.error) == (ActionStatus.PENDING, 2, "OSError")
    assert again.due_at > world.clock.now()
    assert not claim(world.services, world.product, again)
    world.clock.set(again.due_at)
    assert claim(world.services, world.product, again)


def test_a_permanent_failure_is_not_tried_again(world: World, due: Action) -> None:
    claim(world.services, world.product, due)
    fail(world.services, world.product, due, "no such model", permanent=True)
    assert current(world, due).status is ActionStatus.GIVEN_UP
    assert [str(incident.cause) for incident in world.state.incidents.values()] == [
        "action:measure"
    ]


def test_a_lost_attempt_may_be_repeated_at_once(world: World, due: Action) -> None:
    claim(world.services, world.product, due)
    lose(world.services, world.product, current(world, due), "its process is gone")
    again = current(world, due)
    assert again.due_at <= world.clock.now()
    assert claim(world.services, world.product, again)


def test_an_attempt_ends_once(world: World, due: Action) -> None:
    claim(world.services, world.product, due)
    finish(world.services, world.product, due)
    size = world.ledger.size()
    finish(world.services, world.product, due)
    assert world.ledger.size() == size


def test_a_run_is_known_by_product_entry_and_attempt(due: Action) -> None:
    assert attempt_key(due) == f"{due.entry}:1"
    assert run_tags("sample", due) == {
        "aipo/product": "sample",
        "aipo/action": f"{due.entry}:1",
    }


def test_an_action_is_limited_to_the_assets_it_names(due: Action) -> None:
    assert assets_of(due) == ()
    assert job_name("sample", JOBS[due.kind]) == "sample__monitor"


def test_every_kind_of_run_has_a_job() -> None:
    assert set(JOBS) == set(ActionKind) - {ActionKind.NOTIFY}
