"""The cost of errors per 1,000 records, of the model and of the naive baseline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.operations import Outcome, OutcomeCosts
from aipo_pipelines.evidence.outcome import Direction
from aipo_pipelines.measures.metrics.aligned import Pairs, pair
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.risk.cost import costs_of, is_priced, price

Make = Callable[..., Scored]


def outcome(name: str = "Customers kept", **costs: Any) -> Outcome:
    return Outcome.model_validate(
        {"outcome": name, "metric": "recall", "target": 0.6, "unit": "EUR", "costs": costs}
    )


def records(
    truth: list[float], predicted: list[float], task: Task = Task.BINARY, **more: Any
) -> Pairs:
    n = len(truth)
    fields: dict[str, Any] = {
        "labelled": n,
        "counted": np.ones(n, dtype=bool),
        "probability": None,
        "classes": ("", "yes") if task is Task.BINARY else (),
        "naive": None,
        **more,
    }
    return Pairs(task=task, truth=np.array(truth), predicted=np.array(predicted), **fields)


def model_cost(pairs: Pairs, **costs: Any) -> float | None:
    (priced,) = price([outcome(**costs)], pairs, 0)
    return priced.model.value


def test_a_false_alarm_and_a_missed_event_have_costs_of_their_own() -> None:
    pairs = records([0.0, 0.0, 1.0, 1.0], [1.0, 0.0, 0.0, 1.0])
    assert model_cost(pairs, false_positive=25) == 250 * 25
    assert model_cost(pairs, false_negative=420) == 250 * 420
    assert model_cost(pairs, false_positive=25, false_negative=420) == 250 * 445


def test_right_answers_cost_nothing() -> None:
    assert model_cost(records([0.0, 1.0], [0.0, 1.0]), false_positive=9, false_negative=9) == 0.0


def test_every_wrong_class_of_several_costs_a_unit() -> None:
    pairs = records([0.0, 1.0, 2.0, 2.0], [0.0, 2.0, 0.0, 2.0], Task.MULTICLASS)
    assert model_cost(pairs, per_unit_error=3) == 500 * 3


def test_a_number_costs_its_distance_from_the_truth() -> None:
    pairs = records([10.0, 10.0], [12.0, 9.0], Task.REGRESSION)
    assert model_cost(pairs, per_unit_error=2) == 1000 * 2 * 1.5


@pytest.mark.parametrize(
    ("task", "costs", "priced"),
    [
        (Task.BINARY, {"false_positive": 1}, True),
        (Task.BINARY, {"false_negative": 1}, True),
        (Task.BINARY, {"per_unit_error": 1}, False),
        (Task.BINARY, {}, False),
        (Task.REGRESSION, {"per_unit_error": 1}, True),
        (Task.REGRESSION, {"false_positive": 1, "false_negative": 1}, False),
        (Task.MULTICLASS, {"per_unit_error": 1}, True),
        (Task.FORECASTING, {}, False),
    ],
)
def test_an_outcome_has_a_price_if_the_errors_of_the_task_cost_something(
    task: Task, costs: dict[str, float], priced: bool
) -> None:
    assert is_priced(OutcomeCosts.model_validate(costs), task) is priced


def test_outcomes_without_a_price_are_left_out_and_the_others_keep_their_order() -> None:
    outcomes = [outcome("b", false_positive=1), outcome("free"), outcome("a", false_negative=2)]
    priced = price(outcomes, records([0.0, 1.0], [1.0, 1.0]), 0)
    assert [each.outcome.outcome for each in priced] == ["b", "a"]


def test_a_figure_names_its_outcome_and_its_unit_and_less_is_better() -> None:
    (priced,) = price([outcome(false_positive=1)], records([0.0, 1.0], [1.0, 1.0]), 0)
    figure = priced.model
    assert (figure.metric, figure.subject, figure.n) == ("expected_cost", "Customers kept", 2)
    assert figure.unit == "EUR per 1,000 records"
    assert figure.direction is Direction.AT_MOST
    assert (figure.limit, figure.verdict) == (None, None)


def test_without_a_record_the_cost_is_unknown_and_not_zero() -> None:
    (priced,) = price([outcome(false_positive=1)], records([], []), 0)
    assert (priced.model.value, priced.model.interval) == (None, None)
    assert priced.model.note == "no record has both a known truth and an answer"


def test_the_naive_baseline_is_priced_on_the_records_that_it_answers() -> None:
    naive = np.array([np.nan, 0.0, 0.0])
    pairs = records([1.0, 1.0, 0.0], [1.0, 1.0, 1.0], naive=naive)
    (priced,) = price([outcome(false_positive=10, false_negative=100)], pairs, 0)
    assert priced.model.value == pytest.approx(10_000 / 3)
    assert priced.model.n == 3
    assert priced.naive is not None
    assert (priced.naive.metric, priced.naive.value) == ("naive_expected_cost", 50_000)
    assert priced.naive.n == 2


@pytest.mark.parametrize("naive", [None, np.full(2, np.nan)], ids=["none", "never answers"])
def test_a_naive_baseline_without_an_answer_has_no_price(naive: Any) -> None:
    pairs = records([0.0, 1.0], [1.0, 1.0], naive=naive)
    (priced,) = price([outcome(false_positive=1)], pairs, 0)
    assert priced.naive is None


def test_equal_costs_have_an_interval_without_width() -> None:
    (priced,) = price([outcome(false_positive=3)], records([0.0] * 9, [1.0] * 9), 0)
    assert priced.model.interval is not None
    assert (priced.model.interval.low, priced.model.interval.high) == (3000.0, 3000.0)


answers = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])), min_size=1, max_size=30
)


@settings(max_examples=40)
@given(answers)
def test_a_cost_lies_in_its_interval_and_that_between_the_smallest_and_the_largest_cost(
    rows: list[tuple[float, float]],
) -> None:
    pairs = records([truth for truth, _ in rows], [answer for _, answer in rows])
    (priced,) = price([outcome(false_positive=5, false_negative=7)], pairs, 3)
    assert priced.model.interval is not None
    value, interval = priced.model.value or 0.0, priced.model.interval
    assert 0 <= interval.low <= value + 1e-9
    assert value - 1e-9 <= interval.high <= 7000


@settings(max_examples=40)
@given(answers)
def test_the_order_of_records_does_not_change_a_cost(rows: list[tuple[float, float]]) -> None:
    in_order, turned = (
        model_cost(
            records([truth for truth, _ in side], [answer for _, answer in side]),
            false_positive=5,
            false_negative=7,
        )
        for side in (rows, rows[::-1])
    )
    assert in_order == pytest.approx(turned)


@settings(max_examples=40)
@given(answers, st.floats(0.01, 1e6), st.floats(1, 100))
def test_a_cost_grows_in_proportion_to_its_price(
    rows: list[tuple[float, float]], unit: float, factor: float
) -> None:
    pairs = records([truth for truth, _ in rows], [answer for _, answer in rows])
    once = model_cost(pairs, false_positive=unit)
    assert model_cost(pairs, false_positive=factor * unit) == pytest.approx(factor * (once or 0.0))


def test_records_without_a_known_truth_have_no_costs(binary: Make) -> None:
    unlabelled = binary([1, 0], [0.9, 0.1], labelled=False)
    assert costs_of([outcome(false_positive=1)], unlabelled, 0) == ()


def test_costs_of_a_batch_are_those_of_model_and_naive_baseline_by_outcome(binary: Make) -> None:
    scored = binary([1, 0], [0.2, 0.9])
    outcomes = [outcome("first", false_positive=1), outcome("second", false_negative=1)]
    figures = costs_of(outcomes, scored, 0)
    assert [(figure.subject, figure.metric, figure.value) for figure in figures] == [
        ("first", "expected_cost", 500.0),
        ("first", "naive_expected_cost", 0.0),
        ("second", "expected_cost", 500.0),
        ("second", "naive_expected_cost", 500.0),
    ]


def test_costs_of_a_batch_without_a_naive_baseline_are_those_of_the_model(binary: Make) -> None:
    scored = replace(binary([1, 0], [0.2, 0.9]), naive=None)
    (figure,) = costs_of([outcome(false_positive=1)], scored, 0)
    assert figure == price([outcome(false_positive=1)], pair(scored), 0)[0].model


def test_unknown_naive_answers_are_left_out_of_a_batch(numeric: Make) -> None:
    scored = replace(numeric([1.0, 5.0], [2.0, 5.0]), naive=pd.Series([np.nan, 8.0]))
    figures = costs_of([outcome(per_unit_error=1)], scored, 0)
    assert [(figure.value, figure.n) for figure in figures] == [(500.0, 2), (3000.0, 1)]
