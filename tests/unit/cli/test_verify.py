from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.cli.output import EXIT_ALTERED, EXIT_UNKNOWN
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.fold.facts import to_facts
from tests.unit.cli.conftest import Command
from tests.world import World


def alter(world: World) -> None:
    """The batch is said to be approved, although it only arrived."""
    world.deliver("w1").take_in()
    value = to_facts(world.state)["batch", "w1"]
    assert isinstance(value, dict)
    world.ledger.alter_fact("sample", "batch", "w1", value | {"status": "approved"})


def test_a_ledger_as_it_was_written_gives_size_root_and_code_0(aipo: Command) -> None:
    aipo.world.deliver("w1").take_in()
    outcome = aipo("verify")
    root = aipo.world.ledger.verify().root.hex()
    assert outcome.code == 0
    assert f"{aipo.world.ledger.size()} entries, root {root}" in outcome.out
    assert "facts of 1 product, as folded from the entries" in outcome.out


def test_an_altered_fact_is_named_with_the_expected_value_and_code_5(aipo: Command) -> None:
    alter(aipo.world)
    outcome = aipo("verify")
    assert outcome.code == EXIT_ALTERED
    assert 'sample: batch w1: as of entry 1: status expected "arrived", found "approved"' in (
        outcome.out
    )
    assert "aipo rebuild" in outcome.err


def test_an_altered_fact_is_reported_as_json(aipo: Command) -> None:
    alter(aipo.world)
    outcome = aipo("verify", "--json")
    assert outcome.code == EXIT_ALTERED
    assert outcome.json["altered"] is True
    (difference,) = outcome.json["facts"]["differences"]
    assert (difference["product"], difference["kind"], difference["key"]) == (
        "sample",
        "batch",
        "w1",
    )


def test_a_text_of_an_altered_fact_is_never_shown(aipo: Command) -> None:
    aipo.world.deliver("w1").take_in()
    value = to_facts(aipo.world.state)["batch", "w1"]
    assert isinstance(value, dict)
    aipo.world.ledger.alter_fact("sample", "batch", "w1", value | {"digest": "Anna Berg"})
    outcome = aipo("verify")
    assert "Anna" not in outcome.out + outcome.err
    assert "found a text of 9 letters (sha256 " in outcome.out


def test_an_altered_entry_is_named_by_its_index_and_code_5(aipo: Command) -> None:
    aipo.world.deliver("w1").take_in()
    aipo.world.ledger.alter(1, actor="somebody")
    outcome = aipo("verify")
    assert outcome.code == EXIT_ALTERED
    assert "the first bad index is 1:" in outcome.err
    outcome = aipo("verify", "--json")
    assert outcome.code == EXIT_ALTERED
    assert outcome.json == {
        "altered": True,
        "entries": {"first_bad_index": 1, "fault": "its header does not have its leaf hash"},
        "facts": None,
    }


def test_status_is_unknown_while_facts_are_altered_and_says_why(aipo: Command) -> None:
    alter(aipo.world)
    outcome = aipo("status", "sample")
    assert outcome.code == EXIT_UNKNOWN
    assert "are not the facts that the ledger's entries give" in outcome.out


def test_rebuilding_names_what_differed_opens_an_incident_and_makes_it_right(
    aipo: Command,
) -> None:
    alter(aipo.world)
    outcome = aipo("rebuild")
    assert outcome.code == 0
    assert "sample: batch w1: as of entry 1: status expected" in outcome.out
    assert "entries folded again; 1 fact differed before" in outcome.out
    assert [body["cause"] for body in aipo.world.bodies(IncidentOpened.kind)] == ["altered_facts"]
    assert aipo("verify").code == 0
    assert not aipo.world.state.altered


def test_rebuilding_facts_that_are_right_changes_nothing(aipo: Command) -> None:
    aipo.world.deliver("w1").take_in()
    before = aipo.world.state
    outcome = aipo("rebuild", "--json")
    assert (outcome.code, outcome.json["differences"]) == (0, [])
    assert aipo.world.state == before
    assert aipo.world.bodies(IncidentOpened.kind) == []


def test_altered_entries_are_never_folded(aipo: Command) -> None:
    alter(aipo.world)
    before = replace(aipo.world.state)
    aipo.world.ledger.alter(1, actor="somebody")
    outcome = aipo("rebuild")
    assert outcome.code == EXIT_ALTERED
    assert "the first bad index is 1:" in outcome.err
    assert aipo.world.state == before
