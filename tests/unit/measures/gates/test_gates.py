"""The gates of a release: names, verdicts and words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.errors import ModelError
from aipo_pipelines.evidence.details.training import RobustnessDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Severity, Verdict
from aipo_pipelines.measures.gates.gates import judge_gates
from aipo_pipelines.measures.gates.terms import gate_names
from aipo_pipelines.measures.metrics.scored import Scored
from tests.samples import CHARTER, merged

Make = Callable[..., Scored]

ROWS = 900
SENIORITY = {"metric": "selection_rate_difference", "limit": 0.1, "attribute": "SeniorCitizen"}
ROBUSTNESS = {"robustness": [{"perturbation": "noise", "size": 0.1, "maximum_loss": 0.2}]}

PASS = Verdict.PASS


def limit(**fields: object) -> dict[str, object]:
    return {"owner": "owner", "reason": "agreed", **fields}


def a_charter(*thresholds: dict[str, object], **changes: Any) -> Charter:
    agreed = [limit(**terms) for terms in thresholds]
    return Charter.model_validate(merged(CHARTER, {"thresholds": agreed, **changes}))


def judged(
    charter: Charter, challenger: Scored, champion: Scored | None = None, **more: Any
) -> dict[str, CheckOutcome]:
    given_robustness = more.pop("robustness", None)
    fields = {"choices": 1, "seed": 0, **more}
    outcomes = judge_gates(charter, challenger, champion, given_robustness, **fields)
    return {outcome.check: outcome for outcome in outcomes}


@pytest.fixture
def model(binary: Make) -> Make:
    """Makes a calibrated binary model, its scores blurred by noise of a given size."""

    def make(blur: float = 0.0, rows: int = ROWS, groups: pd.DataFrame | None = None) -> Scored:
        rng = np.random.default_rng(7)
        logit = rng.normal(size=rows) * 1.5
        truth = rng.random(rows) < 1 / (1 + np.exp(-logit))
        blurred = logit + np.random.default_rng(8).normal(size=rows) * blur
        return binary(truth, 1 / (1 + np.exp(-blurred)), groups=groups)

    return make


@pytest.fixture
def seniors(binary: Make) -> Scored:
    """A third of the records are senior; 41 % of them and 17 % of the others are selected."""
    senior = np.arange(ROWS) % 3 == 0
    place = np.where(senior, np.arange(ROWS) // 3 % 100, np.arange(ROWS) * 7 % 100)
    selected = place < np.where(senior, 41, 17)
    groups = pd.DataFrame({"SeniorCitizen": np.where(senior, "1", "0")})
    return binary(selected, np.where(selected, 0.8, 0.2), groups=groups)


def test_a_charter_without_limits_has_three_gates() -> None:
    assert gate_names(a_charter()) == ("sample", "baseline", "champion")


def test_each_limit_for_release_is_a_gate_named_by_metric_and_attribute() -> None:
    charter = a_charter({"metric": "roc_auc", "limit": 0.7}, SENIORITY, release=ROBUSTNESS)
    assert gate_names(charter) == (
        "sample",
        "roc_auc",
        "selection_rate_difference_SeniorCitizen",
        "baseline",
        "champion",
        "robustness",
    )


def test_limits_for_live_batches_alone_are_no_gate() -> None:
    charter = a_charter({"metric": "roc_auc", "limit": 0.7, "applies_to": ["live"]})
    assert "roc_auc" not in gate_names(charter)


@given(st.lists(st.text(min_size=1, max_size=6).filter(str.strip), max_size=5))
def test_names_of_gates_are_unique_words_for_all_names_of_columns(
    attributes: list[str],
) -> None:
    charter = a_charter(*({**SENIORITY, "attribute": name} for name in attributes))
    names = gate_names(charter)
    assert len(set(names)) == len(names) == len(attributes) + 3
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", name) for name in names)


@pytest.mark.parametrize("labelled", [True, False])
def test_there_is_one_critical_outcome_per_gate_in_their_order(
    binary: Make, labelled: bool
) -> None:
    charter = a_charter({"metric": "accuracy", "limit": 0.7}, SENIORITY, release=ROBUSTNESS)
    side = binary([1, 0] * 60, [0.9, 0.2] * 60, labelled=labelled)
    outcomes = judge_gates(charter, side, side, None, choices=1, seed=0)
    assert tuple(outcome.check for outcome in outcomes) == gate_names(charter)
    assert {outcome.severity for outcome in outcomes} == {Severity.CRITICAL}


def test_without_labels_nothing_that_needs_them_passes(binary: Make) -> None:
    charter = a_charter({"metric": "accuracy", "limit": 0.1})
    side = binary([1, 0] * 60, [0.9, 0.2] * 60, labelled=False)
    verdicts = {outcome.verdict for outcome in judged(charter, side, side).values()}
    assert verdicts == {Verdict.INSUFFICIENT}


@pytest.mark.parametrize(("rows", "verdict"), [(99, Verdict.INSUFFICIENT), (100, Verdict.PASS)])
def test_the_sample_must_be_as_large_as_agreed(model: Make, rows: int, verdict: Verdict) -> None:
    outcome = judged(a_charter(), model(rows=rows))["sample"]
    assert outcome.verdict is verdict
    assert f"{rows} of {rows} records have a known truth" in outcome.summary


def test_an_infinite_answer_fails_the_sample(numeric: Make) -> None:
    errors = np.ones(200)
    errors[3] = np.inf
    outcome = judged(a_charter(), numeric(np.arange(200), np.arange(200) + errors))["sample"]
    assert outcome.verdict is Verdict.FAIL
    assert "1 answers are infinite" in outcome.summary


@pytest.mark.parametrize(("bound", "verdict"), [(0.6, Verdict.PASS), (0.99, Verdict.FAIL)])
def test_a_limit_is_judged_on_the_held_out_records(
    model: Make, bound: float, verdict: Verdict
) -> None:
    outcome = judged(a_charter({"metric": "roc_auc", "limit": bound}), model())["roc_auc"]
    figure = outcome.figures[0]
    assert outcome.verdict is verdict
    assert (figure.limit, figure.n) == (bound, ROWS)
    assert f"on 900 records, agreed is at least {bound}" in outcome.summary


def test_a_miss_that_chance_could_make_is_not_decided_and_says_why(model: Make) -> None:
    near = judged(a_charter({"metric": "roc_auc", "limit": 0.6}), model())["roc_auc"]
    bound = (near.figures[0].value or 0.0) + 0.005
    outcome = judged(a_charter({"metric": "roc_auc", "limit": bound}), model())["roc_auc"]
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "cannot be decided yet" in outcome.summary


def test_unequal_treatment_is_said_in_business_words(seniors: Scored) -> None:
    gates = judged(a_charter(SENIORITY, protected=["SeniorCitizen"]), seniors)
    outcome = gates["selection_rate_difference_SeniorCitizen"]
    assert outcome.verdict is Verdict.FAIL
    assert outcome.summary.startswith(
        "SeniorCitizen=1 is selected in 41 % of cases, SeniorCitizen=0 in 17 %: "
        "a difference of 0.24 ["
    )
    assert outcome.summary.endswith("], agreed is at most 0.1. Why this limit: agreed.")


def test_a_fairness_limit_without_attribute_is_judged_on_each(seniors: Scored) -> None:
    groups = seniors.groups.assign(region=np.where(np.arange(ROWS) % 2 == 0, "n", "s"))
    anywhere = {"metric": "selection_rate_difference", "limit": 0.1}
    outcome = judged(a_charter(anywhere), replace(seniors, groups=groups))[
        "selection_rate_difference"
    ]
    subjects = [figure.subject for figure in outcome.figures if figure.limit is not None]
    assert subjects == ["SeniorCitizen", "region"]
    assert "region=" in outcome.summary


def test_a_fairness_limit_on_a_column_the_batch_lacks_is_insufficient(model: Make) -> None:
    outcome = judged(a_charter(SENIORITY), model())["selection_rate_difference_SeniorCitizen"]
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "does not contain this attribute" in outcome.summary


def test_a_fairness_limit_without_any_attribute_is_insufficient(model: Make) -> None:
    charter = a_charter({"metric": "selection_rate_difference", "limit": 0.1})
    outcome = judged(charter, model())["selection_rate_difference"]
    assert (outcome.verdict, outcome.figures) == (Verdict.INSUFFICIENT, ())
    assert "no protected attribute" in outcome.summary


@pytest.mark.parametrize(
    ("metric", "words"),
    [
        ("true_positive_rate_difference", "is recognised, if the event happens, in"),
        ("false_positive_rate_difference", "is selected wrongly"),
        ("error_difference", "is answered wrongly in"),
    ],
)
def test_each_rate_has_words_of_its_own(model: Make, metric: str, words: str) -> None:
    groups = pd.DataFrame({"SeniorCitizen": np.where(np.arange(ROWS) % 2 == 0, "1", "0")})
    charter = a_charter({**SENIORITY, "metric": metric})
    assert words in judged(charter, model(groups=groups))[f"{metric}_SeniorCitizen"].summary


def test_groups_of_numbers_are_compared_by_their_mean_error(numeric: Make) -> None:
    half = np.arange(400) % 2 == 0
    side = numeric(np.zeros(400), np.where(half, 3.0, 1.0))
    side = replace(side, groups=pd.DataFrame({"SeniorCitizen": np.where(half, "1", "0")}))
    charter = a_charter({**SENIORITY, "metric": "error_difference", "limit": 1})
    outcome = judged(charter, side)["error_difference_SeniorCitizen"]
    assert outcome.verdict is Verdict.FAIL
    assert "answers for SeniorCitizen=1 are off by 3 on average" in outcome.summary


@pytest.mark.parametrize(("blur", "verdict"), [(0.0, Verdict.PASS), (4.0, Verdict.FAIL)])
def test_calibration_is_judged_with_its_upward_bias_in_mind(
    model: Make, blur: float, verdict: Verdict
) -> None:
    charter = a_charter({"metric": "expected_calibration_error", "limit": 0.05})
    assert judged(charter, model(blur))["expected_calibration_error"].verdict is verdict


def test_a_calibration_limit_on_a_model_without_probabilities_is_insufficient(
    model: Make,
) -> None:
    charter = a_charter({"metric": "expected_calibration_error", "limit": 0.05})
    outcome = judged(charter, replace(model(), probability=None))["expected_calibration_error"]
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert outcome.figures[0].limit == 0.05


def forecasts(numeric: Make, error: float, naive_error: float) -> Scored:
    rng = np.random.default_rng(11)
    truth = rng.uniform(50, 150, 400)
    side = numeric(truth, truth + rng.normal(size=400) * error)
    return replace(side, naive=pd.Series(truth + rng.normal(size=400) * naive_error))


@pytest.mark.parametrize(
    ("error", "naive_error", "verdict", "words"),
    [
        (1, 2, Verdict.PASS, "The model is better than the naive baseline (always the mean) on"),
        (2, 1, Verdict.FAIL, "The model is worse than the naive baseline"),
        (1, 1, Verdict.INSUFFICIENT, "The model is not shown to be better"),
    ],
)
def test_skill_over_the_naive_baseline_must_be_shown(
    numeric: Make, error: float, naive_error: float, verdict: Verdict, words: str
) -> None:
    outcome = judged(a_charter(), forecasts(numeric, error, naive_error))["baseline"]
    assert outcome.verdict is verdict
    assert outcome.summary.startswith(words)


def test_the_baseline_gate_never_calls_the_naive_model_champion(numeric: Make) -> None:
    figure = judged(a_charter(), forecasts(numeric, 2, 1))["baseline"].figures[0]
    assert "mean absolute error: challenger " in figure.note
    assert ", naive baseline " in figure.note
    assert "champion" not in figure.note


def test_the_baseline_gate_names_the_figures_of_both(numeric: Make) -> None:
    outcome = judged(a_charter(), forecasts(numeric, 2, 1))["baseline"]
    values = {figure.metric: figure.value for figure in outcome.figures}
    assert set(values) == {"skill_over_baseline", "wape", "naive_wape", "mae", "naive_mae"}
    assert f"mae {values['mae']:.4g} against {values['naive_mae']:.4g}" in outcome.summary
    assert values["skill_over_baseline"] == pytest.approx(
        1 - (values["mae"] or 0) / (values["naive_mae"] or 1)
    )


def test_both_are_measured_on_the_rows_for_which_the_baseline_has_an_answer(
    numeric: Make,
) -> None:
    side = forecasts(numeric, 1, 2)
    naive = side.naive.where(np.arange(400) >= 50) if side.naive is not None else None
    outcome = judged(a_charter(), replace(side, naive=naive))["baseline"]
    assert {figure.n for figure in outcome.figures} == {350}


def test_without_an_answer_of_the_naive_baseline_skill_is_insufficient(numeric: Make) -> None:
    side = replace(forecasts(numeric, 1, 2), naive=None)
    outcome = judged(a_charter(), side)["baseline"]
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "no answer for these records" in outcome.summary


def test_with_rare_events_probabilities_can_show_the_skill(binary: Make) -> None:
    rng = np.random.default_rng(13)
    score = rng.beta(0.4, 6, 3000)
    side = binary(rng.random(3000) < score, score, predicted=np.zeros(3000))
    outcome = judged(a_charter(), side)["baseline"]
    deciding, informing = outcome.figures[:2]
    assert (deciding.metric, deciding.verdict, deciding.limit) == ("log_loss_skill", PASS, 0.0)
    assert deciding.note.startswith("decides the gate")
    assert (informing.metric, informing.verdict, informing.limit) == (
        "skill_over_baseline",
        None,
        None,
    )
    assert outcome.verdict is PASS
    assert outcome.summary.startswith(
        "The model is better than the naive baseline (always the most frequent class) by its "
        "probabilities (log loss), though not by its answers, on the same 3000 records: accuracy"
    )


def test_the_summary_names_the_skill_of_answers_and_of_probabilities(binary: Make) -> None:
    truth = np.random.default_rng(15).random(800) < 0.5
    outcome = judged(a_charter(), binary(truth, np.where(truth, 0.9, 0.1)))["baseline"]
    assert " by its answers and by its probabilities (log loss) on the same" in outcome.summary


def test_a_model_that_knows_only_how_frequent_the_event_is_has_no_skill(binary: Make) -> None:
    truth = np.random.default_rng(14).random(800) < 0.2
    outcome = judged(a_charter(), binary(truth, np.full(800, truth.mean())))["baseline"]
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "neither by its answers nor by its probabilities (log loss), on" in outcome.summary


def test_held_out_records_of_one_class_show_no_skill(binary: Make) -> None:
    outcome = judged(a_charter(), binary(np.zeros(300), np.full(300, 0.1)))["baseline"]
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "makes no loss" in outcome.summary


def test_without_a_champion_there_is_nothing_to_beat(model: Make) -> None:
    outcome = judged(a_charter(), model())["champion"]
    assert (outcome.verdict, outcome.figures) == (Verdict.PASS, ())
    assert outcome.summary == "No version is in charge to compare with."


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict", "words"),
    [(0, 1.5, Verdict.PASS, "less loss"), (1.5, 0, Verdict.FAIL, "more loss")],
)
def test_a_challenger_must_not_be_worse_than_the_champion(
    model: Make, ours: float, theirs: float, verdict: Verdict, words: str
) -> None:
    outcome = judged(a_charter(), model(ours), model(theirs))["champion"]
    assert outcome.verdict is verdict
    assert f"{words} than the champion" in outcome.summary


def test_the_champion_itself_is_not_worse_than_itself(model: Make) -> None:
    outcome = judged(a_charter(), model(), model())["champion"]
    assert outcome.verdict is Verdict.PASS
    assert outcome.figures[0].limit == -0.05


def test_if_superiority_is_required_the_champion_itself_is_not_enough(model: Make) -> None:
    charter = a_charter(release={"superiority": True})
    outcome = judged(charter, model(), model())["champion"]
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert outcome.figures[0].limit == 0.0
    assert "must be shown to be better" in outcome.summary


def test_a_gain_that_so_few_records_cannot_show_says_what_they_could(model: Make) -> None:
    charter = a_charter(release={"margin": 0.001})
    outcome = judged(charter, model(0.5, rows=200), model(-0.5, rows=200))["champion"]
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "200 records would show it in 80 % of cases from a true value of" in outcome.summary


def test_each_limit_with_a_largest_drop_guards_against_the_champion(model: Make) -> None:
    charter = a_charter(
        {"metric": "roc_auc", "limit": 0.5, "maximum_drop": 0.02},
        {"metric": "brier", "limit": 0.4, "maximum_drop": 0.2},
        {"metric": "accuracy", "limit": 0.5},
    )
    outcome = judged(charter, model(1.5), model())["champion"]
    verdicts = {figure.metric: (figure.limit, figure.verdict) for figure in outcome.figures[1:]}
    assert verdicts == {
        "roc_auc_advantage": (-0.02, Verdict.FAIL),
        "brier_advantage": (-0.2, Verdict.PASS),
    }
    assert "roc_auc_advantage" in outcome.summary


def test_a_guard_with_fewer_records_than_its_limit_asks_for_is_insufficient(model: Make) -> None:
    guard = {"metric": "roc_auc", "limit": 0.5, "maximum_drop": 0.2, "minimum_sample": 901}
    outcome = judged(a_charter(guard), model(), model(1.5))["champion"]
    assert outcome.figures[1].verdict is Verdict.INSUFFICIENT
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "the threshold asks for 901" in outcome.summary


def test_bounds_are_corrected_for_the_windows_tried_and_the_guards(model: Make) -> None:
    guard = {"metric": "roc_auc", "limit": 0.5, "maximum_drop": 0.2}
    outcome = judged(a_charter(guard), model(), model(1.5), choices=3)["champion"]
    levels = [figure.interval.level for figure in outcome.figures if figure.interval]
    assert levels == pytest.approx([1 - 2 * 0.05 / 6] * 2)


def test_a_challenger_and_a_champion_on_different_rows_are_refused(model: Make) -> None:
    with pytest.raises(ModelError, match="same rows"):
        judged(a_charter(), model(), model(rows=500))


def test_what_the_perturbations_showed_is_passed_on_as_critical(model: Make) -> None:
    shown = CheckOutcome(
        check="perturbed",
        verdict=Verdict.PASS,
        severity=Severity.INFO,
        summary="It holds.",
        details=RobustnessDetails(seed=3),
    )
    outcome = judged(a_charter(release=ROBUSTNESS), model(), robustness=shown)["robustness"]
    assert outcome == replace(shown, check="robustness", severity=Severity.CRITICAL)


def test_perturbations_that_were_agreed_and_not_tried_are_insufficient(model: Make) -> None:
    outcome = judged(a_charter(release=ROBUSTNESS), model())["robustness"]
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "were not tried" in outcome.summary


def false_releases(numeric: Make, runs: int, choices: int) -> float:
    """Share of challengers let through that are exactly as much worse as the margin."""
    rng, charter, passed = np.random.default_rng(17), a_charter(release={"margin": 0.1}), 0
    for _ in range(runs):
        noise = rng.normal(size=(2, 300))
        truth = np.zeros(300)
        champion = numeric(truth, noise[0])
        challenger = numeric(truth, 1.1 * (0.8 * noise[0] + 0.6 * noise[1]))
        gates = judged(charter, challenger, champion, choices=choices)
        passed += gates["champion"].verdict is Verdict.PASS
    return passed / runs


def test_a_challenger_exactly_at_the_margin_is_let_through_as_rarely_as_agreed(
    numeric: Make,
) -> None:
    assert false_releases(numeric, 120, 1) <= 0.11
