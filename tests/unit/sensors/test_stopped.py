"""A stopped version is out of charge at once, also in MLflow, in every state of its predecessor."""

from __future__ import annotations

import pytest

from aipo_pipelines.errors import ModelAlteredError, TrackerError
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus, Incident
from aipo_pipelines.policy.people.manual_actions import retrain
from aipo_pipelines.policy.people.stopped_champion import stop
from aipo_pipelines.sensors.actions import fail, renew
from aipo_pipelines.sensors.watchdog import watch
from tests.unit.sensors.conftest import Worlds
from tests.world import World

ADA = "Ada Okafor"


@pytest.fixture
def stopped(world_of: Worlds) -> World:
    """Version 2 took over from version 1 and was stopped; nothing of that is carried out yet."""
    world = world_of(retraining={"window": {"first_batches": 1}})
    world.deliver("w1").play().deliver("w2").play()
    for word in (retrain, stop):
        drafts = word(world.product.charter, world.state, ADA, "Wrong.", world.clock.now())
        world.services.record(world.product, drafts)
        if word is retrain:
            world.play()
            assert world.tracker.champion_version("sample") == "2"
    return world


def next_release(world: World) -> Action:
    return world.due(ActionKind.RELEASE)[0]


def breaks(world: World, action: Action, error: type[Exception]) -> Action:
    """The attempt is made for real, fails so, and is given up."""
    with pytest.raises(error) as failed:
        world.perform(action)
    fail(world.services, world.product, action, str(failed.value), permanent=True)
    return world.state.actions[str(action.entry)]


def look(world: World) -> list[Incident]:
    """One pass of the watchdog; the open incidents about the registry."""
    watch(world.services, world.instance, world.product)
    incidents = world.state.incidents.values()
    return [
        incident
        for incident in incidents
        if str(incident.cause) == "champion_moved" and incident.is_open
    ]


def test_the_alias_is_gone_before_the_predecessor_is_tried(stopped: World) -> None:
    stopped.tracker.alter("sample", "1")
    stopped.perform(next_release(stopped))
    assert stopped.tracker.champion_version("sample") is None
    assert breaks(stopped, next_release(stopped), ModelAlteredError).status == "given_up"
    assert stopped.tracker.champion_version("sample") is None
    assert look(stopped) == [], "nobody changed the registry by hand"
    renew(stopped.services, stopped.product)
    assert breaks(stopped, next_release(stopped), ModelAlteredError).status == "given_up"
    assert look(stopped) == []


def test_a_predecessor_that_was_brought_back_takes_over_at_the_next_try(stopped: World) -> None:
    sound = stopped.tracker.versions["sample", "1"]
    stopped.tracker.alter("sample", "1")
    stopped.perform(next_release(stopped))
    breaks(stopped, next_release(stopped), ModelAlteredError)
    stopped.tracker.versions["sample", "1"] = sound
    renew(stopped.services, stopped.product)
    stopped.play()
    assert stopped.tracker.champion_version("sample") == "1"
    assert stopped.state.champion is not None


def test_an_alias_that_could_not_be_taken_away_is_no_change_by_hand(stopped: World) -> None:
    stopped.tracker.alter("sample", "1")
    stopped.tracker.away = True
    withdrawal = breaks(stopped, next_release(stopped), TrackerError)
    stopped.tracker.away = False
    breaks(stopped, next_release(stopped), ModelAlteredError)
    assert withdrawal.status is ActionStatus.GIVEN_UP
    (incident,) = look(stopped)
    assert incident.title == "Version 2 was stopped and still has the alias champion"
    assert "by hand" not in f"{incident.title} {incident.summary}"
    renew(stopped.services, stopped.product)
    stopped.perform(next_release(stopped))
    breaks(stopped, next_release(stopped), ModelAlteredError)
    assert stopped.tracker.champion_version("sample") is None
    assert look(stopped) == []


def test_an_alias_given_by_hand_after_a_stop_is_still_noticed(stopped: World) -> None:
    stopped.tracker.alter("sample", "1")
    stopped.perform(next_release(stopped))
    breaks(stopped, next_release(stopped), ModelAlteredError)
    stopped.tracker.aliases["sample"]["champion"] = "2"
    (incident,) = look(stopped)
    assert incident.title == "The model registry was changed by hand"
