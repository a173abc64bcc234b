"""A withdrawn batch is no evidence, and its failure does not disappear unseen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.batches import BatchWithdrawn
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.fold.facts import from_facts, to_facts
from aipo_pipelines.ledger.model.state import ActionKind, BatchStatus, Incident
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.queue import next_actions
from aipo_pipelines.policy.rules.remeasure import redelivered
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.reports.notices import notice_of
from tests.model_versions import altered
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, START, Story, charter, figure
from tests.unit.policy.withdrawing import WITHDRAWAL, withdraws

CONTRACT = "data_quality/contract"
PERFORMANCE = "performance/performance"
DRIFT = "drift/data_drift"
UNDATED = "undated"
POOR: dict[str, Any] = {"figures": (figure(value=0.5, verdict="fail"),)}


def agreed(check: str = PERFORMANCE, fails: int = 1, of: int = 1, **changes: Any) -> Story:
    response = {"check": check, "reactions": ["escalate"], "fails": fails, "of": of}
    return Story(charter(responses=[response], **changes)).adopts()


def breaks(story: Story, name: str, key: str = CONTRACT, **members: Any) -> Story:
    return story.judges(key, name, FAIL, **members).delivers(name).runs_all()


def due(story: Story) -> list[str]:
    waiting = (action for action in story.state.actions.values() if action.status == "pending")
    return [candidate.partition for candidate in waiting if candidate.kind is ActionKind.MEASURE]


def incident_about(story: Story, key: str) -> Incident:
    return story.incident(f"check:{key}")


def test_a_repaired_batch_of_records_without_dates_says_no_no_longer() -> None:
    story = breaks(Story().adopts().delivers("w1").runs_all(), UNDATED)
    assert story.answer().verdict is Performing.NO
    withdraws(story, UNDATED)
    answered = story.answer()
    assert answered.verdict is Performing.UNKNOWN
    assert (
        f"contract is not known any more: Batch undated, which it was about, was withdrawn by its "
        f"feed on 2026-03-02: {WITHDRAWAL}."
    ) in sentences(answered.reasons)
    assert due(story) == ["w1"]
    assert story.runs_all().answer().verdict is Performing.YES


def test_what_the_failing_batch_hid_is_no_yes_without_measuring_it_now() -> None:
    story = breaks(Story().adopts().delivers("w1").runs_all(), UNDATED)
    story.judges(CONTRACT, "w1", FAIL)
    assert withdraws(story, UNDATED).answer().verdict is Performing.UNKNOWN
    assert story.runs_all().answer().verdict is Performing.NO


def test_the_withdrawal_of_the_only_batch_leaves_nothing_known() -> None:
    story = withdraws(breaks(Story().adopts(), UNDATED), UNDATED)
    assert (story.answer().verdict, due(story)) == (Performing.UNKNOWN, [])
    assert story.ticks().runs_all().answer().verdict is Performing.UNKNOWN


def test_a_withdrawn_failure_is_reported_until_a_newer_batch_is_judged() -> None:
    sentence = (
        "Batch undated, which failed contract, was withdrawn by its feed on "
        f"2026-03-02: {WITHDRAWAL}."
    )
    story = withdraws(breaks(Story().adopts().delivers("w1").runs_all(), UNDATED), UNDATED)
    assert sentence in sentences(story.answer().caveats)
    story.runs_all()
    assert sentence in sentences(story.answer().caveats)
    story.later(days=7).delivers("w2")
    assert sentence in sentences(story.answer().caveats)
    assert sentence not in sentences(story.runs_all().answer().caveats)


def test_a_new_version_of_an_old_batch_is_no_newer_batch() -> None:
    story = withdraws(breaks(Story().adopts().delivers("w1").runs_all(), UNDATED), UNDATED)
    story.runs_all().delivers("w1", digest="again").runs_all()
    assert any("which failed contract" in caveat for caveat in sentences(story.answer().caveats))


def test_an_incident_ends_with_its_last_batch_and_says_why_to_those_who_were_notified() -> None:
    story = breaks(Story().adopts().delivers("w1").runs_all(), UNDATED)
    incident = incident_about(story, CONTRACT)
    (notice,) = next_actions(story.state, story.now, {ActionKind.NOTIFY})
    story.starts(notice).finishes(notice)
    withdraws(story, UNDATED)
    ended = incident_about(story, CONTRACT)
    assert (ended.entry, ended.is_open) == (incident.entry, False)
    reason = f"batch undated, on which contract failed, was withdrawn by its feed: {WITHDRAWAL}"
    assert ended.resolution == f"by rule: {reason}"
    (again,) = next_actions(story.state, story.now, {ActionKind.NOTIFY})
    repeated_notice = notice_of(story.charter, story.state, again)
    assert repeated_notice.title.endswith("contract fails on batch undated (resolved meanwhile)")
    assert reason in repeated_notice.body
    assert repeated_notice.targets == ("json://ines.example.org", "log")


def test_a_person_who_was_not_notified_yet_is_reported_once() -> None:
    story = withdraws(breaks(Story().adopts().delivers("w1").runs_all(), UNDATED), UNDATED)
    assert len(next_actions(story.state, story.now, {ActionKind.NOTIFY})) == 1


def test_an_incident_of_a_quarantine_stays_while_another_batch_of_it_remains() -> None:
    story = breaks(breaks(Story().adopts().delivers("w1").runs_all(), "w2"), UNDATED)
    assert incident_about(story, CONTRACT).partitions == ("w2", UNDATED)
    withdraws(story, UNDATED)
    assert incident_about(story, CONTRACT).is_open
    story.runs_all()
    assert story.answer().verdict is Performing.NO
    story.judges(CONTRACT, "w2", PASS).delivers("w2", digest="repaired").runs_all()
    assert not incident_about(story, CONTRACT).is_open
    assert story.answer().verdict is Performing.YES


def test_an_incident_of_a_batch_that_nobody_knows_stays_open() -> None:
    story = breaks(Story().adopts().delivers("w1").runs_all(), UNDATED)
    incident = incident_about(story, CONTRACT)
    known = replace(incident, partitions=(*incident.partitions, "unheard of"))
    story.state = replace(
        story.state, incidents={**story.state.incidents, str(incident.entry): known}
    )
    assert withdraws(story, UNDATED).incident(f"check:{CONTRACT}").is_open


def test_an_incident_that_only_waited_for_the_batch_that_is_gone_ends_with_it() -> None:
    story = breaks(breaks(Story().adopts().delivers("w1").runs_all(), "w2"), UNDATED)
    story.judges(CONTRACT, "w2", PASS).delivers("w2", digest="repaired").runs_all()
    assert incident_about(story, CONTRACT).is_open
    withdraws(story, UNDATED)
    ended = incident_about(story, CONTRACT)
    assert not ended.is_open
    assert ended.resolution.endswith("; nothing is left to escalate on w2")


def test_a_series_that_still_holds_keeps_its_incident_open() -> None:
    story = agreed(PERFORMANCE, 2, 3).delivers("w1").runs_all()
    for name in ("w2", "w3", "w4"):
        breaks(story.later(days=7), name, PERFORMANCE, **POOR)
    withdraws(story, "w3", "w4")
    assert not incident_about(story, PERFORMANCE).is_open
    story = agreed(PERFORMANCE, 2, 3).delivers("w1").runs_all()
    for name in ("w2", "w3", "w4"):
        breaks(story.later(days=7), name, PERFORMANCE, **POOR)
    withdraws(story, "w4")
    assert incident_about(story, PERFORMANCE).is_open


def test_a_batch_that_is_gone_counts_in_no_series() -> None:
    story = agreed(DRIFT, 2, 3).delivers("w1").runs_all()
    breaks(story.later(days=7), "w2", DRIFT)
    withdraws(story, "w2").runs_all()
    breaks(story.later(days=7), "w3", DRIFT)
    assert story.state.incidents == {}
    breaks(story.later(days=7), "w4", DRIFT)
    assert incident_about(story, DRIFT).is_open


def test_a_failure_in_force_before_answers_again_if_labels_come_late() -> None:
    late = {"column": "left", "delay": "28d"}
    story = Story(charter(labels=late)).adopts().delivers("w1").runs_all()
    breaks(story.later(days=7), "w2", PERFORMANCE, **POOR)
    story.later(days=7).delivers("w3").runs_all()
    story.judges(PERFORMANCE, "w4", INSUFFICIENT, figures=())
    story.later(days=7).delivers("w4").runs_all()
    assert story.answer().verdict is Performing.YES
    withdraws(story, "w3")
    assert story.answer().verdict is Performing.UNKNOWN
    assert set(due(story)) == {"w2", "w4"}
    assert story.runs_all().answer().verdict is Performing.NO


def test_an_evaluation_on_a_batch_that_is_gone_says_nothing_of_the_champion() -> None:
    agreement = charter(labels={"column": "left", "delay": "28d"})
    story = Story(agreement).adopts().delivers("w1").runs_all().delivers("w2").runs_all()
    story.trains("9", window=["w1", "w2"], held_out="w2").evaluates("9", as_live="pass")
    story.runs_all()
    assert story.state.champion is not None
    assert story.state.champion.version == "9"
    assert story.answer().verdict is Performing.YES
    story.judges(PERFORMANCE, "w1", INSUFFICIENT, figures=())
    withdraws(story, "w2")
    assert story.answer().verdict is Performing.UNKNOWN
    assert story.runs_all().answer().verdict is Performing.UNKNOWN


def test_a_model_that_learnt_from_a_batch_that_is_gone_is_named() -> None:
    story = Story().adopts().delivers("w1").runs_all().delivers("w2").runs_all()
    withdraws(story, "w1")
    assert (
        "Version 1 was trained on w1, which its feed has withdrawn since: the next training leaves "
        "it out."
    ) in sentences(story.answer().caveats)


def test_no_model_is_trained_on_a_batch_that_is_gone() -> None:
    agreement = charter(retraining={"window": {"first_batches": 2}})
    story = Story(agreement).adopts().delivers("w1").runs_all()
    withdraws(story, "w1").delivers("w2").runs_all().delivers("w3").runs_all()
    (training,) = story.bodies(TrainingDue.kind)
    assert training["window"] == ["w2", "w3"]


@pytest.mark.parametrize(
    ("verdict", "expected", "opened"),
    [(PASS, Performing.YES, [False]), (FAIL, Performing.NO, [False, True])],
)
def test_what_is_delivered_again_as_it_was_is_measured_again(
    verdict: Verdict, expected: Performing, opened: list[bool]
) -> None:
    story = breaks(Story().adopts().delivers("w1").runs_all(), UNDATED)
    withdraws(story, UNDATED).runs_all().later(days=1)
    story.judges(CONTRACT, UNDATED, verdict).delivers(UNDATED)
    batch = story.state.batches[UNDATED]
    assert (batch.status, batch.withdrawn) == (BatchStatus.ARRIVED, None)
    assert due(story) == [UNDATED]
    assert story.runs_all().answer().verdict is expected
    assert [incident.is_open for incident in story.state.incidents.values()] == opened


def test_what_came_back_is_the_newest_again_and_can_be_withdrawn_again() -> None:
    story = breaks(Story().adopts().delivers("w1").runs_all(), UNDATED)
    withdraws(story, UNDATED).runs_all().later(days=1).delivers("w2").runs_all()
    story.later(days=1).delivers(UNDATED).runs_all()
    assert story.answer().verdict is Performing.NO
    assert withdraws(story, UNDATED).runs_all().answer().verdict is Performing.YES


def test_an_unchanged_batch_that_came_back_is_no_change_of_training_data() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    champion = story.state.champion
    assert champion is not None
    learnt = altered(champion, inputs={"w1": story.state.batches["w1"].digest})
    story.state = replace(story.state, champion=learnt)
    withdraws(story, "w1").delivers("w1").runs_all()
    assert redelivered(story.state) == ()
    story.delivers("w1", digest="corrected").runs_all()
    assert [batch.partition for batch in redelivered(story.state)] == ["w1"]


def test_a_look_that_is_late_withdraws_no_newer_arrival() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    seen = story.state.batches["w1"]
    stale = BatchWithdrawn(
        partition="w1", digest=seen.digest, arrival=seen.entry, reason=WITHDRAWAL
    )
    story.delivers("w1", digest="new")
    before = story.state
    assert story.records(stale).state == before
    unknown = BatchWithdrawn(partition="w9", digest="a w9", arrival=0, reason=WITHDRAWAL)
    assert story.records(unknown).state == before


def test_a_run_that_measured_it_meanwhile_changes_nothing() -> None:
    story = Story().adopts().delivers("w1").runs_all().delivers(UNDATED)
    action = story.next(ActionKind.MEASURE)
    story.starts(action)
    withdraws(story, UNDATED)
    before = story.state
    attempt = f"{action.entry}:{action.attempt}"
    for key in (CONTRACT, "data_quality/privacy"):
        story.checks(key, UNDATED, FAIL, action=attempt)
    story.materialises("predictions", UNDATED, action=attempt, model_version="1")
    assert story.state == before
    assert story.finishes(action).answer().verdict is Performing.YES


def test_a_run_that_breaks_over_it_is_not_tried_again() -> None:
    story = Story().adopts().delivers("w1").runs_all().delivers(UNDATED)
    action = story.next(ActionKind.MEASURE)
    withdraws(story.starts(action), UNDATED).fails(action)
    assert story.action(action.entry).status == "superseded"
    assert (due(story), story.state.incidents) == ([], {})


def test_it_is_not_measured_any_more_nor_is_somebody_reported_that_it_cannot_be() -> None:
    story = Story().adopts().delivers("w1").runs_all().delivers(UNDATED).gives_up_first()
    stuck = story.incident("action:measure")
    withdraws(story, UNDATED)
    ended = story.incident("action:measure")
    assert (stuck.is_open, ended.is_open) == (True, False)
    assert "which could not be measured, was withdrawn by its feed" in ended.resolution
    assert due(story) == []


def test_other_batches_that_cannot_be_measured_keep_their_incident() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    story.delivers("w2").gives_up_first().delivers(UNDATED).gives_up_first()
    assert withdraws(story, UNDATED).incident("action:measure").is_open


def test_what_it_said_before_does_not_quarantine_what_remains() -> None:
    story = breaks(Story().adopts().delivers("w1").runs_all(), UNDATED)
    withdraws(story, UNDATED).runs_all()
    assert not any("In quarantine" in caveat for caveat in sentences(story.answer().caveats))
    assert not any("No date is known" in caveat for caveat in sentences(story.answer().caveats))
    assert story.state.batches[UNDATED].status is BatchStatus.WITHDRAWN


def test_it_gives_no_other_batch_its_place() -> None:
    story = Story().adopts().later(days=60).delivers(UNDATED).runs_all()
    withdraws(story, UNDATED).delivers("second").runs_all()
    assert story.state.batches["second"].stands_at is None
    dated = Story().adopts().delivers("w1", dated=START).runs_all()
    dated.later(days=30).delivers("w9", dated=dated.now).runs_all()
    withdraws(dated, "w9").delivers("third").later(days=1).delivers("w2").runs_all()
    order = sorted(dated.state.batches.values(), key=lambda batch: batch.position)
    standing = [batch.partition for batch in order if batch.stands]
    assert standing == ["w1", "third", "w2"]


def test_what_is_void_is_not_silence_that_somebody_must_know_about() -> None:
    story = breaks(Story().adopts().later(days=20).delivers("w3").runs_all(), UNDATED)
    assert withdraws(story, UNDATED).ticks().state.incidents.keys() == {
        str(incident_about(story, CONTRACT).entry)
    }


def test_facts_hold_all_of_it() -> None:
    story = withdraws(breaks(Story().adopts().delivers("w1").runs_all(), UNDATED), UNDATED)
    facts = [(kind, key, value) for (kind, key), value in to_facts(story.state).items()]
    assert to_facts(from_facts("churn", facts)) == to_facts(story.state)


def test_a_failing_batch_that_the_withdrawn_batch_kept_from_its_place_answers_now() -> None:
    story = Story().adopts().delivers("w1").runs_all().later(days=15)
    story.delivers("w3").runs_all().delivers(UNDATED).runs_all()
    breaks(story, "w2", PERFORMANCE, **POOR)
    withdraws(story, "w3")
    answered = story.answer()
    assert answered.verdict is not Performing.YES
    assert any(
        reason.startswith("performance is not known any more: Batch w3 was withdrawn")
        and reason.endswith("without it another batch than undated is the newest.")
        for reason in sentences(answered.reasons)
    )
    standing = [batch for batch in story.state.batches.values() if batch.stands]
    order = sorted(standing, key=lambda batch: batch.position)
    assert [batch.partition for batch in order] == ["w1", UNDATED, "w2"]
    story.runs_all()
    assert any(
        "on batch w2, agreed is at least 0.7" in reason
        for reason in sentences(story.answer().reasons)
    )


def test_what_came_back_stays_the_newest_when_another_batch_goes() -> None:
    story = Story().adopts().later(days=22).delivers("w1").runs_all()
    breaks(story, UNDATED, PERFORMANCE, **POOR)
    withdraws(story, UNDATED).delivers("w2", "w4").runs_all()
    story.delivers(UNDATED, digest="with other records").runs_all()
    assert story.answer().verdict is Performing.NO
    assert withdraws(story, "w4").runs_all().answer().verdict is Performing.NO
