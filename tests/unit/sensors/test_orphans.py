"""What the watchdog makes of attempts whose process it does not see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import dagster as dg
import pytest

from aipo_pipelines.assets.reporting.specs import MONITORED
from aipo_pipelines.assets.running.run_lock import Running, confirm, present
from aipo_pipelines.errors import RunOvertakenError, UsageError
from aipo_pipelines.ledger.events.actions import ActionStarted
from aipo_pipelines.ledger.model.state import Action, ActionStatus
from aipo_pipelines.sensors.actions import claim, lose, run_tags
from aipo_pipelines.sensors.watchdog import ENDING, GRACE, Suspects, watch
from tests.dagster_internals import create_run_for_test
from tests.world import World

ACTIVE = dg.DagsterRunStatus.STARTED
WAITING = dg.DagsterRunStatus.NOT_STARTED


@pytest.fixture
def claimed(world: World) -> World:
    """A world whose one measurement was claimed by the sensors of a daemon."""
    world.deliver("w1").take_in()
    assert claim(world.services, world.product, the_action(world))
    return world


def the_action(world: World) -> Action:
    (action,) = world.state.actions.values()
    return action


def look(world: World, suspects: Suspects | None = None, later: timedelta | None = None) -> int:
    """One pass of the watchdog, some time later."""
    world.clock.advance(later or timedelta(0))
    return watch(world.services, world.instance, world.product, suspects)


def launch(world: World, status: dg.DagsterRunStatus) -> dg.DagsterRun:
    """The run that a daemon makes of the claim."""
    action = the_action(world)
    tags = {**run_tags("sample", action), "dagster/partition": action.partition}
    run: dg.DagsterRun = create_run_for_test(
        world.instance, job_name="sample__monitor", status=status, tags=tags
    )
    return run


def begin(world: World, run: dg.DagsterRun) -> None:
    confirm(world.services, world.product, running(run.run_id, run.tags))


def running(run_id: str, tags: Mapping[str, str], job: str = "sample__monitor") -> Running:
    return Running(run_id=run_id, job=job, tags=tags, assets=frozenset(MONITORED))


def test_if_no_process_launches_runs_a_claim_without_a_run_is_lost_at_once(claimed: World) -> None:
    assert look(claimed) == 1
    action = the_action(claimed)
    assert (action.status, action.attempt) == (ActionStatus.PENDING, 2)


def test_a_claim_of_a_living_daemon_has_time_to_become_a_run(claimed: World) -> None:
    claimed.ledger.show_launcher()
    assert look(claimed, later=GRACE - timedelta(seconds=1)) == 0
    assert look(claimed, later=timedelta(seconds=1)) == 1


def test_a_run_in_the_queue_of_a_living_daemon_may_wait_forever(claimed: World) -> None:
    claimed.ledger.show_launcher()
    launch(claimed, WAITING)
    assert look(claimed, later=timedelta(days=1)) == 0


def test_a_run_in_the_queue_of_a_dead_daemon_is_failed_and_repeated(claimed: World) -> None:
    run = launch(claimed, WAITING)
    assert look(claimed) == 1
    run_now = claimed.instance.get_run_by_id(run.run_id)
    assert run_now is not None
    assert run_now.status is dg.DagsterRunStatus.FAILURE


def test_a_run_whose_process_lives_is_left_alone(claimed: World) -> None:
    run = launch(claimed, ACTIVE)
    with present(claimed.services, run.run_id):
        assert look(claimed, later=timedelta(days=1)) == 0


def test_a_run_that_gave_up_its_lock_has_time_to_end(claimed: World) -> None:
    claimed.ledger.show_launcher()
    suspects: Suspects = {}
    begin(claimed, launch(claimed, ACTIVE))
    assert look(claimed, suspects) == 0
    assert look(claimed, suspects, later=ENDING - timedelta(seconds=1)) == 0
    assert look(claimed, suspects, later=timedelta(seconds=1)) == 1
    assert suspects == {}


def test_a_suspect_that_is_seen_alive_is_none_any_more(claimed: World) -> None:
    claimed.ledger.show_launcher()
    suspects: Suspects = {}
    run = launch(claimed, ACTIVE)
    begin(claimed, run)
    look(claimed, suspects)
    with present(claimed.services, run.run_id):
        look(claimed, suspects, later=ENDING)
    assert suspects == {}


def test_a_run_that_ended_by_itself_is_the_recorders(claimed: World) -> None:
    launch(claimed, dg.DagsterRunStatus.SUCCESS)
    assert look(claimed, later=timedelta(days=1)) == 0


def test_a_notice_without_an_end_is_lost_at_once(world: World) -> None:
    world.deliver("w1", x1=float("nan")).play()
    notice = next(action for action in world.state.actions.values() if action.kind == "notify")
    claim(world.services, world.product, notice)
    world.ledger.show_launcher()
    assert look(world) == 1


def test_a_run_that_begins_takes_its_attempt(claimed: World) -> None:
    run = launch(claimed, ACTIVE)
    begin(claimed, run)
    assert the_action(claimed).run_id == run.run_id


def test_a_run_may_begin_twice(claimed: World) -> None:
    run = launch(claimed, ACTIVE)
    begin(claimed, run)
    begin(claimed, run)
    assert len(claimed.ledger.entries("sample", [ActionStarted.kind])) == 2


def test_a_run_that_comes_after_its_loss_does_nothing(claimed: World) -> None:
    run = launch(claimed, ACTIVE)
    look(claimed)
    with pytest.raises(RunOvertakenError, match="no longer this run's"):
        begin(claimed, run)


def test_a_second_run_of_one_attempt_does_nothing(claimed: World) -> None:
    begin(claimed, launch(claimed, ACTIVE))
    with pytest.raises(RunOvertakenError, match="no longer this run's"):
        begin(claimed, launch(claimed, ACTIVE))


def test_an_attempt_whose_run_began_meanwhile_is_not_lost(claimed: World) -> None:
    seen = the_action(claimed)
    begin(claimed, launch(claimed, ACTIVE))
    assert not lose(claimed.services, claimed.product, seen, "no run was started")
    assert the_action(claimed).status is ActionStatus.STARTED


def test_a_run_by_hand_or_again_needs_no_attempt(claimed: World) -> None:
    tags = run_tags("sample", the_action(claimed)) | {"dagster/parent_run_id": "first"}
    confirm(claimed.services, claimed.product, running("by hand", {}))
    confirm(claimed.services, claimed.product, running("again", tags))
    assert the_action(claimed).run_id == ""


def test_a_run_by_hand_or_again_claims_itself(claimed: World) -> None:
    action = the_action(claimed)
    tags = {
        **run_tags("sample", action),
        "dagster/parent_run_id": "first",
        "dagster/partition": "w1",
    }
    confirm(claimed.services, claimed.product, running("by hand", {}))
    confirm(claimed.services, claimed.product, running("again", tags))
    runs = claimed.state.runs
    assert {run.run_id: run.action for run in runs.values()} == {
        "by hand": "",
        "again": f"{action.entry}:1",
    }


@pytest.mark.parametrize(
    ("job", "partition"), [("sample__monitor", "w9"), ("sample__retrain", "w1"), ("mine", "w1")]
)
def test_a_run_that_wears_the_tag_of_an_action_for_other_work_is_refused(
    claimed: World, job: str, partition: str
) -> None:
    tags = {**run_tags("sample", the_action(claimed)), "dagster/partition": partition}
    with pytest.raises(UsageError, match="start it without the tag"):
        confirm(claimed.services, claimed.product, running("forged", tags, job))
    assert claimed.state.runs == {}
    assert the_action(claimed).run_id == ""


def test_a_run_executed_again_for_other_work_serves_no_action(claimed: World) -> None:
    tags = {**run_tags("sample", the_action(claimed)), "dagster/parent_run_id": "first"}
    confirm(claimed.services, claimed.product, running("again", tags))
    assert claimed.state.runs["again"].action == ""


def test_an_ended_run_that_only_wears_the_tag_keeps_no_attempt_waiting(claimed: World) -> None:
    tags = run_tags("sample", the_action(claimed))
    create_run_for_test(
        claimed.instance, job_name="mine", status=dg.DagsterRunStatus.SUCCESS, tags=tags
    )
    assert look(claimed) == 1
