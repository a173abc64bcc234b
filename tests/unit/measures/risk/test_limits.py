"""Which limits inform about a figure that no limit for a release judges."""

from __future__ import annotations

from typing import Any

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.measures.risk.limits import live_limits, metric_agreed
from tests.samples import CHARTER, merged

SELECTION, ERROR = Metric.SELECTION_RATE_DIFFERENCE, Metric.ERROR_DIFFERENCE


def a_charter(*thresholds: dict[str, Any]) -> Charter:
    agreed = [{"limit": 0.1, "owner": "owner", "reason": "r", **each} for each in thresholds]
    return Charter.model_validate(merged(CHARTER, {"thresholds": agreed}))


CHOICES = a_charter(
    {"metric": "selection_rate_difference", "attribute": "sex", "limit": 0.2},
    {"metric": "selection_rate_difference", "limit": 0.3},
    {"metric": "selection_rate_difference", "attribute": "age", "limit": 0.4},
    {"metric": "roc_auc", "limit": 0.7},
)


def test_limits_of_an_attribute_are_its_own_and_those_of_every_attribute() -> None:
    assert [each.limit for each in live_limits(CHOICES, SELECTION, "sex")] == [0.2, 0.3]


def test_an_attribute_without_a_limit_of_its_own_has_the_limits_of_every_attribute() -> None:
    assert [each.limit for each in live_limits(CHOICES, SELECTION, "region")] == [0.3]


def test_a_figure_about_no_groups_has_only_limits_that_name_no_attribute() -> None:
    assert [each.limit for each in live_limits(CHOICES, SELECTION)] == [0.3]
    assert [each.limit for each in live_limits(CHOICES, Metric.ROC_AUC)] == [0.7]


def test_a_metric_without_a_limit_has_no_limits() -> None:
    assert live_limits(CHOICES, Metric.BRIER) == ()


def test_the_first_metric_with_a_limit_is_the_agreed_metric() -> None:
    both = a_charter(
        {"metric": "error_difference", "attribute": "sex"},
        {"metric": "selection_rate_difference", "attribute": "sex"},
    )
    assert metric_agreed(both, [SELECTION, ERROR], "sex") is SELECTION
    assert metric_agreed(both, [ERROR, SELECTION], "sex") is ERROR


def test_a_limit_for_another_attribute_agrees_on_no_metric() -> None:
    other = a_charter({"metric": "error_difference", "attribute": "age"})
    assert metric_agreed(other, [SELECTION, ERROR], "sex") is None
    assert metric_agreed(other, [SELECTION, ERROR], "age") is ERROR
