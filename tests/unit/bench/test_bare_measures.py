"""The bare measures compute the numbers that ours compute: a rival that does less is no rival."""

from __future__ import annotations

import base64

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.measures.drift.distances import ks_distance
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import measure_metric
from bench import bare_measures as bare

RNG = np.random.default_rng(8)
SCORE = RNG.uniform(0.02, 0.98, 600)
EVENT = RNG.random(600) < SCORE
TRUTH = EVENT.astype(np.float64)


def ours(metric: Metric) -> float | None:
    scored = Scored(
        task=Task.BINARY,
        predicted=pd.Series(np.where(SCORE >= 0.5, "yes", "no")),
        truth=pd.Series(np.where(EVENT, "yes", "no")),
        probability=pd.DataFrame({"no": 1 - SCORE, "yes": SCORE}),
        positive="yes",
    )
    return measure_metric(metric, scored, 0.95, 0).value


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("accuracy", Metric.ACCURACY),
        ("balanced_accuracy", Metric.BALANCED_ACCURACY),
        ("precision", Metric.PRECISION),
        ("recall", Metric.RECALL),
        ("f1", Metric.F1),
        ("roc_auc", Metric.ROC_AUC),
        ("average_precision", Metric.AVERAGE_PRECISION),
        ("log_loss", Metric.LOG_LOSS),
        ("brier", Metric.BRIER),
    ],
)
def test_both_sides_have_the_same_figures(name: str, metric: Metric) -> None:
    figures = bare.performance(TRUTH, SCORE, (SCORE >= 0.5).astype(np.float64))
    assert figures[name] == pytest.approx(ours(metric))


def test_both_sides_have_the_same_calibration_error() -> None:
    assert bare.calibration(TRUTH, SCORE) == pytest.approx(ours(Metric.CALIBRATION_ERROR))


def test_both_sides_have_the_same_distance_of_numbers() -> None:
    before, now = pd.DataFrame({"x": SCORE}), pd.DataFrame({"x": SCORE**2})
    expected = ks_distance(np.sort(SCORE), np.sort(SCORE**2))
    assert bare.drift(before, now, [])["x"] == pytest.approx(expected)


def test_selection_rates_are_those_of_the_groups() -> None:
    groups = pd.Series(["a", "a", "b", "b"])
    assert bare.fairness(np.array([1.0, 0.0, 1.0, 1.0]), groups) == {"a": 0.5, "b": 1.0}


@pytest.mark.parametrize(("rows", "size"), [(100_000, 100_000), (100_001, 100_000), (7, 7)])
def test_large_tables_are_sampled_as_ours_are(rows: int, size: int) -> None:
    table = pd.DataFrame({"x": np.arange(rows)})
    sample = bare.sampled(table, 0)
    assert len(sample) == size
    assert sample["x"].is_unique
    pd.testing.assert_frame_equal(sample, bare.sampled(table, 0))


def test_large_batches_are_resampled_by_their_normal_limit() -> None:
    records = np.random.default_rng(0).normal(5.0, 2.0, (20_001, 2))
    drawn = bare.replicates(records, np.random.default_rng(1))
    assert drawn.shape == (500, 2)
    np.testing.assert_allclose(drawn.mean(axis=0), records.mean(axis=0), atol=0.01)


def test_a_picture_is_a_png_in_markdown() -> None:
    text = bare.picture(["a", "b"], [0.2, 0.4])
    assert text.startswith("![bars](data:image/png;base64,")
    assert base64.b64decode(text.split("base64,")[1][:-1]).startswith(b"\x89PNG")
