"""The model in charge, as a part of an answer."""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.policy.answer.champion import ChampionNote, champion_note
from tests.unit.policy.story import START, Story
from tests.unit.policy.team import ADA, RAE, released, succeeded


def test_without_a_model_there_is_no_note() -> None:
    assert champion_note(Story().adopts().state, None) is None


def test_a_model_that_people_released_names_them_and_its_training() -> None:
    story = released()
    champion = story.state.champion
    assert champion is not None
    note = champion_note(story.state, champion)
    assert note is not None
    assert note == ChampionNote(
        version="1",
        released_by=champion.released_by,
        released_at=START,
        decision=champion.decision,
        trained_at=START,
        window=("w1",),
        previous="",
        approved_by=note.approved_by,
    )
    assert set(note.approved_by) == {ADA, RAE}


def test_a_model_whose_decision_is_not_on_record_names_nobody() -> None:
    story = released()
    bare = replace(story.state, decisions={})
    note = champion_note(bare, story.state.champion)
    assert note is not None
    assert note.approved_by == ()


def test_the_predecessor_has_a_note_of_its_own() -> None:
    story = succeeded()
    note = champion_note(story.state, story.state.predecessor)
    assert note is not None
    assert (note.version, note.previous) == ("1", "")
    newest = champion_note(story.state, story.state.champion)
    assert newest is not None
    assert newest.previous == "1"
