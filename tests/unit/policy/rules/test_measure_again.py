"""Evidence that stored figures cannot decide is measured again by rule, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import figures_from_json
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.model.state import ActionKind, BatchStatus
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.rules.measure_again import (
    measure_after_adoption,
    measure_again_on_tick,
    unsettled,
)
from aipo_pipelines.policy.wording.sentences import sentences
from tests.model_versions import altered
from tests.unit.policy.contexts import context_now
from tests.unit.policy.story import FAIL, INSUFFICIENT, PASS, Story, charter, figure, threshold

CONTRACT, PERFORMANCE, DRIFT = (
    "data_quality/contract",
    "performance/performance",
    "drift/data_drift",
)
MAXIMUM = "contract.columns.amount_eur.maximum"
ESCALATE = {"check": "performance", "reactions": ["escalate"]}


def live(agreed: Charter | None = None) -> Story:
    story = Story(agreed).adopts().delivers("w1").runs_all()
    return story.later(days=7).delivers("w2").runs_all()


def due_since(story: Story, before: int) -> list[tuple[object, object]]:
    measurements = story.bodies(MeasurementDue.kind)[before:]
    return [(measurement["partition"], measurement["assets"]) for measurement in measurements]


def asked(story: Story) -> int:
    return len(story.bodies(MeasurementDue.kind))


@pytest.mark.parametrize(
    "field", [MAXIMUM, "standards.privacy.health EU.special", "charter.sources.crm.approval"]
)
def test_evidence_from_before_another_contract_or_source_is_no_yes(field: str) -> None:
    story = live()
    assert story.answer().verdict is Performing.YES
    before = asked(story)
    story.adopts(None, field)
    answered = story.answer()
    assert answered.verdict is Performing.UNKNOWN
    assert sentences(answered.reasons)[0] == (
        "contract is insufficient on batch w2: Judged by the former contract, privacy rules or "
        "sources; it is measured again."
    )
    assert due_since(story, before) == [("w2", [])]
    assert story.runs_all().answer().verdict is Performing.YES


def test_a_batch_that_breaks_the_tightened_contract_is_a_no_and_people_are_notified() -> None:
    story = live().judges(CONTRACT, "w2", FAIL).adopts(None, MAXIMUM).runs_all()
    assert story.answer().verdict is Performing.NO
    assert story.state.batches["w2"].status is BatchStatus.QUARANTINED
    assert story.incident(f"check:{CONTRACT}").is_open


@pytest.mark.parametrize("agreed", [{}, {"thresholds": [threshold(limit=0.71)]}])
def test_an_edit_of_words_or_limits_leaves_what_contract_and_privacy_said(agreed: Any) -> None:
    story = live()
    before = asked(story)
    story.adopts(charter(**agreed), "charter.thresholds.accuracy.limit")
    assert story.answer().verdict is Performing.YES
    assert due_since(story, before) == []


def test_once_for_each_adoption_also_if_no_measurement_follows() -> None:
    story = live()
    before = asked(story)
    story.adopts(None, MAXIMUM).ticks().ticks().later(hours=1).ticks()
    assert due_since(story, before) == [("w2", [])]
    story.adopts(None, MAXIMUM)
    assert due_since(story, before) == [("w2", []), ("w2", [])]


def test_a_run_that_began_before_the_adoption_is_judged_by_the_former_contract() -> None:
    story = live().later(days=7).delivers("w3")
    action = story.next(ActionKind.MEASURE)
    story.starts(action, "early").adopts(None, MAXIMUM)
    for key in (CONTRACT, "data_quality/privacy", PERFORMANCE):
        figures = (figure(),) if key == PERFORMANCE else ()
        asked_by = f"{action.entry}:1"
        story.checks(key, "w3", run_id="early", action=asked_by, figures=figures)
    story.finishes(action)
    assert story.state.batches["w3"].status is BatchStatus.APPROVED
    assert story.answer().verdict is Performing.UNKNOWN
    before = asked(story)
    assert due_since(story.ticks(), before) == [("w3", [])]
    assert story.runs_all().answer().verdict is Performing.YES


def test_a_raised_limit_is_a_no_at_once_and_the_ladder_is_notified() -> None:
    story = live(charter(responses=[ESCALATE]))
    before = asked(story)
    story.judges(PERFORMANCE, "w2", FAIL, figures=(figure(limit=0.9, verdict="fail"),))
    story.adopts(charter(responses=[ESCALATE], thresholds=[threshold(limit=0.9)]))
    assert story.answer().verdict is Performing.NO
    assert due_since(story, before) == [("w2", ["drift", "predictions", "performance"])]
    story.runs_all()
    assert story.incident(f"check:{PERFORMANCE}").partitions == ("w2",)


def test_a_lowered_limit_ends_the_incident_that_it_makes_groundless() -> None:
    strict = charter(responses=[ESCALATE], thresholds=[threshold(limit=0.9)])
    failing = (figure(limit=0.9, verdict="fail"),)
    story = Story(strict).judges(PERFORMANCE, "w1", FAIL, figures=failing)
    story.adopts().delivers("w1").runs_all()
    assert story.incident(f"check:{PERFORMANCE}").is_open
    story.judges(PERFORMANCE, "w1", PASS, figures=(figure(),))
    story.adopts(charter(responses=[ESCALATE])).runs_all()
    assert not story.incident(f"check:{PERFORMANCE}").is_open
    assert story.answer().verdict is Performing.YES


@pytest.mark.parametrize("field", ["charter.labels.positive", "charter.model.decision_threshold"])
def test_what_labels_and_alarms_mean_is_not_read_off_former_figures(field: str) -> None:
    story = live().adopts(None, field)
    (kpi,) = story.answer().kpis
    assert (kpi.figure.verdict, kpi.figure.value) == (INSUFFICIENT, 0.8)
    assert (
        kpi.figure.note
        == "measured by the former labels or decision threshold; it is measured again"
    )
    assert story.answer().verdict is Performing.UNKNOWN
    assert story.runs_all().answer().verdict is Performing.YES


@pytest.mark.parametrize(("reactions", "count"), [(["retrain"], 1), ([], 0)])
def test_other_limits_of_drift_are_applied_if_something_reacts_to_it(
    reactions: list[str], count: int
) -> None:
    responses = [{"check": "data_drift", "reactions": reactions}] if reactions else []
    story = live(charter(responses=responses))
    before = asked(story)
    story.adopts(None, "charter.drift.limit")
    assert story.answer().verdict is Performing.YES
    assert len(due_since(story, before)) == count


def test_what_an_older_program_left_unreadable_is_asked_for_by_the_tick_once() -> None:
    agreed = charter(thresholds=[threshold("expected_calibration_error", 0.2)])
    alone = (figure("expected_calibration_error", 0.05, low=0.01, high=0.09, limit=0.2),)
    beside = (*alone, figure("expected_calibration_error_null", 0.04, limit=None))
    calibration = "performance/calibration"
    story = Story(agreed).adopts().delivers("w1").runs_all()
    story.checks(calibration, "w1", figures=alone)
    assert story.answer().verdict is Performing.UNKNOWN
    assert "did not keep the value by chance" in sentences(story.answer().reasons)[0]
    # An older program asked for this release's measurement before it, and remembers nothing.
    story.state = replace(story.state, batches={"w1": replace(story.state.batches["w1"], due=0)})
    before = asked(story)
    assert [partition for partition, _ in due_since(story.ticks().ticks(), before)] == ["w1"]
    story.checks(calibration, "w1", figures=beside)
    assert story.runs_all().answer().verdict is Performing.YES


def test_an_evaluation_that_a_release_left_unreadable_has_the_newest_batch_measured() -> None:
    story = live()
    assert story.state.champion is not None
    story.trains("2", held_out="w2").evaluates("2", as_live="pass").runs_all()
    assert story.state.champion.version == "2"
    assert story.answer().verdict is Performing.YES
    known = story.state.champion
    short = replace(
        known.model.as_live[PERFORMANCE], figures=figures_from_json([figure("roc_auc")])
    )
    champion = altered(known, as_live={PERFORMANCE: short})
    story.state = replace(story.state, champion=champion)
    assert story.answer().verdict is Performing.UNKNOWN
    before = asked(story)
    assert [partition for partition, _ in due_since(story.ticks(), before)] == ["w2"]
    assert story.runs_all().answer().verdict is Performing.YES


def test_a_raised_limit_that_an_evaluation_misses_has_the_newest_batch_measured() -> None:
    story = live()
    story.trains("2", held_out="w2").evaluates("2", as_live="pass").runs_all()
    before = asked(story)
    story.adopts(charter(thresholds=[threshold(limit=0.98)]))
    assert story.answer().verdict is Performing.NO
    assert [partition for partition, _ in due_since(story, before)] == ["w2"]


def test_evidence_by_a_clock_that_was_ahead_is_not_fresh_until_it_is_measured_again() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    story.later(days=60).delivers("undated").runs_all().later(days=-60)
    answered = story.answer()
    assert answered.verdict is Performing.UNKNOWN
    assert any(
        "which is in the future: a clock was ahead." in reason
        for reason in sentences(answered.reasons)
    )
    before = asked(story)
    assert [partition for partition, _ in due_since(story.ticks(), before)] == ["undated"]
    assert story.runs_all().answer().verdict is Performing.YES
    assert story.later(days=15).answer().verdict is Performing.UNKNOWN


def test_a_date_a_moment_ahead_of_the_clock_is_as_good_as_now() -> None:
    story = live()
    story.now -= timedelta(seconds=5)
    assert story.answer().verdict is Performing.YES


MODEL = ("drift", "predictions", "performance")


def asked_now(story: Story) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """The measurements that are due: batch, reason, assets and failing checks."""
    return [
        (due.partition, due.reason, due.assets, due.fails)
        for due in unsettled(story.charter, story.state, story.now)
    ]


def agreed_now(story: Story, agreed: Charter) -> Story:
    """The story under another charter whose adoption is not yet decided about."""
    story.charter = agreed
    return story


def test_nothing_is_due_while_the_stored_figures_decide() -> None:
    assert asked_now(live()) == []
    assert list(measure_again_on_tick(Story().charter, Story().state, live().now)) == []


def test_a_raised_limit_names_both_verdicts_and_the_check_that_fails() -> None:
    story = agreed_now(live(), charter(thresholds=[threshold(limit=0.9)]))
    assert asked_now(story) == [
        (
            "w2",
            "performance: the stored verdict is pass, and by the agreement in force it is fail",
            MODEL,
            (PERFORMANCE,),
        )
    ]


def test_a_lowered_limit_names_no_failing_check() -> None:
    strict = charter(thresholds=[threshold(limit=0.9)], responses=[ESCALATE])
    failing = (figure(limit=0.9, verdict="fail"),)
    story = Story(strict).judges(PERFORMANCE, "w1", FAIL, figures=failing)
    story.adopts().delivers("w1").runs_all().adopts(charter(responses=[ESCALATE]))
    (due,) = story.bodies(MeasurementDue.kind)[-1:]
    assert (due["partition"], due["assets"], due["fails"]) == ("w1", list(MODEL), [])
    assert due["reason"] == (
        "performance: the stored verdict is fail, and by the agreement in force it is pass"
    )


def test_a_metric_without_a_figure_is_measured() -> None:
    story = agreed_now(live(), charter(thresholds=[threshold(), threshold("recall", 0.6)]))
    assert asked_now(story) == [("w2", "performance: recall was not measured", MODEL, ())]


def test_another_contract_is_measured_with_all_assets() -> None:
    story = live().adopts(None, MAXIMUM)
    (due,) = story.bodies(MeasurementDue.kind)[-1:]
    assert due["assets"] == []
    assert str(due["reason"]).startswith("contract: ")
    entry = story.entries[-1]
    adopted = entry.index - 1
    assert entry.key == f"judge/churn/{adopted}/w2"
    assert (entry.subject, entry.actor) == ("batch/w2", "rule:measure")


def test_a_batch_is_due_once_since_agreement_and_release() -> None:
    story = live()
    due = replace(story.state.batches["w2"], due=10_000)
    story.state = replace(story.state, batches={**story.state.batches, "w2": due})
    assert asked_now(agreed_now(story, charter(thresholds=[threshold(limit=0.9)]))) == []


def test_before_an_agreement_was_adopted_nothing_is_due() -> None:
    story = agreed_now(live(), charter(thresholds=[threshold(limit=0.9)]))
    story.state = replace(story.state, charter=None)
    assert asked_now(story) == []


def test_evidence_of_a_clock_that_was_ahead_is_measured_with_this_reason() -> None:
    story = Story().adopts().delivers("w1").runs_all()
    story.later(days=60).delivers("undated").runs_all().later(days=-60)
    (due,) = asked_now(story)
    assert due[:2] == (
        "undated",
        "contract: it was recorded by a clock that was ahead, and its age is not known",
    )


def test_the_newest_batch_in_use_is_measured_if_the_batch_of_the_evidence_is_not() -> None:
    story = agreed_now(live(), charter(thresholds=[threshold(), threshold("recall", 0.6)]))
    quarantined = replace(story.state.batches["w2"], status=BatchStatus.QUARANTINED)
    story.state = replace(story.state, batches={**story.state.batches, "w2": quarantined})
    assert {due[0] for due in asked_now(story)} <= {"w1"}


def test_only_an_adoption_is_decided_about_at_once() -> None:
    story = agreed_now(live(), charter(thresholds=[threshold(limit=0.9)]))
    assert list(measure_after_adoption(context_now(story))) == []
    (draft,) = measure_again_on_tick(story.charter, story.state, story.now)
    champion = story.state.champion
    assert champion is not None
    assert draft.key == f"judge/churn/{champion.since}/w2"
    assert (draft.subject, draft.occurred_at) == ("batch/w2", story.now)
