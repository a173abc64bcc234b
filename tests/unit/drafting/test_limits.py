"""Limits are a bit worse than a first model, and never looser than the organisation's standard."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.power import smallest_visible
from aipo_pipelines.charter.model.standards import StandardThreshold
from aipo_pipelines.charter.model.thresholds import AppliesTo, Metric
from aipo_pipelines.drafting.batch_windows import FirstBatches
from aipo_pipelines.drafting.first_model import Gap, Measured
from aipo_pipelines.drafting.limits import Limit, draft_limits, sample_wanted
from aipo_pipelines.evidence.outcome import Figure, Interval

FIRST = FirstBatches(count=1, rows=400)
BOTH = (AppliesTo.RELEASE, AppliesTo.LIVE)


def figure(metric: Metric, value: float, low: float, high: float) -> Figure:
    interval = Interval(low=low, high=high, level=0.95, method="bootstrap")
    return Figure(metric=metric.value, value=value, n=1_000, interval=interval)


def standard(metric: Metric, limit: float, sample: int | None = None) -> StandardThreshold:
    return StandardThreshold(metric=metric, limit=limit, minimum_sample=sample)


def of_metric(
    metric: Metric,
    low: float,
    high: float,
    *standards: StandardThreshold,
    task: Task = Task.BINARY,
    rows: int = 400,
) -> Limit:
    """The limit on one metric that was measured with an interval."""
    measured = Measured(figures={metric: figure(metric, (low + high) / 2, low, high)}, rows=1_000)
    limits = draft_limits(task, measured, (), FirstBatches(count=1, rows=rows), standards)
    return next(limit for limit in limits if limit.metric is metric)


def of_gap(
    task: Task = Task.BINARY,
    *standards: StandardThreshold,
    gap: Gap | None = None,
    sizes: tuple[int, ...] = (600, 400),
    rows: int = 4_000,
) -> list[Limit]:
    """The limits on the gap between groups of `gender`."""
    measured = Measured(
        gaps={} if gap is None else {"gender": gap}, group_sizes={"gender": sizes}, rows=1_000
    )
    first = FirstBatches(count=1, rows=rows)
    limits = draft_limits(task, measured, ("gender",), first, standards)
    return [limit for limit in limits if limit.attribute == "gender"]


@pytest.mark.parametrize(
    ("metric", "task", "low", "high", "limit"),
    [
        (Metric.ROC_AUC, Task.BINARY, 0.8049, 0.85, 0.78),
        (Metric.ROC_AUC, Task.BINARY, 0.40, 0.55, 0.5),
        (Metric.ROC_AUC, Task.BINARY, 0.515, 0.55, 0.5),
        (Metric.SKILL, Task.BINARY, 0.3149, 0.35, 0.29),
        (Metric.SKILL, Task.BINARY, -0.2, 0.1, 0.0),
        (Metric.BALANCED_ACCURACY, Task.MULTICLASS, 0.4049, 0.5, 0.38),
        (Metric.MAE, Task.REGRESSION, 8.0, 10.0, 11.0),
        (Metric.MAE, Task.REGRESSION, 8.0, 9.95, 11.0),
        (Metric.MAE, Task.REGRESSION, 1_000.0, 1_234.0, 1_400.0),
        (Metric.WAPE, Task.FORECASTING, 0.10, 0.123, 0.14),
        (Metric.MAE, Task.REGRESSION, 0.0, 0.0, 0.01),
    ],
)
def test_a_limit_is_a_bit_worse_than_the_worse_end_of_the_interval(
    metric: Metric, task: Task, low: float, high: float, limit: float
) -> None:
    assert of_metric(metric, low, high, task=task).limit == limit


def test_what_was_measured_is_written_beside_the_limit() -> None:
    limit = of_metric(Metric.ROC_AUC, 0.8, 0.9)
    assert limit.measured == "measured 0.85 [0.8, 0.9]"
    assert (limit.attribute, limit.applies_to) == (None, BOTH)
    assert (limit.per_batch, limit.held_out, limit.too_small) == (400, 120, "")


def test_a_standard_is_never_loosened() -> None:
    limit = of_metric(Metric.ROC_AUC, 0.8, 0.9, standard(Metric.ROC_AUC, 0.79))
    assert limit.limit == 0.79
    assert limit.measured == (
        "measured 0.85 [0.8, 0.9]; a bit less would be looser than the organisation's standard, "
        "which holds"
    )


def test_a_standard_that_the_draft_keeps_is_not_mentioned() -> None:
    limit = of_metric(Metric.ROC_AUC, 0.8, 0.9, standard(Metric.ROC_AUC, 0.78))
    assert (limit.limit, limit.measured) == (0.78, "measured 0.85 [0.8, 0.9]")


def test_a_first_model_that_misses_the_standard_is_said_to_miss_it() -> None:
    limit = of_metric(Metric.ROC_AUC, 0.6, 0.7, standard(Metric.ROC_AUC, 0.7))
    assert limit.limit == 0.7
    assert limit.measured.endswith("which holds; a first model does not reach it")
    reached = of_metric(Metric.ROC_AUC, 0.6, 0.8, standard(Metric.ROC_AUC, 0.7))
    assert reached.measured.endswith("standard, which holds")


def test_of_errors_the_standard_is_the_highest_limit() -> None:
    errors = standard(Metric.MAE, 9.0)
    limit = of_metric(Metric.MAE, 8.0, 12.0, errors, task=Task.REGRESSION)
    assert limit.limit == 9.0
    assert limit.measured.endswith("a first model does not reach it")
    assert of_metric(Metric.MAE, 4.0, 5.0, errors, task=Task.REGRESSION).limit == 5.5


def test_a_metric_without_a_figure_has_the_limit_of_the_standard() -> None:
    measured = Measured(problem="too few records")
    (limit,) = draft_limits(Task.BINARY, measured, (), FIRST, [standard(Metric.ROC_AUC, 0.7)])
    assert (limit.metric, limit.limit) == (Metric.ROC_AUC, 0.7)
    assert limit.measured == "not measured; this is the organisation's standard"


def test_without_a_figure_and_a_standard_there_is_no_limit() -> None:
    assert draft_limits(Task.BINARY, Measured(problem="too few records"), (), FIRST, []) == ()


def test_a_figure_without_an_interval_counts_as_not_measured() -> None:
    bare = Figure(metric="roc_auc", value=0.9, n=20)
    assert draft_limits(Task.BINARY, Measured(figures={Metric.ROC_AUC: bare}), (), FIRST, []) == ()


def test_limits_are_in_the_order_of_the_metrics_then_of_the_attributes() -> None:
    measured = Measured(
        figures={
            Metric.SKILL: figure(Metric.SKILL, 0.3, 0.2, 0.4),
            Metric.ROC_AUC: figure(Metric.ROC_AUC, 0.8, 0.75, 0.85),
        }
    )
    limits = draft_limits(Task.BINARY, measured, ("sex", "age"), FIRST, [])
    assert [(limit.metric, limit.attribute) for limit in limits] == [
        (Metric.ROC_AUC, None),
        (Metric.SKILL, None),
        (Metric.SELECTION_RATE_DIFFERENCE, "sex"),
        (Metric.SELECTION_RATE_DIFFERENCE, "age"),
    ]


@pytest.mark.parametrize(
    ("rows", "sample"),
    [(10, 30), (100, 30), (103, 30), (104, 31), (333, 99), (334, 100), (9_999, 100)],
)
def test_a_sample_leaves_room_for_smaller_batches(rows: int, sample: int) -> None:
    assert of_metric(Metric.ROC_AUC, 0.8, 0.9, rows=rows).minimum_sample == sample


def test_a_standard_may_ask_for_a_larger_sample_than_a_batch_has() -> None:
    limit = of_metric(Metric.ROC_AUC, 0.8, 0.9, standard(Metric.ROC_AUC, 0.7, 5_000))
    assert limit.minimum_sample == 5_000
    smaller = of_metric(Metric.ROC_AUC, 0.8, 0.9, standard(Metric.ROC_AUC, 0.7, 50))
    assert smaller.minimum_sample == 100


def test_the_drop_is_what_the_sample_shows_in_hundredths() -> None:
    limit = of_metric(Metric.ROC_AUC, 0.8, 0.9)
    visible = smallest_visible(Metric.ROC_AUC, 0.78, 100, 0.95)
    assert visible is not None
    assert limit.maximum_drop is not None
    assert visible <= limit.maximum_drop < visible + 0.01
    assert limit.maximum_drop == 0.12


def test_no_drop_is_smaller_than_five_hundredths() -> None:
    large = standard(Metric.ROC_AUC, 0.7, 100_000)
    assert of_metric(Metric.ROC_AUC, 0.8, 0.9, large).maximum_drop == 0.05


def test_only_shares_have_a_drop() -> None:
    assert of_metric(Metric.SKILL, 0.3, 0.4).maximum_drop is None
    assert of_metric(Metric.MAE, 0.3, 0.4, task=Task.REGRESSION).maximum_drop is None
    nothing = of_metric(Metric.BALANCED_ACCURACY, 0.0, 0.1, task=Task.MULTICLASS)
    assert (nothing.limit, nothing.maximum_drop) == (0.0, None)


@given(
    st.floats(0.0, 1.0),
    st.floats(0.0, 1.0),
    st.none() | st.floats(0.0, 1.0),
    st.sampled_from([Metric.ROC_AUC, Metric.SKILL]),
)
def test_a_limit_is_between_the_standard_and_the_lower_end(
    one_end: float, other_end: float, agreed: float | None, metric: Metric
) -> None:
    low, high = sorted((one_end, other_end))
    standards = [] if agreed is None else [standard(metric, agreed)]
    limit = of_metric(metric, low, high, *standards)
    floor = 0.5 if metric is Metric.ROC_AUC else 0.0
    assert limit.limit >= (floor if agreed is None else agreed)
    assert limit.limit <= max(low, floor, 0.0 if agreed is None else agreed)


@given(st.floats(1e-6, 1e9))
def test_the_limit_on_an_error_is_a_round_number_at_most_a_fifth_above_it(high: float) -> None:
    limit = of_metric(Metric.MAE, 0.0, high, task=Task.REGRESSION).limit
    assert high < limit <= high * 1.1 * 1.1 * (1 + 1e-9)
    assert float(f"{limit:.1e}") == limit


def test_shares_of_groups_have_the_usual_limit() -> None:
    (gap,) = of_gap(gap=Gap(value=0.05, mean=0.3))
    assert (gap.metric, gap.limit) == (Metric.SELECTION_RATE_DIFFERENCE, 0.1)
    assert gap.measured.startswith("measured 0.05; groups of a usual batch: 2,400, 1,600 records")
    assert (gap.maximum_drop, gap.minimum_sample) == (None, 232)
    assert (gap.per_batch, gap.held_out, gap.deciding_group) == (1_600, 480, "the smaller group")


def test_a_gap_beyond_the_limit_is_said_to_block_a_release() -> None:
    (gap,) = of_gap(gap=Gap(value=0.11, mean=0.3))
    assert gap.limit == 0.1
    assert gap.measured.startswith(
        "measured 0.11, which is beyond the limit: a first model would not go live; groups of"
    )


def test_the_standard_for_gaps_counts_instead_of_the_usual_limit() -> None:
    (gap,) = of_gap(Task.BINARY, standard(Metric.SELECTION_RATE_DIFFERENCE, 0.2, 700))
    assert (gap.limit, gap.minimum_sample) == (0.2, 700)
    assert gap.measured.startswith("not measured; groups of")


def test_groups_of_classes_and_numbers_are_compared_by_their_errors() -> None:
    (classes,) = of_gap(Task.MULTICLASS, gap=Gap(value=0.02, mean=0.3))
    assert (classes.metric, classes.limit) == (Metric.ERROR_DIFFERENCE, 0.1)
    (number,) = of_gap(Task.REGRESSION, gap=Gap(value=2.0, mean=10.0))
    assert (number.metric, number.limit) == (Metric.ERROR_DIFFERENCE, 2.2)


def test_the_limit_on_a_small_gap_of_errors_is_a_tenth_of_the_error() -> None:
    (gap,) = of_gap(Task.REGRESSION, gap=Gap(value=0.001, mean=10.0))
    assert gap.limit == 1.1
    (none_seen,) = of_gap(Task.REGRESSION, gap=Gap(value=0.0, mean=0.0))
    assert none_seen.limit == 0.01


def test_without_a_measured_gap_of_errors_there_is_no_limit() -> None:
    assert of_gap(Task.REGRESSION) == []
    (agreed,) = of_gap(Task.REGRESSION, standard(Metric.ERROR_DIFFERENCE, 3.0))
    assert (agreed.limit, agreed.measured.split(";")[0]) == (3.0, "not measured")


def test_the_sample_of_a_gap_of_errors_leaves_room_in_the_deciding_group() -> None:
    (gap,) = of_gap(Task.REGRESSION, gap=Gap(value=2.0, mean=10.0), rows=500)
    assert (gap.per_batch, gap.minimum_sample) == (200, 60)


@pytest.mark.parametrize(("rows", "places"), [(1_935, BOTH), (1_934, (AppliesTo.LIVE,))])
def test_a_gate_that_never_gets_enough_records_is_judged_live_only(
    rows: int, places: tuple[AppliesTo, ...]
) -> None:
    (gap,) = of_gap(rows=rows)
    assert gap.applies_to == places
    assert bool(gap.too_small) is (places != BOTH)


@pytest.mark.parametrize("sizes", [(), (1_000,)])
def test_an_attribute_with_one_group_is_judged_live_only(sizes: tuple[int, ...]) -> None:
    (gap,) = of_gap(sizes=sizes)
    assert (gap.per_batch, gap.held_out, gap.applies_to) == (0, 0, (AppliesTo.LIVE,))
    assert (gap.measured, gap.deciding_group) == ("not measured", "a second group")


@pytest.mark.parametrize(
    ("standards", "sample"),
    [
        ([], 100),
        ([standard(Metric.ROC_AUC, 0.7)], 100),
        ([standard(Metric.ROC_AUC, 0.7, 50)], 100),
        ([standard(Metric.ROC_AUC, 0.7, 500), standard(Metric.SKILL, 0.0, 300)], 500),
        ([standard(Metric.MAE, 0.7, 500)], 100),
    ],
)
def test_a_batch_should_hold_the_largest_sample_of_the_drafted_metrics(
    standards: list[Any], sample: int
) -> None:
    assert sample_wanted(Task.BINARY, standards) == sample
