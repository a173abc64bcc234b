from __future__ import annotations

import pytest

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.batches import BatchApproved, BatchQuarantined
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.model.state import BatchStatus
from aipo_pipelines.policy.rules.batch_approval import decide_batch
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.contexts import context_now, context_of
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, Story, charter

CONTRACT, PRIVACY = "data_quality/contract", "data_quality/privacy"


def _quarantine_by_charter(check: str) -> Story:
    return Story(charter(responses=[{"check": check, "reactions": ["quarantine"]}])).adopts()


def _status(story: Story) -> BatchStatus:
    return story.state.batches["w1"].status


def test_a_batch_is_approved_once_contract_and_privacy_have_passed() -> None:
    story = Story().adopts().delivers("w1").checks(CONTRACT, "w1")
    assert _status(story) is BatchStatus.ARRIVED
    story.checks(PRIVACY, "w1")
    assert _status(story) is BatchStatus.APPROVED


@pytest.mark.parametrize("broken", [CONTRACT, PRIVACY])
def test_a_critical_breach_quarantines_though_the_charter_is_silent(broken: str) -> None:
    story = Story().adopts().delivers("w1")
    for key in (CONTRACT, PRIVACY):
        story.checks(key, "w1", FAIL if key == broken else PASS)
    assert _status(story) is BatchStatus.QUARANTINED
    assert story.bodies(BatchQuarantined.kind)[0]["checks"] == [broken]


def test_a_charter_that_only_escalates_cannot_switch_the_quarantine_off() -> None:
    story = Story(charter(responses=[{"check": "contract", "reactions": ["escalate"]}])).adopts()
    story.delivers("w1").checks(CONTRACT, "w1", FAIL).checks(PRIVACY, "w1")
    assert _status(story) is BatchStatus.QUARANTINED


def test_a_contract_that_fails_only_as_a_warning_does_not_quarantine() -> None:
    story = _quarantine_by_charter("contract").delivers("w1")
    story.checks(CONTRACT, "w1", FAIL, severity=Severity.WARNING).checks(PRIVACY, "w1")
    assert _status(story) is BatchStatus.APPROVED


@pytest.mark.parametrize("named", ["volume", "dataset/volume"])
def test_another_check_of_the_data_quarantines_by_the_charters_word(named: str) -> None:
    story = _quarantine_by_charter(named).delivers("w1")
    story.checks("dataset/volume", "w1", FAIL, severity=Severity.WARNING)
    story.checks(CONTRACT, "w1").checks(PRIVACY, "w1")
    assert _status(story) is BatchStatus.QUARANTINED


def test_a_check_of_the_team_may_quarantine_an_approved_batch_later() -> None:
    story = _quarantine_by_charter("predictions/plausible").delivers("w1").runs_all()
    story.checks("predictions/plausible", "w1", FAIL)
    assert _status(story) is BatchStatus.QUARANTINED


def test_a_check_without_a_partition_quarantines_nothing() -> None:
    story = _quarantine_by_charter("predictions/plausible").delivers("w1").runs_all()
    story.checks("predictions/plausible", "", FAIL)
    assert _status(story) is BatchStatus.APPROVED


def test_an_insufficient_contract_neither_approves_nor_quarantines() -> None:
    story = Story().adopts().delivers("w1")
    story.checks(CONTRACT, "w1", INSUFFICIENT).checks(PRIVACY, "w1")
    assert _status(story) is BatchStatus.ARRIVED


def test_verdicts_on_a_replaced_version_do_not_judge_the_new_version() -> None:
    story = Story().adopts().delivers("w1").checks(CONTRACT, "w1")
    story.delivers("w1", digest="b").checks(PRIVACY, "w1")
    assert _status(story) is BatchStatus.ARRIVED


def test_a_late_verdict_of_a_run_on_the_old_version_quarantines_nothing() -> None:
    story = Story().adopts().delivers("w1")
    old = f"{story.state.batches['w1'].entry}:1"
    story.delivers("w1", digest="b").checks(CONTRACT, "w1").checks(PRIVACY, "w1")
    story.checks(CONTRACT, "w1", FAIL, action=old)
    assert _status(story) is BatchStatus.APPROVED
    assert story.state.incidents == {}


def test_a_corrected_version_of_a_quarantined_batch_is_approved() -> None:
    story = Story().adopts().delivers("w1").judges(CONTRACT, "w1", FAIL).runs_all()
    story.judges(CONTRACT, "w1", PASS).delivers("w1", digest="b").runs_all()
    assert _status(story) is BatchStatus.APPROVED


def test_a_quarantined_batch_is_approved_when_the_same_version_passes_again() -> None:
    story = Story().adopts().delivers("w1").checks(CONTRACT, "w1").checks(PRIVACY, "w1", FAIL)
    story.checks(CONTRACT, "w1").checks(PRIVACY, "w1")
    assert _status(story) is BatchStatus.APPROVED


def test_judging_again_the_same_way_records_nothing_new() -> None:
    story = Story().adopts().delivers("w1")
    for _ in range(2):
        story.checks(CONTRACT, "w1").checks(PRIVACY, "w1")
    assert story.kinds().count(BatchApproved.kind) == 1


def test_a_batch_without_a_record_waits_only_until_a_newer_batch_was_judged() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    story.judges(CONTRACT, "w2", INSUFFICIENT).judges(PRIVACY, "w2", INSUFFICIENT)
    story.later(days=7).delivers("w2").runs_all()
    assert "Without a verdict yet: w2." in sentences(story.answer().caveats)
    story.later(days=7).delivers("w3")
    assert "Without a verdict yet: w2, w3." in sentences(story.answer().caveats)
    story.runs_all()
    assert not any(
        "Without a verdict yet" in caveat for caveat in sentences(story.answer().caveats)
    )


def test_a_batch_whose_checks_were_not_made_waits_though_a_newer_batch_was_judged() -> None:
    story = Story().adopts().delivers("w1").delivers("w2")
    story.checks(CONTRACT, "w2").checks(PRIVACY, "w2")
    assert "Without a verdict yet: w1." in sentences(story.answer().caveats)


def test_an_approval_names_the_version_and_the_evaluation_that_completed_it() -> None:
    story = Story().adopts().delivers("w1").checks(CONTRACT, "w1").checks(PRIVACY, "w1")
    approved = next(entry for entry in story.entries if entry.kind == BatchApproved.kind)
    assert approved.event == BatchApproved(
        partition="w1", digest="a w1", evaluation=approved.index - 1
    )
    assert (approved.subject, approved.actor) == ("batch/w1", "rule:batch")
    assert approved.key == f"policy/churn/{approved.index - 1}/batch/approve"


def test_a_quarantine_names_each_failing_check_with_its_summary() -> None:
    story = Story().adopts().delivers("w1").checks(CONTRACT, "w1", FAIL, summary="x1 is text.")
    story.checks(PRIVACY, "w1", FAIL, summary="A card number.")
    entry = next(entry for entry in story.entries if entry.kind == BatchQuarantined.kind)
    assert entry.event == BatchQuarantined(
        partition="w1",
        digest="a w1",
        checks=(CONTRACT, PRIVACY),
        summary="contract: x1 is text. privacy: A card number.",
    )
    assert entry.subject == "batch/w1"
    assert entry.key.endswith("/batch/quarantine")


def test_a_quarantined_batch_is_not_quarantined_again() -> None:
    story = Story().adopts().delivers("w1").checks(CONTRACT, "w1", FAIL).checks(PRIVACY, "w1")
    story.checks(PRIVACY, "w1", FAIL)
    assert story.kinds().count(BatchQuarantined.kind) == 1
    assert list(decide_batch(context_now(story))) == []


def test_only_evaluations_of_a_known_batch_decide() -> None:
    story = Story().adopts().delivers("w1")
    resolved = IncidentResolved(incident=1, resolution="Seen.")
    assert list(decide_batch(context_of(story, resolved))) == []
    story.checks(CONTRACT, "w9", FAIL)
    assert list(decide_batch(context_now(story))) == []
