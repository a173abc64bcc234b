"""Two models are compared on the same records, paired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.errors import ModelError
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.measures.comparison.metrics import compare, mcnemar
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import measure_metric

Make = Callable[..., Scored]
BINARY = [
    Metric.ACCURACY,
    Metric.F1,
    Metric.ROC_AUC,
    Metric.AVERAGE_PRECISION,
    Metric.LOG_LOSS,
    Metric.CALIBRATION_ERROR,
]


@pytest.fixture
def rivals(binary: Make) -> tuple[Scored, Scored]:
    """A model, and the same with noise added to its scores."""
    rng = np.random.default_rng(3)
    score = rng.random(1500)
    truth = rng.random(1500) < score
    noisy = np.clip(score + rng.normal(0, 0.35, 1500), 0.01, 0.99)
    return binary(truth, score), binary(truth, noisy)


@pytest.mark.parametrize("metric", BINARY)
def test_the_better_model_has_the_advantage_in_every_metric(
    rivals: tuple[Scored, Scored], metric: Metric
) -> None:
    figure = compare(metric, *rivals, 0.95, 0)
    assert figure.value is not None
    assert figure.interval is not None
    assert 0 < figure.interval.low < figure.value < figure.interval.high


@pytest.mark.parametrize("metric", BINARY)
def test_the_advantage_is_the_difference_turned_so_that_more_is_better(
    rivals: tuple[Scored, Scored], metric: Metric
) -> None:
    ours, theirs = (measure_metric(metric, side, 0.95, 0).value or 0.0 for side in rivals)
    advantage = compare(metric, *rivals, 0.95, 0).value
    assert advantage == pytest.approx(abs(ours - theirs))


def test_pairing_narrows_the_interval(rivals: tuple[Scored, Scored]) -> None:
    paired = compare(Metric.ROC_AUC, *rivals, 0.95, 0).interval
    alone = [measure_metric(Metric.ROC_AUC, side, 0.95, 0).interval for side in rivals]
    assert paired is not None
    first, second = (interval.high - interval.low for interval in alone if interval is not None)
    assert paired.high - paired.low < np.hypot(first, second)


def test_equal_models_cancel(rivals: tuple[Scored, Scored]) -> None:
    figure = compare(Metric.F1, rivals[0], rivals[0], 0.95, 0)
    assert figure.value == 0.0
    assert figure.interval is not None
    assert (figure.interval.low, figure.interval.high) == (0.0, 0.0)


def test_a_smaller_bias_is_the_advantage_for_each_sign(numeric: Make) -> None:
    truth = np.random.default_rng(0).normal(size=300)
    figure = compare(Metric.BIAS, numeric(truth, truth - 0.1), numeric(truth, truth + 2), 0.95, 0)
    assert figure.value == pytest.approx(1.9)
    assert figure.interval is not None
    assert figure.interval.low == pytest.approx(1.9)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [(8, 2, 0.109375), (0, 0, 1.0), (30, 10, 19**2 / 40)],
)
def test_mcnemar_is_exact_if_few_records_differ(ours: int, theirs: int, expected: float) -> None:
    stats = pytest.importorskip("scipy.stats")
    right = np.repeat([True, False, True], [ours, theirs, 5])
    other = np.repeat([False, True, True], [ours, theirs, 5])
    known = expected if ours + theirs < 25 else float(stats.chi2.sf(expected, 1))
    assert mcnemar(right, other) == pytest.approx(known)


def test_accuracy_carries_mcnemars_p_value(rivals: tuple[Scored, Scored]) -> None:
    p_value = compare(Metric.ACCURACY, *rivals, 0.95, 0).p_value
    assert p_value is not None
    assert p_value < 0.01


def test_a_metric_only_one_side_has_is_insufficient(rivals: tuple[Scored, Scored]) -> None:
    silent = replace(rivals[1], probability=None)
    figure = compare(Metric.ROC_AUC, rivals[0], silent, 0.95, 0)
    assert (figure.value, figure.verdict) == (None, Verdict.INSUFFICIENT)
    assert "no scores" in figure.note


def test_records_only_one_side_answered_are_left_out(numeric: Make) -> None:
    challenger, champion = numeric([1.0, 2, 3], [1.0, np.nan, 4]), numeric([1.0, 2, 3], [2.0, 2, 3])
    figure = compare(Metric.MAE, challenger, champion, 0.95, 0)
    assert figure.n == 2
    assert figure.value == pytest.approx(0.0)


def test_models_that_know_different_classes_can_be_compared() -> None:
    truth = pd.Series(["a", "b"] * 100)
    always = Scored(task=Task.MULTICLASS, predicted=pd.Series(["a"] * 200), truth=truth)
    never = Scored(task=Task.MULTICLASS, predicted=pd.Series(["0"] * 200), truth=truth)
    assert compare(Metric.ACCURACY, always, never, 0.95, 0).value == pytest.approx(0.5)


def test_different_rows_are_refused(calibrated: Make) -> None:
    with pytest.raises(ModelError, match="50 rows"):
        compare(Metric.ACCURACY, calibrated(50), calibrated(60), 0.95, 0)


def test_different_truths_are_refused(calibrated: Make) -> None:
    with pytest.raises(ModelError, match="different truths"):
        compare(Metric.ACCURACY, calibrated(50, 1), calibrated(50, 2), 0.95, 0)
