from __future__ import annotations

from collections.abc import Iterator, Mapping

import dagster as dg
import pytest

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.actions import ActionLost
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus, Incident
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.people.overrides import restore
from aipo_pipelines.policy.people.stopped_champion import stop
from aipo_pipelines.policy.rules.registry import Registered
from aipo_pipelines.resources.tracker.fake import FakeTracker
from aipo_pipelines.sensors.actions import claim, run_tags
from aipo_pipelines.sensors.watchdog import (
    ENDING,
    GRACE,
    Suspects,
    missing_runs,
    registered,
    watch,
)
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
    assert world.bodies(ActionLost.kind)[0]["reason"] == "no run was started"


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
    assert world.bodies(ActionLost.kind)[0]["reason"] == "its process is gone"


@pytest.mark.usefixtures("launcher")
def test_a_run_that_a_living_daemon_has_yet_to_launch_waits(world: World, due: Action) -> None:
    claim(world.services, world.product, due)
    launched(world, due, dg.DagsterRunStatus.NOT_STARTED)
    world.later(days=1)
    assert look(world) == 0
    assert status_of(world) is dg.DagsterRunStatus.NOT_STARTED


@pytest.mark.usefixtures("launcher")
def test_a_run_that_just_released_its_lock_has_time_to_end(world: World, due: Action) -> None:
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
    assert ActionLost.kind not in world.kinds()


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
    assert [action.attempt for action in world.due(ActionKind.NOTIFY)] == [2]


def test_a_second_pass_finds_nothing(world: World, due: Action) -> None:
    claim(world.services, world.product, due)
    assert [look(world), look(world)] == [1, 0]


def test_silence_becomes_an_incident(world: World) -> None:
    world.later(days=31)
    look(world)
    assert [str(incident.cause) for incident in world.state.incidents.values()] == ["stale"]


def test_runs_dagster_knows_are_not_missing(world: World, due: Action) -> None:
    launched(world, due, dg.DagsterRunStatus.SUCCESS)
    assert missing_runs(world.instance, [world.state]) == frozenset()
    assert missing_runs(world.instance, []) == frozenset()


def in_charge(world: World) -> World:
    """Version 1 is in charge and version 2 is stored, as somebody could put in charge by hand."""
    world.deliver("w1").play()
    world.tracker.versions["sample", "2"] = world.tracker.versions["sample", "1"]
    return world


def about_registry(world: World) -> list[Incident]:
    return [
        incident
        for incident in world.state.incidents.values()
        if str(incident.cause) == "champion_moved"
    ]


def moved(world: World) -> list[bool]:
    """Incidents about the registry: whether each is open."""
    return [incident.is_open for incident in about_registry(world)]


def test_an_alias_moved_by_hand_is_a_critical_incident_within_a_pass(world: World) -> None:
    look(in_charge(world))
    assert moved(world) == []
    world.tracker.aliases["sample"]["champion"] = "2"
    look(world)
    (incident,) = about_registry(world)
    assert (incident.severity, str(incident.cause)) == (Severity.CRITICAL, "champion_moved")
    assert "In MLflow version 2 has the alias champion; by the ledger version 1 is in charge" in (
        incident.summary
    )
    assert "aipo restore sample" in incident.summary
    assert world.tracker.champion_version("sample") == "2", "put back by a decision only"
    assert answer(world.product.charter, world.state, world.clock.now()).verdict == "NO"


def test_the_alias_goes_back_by_a_decision_and_the_incident_ends_by_rule(world: World) -> None:
    in_charge(world).tracker.aliases["sample"]["champion"] = "2"
    look(world)
    drafts = restore(world.product.charter, world.state, "Ada Okafor", "A slip.", world.clock.now())
    world.services.record(world.product, drafts)
    look(world)
    assert moved(world) == [True], "while the release waits nothing is said"
    world.play()
    assert world.tracker.champion_version("sample") == "1"
    look(world)
    assert moved(world) == [False]


def test_an_alias_moved_again_is_noticed_again(world: World) -> None:
    aliases = in_charge(world).tracker.aliases["sample"]
    for version in ("2", "1", "2"):
        aliases["champion"] = version
        look(world)
    assert moved(world) == [False, True]


def test_a_version_deleted_by_hand_is_noticed(world: World) -> None:
    in_charge(world).tracker.delete("sample", "1")
    look(world)
    (incident,) = about_registry(world)
    assert "no version has the alias champion" in incident.summary
    assert "Version 1 was deleted from MLflow" in incident.summary


def test_an_alias_that_was_given_without_a_decision_is_noticed(world: World) -> None:
    in_charge(world)
    drafts = stop(world.product.charter, world.state, "Ada Okafor", "Wrong.", world.clock.now())
    world.services.record(world.product, drafts)
    world.play()
    look(world)
    assert (world.tracker.champion_version("sample"), moved(world)) == (None, [])
    world.tracker.aliases["sample"]["champion"] = "1"
    look(world)
    assert moved(world) == [True]


def test_a_registry_that_is_away_says_nothing(world: World) -> None:
    in_charge(world).tracker.away = True
    look(world)
    assert moved(world) == []


def test_all_products_are_looked_up_at_once(world: World) -> None:
    in_charge(world)
    calls: list[int] = []
    known = world.tracker.registered

    class Counting(FakeTracker):
        def registered(self, versions: Mapping[str, Mapping[str, str]]) -> Mapping[str, Registered]:
            calls.append(len(versions))
            return known(versions)

    states = {"sample": world.state, "other": world.state}
    registry = registered(world.speaking_to(tracker=Counting()), states)
    assert calls == [2]
    assert registry["sample"] == Registered(champion="1", versions=frozenset({"1"}))
    assert registry["other"] == Registered()
