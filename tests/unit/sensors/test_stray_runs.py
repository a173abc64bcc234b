"""Runs of our jobs that nothing waits for any more, and claims whose run is gone."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping, Sequence

import dagster as dg
import psutil
import pytest

from aipo_pipelines.assets.reporting.specs import MONITORED
from aipo_pipelines.assets.running.run_lock import Running, confirm, present
from aipo_pipelines.dagster_internals.launching import CheckRunHealthResult
from aipo_pipelines.ledger.events.actions import ActionLost
from aipo_pipelines.ledger.events.runs import RunEnded
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus
from aipo_pipelines.resources.dagster.run_launcher import PROCESS_TAG, WarmRunLauncher
from aipo_pipelines.sensors.actions import claim, run_tags
from aipo_pipelines.sensors.watchdog import Suspects, watch
from tests.world import World

RUN = "5" * 32
OPEN = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
FAILED = dg.DagsterRunStatus.FAILURE


@pytest.fixture
def lost(world: World) -> Action:
    """An attempt whose process died while the insert of its run was on its way."""
    world.deliver("w1").take_in()
    (action,) = world.due(ActionKind.MEASURE)
    claim(world.services, world.product, action, RUN)
    assert look(world) == 1
    assert world.bodies(ActionLost.kind)[0]["reason"] == "no run was started"
    return action


def look(world: World, suspects: Suspects | None = None) -> int:
    return watch(world.services, world.instance, world.product, suspects)


def appears(
    world: World,
    tags: Mapping[str, str],
    status: dg.DagsterRunStatus = dg.DagsterRunStatus.NOT_STARTED,
    job: str = "sample__monitor",
) -> None:
    run = dg.DagsterRun(job, run_id=RUN, tags={**tags, "dagster/partition": "w1"}, status=status)
    world.instance.add_run(run)


def status_of(world: World) -> dg.DagsterRunStatus:
    run = world.instance.get_run_by_id(RUN)
    assert run is not None
    return run.status


def by_hand(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    tags: Mapping[str, str],
    status: dg.DagsterRunStatus = dg.DagsterRunStatus.STARTED,
) -> None:
    """A person started a run, which claimed itself."""
    monkeypatch.setattr(world.instance, "_run_launcher", WarmRunLauncher())
    appears(world, tags, status)
    run = Running(run_id=RUN, job="sample__monitor", tags={}, assets=frozenset(MONITORED))
    confirm(world.services, world.product, run)
    assert world.state.runs[RUN].by_hand


def process(pid: int, host: str, began: float) -> Mapping[str, str]:
    """Tags of a run that this process executes, as its launcher writes them."""
    return {PROCESS_TAG: json.dumps({"host": host, "pid": pid, "began": began})}


HERE = socket.gethostname()
DEAD = process(os.getpid(), HERE, 1.0)
"""Of a process whose number was given to another."""


@pytest.mark.parametrize("status", OPEN)
def test_a_run_that_appears_after_its_attempt_was_closed_is_failed_at_the_next_pass(
    world: World, lost: Action, status: dg.DagsterRunStatus
) -> None:
    appears(world, run_tags("sample", lost), status)
    look(world)
    assert status_of(world) is FAILED


def test_a_run_that_is_stored_without_its_tags_is_still_found(
    world: World, lost: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster writes the tags after the run, and the writing process may have died in between."""
    stored_runs = world.instance.get_runs

    def get_runs(filters: dg.RunsFilter) -> Sequence[dg.DagsterRun]:
        return () if filters.tags else stored_runs(filters=filters)

    appears(world, run_tags("sample", lost))
    monkeypatch.setattr(world.instance, "get_runs", get_runs)
    look(world)
    assert status_of(world) is FAILED


def test_it_is_failed_also_when_the_work_was_done_by_a_later_attempt(
    world: World, lost: Action
) -> None:
    appears(world, run_tags("sample", lost))
    world.play()
    look(world)
    assert status_of(world) is FAILED


@pytest.mark.usefixtures("lost")
def test_a_claim_of_a_lost_attempt_that_became_no_run_ends(world: World) -> None:
    look(world)
    assert world.state.runs == {}


def test_a_run_of_the_current_attempt_in_the_queue_of_a_daemon_stays(
    world: World, lost: Action
) -> None:
    world.ledger.show_launcher()
    (again,) = world.due(ActionKind.MEASURE)
    assert again.entry == lost.entry
    claim(world.services, world.product, again)
    appears(world, run_tags("sample", again))
    suspects: Suspects = {}
    look(world, suspects)
    world.later(days=1)
    look(world, suspects)
    assert status_of(world) is dg.DagsterRunStatus.NOT_STARTED
    assert world.state.actions[str(again.entry)].status is ActionStatus.STARTED


def test_a_stray_whose_process_lives_is_left_alone(world: World, lost: Action) -> None:
    appears(world, run_tags("sample", lost), dg.DagsterRunStatus.STARTED)
    with present(world.services, RUN):
        look(world)
    assert status_of(world) is dg.DagsterRunStatus.STARTED


@pytest.mark.parametrize("job", ["sample__mine", "other__monitor"])
def test_a_run_of_another_job_that_wears_the_tag_is_left_alone(
    world: World, lost: Action, job: str
) -> None:
    appears(world, run_tags("sample", lost), job=job)
    world.play()
    look(world)
    look(world)
    assert [run.job_name for run in world.instance.get_runs(dg.RunsFilter(statuses=OPEN))] == [job]


def test_a_run_that_somebody_executes_again_may_wait(world: World, lost: Action) -> None:
    world.play()
    tags = {**run_tags("sample", lost), "dagster/parent_run_id": "first"}
    appears(world, tags)
    look(world)
    assert status_of(world) is dg.DagsterRunStatus.NOT_STARTED


def test_a_run_by_hand_whose_process_died_is_failed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand(world.deliver("w1"), monkeypatch, DEAD)
    look(world)
    assert status_of(world) is FAILED, "the recorder brings the news of its end"


@pytest.mark.parametrize(
    "tags",
    [
        process(os.getpid(), HERE, psutil.Process().create_time()),
        process(os.getpid(), "elsewhere", 1.0),
        {},
    ],
    ids=["it lives", "it is on another machine", "nobody knows it"],
)
def test_a_run_by_hand_that_holds_no_lock_may_be_between_two_steps(
    world: World, monkeypatch: pytest.MonkeyPatch, tags: Mapping[str, str]
) -> None:
    by_hand(world.deliver("w1"), monkeypatch, tags)
    suspects: Suspects = {}
    look(world, suspects)
    world.later(days=1)
    look(world, suspects)
    assert status_of(world) is dg.DagsterRunStatus.STARTED
    assert list(world.state.runs) == [RUN]


def test_a_run_by_hand_whose_lock_is_held_lives(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand(world.deliver("w1"), monkeypatch, DEAD)
    with present(world.services, RUN):
        look(world)
    assert status_of(world) is dg.DagsterRunStatus.STARTED


def test_a_run_by_hand_that_ended_meanwhile_keeps_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand(world.deliver("w1"), monkeypatch, DEAD)
    launcher = world.instance.run_launcher
    looked = launcher.check_run_worker_health

    def ends(run: dg.DagsterRun) -> CheckRunHealthResult:
        ended = dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, job_name=run.job_name)
        world.instance.report_dagster_event(ended, run.run_id)
        return looked(run)

    monkeypatch.setattr(launcher, "check_run_worker_health", ends)
    look(world)
    assert status_of(world) is dg.DagsterRunStatus.SUCCESS


def test_the_claim_of_a_run_by_hand_that_was_deleted_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand(world.deliver("w1"), monkeypatch, {})
    world.instance.delete_run(RUN)
    look(world)
    assert world.state.runs == {}
    assert world.bodies(RunEnded.kind) == [{"run_id": RUN}]
