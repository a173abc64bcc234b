"""The commands by which people override, over a world of fakes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aipo_pipelines.ledger.model.state import ActionKind
from tests.unit.cli.conftest import Command
from tests.world import World

ADA, BEN, DEV = "Ada Okafor", "Ben Haas", "Dev Patel"
REASON = ("--reason", "It refuses everybody.")
RIGHTS = {"override": {"roles": ["owner", "data_steward"], "quorum": 2}}


@pytest.fixture
def two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Version 1 is in charge, and overriding takes Ada and Ben."""
    world = World(tmp_path / "products", decision_rights=RIGHTS).deliver("w1").play()
    return Command(world, monkeypatch, capsys)


def test_a_stop_takes_the_champion_out_of_charge_and_asks_for_the_others(two: Command) -> None:
    outcome = two("stop", "sample", "--by", ADA, *REASON)
    assert outcome.code == 0, outcome.err
    assert "Version 1 is out of charge; nothing is in charge." in outcome.out
    assert "1 of 2 approvals are missing (given by Ada Okafor)" in outcome.out
    two.world.play()
    assert two.world.tracker.champion_version("sample") is None
    assert "was stopped, which is not confirmed yet" in two("status", "sample").out
    shown = two("decisions", "--all")
    assert "aipo stop sample --confirm --by" in shown.out
    assert shown.err == "1 override waits for people\n"
    assert "stop of version 1" in two("status").out
    assert re.search(r"sample  version 1  stop  #\d+\n  by owner Ada Okafor on ", shown.out)


def test_a_stop_is_confirmed_by_another_person(two: Command) -> None:
    two("stop", "sample", "--by", ADA, *REASON)
    again = two("stop", "sample", "--confirm", "--by", ADA, *REASON)
    assert (again.code, "Ada Okafor approved it already" in again.err) == (1, True)
    outcome = two("stop", "sample", "--confirm", "--by", BEN, *REASON, "--json").json
    assert (outcome["kind"], outcome["missing"], outcome["version"]) == (
        "override_approved",
        0,
        "1",
    )
    assert two("decisions", "--json").json["overrides"] == []


def test_who_may_not_override_stops_nothing(two: Command) -> None:
    outcome = two("stop", "sample", "--by", DEV, *REASON)
    assert outcome.code == 1
    assert "expected one of: Ada Okafor (owner), Ben Haas (data steward)" in outcome.err
    assert two.world.state.champion is not None


def test_restoring_an_alias_says_how_many_words_are_missing_and_then_moves_it(two: Command) -> None:
    two.world.tracker.aliases["sample"]["champion"] = "7"
    first = two("restore", "sample", "--by", ADA, *REASON, "--json").json
    assert (first["missing"], first["next"][0].split(" --by")[0]) == (1, "aipo restore sample")
    (held,) = two("decisions", "--json").json["overrides"]
    assert (held["act"], held["version"], held["missing"]) == ("restore", "1", 1)
    outcome = two("restore", "sample", "--by", BEN, *REASON)
    assert "Version 1 will have the alias champion again." in outcome.out
    assert two.world.due(ActionKind.RELEASE)[0].arguments["version"] == "1"
    two.world.play()
    assert two.world.tracker.champion_version("sample") == "1"


def test_an_alias_that_is_where_it_belongs_is_not_restored(two: Command) -> None:
    before = len(two.world.kinds())
    outcome = two("restore", "sample", "--by", ADA, *REASON)
    assert (outcome.code, outcome.out) == (1, "")
    assert "the alias champion of sample is where it belongs, at version 1" in outcome.err
    assert len(two.world.kinds()) == before


def test_an_alias_that_was_taken_away_can_be_restored(two: Command) -> None:
    two.world.tracker.aliases["sample"].pop("champion")
    assert two("restore", "sample", "--by", ADA, *REASON).code == 0


def test_routes_are_shown_without_addresses(two: Command) -> None:
    shown = two("check", "--routes")
    assert shown.code == 0, shown.err
    assert "sample  level 1: Dev Patel by log (only the log)" in shown.out
    (first, second) = two("check", "--routes", "--json").json
    assert (first["notice"], first["reaches"], second["people"]) == ("level 1", False, [ADA])


def test_a_level_that_reaches_nobody_is_warned_of_and_is_no_problem(two: Command) -> None:
    outcome = two("check")
    assert (outcome.code, outcome.out) == (0, "")
    assert "warning: sample: notices of level 1, level 2 reach only the log" in outcome.err
