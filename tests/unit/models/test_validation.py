from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.errors import TrainingError
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.validation import out_of_fold

CHURN = Columns(label="left", positive="yes", protected=("region",))
SALES = Columns(label="sales", time="week")


def test_every_labelled_row_is_scored_once_and_in_order(
    churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    churn.loc[3, "left"] = None
    scored = out_of_fold(churn, churn["left"], churn_spec, CHURN)
    assert scored.out_of_fold
    assert scored.predicted.index.tolist() == [row for row in churn.index if row != 3]
    assert scored.groups.index.equals(scored.predicted.index)
    assert scored.probability is not None
    assert not scored.probability.isna().to_numpy().any()


def test_a_row_is_never_scored_by_a_model_that_saw_it(churn: pd.DataFrame) -> None:
    rng = np.random.default_rng(0)
    coins = pd.Series(rng.choice(["yes", "no"], len(churn)), index=churn.index)
    memory = ModelSpec(
        task=Task.BINARY,
        estimator="sklearn.tree.DecisionTreeClassifier",
        features=("charge",),
    )
    scored = out_of_fold(churn, coins, memory, CHURN)
    assert (scored.predicted == scored.truth).mean() < 0.6


def test_the_split_follows_the_seed(churn: pd.DataFrame, churn_spec: ModelSpec) -> None:
    def chances(seed: int) -> np.ndarray:
        spec = churn_spec.model_copy(update={"seed": seed})
        probability = out_of_fold(churn, churn["left"], spec, CHURN).probability
        assert probability is not None
        return probability["yes"].to_numpy()

    np.testing.assert_array_equal(chances(1), chances(1))
    assert not np.array_equal(chances(1), chances(2))


def test_a_class_rarer_than_the_folds_is_refused(
    churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    rare = pd.Series(["yes"] * 4 + ["no"] * 296, index=churn.index)
    with pytest.raises(TrainingError, match="a class with 4 rows"):
        out_of_fold(churn, rare, churn_spec, CHURN)


def test_regression_is_compared_with_the_mean_of_its_training_folds(sales: pd.DataFrame) -> None:
    spec = ModelSpec(
        task=Task.REGRESSION, estimator="sklearn.linear_model.Ridge", features=("store",)
    )
    scored = out_of_fold(sales, sales["sales"], spec, Columns(label="sales"))
    assert scored.naive is not None
    assert scored.naive.nunique() == 5
    assert len(scored.predicted) == len(sales)


def test_forecasts_are_judged_on_the_later_half_of_the_times(
    sales: pd.DataFrame, sales_spec: ModelSpec
) -> None:
    scored = out_of_fold(sales, sales["sales"], sales_spec, SALES)
    times = sales["week"].sort_values().unique()
    assert set(sales.loc[scored.predicted.index, "week"]) == set(times[20:])
    assert scored.naive is not None
    assert (scored.truth - scored.naive).to_numpy() == pytest.approx(4.0)  # type: ignore[operator]


def test_a_forecast_never_depends_on_later_truth(
    sales: pd.DataFrame, sales_spec: ModelSpec
) -> None:
    last = sales["week"] == sales["week"].max()
    changed = sales.assign(sales=sales["sales"].mask(last, 1e6))
    before = out_of_fold(sales, sales["sales"], sales_spec, SALES).predicted
    after = out_of_fold(changed, changed["sales"], sales_spec, SALES).predicted
    pd.testing.assert_series_equal(before, after)


def test_fewer_times_than_folds_need_are_refused(
    sales: pd.DataFrame, sales_spec: ModelSpec
) -> None:
    short = sales[sales["week"] < sales["week"].min() + pd.Timedelta(weeks=9)]
    wide = pd.concat([short.assign(store=store) for store in range(5)], ignore_index=True)
    with pytest.raises(TrainingError, match="found 9 distinct times"):
        out_of_fold(wide, wide["sales"], sales_spec, SALES)


def test_a_forecast_without_lags_still_needs_a_time_column(
    sales: pd.DataFrame, sales_spec: ModelSpec
) -> None:
    spec = sales_spec.model_copy(update={"forecasting": None})
    with pytest.raises(TrainingError, match="time_column"):
        out_of_fold(sales, sales["sales"], spec, Columns(label="sales"))
