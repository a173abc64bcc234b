from __future__ import annotations

from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.policy.rules.altered_facts import ALTERED
from aipo_pipelines.sensors.fact_audit import PAUSE, Auditor
from aipo_pipelines.sensors.watchdog import watch
from tests.world import World


class Seconds:
    """A clock that goes on by the time that a look takes."""

    def __init__(self) -> None:
        self.now, self.look = 0.0, 0.0

    def __call__(self) -> float:
        self.now += self.look
        return self.now


def alter(world: World) -> None:
    world.deliver("w1").take_in()
    world.ledger.alter_fact("sample", "batch", "w1", {"forged": True})


def look(world: World, auditor: Auditor) -> set[str]:
    states = world.ledger.states()
    return set(auditor(world.services, world.instance, world.products, states))


def test_altered_facts_are_found_and_lead_to_an_incident(world: World) -> None:
    alter(world)
    assert look(world, Auditor()) == {"sample"}
    watch(world.services, world.instance, world.product)
    (opened,) = world.bodies(IncidentOpened.kind)
    assert opened["cause"] == str(ALTERED)
    assert look(world, Auditor()) == set()


def test_nothing_is_said_about_facts_as_the_ledger_wrote_them(world: World) -> None:
    world.deliver("w1").take_in()
    assert look(world, Auditor()) == set()
    watch(world.services, world.instance, world.product)
    assert world.bodies(IncidentOpened.kind) == []


def test_two_looks_lie_a_minute_apart(world: World) -> None:
    seconds = Seconds()
    auditor = Auditor(seconds)
    assert look(world, auditor) == set()
    alter(world)
    seconds.now = PAUSE - 0.1
    assert look(world, auditor) == set()
    seconds.now = PAUSE
    assert look(world, auditor) == {"sample"}


def test_a_look_that_takes_long_is_taken_more_seldom(world: World) -> None:
    alter(world)
    seconds = Seconds()
    auditor = Auditor(seconds)
    seconds.look = 2.0
    assert look(world, auditor) == {"sample"}
    ended, seconds.look = seconds.now, 0.0
    seconds.now = ended + 199.0
    assert look(world, auditor) == set()
    seconds.now = ended + 200.0
    assert look(world, auditor) == {"sample"}
