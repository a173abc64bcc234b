"""Evidence judged by the agreement in force, from figures that were stored under another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aipo_pipelines.charter.changes.affected_checks import Bearing
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import Threshold
from aipo_pipelines.evidence.outcome import UNUSABLE_ANSWERS, Direction, Figure
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.judged_evidence import (
    as_agreed,
    figures_for,
    figures_in_force,
    is_evaluation,
    is_former,
    judged_figures,
    newest_labelled,
)
from tests.unit.policy.stored_facts import (
    CONTRACT,
    DRIFT,
    FAIL,
    INSUFFICIENT,
    PASS,
    PERFORMANCE,
    agreement,
    champion,
    check,
    evidence,
    measured,
    product,
)
from tests.unit.policy.story import charter, threshold

TARGET = "performance/business_target"
OF_TRUTH = "measured by the former labels or decision threshold; it is measured again"


def judging(limit: float, verdict: Any, **changes: Any) -> Figure:
    """An accuracy of 0.8, judged by a limit when it was stored."""
    return measured(limit=limit, direction=Direction.AT_LEAST, verdict=verdict, **changes)


STORED = evidence(figures=(judging(0.7, PASS),))
"""An accuracy of 0.8 that passed its limit of 0.7."""


def limit_of(*limits: float, metric: str = "accuracy", **changes: Any) -> Charter:
    """A charter with these limits on live batches."""
    return charter(thresholds=[threshold(metric, limit, **changes) for limit in limits])


def adopted(entry: int = 3, **since: int) -> ProductState:
    """The state since an adoption that changed some terms at other entries."""
    judging_since = {bearing: since.get(bearing.value, 3) for bearing in Bearing}
    return product(charter=agreement(entry=entry, judging_since=judging_since))


# The figures of one evaluation.


def test_every_live_threshold_of_a_check_judges_its_figures() -> None:
    agreed = charter(
        thresholds=[
            threshold("accuracy", 0.7),
            threshold("recall", 0.9),
            threshold("f1", 0.5),
            threshold("selection_rate_difference", 0.1, attribute="region"),
        ]
    )
    stored = evidence(figures=(measured(0.8), measured(0.8, "recall")))
    figures = list(judged_figures(agreed, adopted(), PERFORMANCE, stored))
    assert [(figure.metric, figure.limit, figure.verdict) for figure in figures] == [
        ("accuracy", 0.7, PASS),
        ("recall", 0.9, FAIL),
        ("f1", 0.5, INSUFFICIENT),
    ]
    assert figures[-1].note == "not measured"
    assert list(judged_figures(agreed, adopted(), CONTRACT, stored)) == []


def of_accuracy(limit: float, **changes: Any) -> Threshold:
    return limit_of(limit, **changes).thresholds[0]


def test_a_threshold_without_an_evaluation_is_not_measured() -> None:
    (figure,) = figures_for(adopted(), of_accuracy(0.7), PERFORMANCE, None)
    assert (figure.metric, figure.n, figure.note) == ("accuracy", 0, "not measured")
    assert figure.verdict is INSUFFICIENT


def test_figures_by_a_former_meaning_of_labels_are_not_judged_by_the_limits_of_today() -> None:
    state = adopted(truth=11)
    (figure,) = figures_for(state, of_accuracy(0.95), PERFORMANCE, STORED)
    assert (figure.verdict, figure.note, figure.limit) == (INSUFFICIENT, OF_TRUTH, 0.95)
    (figure,) = figures_for(adopted(truth=10), of_accuracy(0.95), PERFORMANCE, STORED)
    assert (figure.verdict, figure.note) == (FAIL, "")


def drops(state: ProductState, stored: Any = STORED) -> list[tuple[str, Any]]:
    figures = figures_for(state, of_accuracy(0.7, maximum_drop=0.05), PERFORMANCE, stored)
    return [(figure.metric, figure.verdict) for figure in figures]


def test_a_drop_is_counted_from_the_release_figures_of_the_champion() -> None:
    state = replace(adopted(), champion=champion(decision=9))
    assert drops(state) == [("accuracy", PASS), ("accuracy_drop", INSUFFICIENT)]
    worse = replace(state, champion=champion(decision=9, baseline=(measured(0.99),)))
    assert drops(worse) == [("accuracy", PASS), ("accuracy_drop", FAIL)]


def test_evidence_from_before_the_champion_drops_from_nothing() -> None:
    release = champion(baseline=(measured(0.99),))
    at_decision = replace(adopted(), champion=replace(release, decision=10))
    assert drops(at_decision) == [("accuracy", PASS), ("accuracy_drop", FAIL)]
    later = replace(adopted(), champion=replace(release, decision=11))
    assert drops(later) == [("accuracy", PASS)]


def test_the_own_evaluation_of_the_champion_cannot_drop_below_itself() -> None:
    own = champion(baseline=(measured(0.99),), as_live={PERFORMANCE: STORED})
    assert drops(replace(adopted(), champion=own)) == [("accuracy", PASS)]


def test_without_a_champion_there_is_no_release_figure() -> None:
    assert drops(adopted()) == [("accuracy", PASS), ("accuracy_drop", INSUFFICIENT)]


# The verdict in force.


def test_an_evaluation_that_its_limits_judge_alike_stays_as_it_was_stored() -> None:
    assert as_agreed(limit_of(0.7), adopted(), PERFORMANCE, STORED) is STORED


def test_a_raised_limit_fails_a_stored_pass() -> None:
    now = as_agreed(limit_of(0.9), adopted(), PERFORMANCE, STORED)
    assert (now.verdict, now.figures) == (FAIL, STORED.figures)
    assert now.summary == (
        "By the agreement in force it fails: accuracy 0.8 [0.76, 0.84], at least 0.9 (n = 500)."
    )


def test_a_lowered_limit_passes_a_stored_failure_that_another_agreement_judged() -> None:
    failed = evidence(verdict=FAIL, figures=(judging(0.9, FAIL),))
    now = as_agreed(limit_of(0.7), adopted(entry=11), PERFORMANCE, failed)
    assert (now.verdict, now.summary) == (
        PASS,
        "By the agreement in force, accuracy keep to the limits.",
    )


def test_a_stored_failure_counts_while_its_own_agreement_is_in_force() -> None:
    failed = evidence(verdict=FAIL, figures=(judging(0.9, FAIL),))
    for state in (adopted(entry=10), product()):
        assert as_agreed(limit_of(0.7), state, PERFORMANCE, failed).verdict is FAIL


def test_another_limit_with_the_same_verdict_gets_a_summary_of_its_own() -> None:
    now = as_agreed(limit_of(0.75), adopted(), PERFORMANCE, STORED)
    assert now.verdict is PASS
    assert now.summary == "By the agreement in force, accuracy keep to the limits."


def test_a_pass_names_all_figures_and_a_failure_only_the_failing() -> None:
    stored = evidence(figures=(measured(0.8), measured(0.8, "recall"), measured(0.8, "f1")))
    limits = [threshold("accuracy", 0.7), threshold("recall", 0.7), threshold("f1", 0.7)]
    passes = as_agreed(charter(thresholds=limits), adopted(), PERFORMANCE, stored)
    assert passes.summary == ("By the agreement in force, accuracy, recall, f1 keep to the limits.")
    limits[1:] = [threshold("recall", 0.9), threshold("f1", 0.95)]
    fails = as_agreed(charter(thresholds=limits), adopted(), PERFORMANCE, stored)
    assert fails.summary == (
        "By the agreement in force it fails: recall 0.8 [0.76, 0.84], at least 0.9 (n = 500); "
        "f1 0.8 [0.76, 0.84], at least 0.95 (n = 500)."
    )


def test_a_summary_says_why_a_figure_cannot_be_judged() -> None:
    now = as_agreed(limit_of(0.7, minimum_sample=501), adopted(), PERFORMANCE, STORED)
    assert now.verdict is INSUFFICIENT
    assert now.summary == (
        "By the agreement in force it cannot be judged: accuracy 0.8 [0.76, 0.84], at least 0.7 "
        "(n = 500), 500 records, the threshold asks for 501."
    )


def test_unusable_answers_fail_under_every_agreement() -> None:
    unusable = measured(0.1, UNUSABLE_ANSWERS, limit=0.0, verdict=FAIL)
    failed = evidence(verdict=FAIL, figures=(judging(0.9, PASS), unusable))
    assert as_agreed(limit_of(0.7), adopted(entry=11), PERFORMANCE, failed).verdict is FAIL


def test_an_evaluation_of_a_withdrawn_batch_says_nothing_new() -> None:
    withdrawn = replace(STORED, withdrawn="w1", verdict=INSUFFICIENT)
    assert as_agreed(limit_of(0.9), adopted(), PERFORMANCE, withdrawn) is withdrawn


def test_an_evaluation_without_figures_keeps_its_own_reason() -> None:
    empty = evidence(verdict=INSUFFICIENT, summary="No labels yet.")
    assert as_agreed(limit_of(0.9), adopted(), PERFORMANCE, empty) is empty
    passed = replace(empty, verdict=PASS)
    now = as_agreed(limit_of(0.9), adopted(entry=11), PERFORMANCE, passed)
    assert now.verdict is INSUFFICIENT
    assert now.summary.endswith("accuracy none, at least 0.9 (n = 0), not measured.")


def test_a_check_without_thresholds_keeps_its_verdict_until_its_terms_change() -> None:
    passed = evidence()
    assert as_agreed(charter(), adopted(data=10), CONTRACT, passed) is passed
    now = as_agreed(charter(), adopted(data=11), CONTRACT, passed)
    assert (now.verdict, now.summary) == (
        INSUFFICIENT,
        "Judged by the former contract, privacy rules or sources; it is measured again.",
    )


def test_a_target_is_judged_by_the_targets_in_force() -> None:
    target = {"outcome": "Kept", "metric": "accuracy", "target": 0.9, "unit": "EUR"}
    agreed = charter(outcome_map=[{**target, "missed_target": "decides"}])
    now = as_agreed(agreed, adopted(truth=10), TARGET, STORED)
    assert (now.verdict, len(now.figures)) == (FAIL, 2)
    former = as_agreed(agreed, adopted(truth=11), TARGET, STORED)
    assert (former.verdict, former.figures) == (INSUFFICIENT, ())
    assert former.summary == (
        "Measured by the former labels or decision threshold; it is measured again."
    )


# The figures that are shown.


def test_figures_are_shown_in_their_order_with_the_limits_of_today() -> None:
    unusable = measured(0.0, UNUSABLE_ANSWERS, limit=0.0, verdict=PASS)
    stored = evidence(figures=(judging(0.6, PASS, metric="recall"), unusable, judging(0.6, PASS)))
    shown = figures_in_force(limit_of(0.9), adopted(), PERFORMANCE, stored)
    assert [(figure.metric, figure.limit, figure.verdict) for figure in shown] == [
        ("recall", None, None),
        (UNUSABLE_ANSWERS, 0.0, PASS),
        ("accuracy", 0.9, FAIL),
    ]


@pytest.mark.parametrize("key", ["performance/calibration", "performance/fairness"])
def test_a_limit_that_is_not_agreed_any_more_is_not_shown(key: str) -> None:
    (shown,) = figures_in_force(limit_of(0.9), adopted(), key, STORED)
    assert (shown.limit, shown.verdict, shown.value) == (None, None, 0.8)


@pytest.mark.parametrize("key", [CONTRACT, DRIFT, TARGET])
def test_figures_of_other_checks_are_shown_as_they_were_stored(key: str) -> None:
    assert figures_in_force(limit_of(0.9), adopted(), key, STORED) == STORED.figures


# The champion that an evaluation is about.


def test_the_newest_evaluation_with_labels_is_found_behind_an_undecided_batch() -> None:
    first, second = (replace(STORED, partition=name, entry=10) for name in ("w1", "w2"))
    newest = evidence("w3", INSUFFICIENT, figures=(measured(0.2, "label_coverage"),))
    state = product(
        checks=[check(PERFORMANCE, newest, decided=first, undecided=(second,))],
        champion=champion(),
    )
    assert newest_labelled(charter(), state, PERFORMANCE) == second
    only = product(checks=[check(PERFORMANCE, newest, decided=first)], champion=champion())
    assert newest_labelled(charter(), only, PERFORMANCE) == first
    none = product(checks=[check(PERFORMANCE, newest, decided=None)], champion=champion())
    assert newest_labelled(charter(), none, PERFORMANCE) is None


def test_the_newest_batch_with_labels_comes_first_if_it_has_any() -> None:
    newest = replace(STORED, partition="w3")
    state = product(
        checks=[check(PERFORMANCE, newest, decided=STORED)],
        champion=champion(),
    )
    labelled = newest_labelled(charter(), state, PERFORMANCE)
    assert labelled is not None
    assert labelled.partition == "w3"


def test_an_evaluation_of_a_former_champion_is_not_the_newest_with_labels() -> None:
    state = product(checks=[check(PERFORMANCE, STORED)], champion=champion(decision=11))
    assert newest_labelled(charter(), state, PERFORMANCE) is None
    assert newest_labelled(charter(), product(), PERFORMANCE) is None


@pytest.mark.parametrize(("key", "former"), [(PERFORMANCE, True), (DRIFT, True), (CONTRACT, False)])
def test_only_checks_of_the_model_are_about_a_champion(key: str, *, former: bool) -> None:
    state = product(champion=champion(decision=9, crowned=12))
    assert is_former(charter(), state, key, 11) is former
    assert not is_former(charter(), state, key, 12)
    assert is_former(charter(), product(), key, 12) is former


def test_a_model_that_is_trained_elsewhere_has_no_former_champion() -> None:
    logged = {"task": "binary", "features": ["x1"], "logged_predictions": "predicted"}
    assert not is_former(charter(model=logged), product(), PERFORMANCE, 0)


def test_the_evaluation_of_the_champion_is_known_by_its_entry() -> None:
    own = product(champion=champion(as_live={PERFORMANCE: STORED}))
    assert is_evaluation(own, PERFORMANCE, replace(STORED, verdict=FAIL))
    assert not is_evaluation(own, PERFORMANCE, replace(STORED, entry=11))
    assert not is_evaluation(own, "performance/calibration", STORED)
    assert not is_evaluation(product(), PERFORMANCE, STORED)


def test_a_target_rests_on_the_evaluation_that_measured_its_metric() -> None:
    own = product(champion=champion(as_live={PERFORMANCE: STORED}))
    assert is_evaluation(own, TARGET, STORED)
    assert not is_evaluation(own, "performance/calibration_target", STORED)
