from __future__ import annotations

import traceback
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.errors import ModelError
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.scoring import _call, choose, score
from aipo_pipelines.models.training import Fitted, train

COLUMNS = Columns(label="left", positive="yes", protected=("region",))


@pytest.fixture
def fitted(churn: pd.DataFrame, churn_spec: ModelSpec) -> Fitted:
    return train(churn, churn["left"], churn_spec, COLUMNS)


def ask(fitted: Fitted, frame: pd.DataFrame, spec: ModelSpec) -> Scored:
    return score(fitted, frame, frame["left"], spec, COLUMNS, model_version="3")


def test_a_binary_batch_is_scored_with_truth_groups_and_naive_baseline(
    fitted: Fitted, churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    scored = ask(fitted, churn.tail(50), churn_spec)
    assert (scored.positive, scored.model_version, scored.out_of_fold) == ("yes", "3", False)
    assert (scored.predicted == scored.truth).mean() > 0.95
    assert scored.groups["region"].equals(churn["region"].tail(50))
    assert scored.predicted.index.equals(churn.tail(50).index)


def test_probabilities_are_named_by_class_and_sum_to_one(
    fitted: Fitted, churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    probability = ask(fitted, churn, churn_spec).probability
    assert probability is not None
    assert list(probability.columns) == ["no", "yes"]
    assert probability.sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert probability["yes"].max() > 0.9


def test_the_naive_prediction_is_the_most_frequent_class_of_training(
    churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    mostly_stay = pd.concat([churn, churn[churn["left"] == "no"]], ignore_index=True)
    fitted = train(mostly_stay, mostly_stay["left"], churn_spec, COLUMNS)
    leavers = churn[churn["left"] == "yes"]
    naive = ask(fitted, leavers, churn_spec).naive
    assert naive is not None
    assert naive.unique().tolist() == ["no"]


@pytest.mark.parametrize(("threshold", "expected"), [(0.3, "yes"), (0.31, "no")])
def test_the_decision_threshold_is_met_from_its_own_value(
    churn_spec: ModelSpec, threshold: float, expected: str
) -> None:
    spec = churn_spec.model_copy(update={"decision_threshold": threshold})
    probability = pd.DataFrame({"no": [0.7], "yes": [0.3]})
    assert choose(probability, spec, COLUMNS).tolist() == [expected]


def test_a_positive_class_the_model_never_learnt_is_refused(churn_spec: ModelSpec) -> None:
    probability = pd.DataFrame({"0": [0.7], "1": [0.3]})
    with pytest.raises(ModelError, match="'yes', which is none of the 2 classes"):
        choose(probability, churn_spec, COLUMNS)


def test_a_batch_without_labels_is_scored_without_truth(
    fitted: Fitted, churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    unlabelled = churn.drop(columns="left")
    scored = score(fitted, unlabelled, None, churn_spec, COLUMNS)
    assert scored.truth is None
    assert len(scored.predicted) == 300
    assert not scored.labelled.any()


def test_labels_that_are_partly_in_leave_the_rest_unknown(
    fitted: Fitted, churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    churn.loc[10:, "left"] = None
    assert ask(fitted, churn, churn_spec).labelled.sum() == 10


def test_an_unseen_category_is_scored_without_a_warning(
    fitted: Fitted, churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    assert len(ask(fitted, churn.assign(plan="brand new"), churn_spec).predicted) == 300


@pytest.mark.parametrize("task", ["binary", "forecasting"])
def test_an_empty_batch_gives_empty_scores(
    churn: pd.DataFrame,
    churn_spec: ModelSpec,
    sales: pd.DataFrame,
    sales_spec: ModelSpec,
    task: str,
) -> None:
    forecast = Columns(label="sales", time="week")
    frame, label, spec, columns = {
        "binary": (churn, "left", churn_spec, COLUMNS),
        "forecasting": (sales, "sales", sales_spec, forecast),
    }[task]
    fitted = train(frame, frame[label], spec, columns)
    empty = frame.iloc[:0]
    assert len(score(fitted, empty, empty[label], spec, columns).predicted) == 0


def test_infinite_features_are_refused_by_name(
    fitted: Fitted, churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    churn.loc[0, "charge"] = -np.inf
    with pytest.raises(ModelError, match="infinite values in 'charge'"):
        ask(fitted, churn, churn_spec)


def test_other_features_than_in_training_are_refused(
    fitted: Fitted, churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    spec = churn_spec.model_copy(update={"features": ("charge", "plan", "region")})
    with pytest.raises(ModelError, match=r"\['region'\] to differ between"):
        ask(fitted, churn, spec)


def test_a_model_that_raises_shows_its_class_and_no_value(
    fitted: Fitted, churn: pd.DataFrame, churn_spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Any) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(fitted.estimator, "predict_proba", fail)
    with pytest.raises(ModelError, match="raised KeyError when asked about 300 rows") as caught:
        ask(fitted, churn, churn_spec)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_a_classifier_without_probabilities_still_predicts(
    churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    spec = churn_spec.model_copy(update={"estimator": "sklearn.svm.LinearSVC"})
    scored = ask(train(churn, churn["left"], spec, COLUMNS), churn, spec)
    assert scored.probability is None
    assert (scored.predicted == churn["left"]).mean() > 0.9


def test_several_classes_are_scored_by_the_most_probable(churn: pd.DataFrame) -> None:
    spec = ModelSpec(
        task=Task.MULTICLASS,
        estimator="sklearn.ensemble.HistGradientBoostingClassifier",
        features=("charge",),
    )
    truth = pd.Series(np.digitize(churn["charge"], [30, 60]), index=churn.index)
    scored = score(train(churn, truth, spec, Columns(label="left")), churn, truth, spec, Columns())
    assert set(scored.predicted) == {"0", "1", "2"}
    assert (scored.predicted == scored.truth).mean() > 0.9
    assert scored.positive is None


def test_a_regression_is_scored_in_numbers_with_the_training_mean(sales: pd.DataFrame) -> None:
    spec = ModelSpec(
        task=Task.REGRESSION, estimator="sklearn.linear_model.Ridge", features=("store",)
    )
    columns = Columns(label="sales")
    fitted = train(sales, sales["sales"], spec, columns)
    scored = score(fitted, sales.head(10), sales["sales"].head(10), spec, columns)
    assert scored.predicted.dtype == np.float64
    assert scored.probability is None
    assert scored.naive is not None
    assert scored.naive.tolist() == pytest.approx([sales["sales"].mean()] * 10)
    assert fitted.baseline.median == sales["sales"].median()


def test_predictions_that_are_not_finite_are_refused(
    sales: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = ModelSpec(
        task=Task.REGRESSION, estimator="sklearn.linear_model.Ridge", features=("store",)
    )
    fitted = train(sales, sales["sales"], spec, Columns(label="sales"))
    monkeypatch.setattr(fitted.estimator, "predict", lambda table: np.full(len(table), np.inf))
    with pytest.raises(ModelError, match="not finite"):
        score(fitted, sales, sales["sales"], spec, Columns(label="sales"))


def test_a_forecast_uses_history_for_its_lags_and_its_naive_baseline(
    sales: pd.DataFrame, sales_spec: ModelSpec
) -> None:
    columns = Columns(label="sales", time="week")
    cut = sales["week"].sort_values().unique()[36]
    past, batch = sales[sales["week"] < cut], sales[sales["week"] >= cut]
    fitted = train(past, past["sales"], sales_spec, columns)
    scored = score(fitted, batch, batch["sales"], sales_spec, columns, history=past)
    assert scored.naive is not None
    assert (batch["sales"] - scored.naive).to_numpy() == pytest.approx(4.0)
    assert (batch["sales"] - scored.predicted).abs().max() < 1.0


def test_labels_from_a_second_source_feed_the_lags(
    sales: pd.DataFrame, sales_spec: ModelSpec
) -> None:
    columns = Columns(label="sales", time="week")
    fitted = train(sales, sales["sales"], sales_spec, columns)
    elsewhere = score(fitted, sales.drop(columns="sales"), sales["sales"], sales_spec, columns)
    together = score(fitted, sales, sales["sales"], sales_spec, columns)
    pd.testing.assert_series_equal(elsewhere.predicted, together.predicted)


def test_a_large_batch_has_the_same_answers_in_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    features = pd.DataFrame({"x": np.arange(10.0)})
    sizes: list[int] = []

    class Doubling:
        def predict(self, table: pd.DataFrame) -> np.ndarray:
            sizes.append(len(table))
            return np.asarray(table["x"] * 2)

    monkeypatch.setattr("aipo_pipelines.models.scoring.PIECE", 4)
    assert _call(Doubling(), "predict", features).tolist() == (features["x"] * 2).tolist()
    assert sizes == [4, 4, 2]
