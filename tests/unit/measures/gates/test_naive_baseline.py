"""The gate `baseline`: being better than the naive baseline must be shown, by either skill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.operations import Release
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.training import RivalDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Severity, Verdict
from aipo_pipelines.measures.gates.naive_baseline import baseline_gate
from aipo_pipelines.measures.metrics.scored import Scored

Make = Callable[..., Scored]

RNG = np.random.default_rng(21)
TRUTH = RNG.normal(100, 20, 200)
ERRORS = RNG.normal(size=200)


def gate(scored: Scored, release: Release | None = None, choices: int = 1) -> CheckOutcome:
    return baseline_gate("baseline", scored, release or Release(), choices, 0)


def confidence(outcome: CheckOutcome) -> float:
    """The confidence of each bound."""
    return details_of(RivalDetails, outcome.details).confidence


def figures(outcome: CheckOutcome) -> dict[str, Figure]:
    return {figure.metric: figure for figure in outcome.figures}


@pytest.fixture
def forecast(numeric: Make) -> Make:
    """Makes numbers with an error of a size, and a naive baseline with an error of another size."""

    def make(ours: float, naive: float, rows: int = 200) -> Scored:
        side = numeric(TRUTH[:rows], (TRUTH + ours * ERRORS)[:rows])
        return replace(side, naive=pd.Series((TRUTH + naive * ERRORS[::-1])[:rows]))

    return make


@pytest.mark.parametrize("naive", [None, pd.Series([np.nan] * 200)], ids=["none", "no answer"])
def test_a_baseline_without_an_answer_leaves_the_gate_undecided(
    forecast: Make, naive: pd.Series | None
) -> None:
    outcome = baseline_gate("skill", replace(forecast(1, 2), naive=naive), Release(), 1, 0)
    assert (outcome.check, outcome.verdict) == ("skill", Verdict.INSUFFICIENT)
    assert outcome.severity is Severity.CRITICAL
    assert outcome.figures == ()


def test_the_skill_is_the_share_of_the_naive_loss_that_is_saved(forecast: Make) -> None:
    skill = figures(gate(forecast(1, 2)))["skill_over_baseline"]
    ours, naive = np.abs(ERRORS).mean(), 2 * np.abs(ERRORS).mean()
    assert skill.value == pytest.approx(1 - ours / naive)
    assert (skill.limit, skill.verdict) == (0.0, Verdict.PASS)


def test_numbers_have_a_single_skill_and_each_figure_beside_that_of_the_baseline(
    forecast: Make,
) -> None:
    measured = figures(gate(forecast(1, 2)))
    assert list(measured) == ["skill_over_baseline", "wape", "naive_wape", "mae", "naive_mae"]
    assert measured["naive_mae"].value == pytest.approx(2 * (measured["mae"].value or 0.0))


def test_classes_have_a_skill_of_answers_and_one_of_probabilities(calibrated: Make) -> None:
    measured = figures(gate(calibrated(400)))
    assert list(measured) == [
        "skill_over_baseline",
        "log_loss_skill",
        "accuracy",
        "naive_accuracy",
    ]


def test_a_model_without_probabilities_is_judged_by_its_answers_alone(calibrated: Make) -> None:
    outcome = gate(replace(calibrated(400), probability=None))
    assert [name for name in figures(outcome) if "skill" in name] == ["skill_over_baseline"]
    assert ", neither" not in outcome.summary


def test_scores_outside_0_to_1_are_no_probabilities_to_be_judged(calibrated: Make) -> None:
    scored = calibrated(400)
    assert scored.probability is not None
    outcome = gate(replace(scored, probability=3 * scored.probability))
    assert "log_loss_skill" not in figures(outcome)


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (Task.REGRESSION, "always the mean"),
        (Task.FORECASTING, "the value one season earlier"),
    ],
)
def test_the_summary_names_the_naive_baseline_of_the_task(
    forecast: Make, task: Task, words: str
) -> None:
    assert f"naive baseline ({words})" in gate(replace(forecast(1, 2), task=task)).summary


def test_the_confidence_is_shared_by_the_windows_and_the_skills(
    forecast: Make, calibrated: Make
) -> None:
    release = Release(confidence=0.9)
    assert confidence(gate(forecast(1, 2), release)) == pytest.approx(0.9)
    assert confidence(gate(forecast(1, 2), release, choices=4)) == pytest.approx(0.975)
    assert confidence(gate(calibrated(400), release, choices=4)) == pytest.approx(0.9875)


@pytest.mark.parametrize(("rows", "verdict"), [(99, Verdict.INSUFFICIENT), (100, Verdict.PASS)])
def test_the_minimum_of_a_release_decides_whether_there_is_a_verdict(
    forecast: Make, rows: int, verdict: Verdict
) -> None:
    assert gate(forecast(1, 5, rows), Release(minimum_sample=100)).verdict is verdict


def test_one_skill_that_is_shown_is_enough_and_the_other_has_no_limit(binary: Make) -> None:
    score = np.where(RNG.random(1500) < 0.5, 0.3, 0.02)
    rare = binary(RNG.random(1500) < score, score)
    measured = figures(gate(rare))
    assert measured["log_loss_skill"].verdict is Verdict.PASS
    assert measured["log_loss_skill"].note.startswith("decides the gate; ")
    informing = measured["skill_over_baseline"]
    assert (informing.limit, informing.verdict) == (None, None)


def test_a_skill_that_is_shown_to_be_lacking_fails_only_if_the_other_is_too(binary: Make) -> None:
    truth = np.arange(600) % 10 == 0
    worse = np.arange(600) % 2 == 0
    both = gate(binary(truth, np.where(worse, 0.99, 0.01)))
    assert both.verdict is Verdict.FAIL
    assert both.summary.startswith("The model is worse than the naive baseline")
    answers_alone = gate(binary(truth, np.full(600, 0.1), predicted=worse))
    assert answers_alone.verdict is Verdict.INSUFFICIENT
    assert ", neither by its answers nor by its probabilities" in answers_alone.summary


def test_without_labels_the_figures_have_no_value_and_the_words_say_so(forecast: Make) -> None:
    outcome = gate(replace(forecast(1, 2), truth=None))
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "on the same 0 records: wape unknown against unknown" in outcome.summary


def test_the_frequencies_of_the_classes_are_the_opponent_of_the_probabilities(
    binary: Make,
) -> None:
    known = pytest.importorskip("sklearn.metrics")
    truth = np.arange(300) % 3 == 0
    score = np.where(truth, 0.8, 0.1)
    skill = figures(gate(binary(truth, score)))["log_loss_skill"]
    ours, constant = known.log_loss(truth, score), known.log_loss(truth, np.full(300, 1 / 3))
    assert skill.value == pytest.approx(1 - ours / constant)


def test_a_batch_without_the_event_still_has_its_probability() -> None:
    truth = pd.Series(["no"] * 200)
    scored = Scored(
        task=Task.BINARY,
        predicted=truth,
        truth=truth,
        probability=pd.DataFrame({"yes": np.full(200, 0.2), "no": np.full(200, 0.8)}),
        positive="yes",
        naive=truth,
    )
    skill = figures(gate(scored))["log_loss_skill"]
    assert (skill.value, skill.verdict) == (None, Verdict.INSUFFICIENT)
    assert "makes no loss" in gate(scored).figures[0].note
