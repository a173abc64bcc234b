"""The original baseline in the fold, also with facts that earlier programs wrote."""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.ledger.events.releases import OriginalNamed
from aipo_pipelines.ledger.fold.original_baseline import nameable, original_of
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.people.manual_actions import retrain
from aipo_pipelines.policy.people.overrides import rollback
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
