"""Thresholds for live batches, and the checks that an answer requires."""

from __future__ import annotations

import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, Metric
from aipo_pipelines.policy.facts.live_thresholds import (
    check_of,
    live_thresholds,
    required,
    thresholds_of,
)
from tests.unit.policy.stored_facts import CONTRACT, PERFORMANCE
from tests.unit.policy.story import charter, threshold

FAIRNESS, CALIBRATION = "performance/fairness", "performance/calibration"
GUARDS = (CONTRACT, "data_quality/privacy")


def limits() -> Charter:
    return charter(
        thresholds=[
            threshold("recall", 0.6),
            threshold("selection_rate_difference", 0.1, attribute="region"),
            threshold("expected_calibration_error", 0.1),
            threshold("f1", 0.6, applies_to=["release"]),
            threshold("accuracy", 0.7, applies_to=["live"]),
        ]
    )


def metrics_of(key: str) -> list[str]:
    return [threshold.metric.value for threshold in thresholds_of(limits(), key)]


def test_a_threshold_for_releases_alone_does_not_judge_live_batches() -> None:
    assert "f1" not in [threshold.metric.value for threshold in live_thresholds(limits())]
    assert len(live_thresholds(limits())) == 4


def test_each_check_judges_its_own_metrics_in_the_order_of_the_charter() -> None:
    assert metrics_of(PERFORMANCE) == ["recall", "accuracy"]
    assert metrics_of(FAIRNESS) == ["selection_rate_difference"]
    assert metrics_of(CALIBRATION) == ["expected_calibration_error"]
    assert metrics_of(CONTRACT) == []


@pytest.mark.parametrize("metric", list(Metric))
def test_every_metric_belongs_to_one_check(metric: Metric) -> None:
    expected = FAIRNESS if metric in FAIRNESS_METRICS else PERFORMANCE
    if metric is Metric.CALIBRATION_ERROR:
        expected = CALIBRATION
    assert check_of(metric) == expected


def test_an_answer_requires_the_data_first_and_each_check_with_a_threshold_once() -> None:
    assert required(limits()) == (*GUARDS, CALIBRATION, FAIRNESS, PERFORMANCE)
    assert required(charter(thresholds=[])) == GUARDS


def test_a_product_without_a_model_requires_the_checks_of_the_data_alone() -> None:
    without = limits().model_copy(update={"model": None})
    assert live_thresholds(without) == ()
    assert thresholds_of(without, PERFORMANCE) == ()
    assert required(without) == GUARDS
