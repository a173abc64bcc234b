"""Small made-up products of each task, with a known relation between features and truth."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import Lags, ModelSpec, Task


@pytest.fixture
def churn() -> pd.DataFrame:
    """300 customers; every customer who pays more than 50 leaves, in each region."""
    rng = np.random.default_rng(1)
    charge = rng.uniform(0, 100, 300)
    return pd.DataFrame(
        {
            "charge": charge,
            "plan": rng.choice(["basic", "extra"], 300),
            "region": rng.choice(["north", "south"], 300),
            "left": np.where(charge > 50, "yes", "no"),
        }
    )


@pytest.fixture
def churn_spec() -> ModelSpec:
    return ModelSpec(
        task=Task.BINARY,
        estimator="sklearn.linear_model.LogisticRegression",
        features=("charge", "plan"),
    )


@pytest.fixture
def sales() -> pd.DataFrame:
    """Two stores over 40 weeks; each repeats its own pattern of 4 weeks, plus a trend."""
    weeks = np.tile(np.arange(40), 2)
    store = np.repeat([1, 2], 40)
    return pd.DataFrame(
        {
            "store": store,
            "week": pd.Timestamp("2026-01-02") + pd.to_timedelta(weeks * 7, unit="D"),
            "sales": 100.0 * store + 10.0 * (weeks % 4) + weeks,
        }
    )


@pytest.fixture
def sales_spec() -> ModelSpec:
    return ModelSpec(
        task=Task.FORECASTING,
        estimator="sklearn.linear_model.LinearRegression",
        features=("store",),
        forecasting=Lags(series="store", steps=(1, 4), season=4),
    )


@pytest.fixture
def factory(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Any]], str]:
    """Makes a function importable as a team's factory and gives its `module:function`."""
    module = types.ModuleType("team_models")
    monkeypatch.setitem(sys.modules, "team_models", module)

    def register(make: Callable[..., Any]) -> str:
        module.make = make  # type: ignore[attr-defined]
        return "team_models:make"

    return register


@pytest.fixture
def shared_data() -> Path:
    """Folder of the real data sets; the test is skipped if it is missing."""
    folder = Path(__file__).resolve().parents[4] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data sets are not beside this checkout")
    return folder
