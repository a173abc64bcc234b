"""Metrics as functions of column means: known values, and laws that hold for every batch.

The worked examples are those that scikit-learn publishes in the documentation of its functions
(`sklearn.metrics`); each row names the function.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.measures.metrics.aligned import Pairs, pair
from aipo_pipelines.measures.metrics.functions import (
    MOMENTS,
    Moments,
    both,
    log_losses,
    mean_of,
    record_losses,
)
from aipo_pipelines.measures.metrics.scored import Scored

Make = Callable[..., Scored]

ANSWERS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40)
NUMBERS = st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=1, max_size=40)


def classified(truth: list[int], predicted: list[int]) -> Pairs:
    """Answers with the classes 0, 1 and 2."""
    n = len(truth)
    return Pairs(
        task=Task.MULTICLASS,
        labelled=n,
        counted=np.ones(n, dtype=bool),
        truth=np.array(truth, dtype=float),
        predicted=np.array(predicted, dtype=float),
        probability=None,
        classes=("0", "1", "2"),
        naive=None,
    )


def numbers(truth: list[float], predicted: list[float], naive: list[float] | None = None) -> Pairs:
    return replace(
        classified([], []),
        task=Task.REGRESSION,
        classes=(),
        truth=np.array(truth, dtype=float),
        predicted=np.array(predicted, dtype=float),
        naive=None if naive is None else np.array(naive, dtype=float),
    )


def value(metric: Metric, pairs: Pairs) -> float:
    return MOMENTS[metric](pairs).value()


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Metric.PRECISION, 2 / 9),  # precision_score(..., average="macro"): 0.22...
        (Metric.RECALL, 1 / 3),  # recall_score(..., average="macro"): 0.33...
        (Metric.F1, 4 / 15),  # f1_score(..., average="macro"): 0.26...
    ],
)
def test_macro_averages_are_those_of_the_published_example(metric: Metric, expected: float) -> None:
    pairs = classified([0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1])
    assert value(metric, pairs) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Metric.MAE, 0.5),  # mean_absolute_error
        (Metric.RMSE, 0.6123724),  # root_mean_squared_error: 0.612...
        (Metric.R2, 0.9486081),  # r2_score: 0.948...
        (Metric.MAPE, 0.3273809),  # mean_absolute_percentage_error: 0.3273...
    ],
)
def test_errors_of_numbers_are_those_of_the_published_example(
    metric: Metric, expected: float
) -> None:
    pairs = numbers([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])
    assert value(metric, pairs) == pytest.approx(expected, abs=1e-7)


def test_balanced_accuracy_is_that_of_the_published_example(binary: Make) -> None:
    scored = binary([0, 1, 0, 0, 1, 0], [0, 1, 0, 0, 0, 1])
    assert value(Metric.BALANCED_ACCURACY, pair(scored)) == 0.625


def test_the_brier_score_is_that_of_the_published_example(binary: Make) -> None:
    scored = binary([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.3])
    assert value(Metric.BRIER, pair(scored)) == pytest.approx(0.0375)


def test_the_log_loss_is_that_of_the_published_example(binary: Make) -> None:
    scored = binary([1, 0, 0, 1], [0.9, 0.1, 0.2, 0.65])
    assert value(Metric.LOG_LOSS, pair(scored)) == pytest.approx(0.21616, abs=5e-6)


def test_the_weighted_error_divides_all_errors_by_all_truths() -> None:
    assert value(Metric.WAPE, numbers([10, -30], [12, -25])) == pytest.approx(7 / 40)


def test_bias_has_its_sign_before_it_becomes_a_figure() -> None:
    assert value(Metric.BIAS, numbers([3, 4, 5], [1, 2.5, 3])) == pytest.approx(-5.5 / 3)


def test_skill_is_the_share_of_the_naive_loss_that_the_model_saves() -> None:
    assert value(Metric.SKILL, numbers([0, 10], [1, 9], naive=[4, 6])) == pytest.approx(0.75)


def test_records_without_a_naive_answer_count_for_neither_side_of_the_skill() -> None:
    first_season = numbers([0, 10, 5], [1, 9, 500], naive=[4, 6, math.nan])
    assert value(Metric.SKILL, first_season) == pytest.approx(0.75)


def test_records_with_a_truth_of_zero_have_no_percentage_error() -> None:
    assert value(Metric.MAPE, numbers([0, 10, 20], [5, 11, 22])) == pytest.approx(0.1)


def test_a_binary_model_that_never_predicts_the_event_has_no_precision(binary: Make) -> None:
    never = pair(binary([1, 0, 1], [0.1, 0.2, 0.3]))
    assert math.isnan(value(Metric.PRECISION, never))
    assert value(Metric.RECALL, never) == 0.0


def test_a_class_that_several_classes_leave_unpredicted_has_precision_zero() -> None:
    assert value(Metric.PRECISION, classified([0, 1], [0, 0])) == pytest.approx((0.5 + 0) / 2)


def test_a_class_without_a_true_record_is_left_out_of_recall() -> None:
    assert value(Metric.RECALL, classified([0, 0, 1], [0, 2, 1])) == pytest.approx((0.5 + 1) / 2)


def test_numbers_that_are_all_equal_have_no_r2() -> None:
    assert math.isnan(value(Metric.R2, numbers([4, 4], [4, 4])))


def test_a_perfect_naive_baseline_leaves_no_skill_to_measure() -> None:
    assert math.isnan(value(Metric.SKILL, numbers([1, 2], [1, 2], naive=[1, 2])))


@pytest.mark.parametrize(
    ("metric", "best"),
    [
        (Metric.MAE, 0.0),
        (Metric.RMSE, 0.0),
        (Metric.R2, 1.0),
        (Metric.MAPE, 0.0),
        (Metric.WAPE, 0.0),
        (Metric.BIAS, 0.0),
        (Metric.SKILL, 1.0),
    ],
)
def test_answers_equal_to_the_truth_have_the_best_value(metric: Metric, best: float) -> None:
    pairs = numbers([1, 2, 4], [1, 2, 4], naive=[2, 2, 2])
    assert value(metric, pairs) == pytest.approx(best)


@given(ANSWERS)
def test_the_order_of_records_changes_no_metric_of_classes(records: list[tuple[int, int]]) -> None:
    shuffled = sorted(records)
    for metric in (Metric.ACCURACY, Metric.PRECISION, Metric.RECALL, Metric.F1):
        first, second = (
            value(metric, classified([t for t, _ in side], [p for _, p in side]))
            for side in (records, shuffled)
        )
        assert first == pytest.approx(second, nan_ok=True)


@given(ANSWERS, st.permutations([0, 1, 2]))
def test_other_names_of_classes_change_no_macro_average(
    records: list[tuple[int, int]], names: list[int]
) -> None:
    renamed = [(names[truth], names[answer]) for truth, answer in records]
    for metric in (Metric.BALANCED_ACCURACY, Metric.PRECISION, Metric.RECALL, Metric.F1):
        first, second = (
            value(metric, classified([t for t, _ in side], [p for _, p in side]))
            for side in (records, renamed)
        )
        assert first == pytest.approx(second, nan_ok=True)


@given(ANSWERS)
def test_precision_and_recall_change_places_if_truth_and_answers_do(
    records: list[tuple[int, int]],
) -> None:
    truth, answers = ([record[side] for record in records] for side in (0, 1))
    everywhere = [*truth, 0, 1, 2], [*answers, 0, 1, 2]
    precision = value(Metric.PRECISION, classified(*everywhere))
    recall = value(Metric.RECALL, classified(*reversed(everywhere)))
    assert precision == pytest.approx(recall)


@given(NUMBERS)
def test_bias_is_never_larger_than_the_mean_error_and_that_never_larger_than_the_root(
    records: list[tuple[float, float]],
) -> None:
    pairs = numbers([truth for truth, _ in records], [answer for _, answer in records])
    bias, mean, root = (value(each, pairs) for each in (Metric.BIAS, Metric.MAE, Metric.RMSE))
    assert abs(bias) <= mean + 1e-9
    assert mean <= root + 1e-9


@given(NUMBERS, st.floats(-1e3, 1e3), st.floats(0.1, 10))
def test_another_unit_scales_errors_and_another_origin_changes_none(
    records: list[tuple[float, float]], origin: float, unit: float
) -> None:
    truth, answers = (np.array(column) for column in zip(*records, strict=True))
    before = numbers(truth.tolist(), answers.tolist())
    after = numbers((unit * truth + origin).tolist(), (unit * answers + origin).tolist())
    for metric in (Metric.MAE, Metric.RMSE, Metric.BIAS):
        expected = unit * value(metric, before)
        assert value(metric, after) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_two_metrics_on_the_same_records_stay_paired() -> None:
    ours, theirs = mean_of(np.array([1.0, 2.0, 6.0])), mean_of(np.array([2.0, 2.0, 2.0]))
    assert both(ours, theirs, lambda a, b: a - b).value() == pytest.approx(1.0)


@given(ANSWERS)
def test_paired_metrics_have_no_more_patterns_than_occur(records: list[tuple[int, int]]) -> None:
    pairs = classified([truth for truth, _ in records], [answer for _, answer in records])
    moments = MOMENTS[Metric.F1](pairs)
    paired = both(moments, moments, lambda a, b: a - b)
    assert len(paired.values) == len(set(records))
    assert len(paired.rows) == len(records)


@given(ANSWERS)
def test_a_metric_less_itself_is_nothing(records: list[tuple[int, int]]) -> None:
    pairs = classified([truth for truth, _ in records], [answer for _, answer in records])
    moments = MOMENTS[Metric.ACCURACY](pairs)
    assert both(moments, moments, lambda a, b: a - b).value() == 0.0


def test_a_function_of_means_is_computed_from_the_means() -> None:
    moments = Moments(
        values=np.array([[0.0, 1.0], [4.0, 2.0]]),
        rows=np.array([0, 1, 1, 1]),
        combine=lambda means: means[..., 0] / means[..., 1],
    )
    assert moments.value() == pytest.approx(3.0 / 1.75)


def test_a_wrong_class_costs_one_and_a_number_its_distance() -> None:
    of_classes = classified([0, 1, 2], [0, 2, 2])
    assert record_losses(of_classes, of_classes.predicted).tolist() == [0.0, 1.0, 0.0]
    of_numbers = numbers([1, 2], [4, 1.5])
    assert record_losses(of_numbers, of_numbers.predicted).tolist() == [3.0, 0.5]


def test_an_error_too_large_for_a_number_is_infinite_without_a_warning() -> None:
    far = numbers([-1.7e308], [1.7e308])
    assert record_losses(far, far.predicted).tolist() == [math.inf]


def test_a_probability_below_the_floor_costs_no_more_than_the_floor(binary: Make) -> None:
    pairs = pair(binary([1, 1], [0.0, 0.5]))
    assert pairs.probability is not None
    losses = log_losses(pairs, pairs.probability, 0.01)
    assert losses == pytest.approx([-math.log(0.01), math.log(2)])


def test_only_the_probability_of_the_true_class_costs(binary: Make) -> None:
    scored = binary([1, 0], [0.8, 0.4])
    pairs = pair(replace(scored, predicted=pd.Series(["no", "yes"])))
    assert pairs.probability is not None
    losses = log_losses(pairs, pairs.probability, 0.001)
    assert losses == pytest.approx([-math.log(0.8), -math.log(0.6)])
