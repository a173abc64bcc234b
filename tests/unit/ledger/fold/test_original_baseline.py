"""The original baseline in the fold, also with facts that earlier programs wrote."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.ledger.events.releases import ChampionReleased, OriginalNamed
from aipo_pipelines.ledger.fold.models import ROLLBACK
from aipo_pipelines.ledger.fold.original_baseline import (
    keep_first,
    name_original,
    nameable,
    original_of,
)
from aipo_pipelines.ledger.model.models import Original, ReleaseDecision
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.people.manual_actions import retrain
from aipo_pipelines.policy.people.overrides import rollback
from tests.unit.ledger.values import START, champion, day, entry, figure, state
from tests.unit.policy.story import Story


def released(count: int) -> Story:
    """A story with a number of releases, one after the other."""
    story = Story().adopts().delivers("w1").runs_all()
    for number in range(2, count + 1):
        renewed(story, number)
    return story


def renewed(story: Story, number: int) -> Story:
    """The champion is trained on another batch and released."""
    return (
        story.delivers(f"w{number}")
        .runs_all()
        .decides(retrain, person="Ada Ng", reason="why")
        .runs_all()
    )


def forgetful(state: ProductState) -> ProductState:
    """The state of a program that kept no original baseline."""
    return replace(state, originals={})


def versions(story: Story) -> tuple[str, str]:
    original = original_of(story.state)
    assert story.state.champion is not None
    assert original is not None
    return story.state.champion.version, original.version


def test_the_first_champion_stays_through_every_release() -> None:
    assert versions(released(1)) == ("1", "1")
    assert versions(released(3)) == ("3", "1")


def test_facts_of_an_earlier_program_know_the_first_champion_and_its_successor() -> None:
    for count in (1, 2):
        story = released(count)
        original = original_of(forgetful(story.state))
        assert original is not None
        assert replace(original, since=0) == replace(story.state.originals["1"], since=0)


def test_facts_of_an_earlier_program_without_the_first_champion_have_no_original() -> None:
    assert original_of(forgetful(released(3).state)) is None


def test_the_next_release_keeps_the_original_that_earlier_facts_show() -> None:
    story = released(2)
    story.state = forgetful(story.state)
    assert versions(renewed(story, 3)) == ("3", "1")
    forgot = released(3)
    forgot.state = forgetful(forgot.state)
    assert original_of(renewed(forgot, 4).state) is None


def test_a_champion_that_returned_is_not_taken_for_the_first() -> None:
    story = released(3).decides(rollback, person="Ada Ng", reason="why").runs_all()
    assert versions(story) == ("2", "1")
    assert original_of(forgetful(story.state)) is None


def test_naming_an_unknown_version_changes_nothing() -> None:
    story = released(2)
    before = story.state
    story.records(OriginalNamed(version="9", person="Ada", role="owner", reason="why"))
    assert story.state == before


def test_former_originals_can_be_named_again() -> None:
    story = released(3)
    assert sorted(original.version for original in nameable(story.state)) == ["1", "2", "3"]
    story.records(OriginalNamed(version="3", person="Ada", role="owner", reason="why"))
    assert versions(story) == ("3", "3")
    story.records(OriginalNamed(version="1", person="Ada", role="owner", reason="back"))
    assert versions(story) == ("3", "1")
    assert sorted(story.state.originals) == ["1", "3"]


# The functions themselves, on typed values.

FIRST = champion(
    "1", decision=3, window=("w1",), inputs={"w1": "a"}, out_of_fold="sha256:oof", crowned=4
)


def original(version: str = "1", since: int = 3, **members: Any) -> Original:
    known = Original(
        version=version,
        window=("w1",),
        inputs={},
        baseline=(figure(),),
        released_at=START,
        released_by="rule:release",
        since=since,
    )
    return replace(known, **members)


ORIGINAL = original("1", 3, inputs={"w1": "a"}, out_of_fold="sha256:oof")


def originals_after(before: ProductState, after: ProductState) -> dict[str, Original]:
    event = ChampionReleased(version="1", decision=3)
    return dict(keep_first(before, after, entry(event, 60)).originals)


def name(before: ProductState, version: str) -> ProductState:
    event = OriginalNamed(version=version, person="Ada Ng", role="owner", reason="why")
    return name_original(before, entry(event, 70, at=day(7), actor="owner Ada Ng"), event)


def test_the_first_champion_is_kept_since_its_release() -> None:
    after = state(champion=FIRST)
    assert originals_after(state(), after) == {"1": replace(ORIGINAL, since=60)}


def test_a_release_that_changed_no_champion_keeps_nothing() -> None:
    before = state(champion=FIRST)
    assert originals_after(before, replace(before, stop=None)) == {}
    assert originals_after(before, state()) == {}


def test_a_later_champion_replaces_no_original() -> None:
    before = state(champion=FIRST, originals={"1": ORIGINAL})
    after = replace(before, champion=champion("2", previous="1"))
    assert originals_after(before, after) == {"1": ORIGINAL}


def test_with_facts_of_an_earlier_program_the_champion_before_is_kept_since_its_decision() -> None:
    before = state(champion=FIRST)
    after = state(champion=champion("2", previous="1"), predecessor=FIRST)
    assert originals_after(before, after) == {"1": ORIGINAL}


def test_without_the_first_champion_nothing_is_originals_after() -> None:
    before = state(champion=champion("2", previous="1"))
    assert originals_after(before, state(champion=champion("3", previous="2"))) == {}


def test_the_original_with_the_newest_naming_is_in_force() -> None:
    known = {"1": original("1", 3), "2": original("2", 90), "3": original("3", 7)}
    assert original_of(state(originals=known, champion=FIRST)) == known["2"]


def test_earlier_facts_show_the_first_of_predecessor_and_champion() -> None:
    second = champion("2", previous="1")
    assert original_of(state(champion=FIRST)) == ORIGINAL
    assert original_of(state(champion=second, predecessor=FIRST)) == ORIGINAL
    assert original_of(state(champion=second)) is None
    assert original_of(state()) is None


@pytest.mark.parametrize(("rule", "is_first"), [("gates", True), (ROLLBACK, False)])
def test_a_champion_that_returned_was_not_the_first(rule: str, *, is_first: bool) -> None:
    decision = ReleaseDecision(version="1", go=True, rule=rule, reason="", by="", entry=3, at=START)
    known = state(champion=FIRST, decisions={"1": decision})
    assert original_of(known) == (ORIGINAL if is_first else None)


def test_each_version_can_be_named_once() -> None:
    known = state(champion=champion("3"), predecessor=champion("2"), originals={"2": original("2")})
    assert [each.version for each in nameable(known)] == ["2", "3"]
    assert list(nameable(state())) == []


def test_a_named_original_keeps_the_person_the_time_and_the_reason() -> None:
    known = state(champion=champion("2", previous="1"), originals={"1": ORIGINAL})
    assert dict(name(known, "2").originals) == {
        "1": ORIGINAL,
        "2": original("2", 70, named_by="owner Ada Ng", named_at=day(7), reason="why", inputs={}),
    }


def test_the_first_champion_is_stored_before_another_version_replaces_it() -> None:
    after = name(state(champion=champion("2", previous="1"), predecessor=FIRST), "2")
    assert after.originals["1"] == ORIGINAL
    assert list(after.originals) == ["1", "2"]


def test_an_unknown_version_changes_nothing() -> None:
    before = state(champion=FIRST)
    assert name(before, "9") is before
