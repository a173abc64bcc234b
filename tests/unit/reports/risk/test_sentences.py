"""The risk of a release in the words of the business."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import (
    CheckOutcome,
    Figure,
    Severity,
    Verdict,
    figure_to_json,
    figures_from_json,
)
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.risk.assessment import assess_risk
from aipo_pipelines.reports.risk.money import recorded_costs
from aipo_pipelines.reports.risk.sentences import risk_sentences
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
        check=name, verdict=verdict, severity=Severity.CRITICAL, summary=summary, details=NO_DETAILS
    )


@dataclass(frozen=True)
class Worded:
    """An assessment in numbers and in sentences."""

    figures: tuple[Figure, ...]
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.sentences)


def worded(charter: Charter, scored: Scored, gates: Sequence[CheckOutcome], seed: int) -> Worded:
    risk = assess_risk(charter, scored, gates, seed)
    return Worded(figures=risk.figures, sentences=risk_sentences(risk))


def named(assessment: Worded, metric: str) -> Figure:
    return next(figure for figure in assessment.figures if figure.metric == metric)


def small(binary: Make) -> Scored:
    """Of 20 records 2 false alarms, 1 missed event, 4 found; 5 events in all."""
    truth = [1] * 5 + [0] * 15
    answers = [1] * 4 + [0] + [1] * 2 + [0] * 13
    return binary(truth, np.where(answers, 0.8, 0.2))


def test_the_naive_baseline_is_priced_on_the_same_records(
    binary: Make, chartered: MakeCharter
) -> None:
    charter = chartered(outcome_map=mapped(COSTS))
    assessment = worded(charter, small(binary), (), 0)
    assert named(assessment, "naive_expected_cost").value == pytest.approx(1000 * 5 * 420 / 20)
    assert (
        "those of the naive baseline would cost about 105,000 EUR per 1,000 records"
        in assessment.text
    )


def test_numbers_are_priced_by_the_unit_of_error(numeric: Make, chartered: MakeCharter) -> None:
    charter = chartered(
        labels={"positive": ...},
        model={"task": "regression", "estimator": "sklearn.linear_model.Ridge"},
        thresholds=[],
        outcome_map=mapped({"per_unit_error": 3}, "mae"),
    )
    scored = numeric([1.0, 2.0, 3.0, 4.0], [2.0, 2.0, 5.0, 3.0])
    assessment = worded(charter, scored, (), 0)
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
    assessment = worded(charter, scored, (), 0)
    assert named(assessment, "expected_cost").value == 4_000
    assert "there is no naive baseline to compare with" in assessment.text


def test_an_outcome_without_costs_is_said_to_have_no_costs(
    binary: Make, chartered: MakeCharter
) -> None:
    assessment = worded(chartered(outcome_map=mapped({})), small(binary), (), 0)
    assert "The outcome map states no cost of errors for: Customers kept." in assessment.text


def test_without_an_outcome_map_errors_have_no_price(binary: Make, chartered: MakeCharter) -> None:
    assert "errors have no price" in worded(chartered(), small(binary), (), 0).text


def test_all_gates_passed_is_a_go(binary: Make, chartered: MakeCharter) -> None:
    gates = [gate("sample", Verdict.PASS), gate("champion", Verdict.PASS)]
    assessment = worded(chartered(), small(binary), gates, 0)
    assert assessment.sentences[0] == "Go: all 2 gates are passed."


def test_each_gate_that_says_no_is_named_with_its_reason(
    binary: Make, chartered: MakeCharter
) -> None:
    gates = [
        gate("sample", Verdict.PASS),
        gate("roc_auc", Verdict.FAIL, "It is 0.6, agreed is 0.7."),
        gate("champion", Verdict.INSUFFICIENT, "Too few records"),
    ]
    text = worded(chartered(), small(binary), gates, 0).sentences
    assert text[:3] == (
        "No-go: 2 of 3 gates are not passed.",
        "Gate roc_auc says no: It is 0.6, agreed is 0.7.",
        "Gate champion cannot say yes, because there is too little evidence: Too few records.",
    )


def test_without_a_gate_there_is_no_go(binary: Make, chartered: MakeCharter) -> None:
    assert worded(chartered(), small(binary), (), 0).sentences[0].startswith("No-go")


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


def test_unequal_treatment_is_shown_with_both_rates(binary: Make, chartered: MakeCharter) -> None:
    charter = chartered(protected=["x1"], thresholds=[FAIR])
    text = worded(charter, grouped(binary, (0.6, 0.1)), (), 0).text
    assert (
        "Groups of x1 differ in how often the event is predicted (old 0.600, young 0.100)" in text
    )
    assert "the gap is 0.500" in text
    assert "unequal treatment beyond the limit: agreed is at most 0.2" in text


def test_equal_treatment_is_shown_too(binary: Make, chartered: MakeCharter) -> None:
    charter = chartered(protected=["x1"], thresholds=[FAIR])
    assert "within the limit" in worded(charter, grouped(binary, (0.3, 0.25)), (), 0).text


def test_an_attribute_without_a_limit_is_compared_for_information(
    binary: Make, chartered: MakeCharter
) -> None:
    assessment = worded(chartered(protected=["x1"]), grouped(binary, (0.6, 0.1)), (), 0)
    assert named(assessment, "selection_rate_difference").value == pytest.approx(0.5)
    assert "no limit is agreed" in assessment.text


def test_a_limit_that_holds_for_live_batches_alone_is_shown_as_such(
    binary: Make, chartered: MakeCharter
) -> None:
    live = {**FAIR, "applies_to": ["live"]}
    charter = chartered(protected=["x1"], thresholds=[live])
    text = worded(charter, grouped(binary, (0.6, 0.1)), (), 0).text
    assert "no limit is agreed" not in text.partition("probabilities")[0]
    assert "a release is not judged by it; agreed for live batches is at most 0.2" in text


def test_a_limit_on_calibration_for_live_batches_alone_is_shown_as_such(
    calibrated: Make, chartered: MakeCharter
) -> None:
    live = {key: FAIR[key] for key in {*FAIR} - {"attribute"}}
    live |= {"metric": "expected_calibration_error", "applies_to": ["live"]}
    text = worded(chartered(thresholds=[live]), calibrated(2_000), (), 0).text
    assert "no limit is agreed" not in text
    assert "agreed for live batches is at most 0.2" in text


def test_without_protected_attributes_discrimination_is_not_measured(
    binary: Make, chartered: MakeCharter
) -> None:
    text = worded(chartered(), small(binary), (), 0).text
    assert "unequal treatment is not measured" in text


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
        worded(charter, scored, (), 0).text
    )


def test_probabilities_are_compared_with_the_outcomes(binary: Make, chartered: MakeCharter) -> None:
    scored = binary([1] * 100 + [0] * 300, [0.5] * 400)
    text = worded(chartered(), scored, (), 0).text
    assert "gives the event 50.0%; it happened in 25.0%" in text
    assert "off by 0.250 on average, more than chance explains" in text


def test_a_model_that_is_too_sure_is_called_over_confident(
    calibrated: Make, chartered: MakeCharter
) -> None:
    scored = calibrated(4_000)
    assert scored.probability is not None
    odds = (scored.probability / (1 - scored.probability)) ** 2
    text = worded(chartered(), replace(scored, probability=odds / (1 + odds)), (), 0).text
    assert "over-confident" in text


def test_a_calibrated_model_is_neither_over_nor_under_confident(
    calibrated: Make, chartered: MakeCharter
) -> None:
    text = worded(chartered(), calibrated(4_000), (), 0).text
    assert "confident" not in text
    assert "no more than chance explains" in text


def test_the_worst_perturbation_is_named(binary: Make, chartered: MakeCharter) -> None:
    rises = tuple(
        Figure(metric="loss_rise", value=value, n=9, limit=0.3, subject=subject)
        for subject, value in (("noise 0.1", 0.05), ("missing 0.2", 0.28))
    )
    tested = replace(gate("robustness", Verdict.PASS), figures=rises)
    text = worded(chartered(), small(binary), [tested], 0).text
    assert (
        "missing 0.2 harms most: the mean loss rises by 28.0% (agreed: a rise of at most 30" in text
    )


def test_without_a_perturbation_robustness_is_not_measured(
    binary: Make, chartered: MakeCharter
) -> None:
    assert "robustness is not measured" in worded(chartered(), small(binary), (), 0).text


def test_the_sample_says_what_it_cannot_rule_out(binary: Make, chartered: MakeCharter) -> None:
    text = worded(chartered(), small(binary), (), 0).text
    # Wilson's upper bound of 0 of n is z²/(n + z²): 2.7055 / 22.7055.
    assert "20 labelled records, fewer than the 100 that the charter asks for" in text
    assert "up to 11.92% of records" in text


def test_what_is_not_measured_is_read_from_the_charter(
    binary: Make, chartered: MakeCharter
) -> None:
    charter = chartered(not_measured=["hallucination rate", "effect of the offers"])
    text = worded(charter, small(binary), (), 0).text
    assert "Not measured: hallucination rate; effect of the offers." in text


def test_the_hallucination_rate_is_not_measured_if_no_charter_names_it(
    binary: Make, chartered: MakeCharter
) -> None:
    text = worded(chartered(), small(binary), (), 0).text
    assert "Not measured: hallucination rate (this model writes no text)." in text


def test_unlabelled_records_give_no_cost(binary: Make, chartered: MakeCharter) -> None:
    charter = chartered(outcome_map=mapped(COSTS))
    scored = binary([0, 1] * 10, [0.2, 0.8] * 10, labelled=False)
    assessment = worded(charter, scored, (), 0)
    assert named(assessment, "expected_cost").value is None
    assert "There was no labelled record; the charter asks for 100." in assessment.text


def test_each_sentence_has_one_line_and_one_full_stop(binary: Make, chartered: MakeCharter) -> None:
    assessment = worded(
        chartered(outcome_map=mapped(COSTS), protected=["x1"]), grouped(binary, (0.6, 0.1)), (), 0
    )
    assert all(re.fullmatch(r"[^\n]*[^.\n]\.", sentence) for sentence in assessment.sentences)


def test_a_group_that_is_too_small_is_named_beside_the_others(
    binary: Make, chartered: MakeCharter
) -> None:
    scored = grouped(binary, (0.6, 0.1))
    groups = scored.groups.copy()
    groups.loc[:49, "x1"] = "tiny: a, b"
    charter = chartered(protected=["x1"], thresholds=[FAIR])
    text = worded(charter, replace(scored, groups=groups), (), 0).text
    assert "young 0.100; fewer than 200 records, not compared: tiny: a, b); the gap is" in text


def test_names_of_groups_may_hold_any_signs(binary: Make, chartered: MakeCharter) -> None:
    scored = grouped(binary, (0.6, 0.1))
    named_apart = pd.DataFrame({"x1": ["a: 0.9, b"] * 400 + ["c; d"] * 400})
    charter = chartered(protected=["x1"], thresholds=[FAIR])
    text = worded(charter, replace(scored, groups=named_apart), (), 0).text
    assert "how often the event is predicted (a: 0.9, b 0.600, c; d 0.100); the gap is" in text


def test_recorded_figures_give_the_sentence_of_the_assessment(
    binary: Make, chartered: MakeCharter
) -> None:
    assessment = worded(chartered(outcome_map=mapped(COSTS)), small(binary), (), 0)
    recorded = figures_from_json([figure_to_json(figure) for figure in assessment.figures])
    costs = recorded_costs(recorded)
    assert len(costs) == 1
    assert costs[0] in assessment.sentences
