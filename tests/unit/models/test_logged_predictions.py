from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import Lags, ModelSpec, Task
from aipo_pipelines.errors import ModelError
from aipo_pipelines.models.baseline import Baseline
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.logged_predictions import from_logged

COLUMNS = Columns(label="fraud", positive="1", protected=("region",))


@pytest.fixture
def batch() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "said": [1.0, 0.0, np.nan],
            "score": [0.9, 0.2, np.nan],
            "fraud": [1, 0, 0],
            "region": ["a", "b", "a"],
        }
    )


@pytest.fixture
def spec() -> ModelSpec:
    return ModelSpec(
        task=Task.BINARY,
        features=("region",),
        logged_predictions="said",
        logged_scores="score",
    )


def test_logged_predictions_are_spelled_like_the_truth(
    batch: pd.DataFrame, spec: ModelSpec
) -> None:
    scored = from_logged(batch, batch["fraud"], spec, COLUMNS)
    assert scored.truth is not None
    assert scored.predicted.tolist()[:2] == scored.truth.tolist()[:2] == ["1", "0"]
    assert scored.predicted.isna().tolist() == [False, False, True]
    assert scored.groups["region"].tolist() == ["a", "b", "a"]


def test_logged_scores_become_probabilities_of_both_classes(
    batch: pd.DataFrame, spec: ModelSpec
) -> None:
    probability = from_logged(batch, batch["fraud"], spec, COLUMNS).probability
    assert probability is not None
    assert probability.loc[0].to_dict() == pytest.approx({"0": 0.1, "1": 0.9})


def test_the_other_class_is_named_even_if_no_row_has_it(
    batch: pd.DataFrame, spec: ModelSpec
) -> None:
    batch["said"] = 1
    probability = from_logged(batch, None, spec, COLUMNS).probability
    assert probability is not None
    assert list(probability.columns) == ["not 1", "1"]


def test_the_naive_baseline_of_an_earlier_window_is_used(
    batch: pd.DataFrame, spec: ModelSpec
) -> None:
    baseline = Baseline(rows=10, priors={"0": 0.3, "1": 0.7})
    scored = from_logged(batch, batch["fraud"], spec, COLUMNS, baseline=baseline)
    assert scored.naive is not None
    assert scored.naive.tolist() == ["1", "1", "1"]
    assert from_logged(batch, batch["fraud"], spec, COLUMNS).naive is None


def test_a_logged_forecast_is_compared_with_the_seasonal_naive_forecast() -> None:
    frame = pd.DataFrame({"s": [1, 1], "t": [1, 2], "y": [5.0, 6.0], "said": [5.5, 6.5]})
    spec = ModelSpec(
        task=Task.FORECASTING,
        features=("s",),
        forecasting=Lags(series="s", season=1),
        logged_predictions="said",
    )
    scored = from_logged(frame, frame["y"], spec, Columns(label="y", time="t"))
    assert scored.naive is not None
    assert scored.naive.tolist() == pytest.approx([np.nan, 5.0], nan_ok=True)


@pytest.mark.parametrize("column", ["said", "score", "region"])
def test_a_missing_column_is_named(batch: pd.DataFrame, spec: ModelSpec, column: str) -> None:
    with pytest.raises(ModelError, match=f"'{column}'"):
        from_logged(batch.drop(columns=column), batch["fraud"], spec, COLUMNS)


def test_scores_outside_zero_to_one_are_counted_and_refused(
    batch: pd.DataFrame, spec: ModelSpec
) -> None:
    batch["score"] = [1.5, -3.0, 0.5]
    with pytest.raises(ModelError, match="found 2 values outside 0 to 1"):
        from_logged(batch, batch["fraud"], spec, COLUMNS)


def test_scores_of_text_are_refused_without_showing_them(
    batch: pd.DataFrame, spec: ModelSpec
) -> None:
    batch["score"] = ["secret", "x", "y"]
    with pytest.raises(ModelError, match="logged scores 'score'") as caught:
        from_logged(batch, batch["fraud"], spec, COLUMNS)
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None


def test_infinite_logged_predictions_are_refused() -> None:
    frame = pd.DataFrame({"said": [np.inf], "y": [1.0]})
    spec = ModelSpec(task=Task.REGRESSION, features=("y",), logged_predictions="said")
    with pytest.raises(ModelError, match="infinite values in the logged predictions 'said'"):
        from_logged(frame, frame["y"], spec, Columns(label="y"))


def test_a_charter_that_names_no_logged_predictions_is_refused(batch: pd.DataFrame) -> None:
    spec = ModelSpec(task=Task.BINARY, features=("region",))
    with pytest.raises(ModelError, match="logged_predictions"):
        from_logged(batch, batch["fraud"], spec, COLUMNS)
