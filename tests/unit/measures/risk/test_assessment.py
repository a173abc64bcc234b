"""The risk of a release in the words of the business."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Severity, Verdict
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.risk.assessment import RiskAssessment, assess_risk
from tests.samples import write_product

Make = Callable[..., Scored]
MakeCharter = Callable[..., Charter]
COSTS = {"false_negative": 420, "false_positive": 25}


@pytest.fixture
def chartered(tmp_path: Path) -> MakeCharter:
    """The sample's charter with keys changed."""

    def make(**changes: Any) -> Charter:
        return load_product(write_product(tmp_path / "sample", **changes)).charter

    return make


def mapped(costs: Mapping[str, float], metric: str = "recall") -> list[dict[str, Any]]:
    entry = {"outcome": "Customers kept", "metric": metric, "target": 0.6, "unit": "EUR"}
    return [{**entry, "costs": costs}]


def gate(name: str, verdict: Verdict, summary: str = "As agreed.") -> CheckOutcome:
    return CheckOutcome(
        check=name,
        verdict=verdict,
        severity=Severity.CRITICAL,
        summary=summary,
        details=NO_DETAILS,
    )


def named(assessment: RiskAssessment, metric: str) -> Figure:
    return next(figure for figure in assessment.figures if figure.metric == metric)


def small(binary: Make) -> Scored:
    """Of 20 records 2 false alarms, 1 missed event, 4 found; 5 events in all."""
    truth = [1] * 5 + [0] * 15
    answers = [1] * 4 + [0] + [1] * 2 + [0] * 13
    return binary(truth, np.where(answers, 0.8, 0.2))


def test_errors_are_priced_per_thousand_records(binary: Make, chartered: MakeCharter) -> None:
    charter = chartered(outcome_map=mapped(COSTS))
    cost = named(assess_risk(charter, small(binary), (), 0), "expected_cost")
    assert cost.value == pytest.approx(1000 * (2 * 25 + 420) / 20)
    assert (cost.unit, cost.n, cost.subject) == ("EUR per 1,000 records", 20, "Customers kept")


def test_the_naive_baseline_is_priced_on_the_same_records(
    binary: Make, chartered: MakeCharter
) -> None:
    charter = chartered(outcome_map=mapped(COSTS))
    assessment = assess_risk(charter, small(binary), (), 0)
    assert named(assessment, "naive_expected_cost").value == pytest.approx(1000 * 5 * 420 / 20)
    assert "the naive baseline's would cost about 105,000 EUR per 1,000 records" in assessment.text


def test_a_cost_has_an_interval_about_it(calibrated: Make, chartered: MakeCharter) -> None:
    charter = chartered(outcome_map=mapped({"false_positive": 10}))
    scored = calibrated(2_000)
    cost = named(assess_risk(charter, scored, (), 0), "expected_cost")
    share = (cost.value or 0) / 10_000
    reach = 1.645 * 10_000 * np.sqrt(share * (1 - share) / 2_000)
    assert cost.interval is not None
    assert cost.interval.high - (cost.value or 0) == pytest.approx(reach, rel=0.2)
    assert (cost.value or 0) - cost.interval.low == pytest.approx(reach, rel=0.2)


def test_numbers_are_priced_by_the_unit_of_error(numeric: Make, chartered: MakeCharter) -> None:
    charter = chartered(
        labels={"positive": ...},
        model={"task": "regression", "estimator": "sklearn.linear_model.Ridge"},
        thresholds=[],
        outcome_map=mapped({"per_unit_error": 3}, "mae"),
    )
    scored = numeric([1.0, 2.0, 3.0, 4.0], [2.0, 2.0, 5.0, 3.0])
    assessment = assess_risk(charter, scored, (), 0)
    assert named(assessment, "expected_cost").value == pytest.approx(1000 * 3 * (1 + 0 + 2 + 1) / 4)
    assert named(assessment, "naive_expected_cost").value == pytest.approx(1000 * 3 * 1.0)
    assert 'for "Customers kept" one unit of error costs 3 EUR' in assessment.text


def test_each_wrong_answer_among_several_classes_has_its_price(
    chartered: MakeCharter,
) -> None:
    charter = chartered(
        labels={"positive": ...},
        model={"task": "multiclass"},
        thresholds=[],
        outcome_map=mapped({"per_unit_error": 8}, "accuracy"),
    )
    scored = Scored(
        task=Task.MULTICLASS,
        predicted=pd.Series(["a", "b", "c", "a"]),
        truth=pd.Series(["a", "c", "c", "b"]),
    )
    assessment = assess_risk(charter, scored, (), 0)
    assert named(assessment, "expected_cost").value == 4_000
    assert "there is no naive baseline to set this against" in assessment.text


def test_an_outcome_without_costs_is_said_to_have_none(
    binary: Make, chartered: MakeCharter
) -> None:
    assessment = assess_risk(chartered(outcome_map=mapped({})), small(binary), (), 0)
    assert "not stated in the outcome map for: Customers kept." in assessment.text


def test_without_an_outcome_map_errors_have_no_price(binary: Make, chartered: MakeCharter) -> None:
    assert "errors have no price" in assess_risk(chartered(), small(binary), (), 0).text


def test_all_gates_passed_is_a_go(binary: Make, chartered: MakeCharter) -> None:
    gates = [gate("sample", Verdict.PASS), gate("champion", Verdict.PASS)]
    assessment = assess_risk(chartered(), small(binary), gates, 0)
    assert assessment.sentences[0] == "Go: all 2 gates are passed."


def test_each_gate_that_says_no_is_named_with_its_reason(
    binary: Make, chartered: MakeCharter
) -> None:
    gates = [
        gate("sample", Verdict.PASS),
        gate("roc_auc", Verdict.FAIL, "It is 0.6, agreed is 0.7."),
        gate("champion", Verdict.INSUFFICIENT, "Too few records"),
    ]
    told = assess_risk(chartered(), small(binary), gates, 0).sentences
    assert told[:3] == (
        "No-go: 2 of 3 gates are not passed.",
        "Gate roc_auc says no: It is 0.6, agreed is 0.7.",
        "Gate champion cannot say yes, because the evidence does not suffice: Too few records.",
    )


def test_without_a_gate_there_is_no_go(binary: Make, chartered: MakeCharter) -> None:
    assert assess_risk(chartered(), small(binary), (), 0).sentences[0].startswith("No-go")


FAIR = {
    "metric": "selection_rate_difference",
    "attribute": "x1",
    "limit": 0.2,
    "minimum_sample": 200,
    "owner": "owner",
    "reason": "r",
}


def grouped(binary: Make, rates: tuple[float, float]) -> Scored:
    """Two groups of 400 with these shares of positive answers."""
    answers = np.concatenate([np.arange(400) < 400 * rate for rate in rates])
    groups = pd.DataFrame({"x1": ["old"] * 400 + ["young"] * 400})
    return binary(answers, np.where(answers, 0.9, 0.1), groups=groups)


def test_unequal_treatment_is_told_with_both_rates(binary: Make, chartered: MakeCharter) -> None:
    charter = chartered(protected=["x1"], thresholds=[FAIR])
    told = assess_risk(charter, grouped(binary, (0.6, 0.1)), (), 0).text
    assert (
        "Groups of x1 differ in how often the event is predicted (old 0.600, young 0.100)" in told
    )
    assert "the gap is 0.500" in told
    assert "unequal treatment beyond the limit: agreed is at most 0.2" in told


def test_equal_treatment_is_told_too(binary: Make, chartered: MakeCharter) -> None:
    charter = chartered(protected=["x1"], thresholds=[FAIR])
    assert "within the limit" in assess_risk(charter, grouped(binary, (0.3, 0.25)), (), 0).text


def test_an_attribute_without_a_limit_is_compared_for_information(
    binary: Make, chartered: MakeCharter
) -> None:
    assessment = assess_risk(chartered(protected=["x1"]), grouped(binary, (0.6, 0.1)), (), 0)
    assert named(assessment, "selection_rate_difference").value == pytest.approx(0.5)
    assert "no limit is agreed" in assessment.text


def test_a_limit_that_holds_for_live_batches_alone_is_told_as_one(
    binary: Make, chartered: MakeCharter
) -> None:
    live = {**FAIR, "applies_to": ["live"]}
    charter = chartered(protected=["x1"], thresholds=[live])
    told = assess_risk(charter, grouped(binary, (0.6, 0.1)), (), 0).text
    assert "no limit is agreed" not in told.partition("probabilities")[0]
    assert "a release is not judged by it; agreed for live batches is at most 0.2" in told


def test_a_limit_on_calibration_for_live_batches_alone_is_told_as_one(
    calibrated: Make, chartered: MakeCharter
) -> None:
    live = {key: FAIR[key] for key in {*FAIR} - {"attribute"}}
    live |= {"metric": "expected_calibration_error", "applies_to": ["live"]}
    told = assess_risk(chartered(thresholds=[live]), calibrated(2_000), (), 0).text
    assert "no limit is agreed" not in told
    assert "agreed for live batches is at most 0.2" in told


def test_without_protected_attributes_discrimination_is_not_measured(
    binary: Make, chartered: MakeCharter
) -> None:
    told = assess_risk(chartered(), small(binary), (), 0).text
    assert "unequal treatment is not measured" in told


def test_groups_of_a_numeric_product_differ_in_how_far_answers_are_off(
    numeric: Make, chartered: MakeCharter
) -> None:
    charter = chartered(
        labels={"positive": ...},
        model={"task": "regression", "estimator": "sklearn.linear_model.Ridge"},
        thresholds=[],
        protected=["x1"],
    )
    off = np.repeat([1.0, 3.0], 50)
    scored = replace(
        numeric(np.arange(100), np.arange(100) + off),
        groups=pd.DataFrame({"x1": ["a"] * 50 + ["b"] * 50}),
    )
    assert "how far the answer is off on average (b 3.000, a 1.000); the gap is 2.000" in (
        assess_risk(charter, scored, (), 0).text
    )


def test_probabilities_are_set_against_what_happened(binary: Make, chartered: MakeCharter) -> None:
    scored = binary([1] * 100 + [0] * 300, [0.5] * 400)
    told = assess_risk(chartered(), scored, (), 0).text
    assert "gives the event 50.0%; it happened in 25.0%" in told
    assert "off by 0.250 on average, more than chance explains" in told


def test_a_model_that_is_too_sure_is_called_over_confident(
    calibrated: Make, chartered: MakeCharter
) -> None:
    scored = calibrated(4_000)
    assert scored.probability is not None
    odds = (scored.probability / (1 - scored.probability)) ** 2
    told = assess_risk(chartered(), replace(scored, probability=odds / (1 + odds)), (), 0).text
    assert "over-confident" in told


def test_a_calibrated_model_is_neither_over_nor_under_confident(
    calibrated: Make, chartered: MakeCharter
) -> None:
    told = assess_risk(chartered(), calibrated(4_000), (), 0).text
    assert "confident" not in told
    assert "no more than chance explains" in told


def test_the_worst_disturbance_is_named(binary: Make, chartered: MakeCharter) -> None:
    rises = tuple(
        Figure(metric="loss_rise", value=value, n=9, limit=0.3, subject=subject)
        for subject, value in (("noise 0.1", 0.05), ("missing 0.2", 0.28))
    )
    tested = replace(gate("robustness", Verdict.PASS), figures=rises)
    told = assess_risk(chartered(), small(binary), [tested], 0).text
    assert (
        "missing 0.2 harms most: the mean loss rises by 28.0% (agreed: a rise of at most 30" in told
    )


def test_without_a_disturbance_robustness_is_not_measured(
    binary: Make, chartered: MakeCharter
) -> None:
    assert "robustness is not measured" in assess_risk(chartered(), small(binary), (), 0).text


def test_the_sample_tells_what_it_cannot_rule_out(binary: Make, chartered: MakeCharter) -> None:
    told = assess_risk(chartered(), small(binary), (), 0).text
    # Wilson's upper bound of 0 of n is z²/(n + z²): 2.7055 / 22.7055.
    assert "20 labelled records, fewer than the 100 asked for" in told
    assert "up to 11.92% of records" in told


def test_what_is_not_measured_is_read_from_the_charter(
    binary: Make, chartered: MakeCharter
) -> None:
    charter = chartered(not_measured=["hallucination rate", "effect of the offers"])
    told = assess_risk(charter, small(binary), (), 0).text
    assert "Not measured: hallucination rate; effect of the offers." in told


def test_the_hallucination_rate_is_told_as_not_measured_where_no_charter_names_it(
    binary: Make, chartered: MakeCharter
) -> None:
    told = assess_risk(chartered(), small(binary), (), 0).text
    assert "Not measured: hallucination rate (this model writes no text)." in told


def test_unlabelled_records_tell_no_cost(binary: Make, chartered: MakeCharter) -> None:
    charter = chartered(outcome_map=mapped(COSTS))
    scored = binary([0, 1] * 10, [0.2, 0.8] * 10, labelled=False)
    assessment = assess_risk(charter, scored, (), 0)
    assert named(assessment, "expected_cost").value is None
    assert "No labelled record was at hand" in assessment.text


def test_the_text_is_all_sentences_each_ended(binary: Make, chartered: MakeCharter) -> None:
    assessment = assess_risk(
        chartered(outcome_map=mapped(COSTS), protected=["x1"]), grouped(binary, (0.6, 0.1)), (), 0
    )
    assert assessment.text.splitlines() == list(assessment.sentences)
    assert all(sentence.endswith(".") for sentence in assessment.sentences)
