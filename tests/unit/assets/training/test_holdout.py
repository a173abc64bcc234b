"""The held-out part of a forecasting window: no record sees its own time or a later time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.assets.loading.records import Records
from aipo_pipelines.assets.loading.window import TrainingWindow
from aipo_pipelines.assets.training.holdout import HeldOut, hold_out, score_held_out
from aipo_pipelines.charter.load import load_product
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import Lags, ModelSpec, Task
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.training import Fitted, train
from tests.samples import write_product

SPEC = ModelSpec(
    task=Task.FORECASTING,
    estimator="sklearn.linear_model.LinearRegression",
    features=("x",),
    forecasting=Lags(series="shop", steps=(1,), season=2),
)
COLUMNS = Columns(label="sales", time="week")
WEEKS, SHOPS = 20, 5


def records() -> Records:
    """Two batches of ten weeks, five shops; sales of a week are those of the last, plus one."""
    week = np.repeat(np.arange(WEEKS), SHOPS)
    shop = np.tile(np.arange(SHOPS), WEEKS)
    frame = pd.DataFrame({"week": week, "shop": shop.astype(str), "x": 0.0})
    return Records(
        frame=frame,
        truth=pd.Series(week + 100.0 * shop),
        batches=pd.Series(np.where(week < WEEKS // 2, "a", "b")),
        rows=pd.Series(np.tile(np.arange(WEEKS // 2 * SHOPS), 2)),
        identity=pd.Series(np.arange(WEEKS * SHOPS, dtype=np.uint64)),
    )


@pytest.fixture
def charter(tmp_path: Path) -> Charter:
    loaded = load_product(write_product(tmp_path / "sample")).charter
    assert loaded.labels is not None
    labels = loaded.labels.model_copy(update={"column": "sales", "positive": None})
    release = loaded.release.model_copy(update={"minimum_sample": WEEKS // 4 * SHOPS})
    changed = {"time_column": "week", "labels": labels, "model": SPEC, "thresholds": ()}
    return loaded.model_copy(update={**changed, "release": release})


@pytest.fixture
def window() -> TrainingWindow:
    digests = {"a": "sha256:a", "b": "sha256:b"}
    return TrainingWindow(records=records(), digests=digests, waiting=(), since="", history=None)


def fitted_on(trained: TrainingWindow) -> Fitted:
    return train(trained.records.frame, trained.records.truth, SPEC, COLUMNS)


def test_what_is_held_out_comes_after_all_that_is_trained_on(
    charter: Charter, window: TrainingWindow
) -> None:
    trained, held = hold_out(charter, SPEC, window)
    assert held.frame["week"].unique().tolist() == [15, 16, 17, 18, 19]
    assert trained.records.frame["week"].max() == 14
    assert (held.partition, held.from_row) == ("b", 5 * SHOPS)
    assert held.rows.tolist() == list(range(5 * SHOPS, 10 * SHOPS))


def test_the_first_held_out_week_finds_its_lag_in_the_trained_part(
    charter: Charter, window: TrainingWindow
) -> None:
    trained, held = hold_out(charter, SPEC, window)
    scored = score_held_out(fitted_on(trained), held, SPEC, COLUMNS)
    assert scored.out_of_fold
    assert scored.truth is not None
    np.testing.assert_allclose(scored.predicted, scored.truth, atol=1e-6)
    assert scored.naive is not None
    assert scored.naive.notna().all()


def test_the_truth_of_a_held_out_week_does_not_change_its_own_forecast(
    charter: Charter, window: TrainingWindow
) -> None:
    trained, held = hold_out(charter, SPEC, window)
    fitted, last = fitted_on(trained), held.frame["week"] == WEEKS - 1
    other: HeldOut = replace(held, truth=held.truth.mask(last, -1e6))
    before = score_held_out(fitted, held, SPEC, COLUMNS).predicted
    pd.testing.assert_series_equal(before, score_held_out(fitted, other, SPEC, COLUMNS).predicted)


def test_a_shorter_window_has_the_batches_before_it_as_its_past(window: TrainingWindow) -> None:
    past = window.before("b", COLUMNS)
    assert past is not None
    assert past["week"].max() == WEEKS // 2 - 1
    assert past["sales"].notna().all()
    assert window.before("a", COLUMNS) is None
