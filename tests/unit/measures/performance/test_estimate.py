"""Estimates are marked, gated, and satisfy nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import measure_metric
from aipo_pipelines.measures.performance.estimate import estimate_performance

Make = Callable[..., Scored]
OK = Verdict.PASS


@pytest.mark.parametrize(
    "metric", [Metric.ACCURACY, Metric.PRECISION, Metric.RECALL, Metric.F1, Metric.ROC_AUC]
)
def test_an_estimate_of_a_calibrated_model_meets_what_is_later_measured(
    calibrated: Make, metric: Metric
) -> None:
    scored = calibrated(3000)
    outcome = estimate_performance(replace(scored, truth=None), OK, OK, 0)
    figure = next(figure for figure in outcome.figures if figure.metric == metric.value)
    realised = measure_metric(metric, scored, 0.999, 0).value
    assert figure.interval is not None
    assert figure.value is not None
    assert figure.value == pytest.approx(realised, abs=0.03)
    assert figure.interval.low < figure.value < figure.interval.high


def test_an_estimate_satisfies_nothing(calibrated: Make) -> None:
    outcome = estimate_performance(calibrated(500, labelled=False), OK, OK, 0)
    assert outcome.check == "performance"
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert all(figure.estimated for figure in outcome.figures)
    assert {figure.verdict for figure in outcome.figures} == {None}


@pytest.mark.parametrize(
    ("calibration", "drift", "reason"),
    [
        (None, OK, "calibration"),
        (Verdict.FAIL, OK, "calibration"),
        (OK, Verdict.FAIL, "resemble"),
        (OK, Verdict.INSUFFICIENT, "resemble"),
        (OK, None, "resemble"),
    ],
)
def test_no_estimate_without_its_conditions(
    calibrated: Make, calibration: Verdict | None, drift: Verdict | None, reason: str
) -> None:
    outcome = estimate_performance(calibrated(500, labelled=False), calibration, drift, 0)
    assert outcome.figures == ()
    assert reason in outcome.summary


def test_numbers_are_not_estimated(numeric: Make) -> None:
    outcome = estimate_performance(numeric([1.0, 2.0], [1.0, 2.0]), OK, OK, 0)
    assert "no sound estimate for regression" in outcome.summary


def test_a_model_without_scores_is_not_estimated(calibrated: Make) -> None:
    outcome = estimate_performance(replace(calibrated(50), probability=None), OK, OK, 0)
    assert "no probability" in outcome.summary


def test_scores_that_are_no_probabilities_are_not_used(binary: Make) -> None:
    outcome = estimate_performance(binary([1, 0], np.array([700.0, 20.0])), OK, OK, 0)
    assert "no probabilities" in outcome.summary
