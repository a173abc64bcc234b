"""Release figures come from answers on records that the model did not see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.errors import ModelError
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import CONFIDENCE, measure_metric
from aipo_pipelines.measures.performance.release_figures import baseline_figures

Make = Callable[..., Scored]


def names(scored: Scored) -> list[str]:
    return [figure.metric for figure in baseline_figures(scored, 0)]


def test_answers_on_records_of_the_training_are_refused(calibrated: Make) -> None:
    with pytest.raises(ModelError, match="score the training window by cross-validation"):
        baseline_figures(calibrated(50), 0)


def test_all_metrics_of_the_task_come_first_and_the_loss_last(numeric: Make) -> None:
    figures = names(numeric([1.0, 2.0, 3.0], [1.0, 2.5, 3.0], out_of_fold=True))
    assert figures == [
        "mae",
        "rmse",
        "r2",
        "mape",
        "wape",
        "bias",
        "skill_over_baseline",
        "mean_loss",
        "loss_sd",
    ]


def test_a_model_without_probabilities_has_no_figures_of_probabilities(calibrated: Make) -> None:
    scored = calibrated(50, out_of_fold=True)
    stated, answered = names(scored), names(replace(scored, probability=None))
    assert {"brier", "log_loss", "roc_auc"} <= {*stated}
    assert {"brier", "log_loss", "roc_auc"}.isdisjoint(answered)
    assert answered[-2:] == ["mean_loss", "loss_sd"]


def test_a_release_figure_is_the_figure_of_the_same_records_in_use(calibrated: Make) -> None:
    scored = calibrated(80, out_of_fold=True)
    by_name = {figure.metric: figure for figure in baseline_figures(scored, 5)}
    assert by_name["roc_auc"] == measure_metric(Metric.ROC_AUC, scored, CONFIDENCE, 5)


def test_without_labels_the_figures_have_no_value_and_there_is_no_loss(calibrated: Make) -> None:
    figures = baseline_figures(calibrated(20, out_of_fold=True, labelled=False), 0)
    assert {figure.value for figure in figures} == {None}
    assert "mean_loss" not in {figure.metric for figure in figures}


def test_no_release_figure_has_a_limit_or_a_verdict(numeric: Make) -> None:
    scored = numeric(np.arange(20.0), np.arange(20.0) + 1, out_of_fold=True)
    for figure in baseline_figures(scored, 0):
        assert (figure.limit, figure.verdict) == (None, None)
