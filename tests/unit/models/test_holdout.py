from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.modelling import Lags, ModelSpec, Task
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.holdout import split_batch

PLAIN = ModelSpec(task=Task.REGRESSION, estimator="x.Y", features=("x",))
FORECAST = ModelSpec(
    task=Task.FORECASTING,
    estimator="x.Y",
    features=("x",),
    forecasting=Lags(series="shop", steps=(1,), season=2),
)
TIMED, UNTIMED = Columns(label="y", time="day"), Columns(label="y")


def days(*numbers: float) -> pd.DataFrame:
    return pd.DataFrame({"day": numbers, "x": 0.0})


def test_the_end_of_the_batch_is_held_out() -> None:
    split = split_batch(days(*range(10)), PLAIN, UNTIMED, 0.3)
    assert split.trained.tolist() == list(range(7))
    assert split.held_out.tolist() == [7, 8, 9]


def test_the_order_of_time_counts_if_there_is_a_time_column() -> None:
    split = split_batch(days(3, 0, 2, 1), PLAIN, TIMED, 0.5)
    assert split.trained.tolist() == [1, 3]
    assert split.held_out.tolist() == [2, 0]


def test_records_of_one_moment_keep_the_order_of_the_batch() -> None:
    split = split_batch(days(*[7] * 5), PLAIN, TIMED, 0.4)
    assert split.held_out.tolist() == [3, 4]


def test_a_record_without_a_time_is_held_out() -> None:
    assert split_batch(days(np.nan, 1, 2, 3), PLAIN, TIMED, 0.25).held_out.tolist() == [0]
    assert split_batch(days(np.nan, 1, 2, 3), FORECAST, TIMED, 0.33).held_out.tolist() == [3, 0]


def test_a_batch_without_the_time_column_is_split_by_rows() -> None:
    frame = days(*range(4)).drop(columns="day")
    assert split_batch(frame, PLAIN, TIMED, 0.25).held_out.tolist() == [3]


def test_a_forecast_for_one_time_is_held_out_completely() -> None:
    split = split_batch(days(5, 5, 5), FORECAST, TIMED, 0.3)
    assert (split.trained.tolist(), split.held_out.tolist()) == ([], [0, 1, 2])


def test_an_empty_batch_has_no_rows_on_either_side() -> None:
    split = split_batch(days(), FORECAST, TIMED, 0.3)
    assert len(split.trained) == len(split.held_out) == 0


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.floats(0.05, 0.5))
def test_a_time_is_never_on_both_sides_of_a_forecast(times: list[int], share: float) -> None:
    split = split_batch(days(*times), FORECAST, TIMED, share)
    trained = {times[place] for place in split.trained}
    held = {times[place] for place in split.held_out}
    assert held
    assert max(trained, default=-1) < min(held)


@pytest.mark.parametrize("spec", [PLAIN, FORECAST])
@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.floats(0.05, 0.5))
def test_every_record_is_on_one_side(spec: ModelSpec, times: list[int], share: float) -> None:
    split = split_batch(days(*times), spec, TIMED, share)
    assert sorted([*split.trained, *split.held_out]) == list(range(len(times)))
