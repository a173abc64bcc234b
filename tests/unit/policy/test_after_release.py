"""What is known of a champion before its first batch, and what its release ends."""

from __future__ import annotations

from typing import Any

from aipo_pipelines.measures.outcome import Verdict
from aipo_pipelines.policy.overriding import rollback
from aipo_pipelines.policy.performing import Performing
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, Story, charter, figure

PERFORMANCE = "performance/performance"
INCIDENT = f"check:{PERFORMANCE}"
ESCALATES = [{"check": "performance", "reactions": ["escalate"]}]
BAD: dict[str, Any] = {"figures": (figure(value=0.5, verdict="fail"),), "summary": "0.5 is low."}


def failing(**changes: Any) -> Story:
    """Version 1 is in charge and fails on w2, of which people were told."""
    story = Story(charter(responses=ESCALATES, **changes)).adopts().delivers("w1").runs_all()
    story.later(days=7).judges(PERFORMANCE, "w2", FAIL, **BAD).delivers("w2").runs_all()
    assert story.incident(INCIDENT).is_open
    return story


def succeeded(story: Story, verdict: Verdict = PASS, held_out: str = "w2") -> Story:
    """Version 2 goes live; on what was held out, performance says what is given."""
    story.trains("2", held_out=held_out).evaluates("2", as_live=verdict)
    return story.runs_all()


def test_a_new_champion_is_judged_by_its_evaluation_until_its_first_batch() -> None:
    said = succeeded(failing()).answer()
    (kpi,) = said.kpis
    assert said.verdict is Performing.YES
    assert (kpi.value, kpi.n, kpi.partition) == (0.9, 250, "w2")


def test_it_is_said_that_only_its_evaluation_speaks_for_it() -> None:
    (said,) = [one for one in succeeded(failing()).answer().caveats if one.startswith("Version 2")]
    assert "has not answered a labelled batch since its release" in said
    assert "performance rests on its evaluation, on records of batch w2" in said


def test_its_first_batch_speaks_from_then_on() -> None:
    story = succeeded(failing()).later(days=7)
    said = story.judges(PERFORMANCE, "w3", FAIL, **BAD).delivers("w3").runs_all().answer()
    assert said.verdict is Performing.NO
    assert said.kpis[0].partition == "w3"
    assert not [one for one in said.caveats if one.startswith("Version 2")]


def test_while_the_labels_of_its_first_batch_are_not_in_its_evaluation_speaks() -> None:
    story = succeeded(failing(labels={"column": "left", "delay": "28d"})).later(days=7)
    story.judges(PERFORMANCE, "w3", INSUFFICIENT).delivers("w3").runs_all()
    assert story.answer().verdict is Performing.YES
    assert story.answer().kpis[0].partition == "w2"


def test_an_evaluation_that_is_too_old_is_no_evidence() -> None:
    assert succeeded(failing()).later(days=15).answer().verdict is Performing.UNKNOWN


def test_an_evaluation_without_the_check_leaves_the_answer_open() -> None:
    story = failing().trains("2", held_out="w2").evaluates("2").runs_all()
    assert "Critical incident" in story.answer().reasons[0]
    assert story.answer().kpis[0].value is None


def test_what_was_wrong_with_the_former_champion_ends_with_the_release() -> None:
    incident = succeeded(failing()).incident(INCIDENT)
    assert not incident.is_open
    assert incident.resolution == (
        "by rule: version 2 went live, and performance passes on records of batch w2 held out of "
        "its training"
    )


def test_what_the_evaluation_does_not_pass_stays_open() -> None:
    story = succeeded(failing(), INSUFFICIENT)
    assert story.incident(INCIDENT).is_open
    assert story.answer().verdict is Performing.NO


def test_an_evaluation_on_older_records_than_the_failure_ends_nothing() -> None:
    assert succeeded(failing(), held_out="w1").incident(INCIDENT).is_open


def test_failures_of_a_former_champion_are_told_no_more() -> None:
    story = failing().checks("performance/concept_drift", "w2", FAIL)
    assert any("concept_drift fails" in one for one in story.answer().caveats)
    said = succeeded(story).answer()
    assert not [one for one in said.caveats if "fails" in one]
    assert said.figures == ()


def test_a_predecessor_that_returns_is_not_judged_by_its_old_evaluation() -> None:
    story = failing().trains("2", held_out="w2").evaluates("2", as_live=PASS)
    story.runs_all().trains("3", held_out="w2").evaluates("3", as_live=PASS)
    story.runs_all().says(rollback, person="Ada Ng", reason="It was worse.").runs_all()
    said = story.answer()
    assert said.champion is not None
    assert (said.champion.version, said.verdict) == ("2", Performing.UNKNOWN)
