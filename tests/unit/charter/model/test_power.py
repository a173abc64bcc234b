"""What a number of records can show."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.power import sample_needed, smallest_visible
from aipo_pipelines.charter.model.thresholds import Metric
from tests.samples import CHARTER
from tests.unit.charter.conftest import Check

Z = 1.6448536 + 0.8416212
CHECKED = [
    Metric.ACCURACY,
    Metric.BALANCED_ACCURACY,
    Metric.PRECISION,
    Metric.RECALL,
    Metric.F1,
    Metric.ROC_AUC,
    Metric.SELECTION_RATE_DIFFERENCE,
    Metric.TPR_DIFFERENCE,
    Metric.FPR_DIFFERENCE,
]


def threshold(**changes: Any) -> dict[str, Any]:
    return {"thresholds": [{**CHARTER["thresholds"][0], **changes}]}


def gap(**changes: Any) -> dict[str, Any]:
    fields = {"metric": "selection_rate_difference", "attribute": "x1", "limit": 0.1, **changes}
    return {"protected": ["x1"], **threshold(**fields)}


def test_a_share_has_the_standard_error_of_a_share() -> None:
    visible = smallest_visible(Metric.ACCURACY, 0.8, 400, 0.95)
    assert visible == pytest.approx(Z * math.sqrt(0.8 * 0.2 / 400))


def test_two_groups_have_the_errors_of_both() -> None:
    visible = smallest_visible(Metric.SELECTION_RATE_DIFFERENCE, 0.1, 200, 0.95)
    assert visible == pytest.approx(Z * math.sqrt(2 * 0.25 * 0.75 / 200))


def test_the_error_of_an_area_is_that_of_hanley_and_mcneil() -> None:
    """Against the variance of many areas of two exponential score distributions, as they assume."""
    area, each = 0.8, 60
    rng = np.random.default_rng(0)
    events = rng.exponential(area / (1 - area), (4_000, each, 1))
    no_events = rng.exponential(1.0, (4_000, 1, each))
    spread = float((events > no_events).mean(axis=(1, 2)).std())
    visible = smallest_visible(Metric.ROC_AUC, area, 2 * each, 0.95)
    assert visible == pytest.approx(Z * spread, rel=0.05)


@given(
    metric=st.sampled_from(CHECKED),
    limit=st.floats(0.01, 0.99),
    change=st.floats(0.005, 0.5),
    confidence=st.floats(0.5, 0.999),
)
def test_the_sample_needed_is_the_smallest_that_shows_the_change(
    metric: Metric, limit: float, change: float, confidence: float
) -> None:
    needed = sample_needed(metric, limit, change, confidence)
    assert needed is not None
    visible = smallest_visible(metric, limit, needed, confidence)
    assert visible is not None
    assert visible <= change
    if needed > 2:
        fewer = smallest_visible(metric, limit, needed - 1, confidence)
        assert fewer is not None
        assert fewer > change


@given(metric=st.sampled_from(CHECKED), n=st.integers(30, 10**6))
def test_four_times_the_records_show_about_half_the_change(metric: Metric, n: int) -> None:
    visible = smallest_visible(metric, 0.7, n, 0.95)
    other = smallest_visible(metric, 0.7, 4 * n, 0.95)
    assert visible is not None
    assert other == pytest.approx(visible / 2, rel=0.1)


def test_more_confidence_asks_for_a_larger_change() -> None:
    lax = smallest_visible(Metric.ACCURACY, 0.8, 400, 0.9)
    strict = smallest_visible(Metric.ACCURACY, 0.8, 400, 0.99)
    assert lax is not None
    assert strict is not None
    assert strict > lax


@pytest.mark.parametrize("metric", sorted(set(Metric) - set(CHECKED)))
def test_metrics_whose_spread_is_not_known_are_not_checked(metric: Metric) -> None:
    assert smallest_visible(metric, 0.5, 100, 0.95) is None
    assert sample_needed(metric, 0.5, 0.1, 0.95) is None


def test_a_difference_of_nothing_is_shown_by_no_number_of_records() -> None:
    assert sample_needed(Metric.TPR_DIFFERENCE, 0.0, 0.0, 0.95) is None


def test_a_drop_too_small_for_the_sample_is_refused_with_both_numbers(check: Check) -> None:
    (problem,) = check(**threshold(limit=0.72, maximum_drop=0.05, minimum_sample=300))
    assert problem.field == "thresholds[0].minimum_sample"
    assert problem.found == "300 records, which show a drop from 0.073 on with 80% power"
    assert problem.expected.startswith("at least 637 records to see a drop of 0.05 in roc_auc")
    assert problem.hint == "raise `minimum_sample` to 637, or `maximum_drop` to 0.073 or more"


def test_the_sample_that_was_asked_for_is_accepted(check: Check) -> None:
    assert check(**threshold(limit=0.72, maximum_drop=0.05, minimum_sample=637)) == ()


def test_a_threshold_without_a_drop_needs_no_power(check: Check) -> None:
    assert check(**threshold(limit=0.72, minimum_sample=100)) == ()


@pytest.mark.parametrize(("sample", "problems"), [(231, 1), (232, 0)])
def test_groups_must_be_large_enough_to_see_an_excess_as_large_as_the_limit(
    check: Check, sample: int, problems: int
) -> None:
    assert len(check(**gap(minimum_sample=sample))) == problems


def test_a_limit_of_no_difference_at_all_cannot_be_held(check: Check) -> None:
    (problem,) = check(**gap(limit=0.0))
    assert problem.expected.startswith("no number of records is enough")
    assert problem.hint == "allow a larger `limit`"


ONE_BATCH = {"window": {"choices": ["recent"], "recent": 1, "held_out": 0.5}}


def test_what_is_held_out_reaches_back_as_far_as_it_takes(check: Check) -> None:
    changes = threshold(minimum_sample=900, applies_to=["release"])
    assert check(batches={"by": "rows", "rows": 400}, **changes) == ()


@pytest.mark.parametrize(("sample", "problems"), [(201, 1), (200, 0)])
def test_a_release_asks_for_no_more_records_than_are_held_out(
    check: Check, sample: int, problems: int
) -> None:
    changes = threshold(minimum_sample=sample)
    rows = {"by": "rows", "rows": 400}
    assert len(check(batches=rows, retraining=ONE_BATCH, **changes)) == problems


def test_two_groups_share_the_held_out_records(check: Check) -> None:
    rows = {"by": "rows", "rows": 1000}
    (problem,) = check(batches=rows, retraining=ONE_BATCH, **gap(minimum_sample=260))
    assert problem.expected.startswith("at most 250 in each of two groups before a release")


def test_a_live_threshold_may_ask_for_more_than_is_held_out(check: Check) -> None:
    changes = threshold(minimum_sample=300, applies_to=["live"])
    assert check(batches={"by": "rows", "rows": 400}, **changes) == ()


def test_the_gate_sample_asks_for_no_more_than_is_held_out(check: Check) -> None:
    rows, release = {"by": "rows", "rows": 1000}, {"minimum_sample": 501}
    (problem,) = check(batches=rows, retraining=ONE_BATCH, release=release)
    assert problem.field == "release.minimum_sample"
    assert problem.expected == "at most 500, what 50% of 1000 rows hold out"


def test_a_model_from_elsewhere_holds_nothing_out(check: Check) -> None:
    model = {"estimator": ..., "logged_predictions": "y"}
    assert check(model=model, batches={"by": "rows", "rows": 100}) == ()
