from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.modelling import Lags, ModelSpec, Task
from aipo_pipelines.errors import ModelError
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.lags import lag_table, seasonal_naive

COLUMNS = Columns(label="sales", time="week")


def spec(*steps: int) -> ModelSpec:
    lags = Lags(series="store", steps=steps or (1,), season=2)
    return ModelSpec(task=Task.FORECASTING, features=("store",), forecasting=lags)


def batch(rows: list[tuple[str, int, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["store", "week", "sales"])


def first_lag(frame: pd.DataFrame, history: pd.DataFrame | None = None) -> list[float]:
    table = lag_table(frame, spec(), COLUMNS, history=history, steps=[1])
    return [float(value) for value in table[1]]


def test_a_lag_comes_from_the_same_series_in_order_of_time_not_of_rows() -> None:
    frame = batch([("a", 2, 20.0), ("b", 2, 99.0), ("a", 1, 10.0), ("b", 1, 77.0)])
    assert first_lag(frame) == pytest.approx([10.0, 77.0, np.nan, np.nan], nan_ok=True)


def test_history_comes_before_the_batch() -> None:
    history = batch([("a", 1, 10.0), ("b", 1, 77.0)])
    assert first_lag(batch([("b", 2, 0.0), ("a", 2, 0.0)]), history) == [77.0, 10.0]


def test_a_row_of_the_batch_replaces_the_same_row_of_history() -> None:
    history = batch([("a", 1, 10.0), ("a", 2, 20.0)])
    frame = batch([("a", 2, 25.0), ("a", 3, 0.0)])
    assert first_lag(frame, history) == [10.0, 25.0]


def test_a_period_delivered_twice_never_sees_its_own_truth() -> None:
    frame = batch([("a", 1, 10.0), ("a", 2, 20.0), ("a", 2, 22.0), ("a", 3, 0.0)])
    assert first_lag(frame)[1:] == [10.0, 10.0, 21.0]


def test_a_batch_without_labels_still_has_lags_from_history() -> None:
    frame = batch([("a", 2, 0.0), ("a", 3, 0.0)]).drop(columns="sales")
    lags = first_lag(frame, batch([("a", 1, 10.0)]))
    assert lags == pytest.approx([10.0, np.nan], nan_ok=True)


def test_the_seasonal_naive_forecast_is_the_value_one_season_earlier() -> None:
    frame = batch([("a", 1, 10.0), ("a", 2, 20.0), ("a", 3, 30.0), ("a", 4, 40.0)])
    naive = seasonal_naive(frame, spec(), COLUMNS, history=None)
    assert naive.tolist() == pytest.approx([np.nan, np.nan, 10.0, 20.0], nan_ok=True)


def test_a_record_without_a_time_has_no_lag() -> None:
    frame = batch([("a", 1, 10.0), ("a", 2, 20.0)]).astype({"week": "float64"})
    frame.loc[1, "week"] = np.nan
    assert np.isnan(first_lag(frame)[1])


def test_an_empty_batch_has_an_empty_lag_table() -> None:
    frame = batch([("a", 1, 1.0)]).iloc[:0]
    assert lag_table(frame, spec(), COLUMNS, history=None, steps=[1]).shape == (0, 1)


def test_a_time_column_of_text_is_refused() -> None:
    frame = batch([("a", 1, 1.0)]).assign(week=["05-02-2010"])
    with pytest.raises(ModelError, match="time column 'week'"):
        first_lag(frame)


def test_a_label_of_text_is_refused_without_showing_it() -> None:
    frame = batch([("a", 1, 1.0)]).assign(sales=["secret"])
    with pytest.raises(ModelError, match="label column 'sales'") as caught:
        first_lag(frame)
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_missing_series_column_is_named() -> None:
    with pytest.raises(ModelError, match="'store'"):
        first_lag(batch([("a", 1, 1.0)]).drop(columns="store"))


def test_a_lag_of_zero_is_refused() -> None:
    with pytest.raises(ModelError, match="the truth itself"):
        lag_table(batch([("a", 1, 1.0)]), spec(0), COLUMNS, history=None, steps=[0])


def test_lags_need_a_time_column() -> None:
    with pytest.raises(ModelError, match="time_column"):
        seasonal_naive(batch([("a", 1, 1.0)]), spec(), Columns(label="sales"), history=None)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 8)), min_size=1, max_size=30),
    st.integers(1, 3),
)
def test_the_truth_of_a_time_never_changes_lags_at_or_before_it(
    keys: list[tuple[str, int]], step: int
) -> None:
    frame = batch([(store, week, float(week)) for store, week in keys])
    pivot = frame["week"].max()
    changed = frame.assign(sales=frame["sales"].mask(frame["week"] >= pivot, 1e9))
    past = frame["week"] <= pivot
    before = lag_table(frame, spec(), COLUMNS, history=None, steps=[step])[past]
    after = lag_table(changed, spec(), COLUMNS, history=None, steps=[step])[past]
    pd.testing.assert_frame_equal(before, after)
