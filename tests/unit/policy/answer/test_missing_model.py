"""Why no model is in charge: the first reason that applies."""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.state import ActionKind, ProductState
from aipo_pipelines.policy.answer.missing_model import why_no_model
from aipo_pipelines.policy.people.approval import reject
from aipo_pipelines.policy.people.stopped_champion import stop
from aipo_pipelines.policy.statements.missing_model import (
    MissingModel,
    ReturnFailed,
    TooFewBatches,
    TrainingFailed,
    TrainingSetNotAuthorised,
    TrainingSetNotSufficient,
    VersionRefused,
    VersionStopped,
    VersionWaits,
)
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, START, Story, charter
from tests.unit.policy.team import ADA, governed, released, succeeded, waits

SUFFICIENT, AUTHORISED = "training_set/sufficient", "training_set/authorised"


def reason(story: Story, state: ProductState | None = None) -> MissingModel:
    return why_no_model(story.charter, state or story.state)


def stopped() -> Story:
    return released().decides(stop, person=ADA, reason="It harms.").runs_all()


def training_failed() -> Story:
    story = Story().adopts().delivers("w1")
    story.runs(story.next(ActionKind.MEASURE))
    return story.gives_up(story.next(ActionKind.TRAIN))


def test_too_few_batches_are_counted_against_the_first_window() -> None:
    agreed = charter(retraining={"window": {"first_batches": 3}})
    assert reason(Story(agreed).adopts()) == TooFewBatches(approved=0, needed=3)
    story = Story(agreed).adopts().delivers("w1", "w2").runs_all()
    assert reason(story) == TooFewBatches(approved=2, needed=3)


def test_a_stopped_version_names_the_person_the_moment_and_the_reason() -> None:
    assert reason(stopped()) == VersionStopped(
        product="churn", version="1", person=ADA, at=START, reason="It harms."
    )


def test_a_predecessor_that_cannot_return_is_part_of_the_reason() -> None:
    story = succeeded().decides(stop, person=ADA, reason="It harms.")
    story.runs(story.next(ActionKind.RELEASE)).gives_up(story.next(ActionKind.RELEASE))
    known = reason(story)
    assert isinstance(known, VersionStopped)
    assert known.failed == ReturnFailed(version="1", error="OSError")


def test_a_candidate_after_a_stop_is_the_reason_and_not_the_stop() -> None:
    story = stopped()
    candidates = waits().state.candidates
    state = replace(story.state, candidates=candidates)
    assert reason(story, state) == VersionWaits(version="1")


def test_a_version_that_waits_comes_before_an_earlier_failed_training() -> None:
    story = waits()
    state = replace(story.state, actions=training_failed().state.actions)
    assert reason(story, state) == VersionWaits(version="1")


def test_a_candidate_that_nobody_was_asked_about_does_not_wait() -> None:
    story = waits()
    (candidate,) = story.state.candidates.values()
    state = replace(story.state, candidates={"1": replace(candidate, requested=None)})
    assert reason(story, state) == TooFewBatches(approved=1, needed=1)


def test_a_training_that_was_given_up_shows_its_error() -> None:
    assert reason(training_failed()) == TrainingFailed(error="OSError")


def test_only_the_last_training_counts() -> None:
    story = training_failed()
    (given_up,) = [
        action for action in story.state.actions.values() if action.kind is ActionKind.TRAIN
    ]
    pending = Story().adopts().delivers("w1")
    pending.runs(pending.next(ActionKind.MEASURE))
    later = replace(pending.next(ActionKind.TRAIN), entry=given_up.entry + 1)
    state = replace(story.state, actions={**story.state.actions, "later": later})
    assert reason(story, state) == TooFewBatches(approved=1, needed=1)


def test_the_last_refusal_is_named_with_its_reason() -> None:
    story = waits().decides(reject, version="1", person=ADA, reason="Too early.").runs_all()
    assert reason(story) == VersionRefused(version="1", reason="Too early.")


def test_a_later_permission_ends_an_earlier_refusal() -> None:
    story = waits().decides(reject, version="1", person=ADA, reason="Too early.").runs_all()
    refused = story.state.decisions["1"]
    allowed = replace(refused, version="2", go=True, entry=refused.entry + 1)
    state = replace(story.state, decisions={"1": refused, "2": allowed})
    assert reason(story, state) == TooFewBatches(approved=1, needed=1)


def test_the_checks_of_the_training_set_explain_a_missing_model() -> None:
    def checked(sufficient: Verdict, authorised: Verdict) -> MissingModel:
        story = Story(governed()).adopts()
        story.checks(SUFFICIENT, "", sufficient, summary="12 records.")
        story.checks(AUTHORISED, "", authorised, summary="No approval.")
        return reason(story)

    assert checked(INSUFFICIENT, FAIL) == TrainingSetNotAuthorised(summary="No approval.")
    assert checked(INSUFFICIENT, PASS) == TrainingSetNotSufficient(summary="12 records.")
    assert checked(PASS, INSUFFICIENT) == TooFewBatches(approved=0, needed=1)
    assert checked(FAIL, PASS) == TooFewBatches(approved=0, needed=1)
