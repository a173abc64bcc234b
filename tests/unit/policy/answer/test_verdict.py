"""The verdict and its reasons as values; `tests/unit/policy/wording` has their sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.answer.business_outcomes import outcome_notes
from aipo_pipelines.policy.answer.kpis import kpis
from aipo_pipelines.policy.answer.verdict import Performing, is_broken, judge
from aipo_pipelines.policy.facts.freshness import check_freshness
from aipo_pipelines.policy.people.stopped_champion import stop
from aipo_pipelines.policy.statements.evidence_gaps import (
    EvidenceAhead,
    EvidenceInsufficient,
    EvidenceTooOld,
    FigureNotJudged,
    NeverEvaluated,
)
from aipo_pipelines.policy.statements.missing_model import TooFewBatches
from aipo_pipelines.policy.statements.reasons import Reason
from aipo_pipelines.policy.statements.targets import TargetJudged, TargetUnknown
from aipo_pipelines.policy.statements.verdict import (
    AllChecksPass,
    AlteredFacts,
    CriticalIncidentOpen,
    FailedCheck,
    MissedLimit,
    NoLiveThreshold,
    NoModelInCharge,
    PassingCheck,
    UndecidedFields,
)
from tests.unit.policy.story import (
    FAIL,
    INSUFFICIENT,
    PASS,
    START,
    Story,
    charter,
    figure,
    threshold,
)
from tests.unit.policy.team import ADA, released
from tests.unit.policy.withdrawing import withdraws

CONTRACT, PRIVACY = CheckKey("data_quality", "contract"), CheckKey("data_quality", "privacy")
PERFORMANCE = CheckKey("performance", "performance")
DRIFT = "drift/data_drift"
YES, NO, UNKNOWN = Performing.YES, Performing.NO, Performing.UNKNOWN


def verdict(
    story: Story, state: ProductState | None = None, **later: float
) -> tuple[Performing, tuple[Reason, ...]]:
    """The verdict on a story, or on a changed state of it, after some time."""
    charter_, now = story.charter, story.now + timedelta(**later)
    state = state or story.state
    figures, outcomes = kpis(charter_, state, now), outcome_notes(charter_, state, now)
    return judge(charter_, state, figures, outcomes, now)


def live(**changes: Any) -> Story:
    """Version 1 is in charge, and w2 will be measured."""
    return Story(charter(**changes)).adopts().delivers("w1").runs_all().later(days=7)


def measured(key: CheckKey, outcome: Any, **members: Any) -> Story:
    story = live().judges(str(key), "w2", outcome, **members)
    return story.delivers("w2").runs_all()


def test_a_yes_names_the_required_checks_in_their_order() -> None:
    story = live().delivers("w2").runs_all()
    checks = tuple(PassingCheck(key=key) for key in (CONTRACT, PRIVACY, PERFORMANCE))
    assert verdict(story) == (YES, (AllChecksPass(checks=checks),))


def test_a_warning_of_the_contract_is_marked_and_is_no_reason_for_no() -> None:
    performing, (reason,) = verdict(measured(CONTRACT, FAIL, severity=Severity.WARNING))
    assert performing is YES
    assert isinstance(reason, AllChecksPass)
    assert [check.has_warnings for check in reason.checks] == [True, False, False]


def test_a_critical_breach_of_the_contract_is_the_failed_check_with_its_summary() -> None:
    story = measured(CONTRACT, FAIL, summary="3 columns are missing")
    failed = FailedCheck(key=CONTRACT, partition="w2", summary="3 columns are missing")
    performing, reasons = verdict(story)
    assert (performing, reasons[0]) == (NO, failed)


def test_a_warning_of_a_check_of_the_model_is_a_no() -> None:
    story = measured(PERFORMANCE, FAIL, severity=Severity.WARNING, summary="Fell.")
    failed = FailedCheck(key=PERFORMANCE, partition="w2", summary="Fell.")
    assert verdict(story) == (NO, (failed,))


def test_a_figure_that_misses_its_limit_explains_its_check() -> None:
    low = figure(value=0.61, verdict="fail")
    performing, (reason,) = verdict(measured(PERFORMANCE, FAIL, figures=(low,)))
    assert performing is NO
    assert isinstance(reason, MissedLimit)
    assert (reason.partition, reason.figure.value, reason.figure.limit) == ("w2", 0.61, 0.7)


def test_old_failures_are_no_reason_for_no() -> None:
    low = figure(value=0.61, verdict="fail")
    story = measured(PERFORMANCE, FAIL, figures=(low,))
    performing, reasons = verdict(story, days=14, seconds=1)
    assert performing is UNKNOWN
    assert {type(reason) for reason in reasons} == {EvidenceTooOld}


def test_an_open_critical_incident_is_a_reason_and_others_are_not() -> None:
    escalated = [{"check": DRIFT, "reactions": ["escalate"]}]
    story = live(responses=escalated).judges(DRIFT, "w2", FAIL).delivers("w2").runs_all()
    incident = story.incident(f"check:{DRIFT}")
    open_one = CriticalIncidentOpen(
        incident=incident.entry, opened_at=incident.opened_at, title=incident.title
    )
    assert verdict(story) == (NO, (open_one,))
    mild = replace(incident, severity=Severity.WARNING)
    state = replace(story.state, incidents={str(incident.entry): mild})
    assert verdict(story, state)[0] is YES


def test_altered_facts_come_first_and_make_every_answer_unknown() -> None:
    good = live().delivers("w2").runs_all()
    assert verdict(good, replace(good.state, altered=True)) == (UNKNOWN, (AlteredFacts(),))
    bad = measured(PERFORMANCE, FAIL, summary="Fell.")
    performing, (first, second) = verdict(bad, replace(bad.state, altered=True))
    assert (performing, first) == (UNKNOWN, AlteredFacts())
    assert isinstance(second, FailedCheck)


def test_undecided_fields_come_before_a_failure_and_before_a_missing_model() -> None:
    story = measured(CONTRACT, FAIL, summary="Broken.")
    story.charter = charter(undecided=["people.owner"])
    performing, reasons = verdict(story)
    assert (performing, reasons[0]) == (UNKNOWN, UndecidedFields(fields=("people.owner",)))
    assert isinstance(reasons[1], FailedCheck)
    empty = Story(charter(undecided=["people.owner"])).adopts()
    assert [type(reason) for reason in verdict(empty)[1]] == [UndecidedFields, NoModelInCharge]


def test_without_a_model_the_reason_is_named_before_the_gaps() -> None:
    performing, reasons = verdict(Story().adopts())
    missing = NoModelInCharge(reason=TooFewBatches(approved=0, needed=1), was_stopped=False)
    assert (performing, reasons[0]) == (UNKNOWN, missing)
    assert reasons[1:] == tuple(NeverEvaluated(key=key) for key in (CONTRACT, PRIVACY, PERFORMANCE))


def test_a_stopped_model_was_in_charge_before() -> None:
    story = released().decides(stop, person=ADA, reason="It harms.").runs_all()
    (reason,) = [reason for reason in verdict(story)[1] if isinstance(reason, NoModelInCharge)]
    assert reason.was_stopped


def test_a_product_without_a_model_or_with_a_model_elsewhere_misses_no_champion() -> None:
    elsewhere = {"task": "binary", "features": ["x1"], "logged_predictions": "predicted"}
    for agreed in (charter(model=None, thresholds=[], labels=None), charter(model=elsewhere)):
        reasons = verdict(Story(agreed).adopts())[1]
        assert not any(isinstance(reason, NoModelInCharge) for reason in reasons)
        assert NoLiveThreshold() not in reasons


def test_a_model_without_a_live_threshold_is_unknown() -> None:
    story = live(thresholds=[]).delivers("w2").runs_all()
    assert verdict(story) == (UNKNOWN, (NoLiveThreshold(),))


def test_evidence_counts_up_to_the_agreed_age_and_not_a_second_longer() -> None:
    story = live().delivers("w2").runs_all()
    assert verdict(story, days=14)[0] is YES
    performing, reasons = verdict(story, days=14, seconds=1)
    assert performing is UNKNOWN
    assert reasons[0] == EvidenceTooOld(
        key=CONTRACT,
        partition="w2",
        at=START + timedelta(days=7),
        age=timedelta(days=14, seconds=1),
        allowed=timedelta(days=14),
        verdict=PASS,
    )


def test_evidence_of_the_future_is_a_gap_beyond_the_difference_of_two_clocks() -> None:
    story = live().delivers("w2").runs_all()
    behind = -CLOCK_TOLERANCE.total_seconds()
    assert verdict(story, seconds=behind)[0] is YES
    performing, reasons = verdict(story, seconds=behind - 1)
    assert performing is UNKNOWN
    assert reasons[0] == EvidenceAhead(key=CONTRACT, partition="w2", at=START + timedelta(days=7))


def test_an_evaluation_without_a_verdict_is_a_gap() -> None:
    story = measured(PERFORMANCE, INSUFFICIENT, summary="Only 12 labels.", figures=())
    gap = EvidenceInsufficient(key=PERFORMANCE, partition="w2", summary="Only 12 labels.")
    assert verdict(story) == (UNKNOWN, (gap,))


def test_a_figure_without_a_verdict_is_named_only_if_its_check_is_complete() -> None:
    agreed = live(thresholds=[threshold(), threshold("recall", 0.6)])
    story = agreed.judges(str(PERFORMANCE), "w2", PASS, figures=(figure(),))
    story.delivers("w2").runs_all()
    performing, reasons = verdict(story)
    assert performing is UNKNOWN
    # The check itself has no verdict now, so it is the gap.
    assert [type(reason) for reason in reasons] == [EvidenceInsufficient]
    complete = tuple(
        replace(kpi, check="performance/performance")
        if kpi.figure.metric == "accuracy"
        else replace(kpi, check=str(CONTRACT))
        for kpi in kpis(story.charter, story.state, story.now)
    )
    reasons = judge(story.charter, story.state, complete, (), story.now)[1]
    assert reasons[-1] == FigureNotJudged(name="recall", note="not measured")


def test_evidence_of_a_withdrawn_batch_proves_nothing() -> None:
    story = withdraws(live().delivers("w2").runs_all(), "w2")
    reasons = verdict(story)[1]
    assert any("withdrawn" in str(reason) for reason in reasons)
    assert verdict(story)[0] is UNKNOWN


def _with_target(value: float, missed: str = "decides") -> Story:
    target = {
        "outcome": "Customers are kept",
        "metric": "recall",
        "unit": "EUR",
        "target": 0.8,
        "missed_target": missed,
    }
    story = live(outcome_map=[target])
    figures = (figure(), figure("recall", value, limit=None))
    story.judges(str(PERFORMANCE), "w2", PASS, figures=figures)
    return story.delivers("w2").runs_all()


def test_a_missed_target_that_decides_is_a_reason_for_no() -> None:
    performing, reasons = verdict(_with_target(0.5))
    assert performing is NO
    (missed,) = [reason for reason in reasons if isinstance(reason, TargetJudged)]
    assert (missed.outcome, missed.target, missed.partition, missed.figure.value) == (
        "Customers are kept",
        0.8,
        "w2",
        0.5,
    )


def test_a_missed_target_that_only_warns_is_no_reason() -> None:
    assert verdict(_with_target(0.5, "warns"))[0] is YES


def test_a_target_that_is_not_shown_to_be_reached_makes_the_answer_unknown() -> None:
    performing, reasons = verdict(_with_target(0.79))
    assert performing is UNKNOWN
    assert [type(reason) for reason in reasons] == [TargetJudged]


def test_a_target_whose_batch_was_withdrawn_is_unknown() -> None:
    reasons = verdict(withdraws(_with_target(0.9), "w2"))[1]
    (target,) = [reason for reason in reasons if isinstance(reason, TargetUnknown)]
    assert target.outcome == "Customers are kept"


def test_a_check_is_broken_only_by_fresh_evidence_that_fails() -> None:
    story = measured(PERFORMANCE, FAIL, summary="Fell.")
    check = check_freshness(story.charter, story.state, str(PERFORMANCE), story.now)
    assert is_broken(check)
    assert not is_broken(replace(check, age=check.allowed + timedelta(seconds=1)))
    assert not is_broken(replace(check, evidence=None))
