"""The figures of a first model are the worse of two looks, with the gaps between groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import Lags, ModelSpec, Task
from aipo_pipelines.charter.model.thresholds import Metric
from aipo_pipelines.drafting.first_model import (
    ESTIMATORS,
    METRICS,
    Measured,
    first_spec,
    measure_first_model,
)
from aipo_pipelines.drafting.label import Goal
from tests.unit.drafting.tables import NO_ROLES, numbers

ROWS = 300
LINEAR = "sklearn.linear_model.LinearRegression"
LOGISTIC = "sklearn.linear_model.LogisticRegression"


def goal(task: Task = Task.BINARY) -> Goal:
    positive = "1" if task is Task.BINARY else None
    return Goal(label="y", task=task, positive=positive, guessed=())


def spec(task: Task = Task.BINARY, **changes: Any) -> ModelSpec:
    """A linear model, which trains in no time."""
    estimator = LOGISTIC if task in {Task.BINARY, Task.MULTICLASS} else LINEAR
    return ModelSpec(task=task, estimator=estimator, features=("x",), folds=3).model_copy(
        update=changes
    )


def measured(
    frame: pd.DataFrame,
    task: Task = Task.BINARY,
    *,
    time: str | None = None,
    protected: tuple[str, ...] = (),
    pasts: tuple[float, ...] = (),
    **changes: Any,
) -> Measured:
    roles = replace(NO_ROLES, time=time)
    return measure_first_model(frame, goal(task), spec(task, **changes), roles, protected, pasts)


def honest(rows: int = ROWS, slope: float = 1.0) -> pd.DataFrame:
    x, noise = numbers(rows, 1), numbers(rows, 2)
    return pd.DataFrame({"x": x, "y": (slope * x + noise > 0).astype(int)})


def number_frame(rows: int = ROWS) -> pd.DataFrame:
    x = numbers(rows, 1)
    return pd.DataFrame({"x": x, "y": (10 + x + numbers(rows, 2)).round(3)})


@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS, Task.REGRESSION])
def test_each_task_has_its_metrics_with_intervals(task: Task) -> None:
    frame = number_frame() if task is Task.REGRESSION else honest()
    result = measured(frame, task)
    assert tuple(result.figures) == METRICS[task]
    assert (result.rows, result.looks, result.problem) == (ROWS, "3 folds", "")
    for figure in result.figures.values():
        assert figure.interval is not None
        assert figure.value is not None
        assert figure.interval.low < figure.value < figure.interval.high
        assert figure.interval.level == pytest.approx(0.9)


def test_an_honest_model_is_not_too_good() -> None:
    assert measured(honest()).perfect == ""


@pytest.mark.parametrize(
    ("task", "frame", "words"),
    [
        (Task.BINARY, honest(slope=1e9), "roc_auc 0.9999"),
        (Task.REGRESSION, number_frame().assign(x=lambda frame: frame["y"]), "r2 1.0000"),
    ],
)
def test_a_nearly_perfect_model_is_named_with_its_figure(
    task: Task, frame: pd.DataFrame, words: str
) -> None:
    assert measured(frame, task).perfect == words


def changed_at_the_end() -> pd.DataFrame:
    """Records whose last three tenths follow the opposite rule."""
    frame = honest(slope=3)
    end = slice(int(0.7 * ROWS), None)
    frame.loc[frame.index[end], "y"] = 1 - frame["y"].iloc[end]
    return frame


def test_the_worse_look_counts() -> None:
    frame = changed_at_the_end()
    folds, both = measured(frame), measured(frame, pasts=(0.7,))
    auc = both.figures[Metric.ROC_AUC]
    assert (folds.figures[Metric.ROC_AUC].n, auc.n) == (300, 90)
    assert auc.value is not None
    assert auc.value < 0.2
    assert both.looks == "3 folds and on the last part in order of deliveries; the worst counts"


def test_of_an_error_the_higher_figure_is_the_worse() -> None:
    frame = number_frame()
    end = frame.index[210:]
    frame.loc[end, "y"] += 50
    error = measured(frame, Task.REGRESSION, pasts=(0.7,)).figures[Metric.MAE]
    assert error.value is not None
    assert 45 < error.value < 55


def test_the_last_part_is_the_last_in_time_if_there_is_a_time() -> None:
    frame = changed_at_the_end()
    frame["day"] = pd.date_range("2026-01-01", periods=ROWS)
    shuffled = frame.sample(frac=1, random_state=1).reset_index(drop=True)
    in_time = measured(shuffled, time="day", pasts=(0.7,))
    by_place = measured(shuffled, pasts=(0.7,))
    assert in_time.figures[Metric.ROC_AUC].n == 90
    first, second = (result.figures[Metric.ROC_AUC].value for result in (in_time, by_place))
    assert first is not None
    assert second is not None
    assert first < 0.2 < second
    assert in_time.looks == "3 folds and on the last part in order of time; the worst counts"


def test_what_a_model_refuses_is_the_problem_and_nothing_is_measured() -> None:
    result = measured(honest().assign(y=1))
    assert (dict(result.figures), dict(result.gaps), result.rows) == ({}, {}, 0)
    assert "class" in result.problem


@pytest.mark.parametrize(("rows", "sample"), [(10_000, 10_000), (10_001, 5_001)])
def test_at_most_ten_thousand_records_are_measured(rows: int, sample: int) -> None:
    assert measured(number_frame(rows), Task.REGRESSION).rows == sample


def with_groups(*sizes: int) -> pd.DataFrame:
    """Records of groups a, b, c of these sizes; the model selects nearly all of a and none of b."""
    names = np.repeat([*"abcdefgh"][: len(sizes)], sizes)
    x = np.where(names == "a", 3.0, -3.0) + numbers(len(names), 3) / 2
    y = (x + numbers(len(names), 4) > 0).astype(int)
    return pd.DataFrame({"x": x, "y": y, "group": names})


def test_the_groups_of_an_attribute_are_compared_by_the_rate_of_the_task() -> None:
    result = measured(with_groups(100, 60), protected=("group",))
    assert dict(result.group_sizes) == {"group": (100, 60)}
    gap = result.gaps["group"]
    assert gap.value > 0.9
    assert gap.mean == pytest.approx(100 / 160, abs=0.02)


def test_sizes_of_groups_are_sorted_from_the_largest() -> None:
    result = measured(with_groups(40, 100, 60), protected=("group",))
    assert result.group_sizes["group"] == (100, 60, 40)


@pytest.mark.parametrize(("size", "has_gap"), [(29, False), (30, True)])
def test_the_rate_of_a_group_below_thirty_records_is_chance(size: int, *, has_gap: bool) -> None:
    result = measured(with_groups(100, size), protected=("group",))
    assert ("group" in result.gaps) is has_gap
    assert result.group_sizes["group"] == (100, size)


def test_a_small_group_does_not_move_the_gap_of_the_others() -> None:
    frame = with_groups(100, 60, 29)
    both = frame[frame["group"] != "c"].reset_index(drop=True)
    assert measured(frame, protected=("group",)).gaps["group"].mean == pytest.approx(
        measured(both, protected=("group",)).gaps["group"].mean, abs=0.02
    )


def panel(sizes: tuple[int, ...]) -> pd.DataFrame:
    rows = [
        (f"s{place}", day, place * 10 + day % 7)
        for place, size in enumerate(sizes)
        for day in range(size)
    ]
    frame = pd.DataFrame(rows, columns=["shop", "step", "y"])
    frame["day"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(frame["step"], unit="D")
    frame["x"] = numbers(len(frame))
    frame["y"] = frame["y"] + numbers(len(frame), 9)
    return frame


def forecast(frame: pd.DataFrame) -> Measured:
    lags = Lags(series="shop", steps=(1, 7), season=7)
    roles = replace(NO_ROLES, time="day", series="shop")
    declared = spec(Task.FORECASTING, forecasting=lags)
    return measure_first_model(frame, goal(Task.FORECASTING), declared, roles, (), (0.7,))


def test_a_forecast_is_judged_in_order_of_time_only() -> None:
    result = forecast(panel((60, 60)))
    assert result.looks == "3 folds in order of time"
    assert tuple(result.figures) == METRICS[Task.FORECASTING]


def test_series_are_kept_whole_or_left_out() -> None:
    alone = forecast(panel((60, 60)))
    with_a_long_series = forecast(panel((60, 60, 10_000)))
    assert with_a_long_series.rows == alone.rows


@pytest.mark.parametrize("task", [*Task])
def test_a_first_model_is_of_trees(task: Task) -> None:
    declared = first_spec(goal(task), ["a", "b"], None, folds=4)
    assert (declared.task, declared.estimator) == (task, ESTIMATORS[task])
    assert (declared.features, declared.folds) == (("a", "b"), 4)
    assert (declared.categorical, declared.forecasting) == ((), None)


def test_the_series_of_a_forecast_is_a_category_if_it_is_a_feature() -> None:
    lags = Lags(series="shop", steps=(1,), season=7)
    declared = first_spec(goal(Task.FORECASTING), ["shop", "x"], lags, folds=3)
    assert (declared.categorical, declared.forecasting) == (("shop",), lags)
    assert first_spec(goal(Task.FORECASTING), ["x"], lags, folds=3).categorical == ()
