"""Open runs that nothing waits for, and claims without a run: found and closed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import dagster as dg
import pytest

from aipo_pipelines.assets.run_tags import ACTION_TAG
from aipo_pipelines.assets.running.run_lock import PARENT_TAG
from aipo_pipelines.ledger.events.runs import RunClaimed, RunEnded
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.sensors.actions import claim, run_tags
from aipo_pipelines.sensors.stray_runs import close_strays, have_strays
from tests.world import World

RUN = "5" * 32
OPEN, FAILED = dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE


@dataclass
class Clockless:
    """Decides at once whether a run had enough time."""

    over: bool = True
    forgotten: list[str] = field(default_factory=list)

    def is_over_for_run(self, run_id: str) -> bool:
        assert run_id == RUN
        return self.over

    def forget(self, key: str) -> None:
        self.forgotten.append(key)


def run(
    world: World, tags: Mapping[str, str], job: str = "sample__monitor", status: object = OPEN
) -> None:
    assert isinstance(status, dg.DagsterRunStatus)
    world.instance.add_run(dg.DagsterRun(job, run_id=RUN, tags=dict(tags), status=status))


def close(world: World, patience: Clockless | None = None) -> list[str]:
    patience = patience or Clockless()
    close_strays(world.services, world.instance, world.product, world.state, patience)
    return patience.forgotten


def status_of(world: World) -> dg.DagsterRunStatus:
    stored = world.instance.get_run_by_id(RUN)
    assert stored is not None
    return stored.status


def past(world: World) -> Mapping[str, str]:
    """Tags of an attempt that is not under way."""
    world.deliver("w1").take_in()
    (action,) = world.due(ActionKind.MEASURE)
    return run_tags("sample", action)


def test_a_run_of_a_past_attempt_is_reported_failed_and_forgotten(world: World) -> None:
    run(world, past(world))
    assert have_strays(world.instance, [world.state]) == {"sample"}
    assert close(world) == [RUN]
    assert status_of(world) is FAILED
    assert have_strays(world.instance, [world.state]) == frozenset()
    assert close(world) == []


def test_a_run_gets_the_time_that_patience_gives_it(world: World) -> None:
    run(world, past(world))
    assert close(world, Clockless(over=False)) == []
    assert status_of(world) is OPEN


def test_a_run_that_holds_its_lock_is_alive(world: World) -> None:
    run(world, past(world))
    with world.ledger.run_lock(RUN):
        assert close(world) == [RUN]
        assert status_of(world) is OPEN
    close(world)
    assert status_of(world) is FAILED


def test_the_run_of_the_attempt_under_way_is_no_stray(world: World) -> None:
    tags = past(world)
    (action,) = world.due(ActionKind.MEASURE)
    claim(world.services, world.product, action, RUN)
    run(world, tags)
    assert have_strays(world.instance, [world.state]) == frozenset()
    close(world)
    assert status_of(world) is OPEN


@pytest.mark.parametrize(
    ("tags", "job"),
    [
        ({}, "sample__monitor"),
        ({ACTION_TAG: "no attempt"}, "sample__monitor"),
        ({ACTION_TAG: "1:1"}, "somebody_elses_job"),
        ({ACTION_TAG: "1:1"}, "other__monitor"),
        ({ACTION_TAG: "1:1", PARENT_TAG: "4" * 32}, "sample__monitor"),
    ],
)
def test_runs_of_others_and_runs_that_are_executed_again_are_left_alone(
    world: World, tags: Mapping[str, str], job: str
) -> None:
    run(world, tags, job)
    assert have_strays(world.instance, [world.state]) == frozenset()
    assert close(world) == []
    assert status_of(world) is OPEN


@pytest.mark.parametrize(
    "status",
    [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED],
)
def test_a_run_that_has_ended_is_no_stray(world: World, status: dg.DagsterRunStatus) -> None:
    run(world, past(world), status=status)
    assert have_strays(world.instance, [world.state]) == frozenset()
    assert close(world) == []
    assert status_of(world) is status


def test_a_claim_whose_run_was_never_stored_is_ended_once(world: World) -> None:
    world.append([RunClaimed(run_id=RUN, job="sample__monitor")])
    close(world)
    assert world.bodies(RunEnded.kind) == [{"run_id": RUN}]
    assert world.state.runs == {}
    close(world)
    assert len(world.bodies(RunEnded.kind)) == 1


def test_a_claim_whose_run_holds_its_lock_stays(world: World) -> None:
    world.append([RunClaimed(run_id=RUN, job="sample__monitor")])
    with world.ledger.run_lock(RUN):
        close(world)
    assert world.bodies(RunEnded.kind) == []


def test_a_claim_whose_run_is_stored_and_has_ended_is_left_to_the_recorder(world: World) -> None:
    world.append([RunClaimed(run_id=RUN, job="sample__monitor")])
    run(world, {}, status=dg.DagsterRunStatus.SUCCESS)
    close(world)
    assert world.bodies(RunEnded.kind) == []


def test_a_claim_that_changed_since_it_was_read_stays(world: World) -> None:
    world.append([RunClaimed(run_id=RUN, job="sample__monitor")])
    before = world.state
    world.append([RunEnded(run_id=RUN)])
    close_strays(world.services, world.instance, world.product, before, Clockless())
    assert len(world.bodies(RunEnded.kind)) == 1


def test_products_are_distinguished_by_their_jobs(world: World) -> None:
    run(world, past(world))
    state = world.state
    other = type(state)(product="other")
    assert have_strays(world.instance, [other, state]) == {"sample"}
    assert have_strays(world.instance, []) == frozenset()
