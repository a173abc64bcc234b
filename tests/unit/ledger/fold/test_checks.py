"""Evaluations of checks: what they change in the check and in its batch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.evidence.details.drift import DataDriftDetails
from aipo_pipelines.evidence.evaluation import Evidence, Failure
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.fold.checks import evaluate
from aipo_pipelines.ledger.model.judgements import Judgement, Unmet
from aipo_pipelines.ledger.model.state import BatchVerdict, CheckState, ProductState
from tests.unit.ledger.values import (
    CONTRACT,
    DRIFT,
    FAIL,
    INSUFFICIENT,
    PASS,
    PERFORMANCE,
    batch,
    day,
    entry,
    evaluated,
    figure,
    run,
    state,
)

WEEKS = state(*(batch(f"w{n}", occurred_at=day(7 * n), entry=n) for n in range(1, 4)))
LATER = day(40)


def after(before: ProductState, event: CheckEvaluated, index: int = 30) -> ProductState:
    return evaluate(before, entry(event, index, at=LATER), event)


def judged(before: ProductState, *outcomes: tuple[str, Verdict], key: str) -> ProductState:
    """The state after several evaluations of a check, one after the other."""
    for index, (partition, verdict) in enumerate(outcomes, start=30):
        before = after(before, evaluated(partition, verdict, key), index)
    return before


def only(known: ProductState) -> CheckState:
    (check,) = known.checks.values()
    return check


def test_the_first_evaluation_is_the_state_of_its_check() -> None:
    event = evaluated("w2", FAIL, DRIFT, details=DataDriftDetails(drifted=("x1",)))
    failure = Failure(known_up_to=30, share=0.0)
    expected = Evidence(
        partition="w2",
        verdict=FAIL,
        severity=Severity.CRITICAL,
        summary="It says fail.",
        figures=(figure(),),
        evidence_at=day(14),
        entry=30,
    )
    assert after(WEEKS, event).checks == {
        DRIFT: CheckState(
            asset="drift",
            check="data_drift",
            partition="w2",
            verdict=FAIL,
            severity=Severity.CRITICAL,
            summary="It says fail.",
            figures=(figure(),),
            evidence_at=day(14),
            evaluated_at=LATER,
            run_id="run",
            entry=30,
            recent=(BatchVerdict(partition="w2", verdict=FAIL, known_up_to=30, failure=failure),),
            details=DataDriftDetails(drifted=("x1",)),
            decided=expected,
        )
    }


def test_only_the_details_that_rules_need_are_kept() -> None:
    details = DataDriftDetails(drifted=("x1",))
    known = only(after(WEEKS, evaluated("w2", FAIL, DRIFT, details=details)))
    assert known.details == details.for_state()


def test_the_claim_of_a_run_says_which_agreement_it_knew() -> None:
    before = replace(WEEKS, runs={"run": run("run", 25)})
    known = only(after(before, evaluated("w2", FAIL)))
    assert (known.began, known.newest.known_up_to) == (25, 25)
    assert known.recent[0].known_up_to == 25


@pytest.mark.parametrize(
    ("dated", "expected"), [(day(20), day(20)), (day(400), LATER), (None, LATER)]
)
def test_evidence_about_an_unknown_batch_has_the_date_of_its_report(
    dated: Any, expected: Any
) -> None:
    assert only(after(state(), evaluated("w9", batch_date=dated))).evidence_at == expected


def test_evidence_has_the_age_of_its_batch_but_never_a_date_in_the_future() -> None:
    future = state(batch("w1", occurred_at=day(60), arrived_at=day(39), entry=1))
    assert only(after(future, evaluated("w1"))).evidence_at == LATER
    assert only(after(WEEKS, evaluated("w1", batch_date=day(39)))).evidence_at == day(7)


def test_an_outdated_report_changes_nothing() -> None:
    before = state(batch("w1", entry=20))
    assert after(before, evaluated("w1", FAIL, action="19:1")) is before


def test_an_evaluation_of_an_earlier_batch_is_not_the_newest() -> None:
    known = only(judged(WEEKS, ("w2", PASS), ("w1", FAIL), key=PERFORMANCE))
    assert (known.partition, known.verdict, known.entry) == ("w2", PASS, 30)
    assert [(each.partition, each.verdict) for each in known.recent] == [("w1", FAIL), ("w2", PASS)]


def test_a_late_verdict_on_an_earlier_batch_may_be_the_last_verdict() -> None:
    known = only(judged(WEEKS, ("w3", INSUFFICIENT), ("w2", FAIL), key=PERFORMANCE))
    assert (known.partition, known.verdict) == ("w3", INSUFFICIENT)
    assert known.decided is not None
    assert (known.decided.partition, known.decided.verdict) == ("w2", FAIL)
    assert [each.partition for each in known.undecided] == ["w3"]


def test_an_earlier_batch_may_lack_a_verdict_too() -> None:
    known = only(judged(WEEKS, ("w3", INSUFFICIENT), ("w2", INSUFFICIENT), key=PERFORMANCE))
    assert known.partition == "w3"
    assert [each.partition for each in known.undecided] == ["w2", "w3"]


def test_a_verdict_on_a_later_batch_decides_about_all_batches_before() -> None:
    known = only(judged(WEEKS, ("w2", INSUFFICIENT), ("w3", PASS), key=PERFORMANCE))
    assert known.undecided == ()


def test_an_evaluation_of_the_same_batch_replaces_the_former() -> None:
    known = only(judged(WEEKS, ("w2", FAIL), ("w2", PASS), key=CONTRACT))
    assert (known.verdict, known.entry, len(known.recent)) == (PASS, 31, 1)


def test_each_check_has_a_state_of_its_own() -> None:
    known = after(after(WEEKS, evaluated("w1", FAIL)), evaluated("w1", PASS, CONTRACT), 31)
    assert {key: check.verdict for key, check in known.checks.items()} == {
        PERFORMANCE: FAIL,
        CONTRACT: PASS,
    }


def test_only_performance_keeps_evaluations_that_may_be_decided_later() -> None:
    known = judged(WEEKS, ("w1", INSUFFICIENT), ("w2", INSUFFICIENT), key=PERFORMANCE)
    assert [each.partition for each in only(known).undecided] == ["w1", "w2"]
    assert only(judged(WEEKS, ("w1", INSUFFICIENT), key=DRIFT)).undecided == ()


# Evaluations without a batch.


def without_batch(*actions: str) -> list[str]:
    """The actions of the verdicts that are kept of evaluations without a batch."""
    known = state()
    for index, action in enumerate(actions, start=30):
        event = evaluated("", FAIL, "training_set/sufficient", action=action)
        known = after(known, event, index)
    return [each.action for each in only(known).recent]


def test_the_attempts_at_one_training_count_once() -> None:
    assert without_batch("7:1", "7:2", "9:1", "7:3") == ["9", "7"]


def test_runs_by_hand_count_each() -> None:
    assert without_batch("", "", "7:1", "") == ["", "", "7", ""]


def test_an_evaluation_without_a_batch_does_not_replace_an_evaluation_of_a_batch() -> None:
    known = after(after(WEEKS, evaluated("w1", action="1:1")), evaluated("", action="1:1"), 31)
    assert [each.partition for each in only(known).recent] == ["", "w1"]


# The memory of the batch.


def unmet(known: ProductState, partition: str = "w1") -> dict[str, Verdict]:
    return {each.check: each.verdict for each in known.batches[partition].unmet}


def test_a_batch_remembers_the_checks_that_it_does_not_pass() -> None:
    known = after(WEEKS, evaluated("w1", FAIL, DRIFT, severity=Severity.WARNING))
    failure = Failure(known_up_to=30, share=0.0)
    assert known.batches["w1"].unmet == (
        Unmet(check=DRIFT, verdict=FAIL, severity=Severity.WARNING, failure=failure),
    )


def test_a_check_that_passes_is_not_unmet_any_more() -> None:
    known = judged(WEEKS, ("w1", FAIL), key=DRIFT)
    known = after(known, evaluated("w1", INSUFFICIENT, CONTRACT), 31)
    assert unmet(known) == {DRIFT: FAIL, CONTRACT: INSUFFICIENT}
    assert unmet(after(known, evaluated("w1", PASS, DRIFT), 32)) == {CONTRACT: INSUFFICIENT}


def test_the_newest_verdict_of_an_unmet_check_counts() -> None:
    known = judged(WEEKS, ("w1", FAIL), ("w1", INSUFFICIENT), key=DRIFT)
    assert unmet(known) == {DRIFT: INSUFFICIENT}
    (check,) = known.batches["w1"].unmet
    assert check.failure == Failure(known_up_to=30, share=0.0)


@pytest.mark.parametrize(
    ("key", "count"), [(CONTRACT, 1), ("dataset/schema", 1), (DRIFT, 0), (PERFORMANCE, 0)]
)
def test_only_checks_of_the_data_judge_whether_a_batch_is_approved(key: str, count: int) -> None:
    assert len(after(WEEKS, evaluated("w1", FAIL, key)).batches["w1"].judgements) == count


def test_a_judgement_of_a_batch_is_the_newest_of_its_check() -> None:
    known = judged(WEEKS, ("w1", FAIL), key="dataset/schema")
    known = after(known, evaluated("w1", FAIL, CONTRACT), 31)
    known = after(known, evaluated("w1", PASS, "dataset/schema", severity=Severity.INFO), 32)
    assert known.batches["w1"].judgements == (
        Judgement(
            check=CONTRACT,
            verdict=FAIL,
            severity=Severity.CRITICAL,
            summary="It says fail.",
            entry=31,
        ),
        Judgement(
            check="dataset/schema",
            verdict=PASS,
            severity=Severity.INFO,
            summary="It says pass.",
            entry=32,
        ),
    )


def test_the_memory_of_other_batches_stays() -> None:
    known = after(WEEKS, evaluated("w1", FAIL, CONTRACT))
    assert known.batches["w2"] is WEEKS.batches["w2"]


# A pass that ends no failure.


def lost_labels(measured: int = 10) -> ProductState:
    """w1 failed on 100 labels and passes on fewer labels."""
    known = after(WEEKS, evaluated("w1", FAIL))
    return after(known, evaluated("w1", PASS, figures=(figure(n=measured),)), 31)


def test_a_pass_without_the_labels_that_failed_is_no_verdict() -> None:
    known = lost_labels()
    check = only(known)
    assert check.verdict is INSUFFICIENT
    assert check.figures == ()
    assert check.summary.startswith("It failed when 100 % of its labels were known")
    assert check.decided == replace(check.newest, stood_at=None)
    assert check.recent[0].failure == Failure(known_up_to=30, share=1.0, labelled=100)
    assert unmet(known) == {PERFORMANCE: INSUFFICIENT}


def test_a_pass_with_the_labels_that_failed_ends_the_failure() -> None:
    known = lost_labels(100)
    assert only(known).recent[0].failure is None
    assert unmet(known) == {}


def test_the_data_of_a_batch_is_judged_as_reported_even_if_the_pass_ends_no_failure() -> None:
    copied = state(batch("w1", copy_of="w0", entry=31))
    known = after(copied, evaluated("w1", FAIL, CONTRACT), 32)
    newer = replace(known.batches["w1"], entry=40)
    known = after(replace(known, batches={"w1": newer}), evaluated("w1", PASS, CONTRACT), 41)
    assert known.batches["w1"].judgements[0].verdict is PASS
    assert only(known).verdict is INSUFFICIENT


def test_the_pass_of_later_batches_does_not_end_the_failure_of_a_batch() -> None:
    failed = judged(WEEKS, ("w1", FAIL), ("w2", PASS), ("w3", PASS), key=CONTRACT)
    assert unmet(failed) == {CONTRACT: FAIL}
    assert unmet(failed, "w2") == {}


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([PASS, FAIL])), min_size=1))
def test_the_newest_verdict_of_each_batch_is_kept_in_the_order_of_batches(
    outcomes: list[tuple[int, Verdict]],
) -> None:
    known = judged(WEEKS, *((f"w{week}", verdict) for week, verdict in outcomes), key=CONTRACT)
    newest = dict(outcomes)
    expected = [(f"w{week}", newest[week]) for week in sorted(newest)]
    assert [(each.partition, each.verdict) for each in only(known).recent] == expected
