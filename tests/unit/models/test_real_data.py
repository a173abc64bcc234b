"""The numbers that the real data sets are known for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import Lags, ModelSpec, Task
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.scoring import score
from aipo_pipelines.models.training import train
from aipo_pipelines.models.validation import out_of_fold

TREES = "sklearn.ensemble.HistGradientBoosting"


def test_telco_churn_reaches_its_known_area_under_the_curve(shared_data: Path) -> None:
    from sklearn.metrics import roc_auc_score

    customers = pd.read_csv(shared_data / "telco_churn" / "Telco-Customer-Churn.csv")
    charges = pd.to_numeric(customers["TotalCharges"].str.strip(), errors="coerce")
    spec = ModelSpec(
        task=Task.BINARY,
        estimator="sklearn.linear_model.LogisticRegression",
        parameters={"max_iter": 1000},
        features=tuple(customers.columns.drop(["customerID", "Churn"])),
        categorical=("SeniorCitizen",),
    )
    frame = customers.assign(TotalCharges=charges)
    scored = out_of_fold(frame, frame["Churn"], spec, Columns(label="Churn", positive="Yes"))
    assert scored.probability is not None
    area = roc_auc_score(frame["Churn"] == "Yes", scored.probability["Yes"])
    assert area == pytest.approx(0.845, abs=0.015)


def test_a_static_model_of_elec2_is_as_wrong_as_its_readme_says(shared_data: Path) -> None:
    market = pd.read_csv(shared_data / "elec2" / "elec2.csv.gz")
    spec = ModelSpec(
        task=Task.BINARY,
        estimator=f"{TREES}Classifier",
        features=("day", "period", "nswdemand", "vicprice", "vicdemand", "transfer"),
    )
    columns = Columns(label="class", positive="UP")
    first, rest = market.iloc[:1344], market.iloc[1344:]
    fitted = train(first, first["class"], spec, columns)
    scored = score(fitted, rest, rest["class"], spec, columns)
    assert (scored.predicted == scored.truth).mean() == pytest.approx(0.585, abs=0.01)


def weighted_error(scored: Scored, forecast: pd.Series | None) -> float:
    assert scored.truth is not None
    assert forecast is not None
    return float((forecast - scored.truth).abs().sum() / scored.truth.abs().sum())


@pytest.mark.parametrize(("steps", "beats"), [((1, 52), True), ((), False)])
def test_walmart_beats_the_seasonal_forecast_only_with_lags(
    shared_data: Path, steps: tuple[int, ...], *, beats: bool
) -> None:
    weeks = pd.read_csv(shared_data / "walmart_sales" / "Walmart_Store_sales.csv")
    weeks["Date"] = pd.to_datetime(weeks["Date"], format="%d-%m-%Y")
    spec = ModelSpec(
        task=Task.FORECASTING,
        estimator=f"{TREES}Regressor",
        features=("Store", "Holiday_Flag", "Temperature", "Fuel_Price", "CPI", "Unemployment"),
        categorical=("Store",),
        forecasting=Lags(series="Store", steps=steps, season=52),
    )
    columns = Columns(label="Weekly_Sales", time="Date")
    past, rest = weeks[weeks["Date"] < "2012-02-01"], weeks[weeks["Date"] >= "2012-02-01"]
    fitted = train(past, past["Weekly_Sales"], spec, columns)
    scored = score(fitted, rest, rest["Weekly_Sales"], spec, columns, history=past)
    model, naive = (
        weighted_error(scored, predicted) for predicted in (scored.predicted, scored.naive)
    )
    assert (model < 0.9 * naive) is beats
