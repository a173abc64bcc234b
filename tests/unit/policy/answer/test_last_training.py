"""The last training in an answer: its trigger, its result and the cap."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aipo_pipelines.ledger.model.models import TrainingStatus
from aipo_pipelines.policy.answer.last_training import training_note
from aipo_pipelines.policy.people.approval import reject
from aipo_pipelines.policy.people.manual_actions import retrain
from aipo_pipelines.policy.statements.trainings import (
    CandidateDecided,
    CandidateInCharge,
    CandidateUndecided,
    NoCandidate,
    TrainingResult,
)
from tests.unit.policy.story import START, Story, charter
from tests.unit.policy.team import ADA, MO, RAE, again, governed, released, waits, yes


def result(story: Story) -> TrainingResult | None:
    return training_note(story.charter, story.state, story.now).outcome


def test_a_product_that_was_never_trained_has_an_empty_note() -> None:
    story = Story(charter(retraining={"attempts": 2, "period": "20d"})).adopts()
    note = training_note(story.charter, story.state, story.now)
    assert (note.trigger, note.reason, note.version) == ("", "", "")
    assert (note.asked_at, note.status, note.outcome) == (None, None, None)
    assert (note.in_period, note.first_refused, note.cap) == (0, 0, 2)
    assert note.period == timedelta(days=20)


def test_the_note_is_about_the_last_training() -> None:
    story = released().later(days=1).decides(retrain, person=MO, reason="New tariff.")
    note = training_note(story.charter, story.state, story.now)
    assert (note.trigger, note.reason) == ("by hand", f"{MO}: New tariff.")
    assert (note.asked_at, note.status) == (START + timedelta(days=1), TrainingStatus.REQUESTED)
    assert note.outcome == NoCandidate(status=TrainingStatus.REQUESTED)
    assert note.in_period == 1


def test_a_version_in_charge_comes_before_the_decision_about_it() -> None:
    story = released()
    assert "1" in story.state.decisions
    assert result(story) == CandidateInCharge(version="1")


def test_a_decision_names_rule_person_and_moment() -> None:
    story = waits().decides(reject, version="1", person=ADA, reason="No.").runs_all()
    assert result(story) == CandidateDecided(
        version="1", go=False, rule="rejected", by=f"owner {ADA}", approved_by=(), at=START
    )


def test_a_version_that_people_allowed_names_them_until_it_is_in_charge() -> None:
    story = yes(waits(), "1", ADA)
    story = yes(story, "1", RAE)
    decided = result(story)
    assert isinstance(decided, CandidateDecided)
    assert (decided.go, decided.rule, set(decided.approved_by)) == (True, "approved", {ADA, RAE})


def test_a_candidate_waits_for_people_only_if_they_were_asked() -> None:
    story = waits()
    assert result(story) == CandidateUndecided(version="1", waits_for_people=True)
    (candidate,) = story.state.candidates.values()
    story.state = replace(story.state, candidates={"1": replace(candidate, requested=None)})
    assert result(story) == CandidateUndecided(version="1", waits_for_people=False)
    story.state = replace(story.state, candidates={})
    assert result(story) == CandidateUndecided(version="1", waits_for_people=False)


def test_first_models_that_gates_refused_are_counted() -> None:
    story = Story(governed(release={"roles": ["owner"], "quorum": 0})).adopts()
    story.gates(1, accuracy="fail").delivers("w1").runs_all()
    note = training_note(story.charter, story.state, story.now)
    assert (note.first_refused, note.in_period) == (1, 0)


def test_a_retraining_after_a_release_is_about_the_newer_version() -> None:
    assert result(again(released(), "2")) == CandidateInCharge(version="1")
