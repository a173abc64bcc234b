"""Batches in quarantine are measured again when the agreement changes."""

from __future__ import annotations

from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.model.state import BatchStatus
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import FAIL, PASS, Story

PRIVACY = "data_quality/privacy"


def quarantined() -> Story:
    story = Story().adopts().judges(PRIVACY, "w1", FAIL)
    return story.delivers("w1", "w2").runs_all()


def status(story: Story) -> BatchStatus:
    return story.state.batches["w1"].status


def test_an_approval_written_into_the_charter_ends_a_quarantine() -> None:
    story = quarantined()
    assert status(story) == BatchStatus.QUARANTINED
    story.judges(PRIVACY, "w1", PASS).adopts().runs_all()
    assert status(story) == BatchStatus.APPROVED


def test_only_batches_in_quarantine_are_judged_again_and_wholly() -> None:
    story = quarantined()
    before = len(story.bodies(MeasurementDue.kind))
    story.adopts()
    (due,) = story.bodies(MeasurementDue.kind)[before:]
    assert (due["partition"], due["assets"]) == ("w1", [])


def test_what_still_fails_stays_in_quarantine() -> None:
    story = quarantined().adopts().runs_all()
    assert status(story) == BatchStatus.QUARANTINED


def test_a_source_that_nobody_approved_is_the_reason_why_there_is_no_model() -> None:
    story = Story().adopts().delivers("w1")
    story.checks("training_set/authorised", "", FAIL, summary="No approval holds today for crm.")
    assert any(
        "was not authorised. No approval holds" in reason
        for reason in sentences(story.answer().reasons)
    )
