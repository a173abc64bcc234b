"""Groups are compared by agreed limits first, and without a limit for information."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.risk.groups import compare_groups
from tests.samples import CHARTER, merged

Make = Callable[..., Scored]

GAP = {"metric": "selection_rate_difference", "attribute": "sex", "limit": 0.2}


def a_charter(*thresholds: dict[str, Any], protected: tuple[str, ...] = ("sex",)) -> Charter:
    agreed = [{"limit": 0.7, "owner": "owner", "reason": "r", **each} for each in thresholds]
    changes = {"thresholds": agreed, "protected": list(protected)}
    return Charter.model_validate(merged(CHARTER, changes))


@pytest.fixture
def applicants(binary: Make) -> Callable[..., Scored]:
    """A batch in which 30 % of the women and 60 % of the men are selected, all rightly."""

    def make(women: int = 100, men: int = 100, **more: Any) -> Scored:
        selected = np.concatenate([np.arange(women) < women * 0.3, np.arange(men) < men * 0.6])
        sex = np.repeat(["f", "m"], [women, men])
        groups = pd.DataFrame({"sex": sex, "town": np.where(np.arange(women + men) % 2, "a", "b")})
        return binary(selected, np.where(selected, 0.9, 0.1), groups=groups, **more)

    return make


def test_without_a_protected_attribute_nothing_is_compared(
    applicants: Callable[..., Scored],
) -> None:
    assert compare_groups(a_charter(GAP, protected=()), applicants(), 0) == ()


def test_an_agreed_limit_judges_the_gap_and_names_the_two_groups(
    applicants: Callable[..., Scored],
) -> None:
    (gap,) = compare_groups(a_charter(GAP), applicants(), 0)
    assert (gap.metric, gap.figure.subject) == (Metric.SELECTION_RATE_DIFFERENCE, "sex")
    assert gap.figure.value == pytest.approx(0.3)
    assert gap.figure.limit == 0.2
    assert [(rate.name, rate.value) for rate in gap.extremes] == [("m", 0.6), ("f", 0.3)]
    assert [limit.limit for limit in gap.live_limits] == [0.2]


def test_an_attribute_without_a_limit_is_compared_for_information(
    applicants: Callable[..., Scored],
) -> None:
    (gap,) = compare_groups(a_charter(), applicants(), 0)
    assert gap.metric is Metric.SELECTION_RATE_DIFFERENCE
    assert (gap.figure.limit, gap.figure.verdict) == (None, None)
    assert gap.figure.value == pytest.approx(0.3)
    assert gap.live_limits == ()


def test_the_metric_agreed_for_live_batches_is_the_metric_that_informs(
    applicants: Callable[..., Scored],
) -> None:
    live = {"metric": "error_difference", "attribute": "sex", "applies_to": ["live"]}
    (gap,) = compare_groups(a_charter(live), applicants(), 0)
    assert gap.metric is Metric.ERROR_DIFFERENCE
    assert gap.figure.limit is None
    assert [limit.limit for limit in gap.live_limits] == [0.7]


def test_judged_attributes_come_first_and_are_compared_once(
    applicants: Callable[..., Scored],
) -> None:
    gaps = compare_groups(a_charter(GAP, protected=("town", "sex")), applicants(), 0)
    assert [gap.figure.subject for gap in gaps] == ["sex", "town"]
    assert [gap.figure.limit for gap in gaps] == [0.2, None]


def test_a_protected_attribute_that_the_batch_lacks_is_not_compared(
    applicants: Callable[..., Scored],
) -> None:
    gaps = compare_groups(a_charter(protected=("age", "sex")), applicants(), 0)
    assert [gap.figure.subject for gap in gaps] == ["sex"]


def test_a_limit_on_an_attribute_that_the_batch_lacks_stays_without_a_value(
    applicants: Callable[..., Scored],
) -> None:
    charter = a_charter({**GAP, "attribute": "age"}, protected=("age",))
    (gap,) = compare_groups(charter, applicants(), 0)
    assert (gap.figure.value, gap.extremes, gap.left_out) == (None, (), ())


def test_groups_below_the_minimum_of_a_limit_are_left_out_by_name(
    applicants: Callable[..., Scored],
) -> None:
    charter = a_charter({**GAP, "minimum_sample": 90})
    (gap,) = compare_groups(charter, applicants(women=89), 0)
    assert gap.left_out == ("f",)
    assert (gap.figure.value, gap.extremes) == (None, ())


@pytest.mark.parametrize(("women", "compared"), [(29, False), (30, True)])
def test_without_a_limit_groups_of_30_records_are_compared_and_smaller_groups_not_named(
    applicants: Callable[..., Scored], women: int, compared: bool
) -> None:
    (gap,) = compare_groups(a_charter(), applicants(women=women), 0)
    assert (gap.figure.value is not None) is compared
    assert gap.left_out == ()


def test_selections_are_compared_before_labels_arrive(applicants: Callable[..., Scored]) -> None:
    (gap,) = compare_groups(a_charter(), applicants(labelled=False), 0)
    assert gap.figure.value == pytest.approx(0.3)


def test_numbers_are_compared_by_their_error(numeric: Make) -> None:
    sex = np.repeat(["f", "m"], 50)
    scored = numeric(np.zeros(100), np.where(sex == "f", 3.0, 1.0))
    with_groups = Scored(**{**vars(scored), "groups": pd.DataFrame({"sex": sex})})
    (gap,) = compare_groups(a_charter(), with_groups, 0)
    assert gap.metric is Metric.ERROR_DIFFERENCE
    assert gap.figure.value == pytest.approx(2.0)
    assert [rate.name for rate in gap.extremes] == ["f", "m"]
