"""Drift from the reference of the champion, as a part of an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.policy.answer.drift import DATA_DRIFT, DriftNote, drift_note
from aipo_pipelines.policy.statements.original import DriftNotCompared
from tests.model_versions import altered
from tests.unit.policy.story import FAIL, START, Story
from tests.unit.policy.withdrawing import withdraws


def moved() -> Story:
    """x1 and x2 moved in w2, and x2 critically."""
    story = Story().adopts().delivers("w1").runs_all().later(days=7)
    details = {"drifted": ["x1", "x2"], "critical_drifted": ["x2"]}
    story.judges(DATA_DRIFT, "w2", FAIL, summary="2 features moved.", details=details)
    return story.delivers("w2").runs_all()


def note(story: Story) -> DriftNote:
    drift = drift_note(story.charter, story.state)
    assert drift is not None
    return drift


def test_without_a_comparison_there_is_no_note() -> None:
    story = Story().adopts()
    assert drift_note(story.charter, story.state) is None


def test_the_newest_comparison_has_its_features_its_batch_and_its_date() -> None:
    assert note(moved()) == DriftNote(
        verdict=Verdict.FAIL,
        partition="w2",
        drifted=("x1", "x2"),
        critical=("x2",),
        evidence_at=START + timedelta(days=7),
        summary="2 features moved.",
    )


def test_a_comparison_with_the_data_of_a_former_champion_is_not_shown() -> None:
    story = moved()
    champion = story.state.champion
    assert champion is not None
    story.state = replace(
        story.state, champion=altered(champion, version="2", crowned=len(story.entries))
    )
    assert note(story) == DriftNote(
        verdict=Verdict.INSUFFICIENT,
        partition="",
        drifted=(),
        critical=(),
        evidence_at=None,
        summary=DriftNotCompared(version="2", partition="w2"),
    )
    story.state = replace(story.state, champion=None)
    assert note(story).summary == DriftNotCompared(version="", partition="w2")


def test_the_date_of_a_withdrawn_batch_is_not_shown() -> None:
    assert note(withdraws(moved(), "w2")).evidence_at is None
