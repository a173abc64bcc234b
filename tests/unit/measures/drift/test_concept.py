"""A changed relation is found by its loss, never by chance or without labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from aipo_pipelines.charter.model.thresholds import ConceptDriftLimits
from aipo_pipelines.evidence.outcome import Figure, Verdict
from aipo_pipelines.measures.drift.concept import measure_concept_drift
from aipo_pipelines.measures.metrics.aligned import pair
from aipo_pipelines.measures.metrics.loss import losses
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.performance.release_figures import baseline_figures

Make = Callable[..., Scored]
Baseline = tuple[Figure, ...]
LIMITS = ConceptDriftLimits()


@pytest.fixture
def signed_off(calibrated: Make) -> Baseline:
    scored = calibrated(3000, seed=1, out_of_fold=True)
    return baseline_figures(scored, 0)


def test_the_same_relation_is_no_drift(calibrated: Make, signed_off: Baseline) -> None:
    outcome = measure_concept_drift(calibrated(1000, seed=2), signed_off, LIMITS, 0)
    assert outcome.verdict is Verdict.PASS
    assert outcome.figures[0].metric == "mean_loss_rise"


def test_a_relation_turned_round_is_found(binary: Make, signed_off: Baseline) -> None:
    rng = np.random.default_rng(0)
    score = rng.random(1000)
    turned = binary(rng.random(1000) > score, score)
    outcome = measure_concept_drift(turned, signed_off, LIMITS, 0)
    assert outcome.verdict is Verdict.FAIL
    assert "has risen" in outcome.summary
    assert outcome.summary.endswith("p < 0.0001).")
    slope = next(figure for figure in outcome.figures if figure.metric == "calibration_slope")
    assert slope.value is not None
    assert slope.value < 0


def test_a_large_rise_that_may_be_chance_is_no_failure(numeric: Make) -> None:
    rng = np.random.default_rng(0)
    heavy = numeric(np.zeros(400), rng.standard_t(1.2, 400), out_of_fold=True)
    before = baseline_figures(heavy, 0)
    rises = [
        measure_concept_drift(numeric(np.zeros(200), rng.standard_t(1.2, 200)), before, LIMITS, 0)
        for _ in range(30)
    ]
    assert any((rise.figures[0].value or 0) > LIMITS.effect for rise in rises)
    assert sum(rise.verdict is Verdict.FAIL for rise in rises) <= 1


def test_a_certain_but_tiny_rise_is_no_failure(binary: Make, signed_off: Baseline) -> None:
    rng = np.random.default_rng(0)
    score = rng.random(200_000)
    truth = rng.random(200_000) < np.where(rng.random(200_000) < 0.03, 0.5, score)
    rise = measure_concept_drift(binary(truth, score), signed_off, LIMITS, 0).figures[0]
    assert rise.value is not None
    assert 0 < rise.value < LIMITS.effect
    assert rise.verdict is Verdict.PASS


def test_false_alarms_stay_near_alpha(calibrated: Make, signed_off: Baseline) -> None:
    limits = ConceptDriftLimits(alpha=0.05, effect=1e-9)
    alarms = sum(
        measure_concept_drift(calibrated(300, seed=seed), signed_off, limits, 0).verdict
        is Verdict.FAIL
        for seed in range(10, 160)
    )
    assert 1 <= alarms <= 18


def test_a_smaller_loss_is_no_alarm(binary: Make, signed_off: Baseline) -> None:
    score = np.where(np.arange(500) < 250, 0.95, 0.05)
    outcome = measure_concept_drift(binary(score > 0.5, score), signed_off, LIMITS, 0)
    assert outcome.verdict is Verdict.PASS
    assert "has not risen" in outcome.summary


@pytest.mark.parametrize("labelled", [True, False])
def test_too_few_labels_are_insufficient(
    calibrated: Make, signed_off: Baseline, labelled: bool
) -> None:
    scored = calibrated(199 if labelled else 900, labelled=labelled)
    outcome = measure_concept_drift(scored, signed_off, LIMITS, 0)
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert outcome.figures[0].n == (199 if labelled else 0)


def test_a_baseline_of_another_loss_is_insufficient(calibrated: Make, signed_off: Baseline) -> None:
    scored = replace(calibrated(500), probability=None)
    outcome = measure_concept_drift(scored, signed_off, LIMITS, 0)
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "0/1 loss" in outcome.summary


def test_no_baseline_is_insufficient(calibrated: Make) -> None:
    assert measure_concept_drift(calibrated(500), [], LIMITS, 0).verdict is Verdict.INSUFFICIENT


def test_a_model_that_never_erred_is_held_to_its_own_unit(numeric: Make) -> None:
    flawless = numeric(np.arange(300), np.arange(300), out_of_fold=True)
    before = baseline_figures(flawless, 0)
    same = measure_concept_drift(flawless, before, LIMITS, 0)
    worse = measure_concept_drift(numeric(np.arange(300), np.arange(300) + 1.0), before, LIMITS, 0)
    assert (same.verdict, worse.verdict) == (Verdict.PASS, Verdict.FAIL)


def test_one_confident_mistake_costs_at_most_7_nats(binary: Make) -> None:
    values, kind = losses(pair(binary([1, 0], [0.0, 0.5])))
    assert kind == "log loss"
    assert values[0] == pytest.approx(-np.log(1e-3))


def test_a_rise_of_exactly_the_effect_is_drift_however_it_is_rounded(numeric: Make) -> None:
    # The mean errors are 0.3 and 0.36: a rise of a fifth, computed as 0.19999999999999998.
    before = (
        Figure(metric="mean_loss", value=0.3, n=1000, unit="absolute error"),
        Figure(metric="loss_sd", value=0.0, n=1000, unit="absolute error"),
    )
    batch = numeric(np.zeros(300), np.full(300, 0.36))
    rise = measure_concept_drift(batch, before, ConceptDriftLimits(effect=0.2), 0).figures[0]
    assert rise.value == pytest.approx(0.2)
    assert rise.verdict is Verdict.FAIL
