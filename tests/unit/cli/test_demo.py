"""The homes that the demonstration accepts, and the output about a simulated clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aipo_pipelines.cli.demo_weeks import simulate
from aipo_pipelines.cli.output import EXIT_USAGE
from aipo_pipelines.errors import UsageError
from aipo_pipelines.ledger.in_memory import InMemoryLedger
from aipo_pipelines.resources.home import Home
from aipo_pipelines.resources.stored_clock import StoredClock
from aipo_pipelines.sensors.adoption import adopt_charter
from aipo_pipelines.simulation.feeds import FEEDS
from aipo_pipelines.simulation.weeks import delivered_at
from tests.unit.cli.conftest import Command
from tests.world import World


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def test_an_empty_home_becomes_a_simulated_home(world: World, home: Home) -> None:
    simulate(world.speaking_to(ledger=InMemoryLedger()), home)
    clock = StoredClock(home.clock)
    assert clock.now() == delivered_at(0)
    for name in FEEDS:
        clock.admit(name)


def test_a_home_with_real_entries_is_refused_and_stays_as_it_is(world: World, home: Home) -> None:
    with pytest.raises(UsageError, match="entries of sample that were recorded in real time"):
        simulate(world.services, home)
    assert not home.clock.exists()


def test_a_home_in_which_it_was_played_stays_as_it_is(world: World, home: Home) -> None:
    services = world.speaking_to(ledger=InMemoryLedger())
    simulate(services, home)
    clock = StoredClock(home.clock)
    clock.advance(timedelta(days=9))
    simulate(replace(services, clock=clock), home)
    assert clock.now() == delivered_at(0) + timedelta(days=9)


def test_a_simulated_home_takes_no_charter_of_another_product(world: World, home: Home) -> None:
    simulate(world.speaking_to(ledger=InMemoryLedger()), home)
    size = world.ledger.size()
    with pytest.raises(UsageError, match="'sample' lives in real time"):
        adopt_charter(world.speaking_to(clock=StoredClock(home.clock)), world.product)
    assert world.ledger.size() == size


def test_a_ledger_that_others_may_share_is_not_played_on(
    aipo: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIPO_DATABASE_URL", "postgresql://nobody:x@db.example.com/postgres")
    outcome = aipo("demo")
    assert outcome.code == EXIT_USAGE
    assert "Unset AIPO_DATABASE_URL" in outcome.err


@pytest.mark.parametrize("weeks", ["0", "13", "x"])
def test_only_as_many_weeks_are_played_as_there_are(aipo: Command, weeks: str) -> None:
    assert aipo("demo", "--weeks", weeks).code == EXIT_USAGE


@pytest.mark.parametrize(
    "words", [("status",), ("incidents",), ("decisions",), ("history", "sample")]
)
def test_commands_show_the_time_of_a_simulated_clock(
    aipo: Command, world: World, words: tuple[str, ...]
) -> None:
    notice = "simulated, the time is 2026-03-02 09:00Z\n"
    assert notice not in aipo(*words).err
    world.clock.simulated = True
    assert notice in aipo(*words).err
    assert notice not in aipo(*words, "--json").out


def test_the_answer_as_json_says_that_it_is_simulated(aipo: Command, world: World) -> None:
    assert aipo("status", "sample", "--json").json["simulated"] is False
    world.clock.simulated = True
    assert aipo("status", "sample", "--json").json["simulated"] is True
