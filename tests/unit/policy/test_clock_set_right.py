"""A clock that was ahead for a while and is set right: nothing waits until its time has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from aipo_pipelines.ledger.events.actions import ActionFailed
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.fold.actions import LONGEST_WAIT
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus
from aipo_pipelines.policy.answer.answer import answer
from aipo_pipelines.policy.facts.retraining_limits import in_period, resting
from aipo_pipelines.policy.queue import next_actions
from aipo_pipelines.policy.rules.retraining import retrain_on_tick
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.sensors.actions import claim
from aipo_pipelines.sensors.periodic_rules import time_passed
from aipo_pipelines.sensors.watchdog import watch
from tests.model_versions import altered
from tests.world import START, World

AHEAD = timedelta(days=3_650)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def set_right(world: World) -> None:
    """The clock is set back to the right time."""
    world.clock.advance(-AHEAD)


def test_an_attempt_that_failed_ahead_waits_no_longer_than_its_back_off(world: World) -> None:
    world.deliver("w1").take_in()
    (action,) = world.state.actions.values()
    world.clock.advance(AHEAD)
    assert claim(world.services, world.product, action)
    world.append([ActionFailed(action=action.entry, attempt=1, error="?")])
    assert world.due(ActionKind.MEASURE) == ()
    set_right(world)
    assert [action.attempt for action in world.due(ActionKind.MEASURE)] == [2]


@pytest.mark.parametrize("attempts", [1, 2])
def test_a_pause_is_kept_if_the_clock_is_right(world: World, attempts: int) -> None:
    world.deliver("w1").take_in()
    for attempt in range(1, attempts + 1):
        (action,) = world.state.actions.values()
        world.clock.advance(LONGEST_WAIT)
        assert claim(world.services, world.product, action)
        world.append([ActionFailed(action=action.entry, attempt=attempt, error="?")])
    (action,) = world.state.actions.values()
    before = action.due_at - timedelta(seconds=1)
    assert next_actions(world.state, before, {ActionKind.MEASURE}) == ()
    assert next_actions(world.state, action.due_at, {ActionKind.MEASURE}) == (action,)


def test_a_claim_made_ahead_is_lost_at_the_next_look(world: World) -> None:
    world.deliver("w1").take_in()
    world.clock.advance(AHEAD)
    (action,) = world.state.actions.values()
    assert claim(world.services, world.product, action)
    world.ledger.show_launcher()
    set_right(world)
    assert watch(world.services, world.instance, world.product) == 1
    assert world.state.actions[str(action.entry)].status is ActionStatus.PENDING


def test_a_cause_resolved_ahead_is_raised_again(world: World) -> None:
    world.deliver("w1").play().later(days=40)
    time_passed(world.services, world.product)
    (stale,) = [
        incident for incident in world.state.incidents.values() if str(incident.cause) == "stale"
    ]
    world.clock.advance(AHEAD)
    world.append([IncidentResolved(incident=stale.entry, resolution="by a person")])
    set_right(world)
    time_passed(world.services, world.product)
    assert [
        incident.is_open
        for incident in world.state.incidents.values()
        if str(incident.cause) == "stale"
    ] == [
        False,
        True,
    ]


def test_a_training_asked_for_ahead_does_not_put_off_the_next(tmp_path: Path) -> None:
    retraining = {
        "cadence": "0 6 * * 1",
        "triggers": ["cadence"],
        "cooldown": "7d",
        "window": {"first_batches": 1, "held_out": 0.5},
    }
    world = World(tmp_path, retraining=retraining).deliver("w1").play()
    assert world.state.champion is not None
    ahead: datetime = START + AHEAD
    trainings = {
        key: replace(training, asked_at=ahead, data_at=ahead)
        for key, training in world.state.trainings.items()
    }
    champion = altered(world.state.champion, trained_at=ahead, released_at=ahead)
    state = replace(world.state, trainings=trainings, champion=champion)
    charter = world.product.charter
    assert resting(charter, state, START) is None
    assert in_period(charter, state, START) == ()
    assert len(retrain_on_tick(charter, state, START)) == 1


def test_a_champion_of_the_future_is_noted(tmp_path: Path) -> None:
    window = {"first_batches": 1, "held_out": 0.5}
    world = World(tmp_path, retraining={"window": window}).deliver("w1").play()
    assert world.state.champion is not None
    notes = sentences(answer(world.product.charter, world.state, START).caveats)
    assert not any("in the future" in note for note in notes)
    champion = replace(world.state.champion, released_at=START + AHEAD)
    state = replace(world.state, champion=champion)
    notes = sentences(answer(world.product.charter, state, START).caveats)
    assert any(note.endswith("which is in the future: a clock was ahead.") for note in notes)
