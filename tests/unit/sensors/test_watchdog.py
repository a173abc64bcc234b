from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from aipo_pipelines.ledger.entry import Kind
from aipo_pipelines.ledger.state import Action, ActionKind, ActionStatus
from aipo_pipelines.sensors.actions import claim, run_tags
from aipo_pipelines.sensors.watchdog import ENDING, GRACE, Suspects, missing_runs, watch
from tests.world import World

RUN = "5" * 32


@pytest.fixture
def due(world: World) -> Action:
    world.deliver("w1").take_in()
    return world.due(ActionKind.MEASURE)[0]


@pytest.fixture
def launcher(world: World) -> Iterator[None]:
    """A daemon that launches runs lives."""
    world.ledger.show_launcher()
    yield
    world.ledger.close()


def look(world: World, suspects: Suspects | None = None) -> int:
    return watch(world.services, world.instance, world.product, suspects)


def current(world: World, action: Action) -> Action:
    return world.state.actions[str(action.entry)]


def launched(world: World, action: Action, status: dg.DagsterRunStatus) -> dg.DagsterRun:
    tags = {**run_tags("sample", action), "dagster/partition": action.partition}
    run = dg.DagsterRun("sample__monitor", run_id=RUN, tags=tags, status=status)
    return world.instance.add_run(run)


def status_of(world: World) -> dg.DagsterRunStatus:
    run = world.instance.get_run_by_id(RUN)
    assert run is not None
    return run.status


def test_a_claim_nobody_can_still_serve_is_lost_at_once(world: World, due: Action) -> None:
    claim(world.services, world.product, due)
    assert look(world) == 1
    assert current(world, due).status is ActionStatus.PENDING
    assert current(world, due).attempt == 2
    assert world.bodies(Kind.ACTION_LOST)[0]["reason"] == "no run came of it"


@pytest.mark.usefixtures("launcher")
def test_while_a_daemon_lives_a_claim_has_time_to_become_a_run(world: World, due: Action) -> None:
    claim(world.services, world.product, due)
    assert look(world) == 0
    world.clock.advance(GRACE)
    assert look(world) == 1


def test_a_run_that_lives_is_left_alone(world: World, due: Action) -> None:
    claim(world.services, world.product, due, RUN)
    launched(world, due, dg.DagsterRunStatus.STARTED)
    with world.ledger.run_lock(RUN):
        world.later(days=1)
        assert look(world) == 0
    assert status_of(world) is dg.DagsterRunStatus.STARTED


@pytest.mark.parametrize(
    "status",
    [
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
        dg.DagsterRunStatus.CANCELING,
        dg.DagsterRunStatus.NOT_STARTED,
    ],
)
def test_an_orphan_is_reported_failed_and_its_action_repeated(
    world: World, due: Action, status: dg.DagsterRunStatus
) -> None:
    claim(world.services, world.product, due, RUN)
    launched(world, due, status)
    assert look(world) == 1
    assert status_of(world) is dg.DagsterRunStatus.FAILURE
    assert current(world, due).attempt == 2
    assert world.bodies(Kind.ACTION_LOST)[0]["reason"] == "its process is gone"


@pytest.mark.usefixtures("launcher")
def test_a_run_that_a_living_daemon_has_yet_to_launch_waits(world: World, due: Action) -> None:
    claim(world.services, world.product, due)
    launched(world, due, dg.DagsterRunStatus.NOT_STARTED)
    world.later(days=1)
    assert look(world) == 0
    assert status_of(world) is dg.DagsterRunStatus.NOT_STARTED


@pytest.mark.usefixtures("launcher")
def test_a_run_that_just_let_go_of_its_lock_has_time_to_end(world: World, due: Action) -> None:
    claim(world.services, world.product, due, RUN)
    launched(world, due, dg.DagsterRunStatus.STARTED)
    suspects: Suspects = {}
    assert look(world, suspects) == 0
    world.clock.advance(ENDING)
    assert look(world, suspects) == 1
    assert suspects == {}


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE])
def test_a_run_that_ended_by_itself_is_the_recorders_news(
    world: World, due: Action, status: dg.DagsterRunStatus
) -> None:
    claim(world.services, world.product, due, RUN)
    launched(world, due, status)
    assert look(world) == 0
    assert Kind.ACTION_LOST not in world.kinds()


def test_a_run_of_another_product_under_the_same_number_is_not_ours(
    world: World, due: Action
) -> None:
    claim(world.services, world.product, due)
    tags = run_tags("another", due)
    world.instance.add_run(
        dg.DagsterRun("job", run_id=RUN, tags=tags, status=dg.DagsterRunStatus.SUCCESS)
    )
    assert look(world) == 1


def test_a_notice_whose_sender_died_is_sent_again(world: World) -> None:
    world.put("data/w0.csv", "").take_in()
    (notice,) = world.due(ActionKind.NOTIFY)
    claim(world.services, world.product, notice)
    assert look(world) == 1
    assert [one.attempt for one in world.due(ActionKind.NOTIFY)] == [2]


def test_a_second_pass_finds_nothing(world: World, due: Action) -> None:
    claim(world.services, world.product, due)
    assert [look(world), look(world)] == [1, 0]


def test_silence_becomes_an_incident(world: World) -> None:
    world.later(days=31)
    look(world)
    assert [one.cause for one in world.state.incidents.values()] == ["stale"]


def test_runs_dagster_knows_are_not_missing(world: World, due: Action) -> None:
    launched(world, due, dg.DagsterRunStatus.SUCCESS)
    assert missing_runs(world.instance, [world.state]) == frozenset()
    assert missing_runs(world.instance, []) == frozenset()
