"""Verdicts on a replaced version, or by replaced labels, do not answer any more."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.evidence.metadata.monitoring import PerformanceMetadata
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, MeasurementDue
from aipo_pipelines.ledger.events.runs import RunClaimed, RunEnded
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.people.manual_actions import resolve
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.breaking import breaks_at_the_model
from tests.unit.policy.story import DATA_CHECKS, FAIL, PASS, Story, charter, figure
from tests.unit.policy.withdrawing import withdraws

CONTRACT = "data_quality/contract"
PERFORMANCE = "performance/performance"
INCIDENT = f"check:{PERFORMANCE}"
AT_ONCE = [{"check": PERFORMANCE, "reactions": ["escalate"]}]
AT_HAND = {"column": "left"}
LATE = {"column": "left", "delay": "28d"}
INES = {"person": "Ines Sol", "reason": "I have looked."}
POOR = (figure(value=0.5, verdict="fail"),)


def lived(**changes: Any) -> Story:
    """Batches w1 and w2 pass."""
    story = Story(charter(**{"labels": LATE, "responses": AT_ONCE, **changes})).adopts()
    return story.delivers("w1").runs_all().later(days=7).delivers("w2").runs_all()


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
def test_the_pass_of_a_version_is_none_of_the_next_that_was_approved_and_never_asked_the_model(
    labels: dict[str, str],
) -> None:
    story = breaks_at_the_model(lived(labels=labels).delivers("w2", digest="next"))
    assert story.state.batches["w2"].status == "approved"
    assert story.answer().verdict is Performing.UNKNOWN
    assert sentences(story.answer().reasons)[0] == (
        "performance is insufficient on batch w2: It passed, and batch w2 was delivered again "
        "since; that version has not been measured, or has nothing to be measured on."
    )
    assert story.later(days=7).delivers("w3").runs_all().answer().verdict is Performing.YES


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
def test_the_pass_by_former_labels_answers_until_the_labels_that_replaced_them_are_given_up(
    labels: dict[str, str],
) -> None:
    story = lived(labels=labels).labels("w2", "corrected")
    assert story.answer().verdict is Performing.YES
    story.gives_up_first()
    assert story.answer().verdict is Performing.UNKNOWN
    assert sentences(story.answer().reasons)[0] == (
        "performance is insufficient on batch w2: It passed, and other labels of batch w2 came "
        "since; it has not been measured by them, or has nothing to be measured on."
    )
    assert story.labels("w2", "again").runs_all().answer().verdict is Performing.YES


def test_labels_that_were_not_measured_leave_verdicts_on_the_data_valid() -> None:
    story = lived().labels("w2", "corrected").gives_up_first()
    assert not any(
        "privacy" in reason or "contract" in reason for reason in sentences(story.answer().reasons)
    )


def test_a_failure_stays_a_failure_when_what_replaced_its_labels_is_given_up() -> None:
    story = lived(responses=[]).judges(PERFORMANCE, "w2", FAIL, figures=POOR)
    story.labels("w2", "corrected").runs_all()
    assert story.answer().verdict is Performing.NO
    assert story.labels("w2", "again").gives_up_first().answer().verdict is Performing.NO


def test_a_target_that_was_reached_by_labels_which_were_replaced_is_not_known_to_be() -> None:
    target = {"outcome": "Kept", "metric": "accuracy", "target": 0.75, "unit": "EUR"}
    story = lived(outcome_map=[{**target, "missed_target": "decides"}])
    assert story.answer().outcomes[0].fresh
    story.labels("w2", "corrected").gives_up_first()
    assert (story.answer().outcomes[0].partition, story.answer().outcomes[0].fresh) == ("w2", False)


# Runs that began before.


def reports(story: Story, verdict: Verdict, value: float, **run: Any) -> Story:
    """A run reports its results on w2."""
    return story.checks(PERFORMANCE, "w2", verdict, figures=(figure(value=value),), **run)


def by_hand(story: Story) -> Story:
    """A person starts a run, which reads what is there."""
    return story.records(RunClaimed(run_id="hand", job="monitor"))


def corrected(story: Story) -> Story:
    """Other labels of w2 arrive, by which it fails."""
    story.judges(PERFORMANCE, "w2", FAIL, figures=POOR)
    return story.labels("w2", "corrected")


def test_a_run_by_hand_by_former_labels_does_not_end_a_failure_by_corrected_labels() -> None:
    story = corrected(by_hand(lived())).runs_all()
    assert story.incident(INCIDENT).is_open
    reports(story, PASS, 0.9, run_id="hand").records(RunEnded(run_id="hand"))
    assert story.answer().verdict is Performing.NO
    assert story.incident(INCIDENT).is_open
    reports(by_hand(story), PASS, 0.9, run_id="hand")
    assert story.answer().verdict is Performing.YES
    assert not story.incident(INCIDENT).is_open


def test_a_run_that_knew_former_labels_does_not_say_which_records_were_judged_by_newer_labels() -> (
    None
):
    story = corrected(by_hand(lived())).runs_all()
    judged_by = {"hand": "former", "later": "corrected"}
    remaining = [
        judges_records(story, run, judged_by[run]).state.batches["w2"].judged
        for run in ("later", "hand")
    ]
    assert remaining == ["corrected", "corrected"]


def judges_records(story: Story, run: str, judged: str) -> Story:
    """A run says which records of w2 it judged."""
    return story.records(
        AssetMaterialised(
            asset="performance",
            partition="w2",
            run_id=run,
            data_version="",
            metadata=PerformanceMetadata(judged=judged),
        )
    )


def test_an_attempt_that_was_taken_for_lost_does_not_end_what_fails_by_the_corrected_labels() -> (
    None
):
    story = lived().labels("w2", "first")
    attempt = story.next(ActionKind.MEASURE)
    corrected(story.starts(attempt).loses(attempt)).runs_all()
    reports(story, PASS, 0.9, action=f"{attempt.entry}:1")
    assert story.answer().verdict is Performing.NO
    assert story.incident(INCIDENT).is_open


def test_what_fails_by_former_labels_opens_no_incident_after_the_corrected_labels_passed() -> None:
    story = by_hand(lived()).labels("w2", "corrected").runs_all()
    reports(story, FAIL, 0.5, run_id="hand")
    assert story.answer().verdict is Performing.YES
    assert story.state.incidents == {}


def test_if_labels_come_all_the_time_what_a_run_says_counts_until_a_later_run_answers() -> None:
    story = lived().labels("w2", "some")
    attempt = story.next(ActionKind.MEASURE)
    story.starts(attempt).labels("w2", "some more")
    reports(story, FAIL, 0.5, action=f"{attempt.entry}:1").finishes(attempt)
    assert story.answer().verdict is Performing.NO
    assert story.runs_all().answer().verdict is Performing.YES
    assert not story.incident(INCIDENT).is_open


def test_what_a_run_says_by_former_labels_is_no_pass_when_the_corrected_labels_are_given_up() -> (
    None
):
    story = by_hand(lived()).labels("w2", "corrected").gives_up_first()
    reports(story, PASS, 0.9, run_id="hand")
    assert story.answer().verdict is Performing.UNKNOWN


def test_labels_that_come_while_a_quarantined_batch_is_measured_again_are_measured_too() -> None:
    story = lived().judges(CONTRACT, "w3", FAIL).later(days=7).delivers("w3").runs_all()
    story.adopts(None, "contract.columns.amount.maximum")
    waits = [action for action in story.state.actions.values() if action.status == "pending"]
    attempt = next(action for action in waits if action.partition == "w3")
    story.starts(attempt).judges(PERFORMANCE, "w3", FAIL, figures=POOR).labels("w3", "late")
    for key in DATA_CHECKS:
        story.checks(key, "w3", action=f"{attempt.entry}:1")
    story.materialises("predictions", "w3", action=f"{attempt.entry}:1", model_version="1")
    story.checks(PERFORMANCE, "w3", figures=(figure(),), action=f"{attempt.entry}:1")
    story.finishes(attempt).runs_all()
    assert story.answer().verdict is Performing.NO


# Evaluations before a release.


def goes_live(story: Story, version: str, *between: str) -> Story:
    """A version is evaluated on w2, whose labels are replaced while its training runs."""
    story.records(RunClaimed(run_id="run", job="retrain"))
    for digest in between:
        story.labels("w2", digest).runs_all()
    story.trains(version, held_out="w2").evaluates(version, as_live="pass")
    return story.records(RunEnded(run_id="run")).runs_all()


def test_an_evaluation_by_labels_that_were_replaced_meanwhile_neither_answers_nor_cures() -> None:
    story = lived().judges(PERFORMANCE, "w2", FAIL, figures=POOR)
    goes_live(story, "2", "corrected")
    assert story.state.champion is not None
    assert story.state.champion.version == "2"
    assert story.incident(INCIDENT).is_open
    assert (
        "the evaluation of this version passes performance on records of batch w2, which was "
        "delivered again since, or has other labels"
    ) in " ".join(sentences(story.answer().caveats))
    story.decides(resolve, **INES, incident=story.incident(INCIDENT).entry)
    assert sentences(story.answer().reasons)[0] == (
        "performance is insufficient on batch w2: The evaluation passed, and other labels of batch "
        "w2 came since; it has not been measured by them, or has nothing to be measured on."
    )


def test_a_batch_is_measured_again_if_its_labels_replaced_those_of_the_evaluation() -> None:
    story = goes_live(lived(responses=[]), "2", "corrected")
    assert story.answer().verdict is Performing.UNKNOWN
    story.judges(PERFORMANCE, "w2", FAIL, figures=POOR).ticks()
    measurement = story.bodies(MeasurementDue.kind)[-1]
    assert measurement["partition"] == "w2"
    assert str(measurement["reason"]).startswith("performance: the evaluation does not count: ")
    assert story.runs_all().answer().verdict is Performing.NO
    due = len(story.bodies(MeasurementDue.kind))
    story.ticks().labels("w2", "again").gives_up_first().ticks()
    assert len(story.bodies(MeasurementDue.kind)) == due


@pytest.mark.parametrize("replacement", ["version", "labels"])
def test_an_evaluation_answers_until_what_replaced_its_records_is_given_up(
    replacement: str,
) -> None:
    story = goes_live(lived(), "2")
    if replacement == "version":
        story.delivers("w2", digest="next")
    else:
        story.labels("w2", "corrected")
    assert story.answer().verdict is Performing.YES
    assert story.gives_up_first().answer().verdict is Performing.UNKNOWN


def test_a_target_reached_by_an_evaluation_does_not_outlive_the_labels_of_that() -> None:
    target = {"outcome": "Kept", "metric": "accuracy", "target": 0.75, "unit": "EUR"}
    story = goes_live(lived(outcome_map=[{**target, "missed_target": "decides"}]), "2", "corrected")
    assert (story.answer().outcomes[0].partition, story.answer().outcomes[0].fresh) == ("w2", False)


def test_an_evaluation_on_a_batch_that_was_withdrawn_meanwhile_answers_nothing() -> None:
    story = lived().trains("2", held_out="w2")
    withdraws(story, "w2").evaluates("2", as_live="pass").runs_all()
    assert story.state.champion is not None
    assert [evidence.withdrawn for evidence in story.state.champion.model.as_live.values()] == [
        "w2"
    ]
