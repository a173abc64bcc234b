"""Calibration is compared with the error that chance alone gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import Metric, Threshold
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.performance import CalibrationDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Verdict
from aipo_pipelines.measures.calibration.check import is_within_chance, measure_calibration
from aipo_pipelines.measures.metrics.aligned import pair
from aipo_pipelines.measures.metrics.reliability import (
    equal_mass,
    null_calibration_error,
    recalibration,
    stated,
)
from aipo_pipelines.measures.metrics.scored import Scored

Make = Callable[..., Scored]
Agreed = Callable[..., Threshold]
ECE = Metric.CALIBRATION_ERROR


def stated_by(outcome: CheckOutcome) -> CalibrationDetails:
    return details_of(CalibrationDetails, outcome.details)


def named(outcome: CheckOutcome, metric: str) -> Figure:
    return next(figure for figure in outcome.figures if figure.metric == metric)


@pytest.fixture
def overconfident(binary: Make) -> Make:
    """Makes a batch whose scores are pushed to the ends: true slope 0.5."""

    def make(n: int, seed: int = 0) -> Scored:
        rng = np.random.default_rng(seed)
        logit = rng.normal(0, 1, n)
        truth = rng.random(n) < 1 / (1 + np.exp(-logit))
        return binary(truth, 1 / (1 + np.exp(-2 * logit)))

    return make


def test_200_records_of_a_perfect_model_show_the_published_error(calibrated: Make) -> None:
    null = null_calibration_error(stated(pair(calibrated(200))), seed=0)
    assert null.mean() == pytest.approx(0.074, abs=0.012)


@pytest.mark.parametrize("n", [19_000, 21_000])
def test_large_batches_draw_their_null_from_the_same_distribution(calibrated: Make, n: int) -> None:
    null = null_calibration_error(stated(pair(calibrated(n))), seed=7)
    assert null.mean() * np.sqrt(n) == pytest.approx(1.0, abs=0.05)


def test_a_perfect_small_batch_does_not_fail_a_limit_below_its_null(
    calibrated: Make, agreed: Agreed
) -> None:
    verdicts = [
        measure_calibration(calibrated(200, seed), [agreed(ECE, 0.05)], 0).verdict
        for seed in range(20)
    ]
    assert verdicts.count(Verdict.FAIL) <= 1
    assert verdicts.count(Verdict.PASS) >= 15


def test_overconfidence_fails_its_limit(overconfident: Make, agreed: Agreed) -> None:
    outcome = measure_calibration(overconfident(3000), [agreed(ECE, 0.05)], 0)
    assert outcome.verdict is Verdict.FAIL
    assert stated_by(outcome).consistent_with_perfect is False


def test_the_slope_shows_overconfidence(overconfident: Make, calibrated: Make) -> None:
    slope = named(measure_calibration(overconfident(3000), [], 0), "calibration_slope")
    assert slope.value == pytest.approx(0.5, abs=0.06)
    right = named(measure_calibration(calibrated(3000), [], 0), "calibration_slope")
    assert right.interval is not None
    assert right.interval.low < 1 < right.interval.high


def test_the_slope_is_that_of_a_logistic_regression(overconfident: Make) -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    probabilities = stated(pair(overconfident(800)))
    logit = np.log(probabilities.probability / (1 - probabilities.probability))[:, None]
    expected = (
        linear.LogisticRegression(C=np.inf, tol=1e-10)
        .fit(logit, probabilities.happened)
        .coef_[0, 0]
    )
    fitted = recalibration(probabilities)
    assert fitted is not None
    assert fitted[0] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("truth", [[0, 0, 0, 0], [0, 0, 1, 1]])
def test_labels_that_allow_no_slope_give_no_figure(binary: Make, truth: list[int]) -> None:
    assert recalibration(stated(pair(binary(truth, [0.1, 0.2, 0.8, 0.9])))) is None


def test_a_limit_on_too_few_records_is_insufficient(overconfident: Make, agreed: Agreed) -> None:
    outcome = measure_calibration(overconfident(60), [agreed(ECE, 0.01)], 0)
    assert outcome.verdict is Verdict.INSUFFICIENT


def test_without_a_limit_calibration_informs(overconfident: Make) -> None:
    outcome = measure_calibration(overconfident(3000), [], 0)
    assert outcome.verdict is Verdict.PASS
    assert "no limit is agreed" in outcome.summary


@pytest.mark.parametrize("labelled", [True, False])
def test_nothing_to_judge_is_insufficient(calibrated: Make, labelled: bool) -> None:
    scored = calibrated(300, labelled=labelled)
    silent = replace(scored, probability=None) if labelled else scored
    assert measure_calibration(silent, [], 0).verdict is Verdict.INSUFFICIENT


def test_the_reliability_table_has_ten_bins_of_equal_mass(calibrated: Make) -> None:
    table = stated_by(measure_calibration(calibrated(1000), [], 0)).reliability
    assert [row.n for row in table] == [100] * 10


def test_equal_scores_share_a_bin() -> None:
    bins = equal_mass(np.repeat([0.2, 0.7], [90, 10]))
    assert len(set(bins[:90].tolist())) == 1
    assert bins[0] != bins[-1]


def test_several_classes_use_the_probability_of_the_predicted_class() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.dirichlet([1, 1, 1], 4000), columns=["a", "b", "c"])
    ends = table.to_numpy().cumsum(axis=1)
    drawn = (rng.random(4000)[:, None] > ends).sum(axis=1).clip(0, 2)
    scored = Scored(
        task=Task.MULTICLASS,
        predicted=table.idxmax(axis=1),
        truth=pd.Series(np.array(["a", "b", "c"])[drawn]),
        probability=table,
    )
    outcome = measure_calibration(scored, [], 0)
    assert stated_by(outcome).judged == "predicted class"
    assert stated_by(outcome).consistent_with_perfect is True


def test_numbers_have_a_slope_and_a_bias(numeric: Make) -> None:
    rng = np.random.default_rng(0)
    predicted = rng.normal(50, 10, 500)
    outcome = measure_calibration(
        numeric(10 + 0.8 * predicted + rng.normal(0, 1, 500), predicted), [], 0
    )
    slope, bias = outcome.figures
    assert slope.value == pytest.approx(0.8, abs=0.02)
    assert slope.interval is not None
    assert slope.interval.low < 0.8 < slope.interval.high
    assert bias.metric == "bias"


def test_an_error_is_compared_with_chance_at_its_own_confidence(
    calibrated: Make,
) -> None:
    true = measure_calibration(calibrated(1000), [], 0)
    scored = calibrated(1000)
    assert scored.probability is not None
    off = replace(scored, probability=scored.probability.clip(0.45, 0.55))
    assert is_within_chance(true.figures)
    assert not is_within_chance(measure_calibration(off, [], 0).figures)


def test_an_error_without_the_error_by_chance_is_not_within_chance(calibrated: Make) -> None:
    figures = measure_calibration(calibrated(1000), [], 0).figures
    assert not is_within_chance(figures[:1])
    assert not is_within_chance(())
    other = [
        replace(figure, interval=figure.interval and replace(figure.interval, level=0.5))
        if figure.metric == "expected_calibration_error"
        else figure
        for figure in figures
    ]
    assert not is_within_chance(other)
