from __future__ import annotations

import traceback
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.errors import ModelError, TrainingError
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.scoring import score
from aipo_pipelines.models.training import Fitted, train
from aipo_pipelines.models.trusted_types import store_model

COLUMNS = Columns(label="left", positive="yes")


def fit(frame: pd.DataFrame, spec: ModelSpec, columns: Columns = COLUMNS) -> Fitted:
    return train(frame, frame["left"], spec, columns)


def test_training_learns_classes_inputs_and_prior(
    churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    fitted = fit(churn, churn_spec)
    assert fitted.classes == ("no", "yes")
    assert (fitted.inputs, fitted.categories) == (("charge", "plan"), ("plan",))
    assert fitted.baseline.priors["yes"] == pytest.approx((churn["left"] == "yes").mean())
    assert fitted.warnings == ()


def test_rows_without_a_label_are_left_out(churn: pd.DataFrame, churn_spec: ModelSpec) -> None:
    churn.loc[:99, "left"] = None
    assert fit(churn, churn_spec).rows == 200


def test_the_same_seed_gives_the_same_model(churn: pd.DataFrame, churn_spec: ModelSpec) -> None:
    spec = churn_spec.model_copy(
        update={"estimator": "sklearn.ensemble.RandomForestClassifier", "seed": 5}
    )
    first, second = fit(churn, spec), fit(churn, spec)
    chances = [
        fitted.estimator.predict_proba(churn[["charge", "plan"]]) for fitted in (first, second)
    ]
    np.testing.assert_array_equal(*chances)


@pytest.mark.parametrize(
    ("values", "positive", "classes"),
    [([0, 1], "1", ("0", "1")), ([0.0, 1.0], "1", ("0", "1")), ([False, True], "True", None)],
)
def test_integer_float_and_boolean_labels_become_text_classes(
    churn: pd.DataFrame,
    churn_spec: ModelSpec,
    values: list[Any],
    positive: str,
    classes: tuple[str, ...] | None,
) -> None:
    truth = churn["left"].map({"no": values[0], "yes": values[1]})
    fitted = train(churn, truth, churn_spec, Columns(label="left", positive=positive))
    assert fitted.classes == (classes or ("False", "True"))


def test_three_rows_are_too_few(churn: pd.DataFrame, churn_spec: ModelSpec) -> None:
    with pytest.raises(TrainingError, match="found 3 labelled rows"):
        fit(churn.head(3), churn_spec)


def test_one_class_cannot_be_learnt(churn: pd.DataFrame, churn_spec: ModelSpec) -> None:
    with pytest.raises(TrainingError, match="one class"):
        fit(churn[churn["left"] == "no"], churn_spec)


def test_a_third_class_is_refused_for_a_binary_task(
    churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    churn.loc[0, "left"] = "maybe"
    with pytest.raises(TrainingError, match="found 3 classes"):
        fit(churn, churn_spec)


@pytest.mark.parametrize("positive", ["Yes", None])
def test_a_positive_class_that_never_occurs_is_refused(
    churn: pd.DataFrame, churn_spec: ModelSpec, positive: str | None
) -> None:
    with pytest.raises(TrainingError, match=f"{positive!r} that labels.positive names"):
        fit(churn, churn_spec, Columns(label="left", positive=positive))


def test_infinite_features_are_refused_by_name(churn: pd.DataFrame, churn_spec: ModelSpec) -> None:
    churn.loc[5, "charge"] = np.inf
    with pytest.raises(TrainingError, match="infinite values in 'charge'"):
        fit(churn, churn_spec)


def test_an_infinite_label_is_refused(sales: pd.DataFrame) -> None:
    spec = ModelSpec(
        task=Task.REGRESSION, estimator="sklearn.linear_model.Ridge", features=("store",)
    )
    sales.loc[0, "sales"] = -np.inf
    with pytest.raises(TrainingError, match="infinite values in 'sales'"):
        train(sales, sales["sales"], spec, Columns(label="sales"))


def test_features_without_any_value_are_refused(churn: pd.DataFrame, churn_spec: ModelSpec) -> None:
    with pytest.raises(TrainingError, match="no value in any of the 2 features"):
        fit(churn.assign(charge=np.nan, plan=None), churn_spec)


@pytest.mark.parametrize(
    "path", ["linear_model.LogisticRegression", "ensemble.HistGradientBoostingClassifier"]
)
def test_one_feature_without_any_value_is_left_out_and_reported(
    churn: pd.DataFrame, churn_spec: ModelSpec, path: str
) -> None:
    spec = churn_spec.model_copy(
        update={"features": ("charge", "age"), "estimator": f"sklearn.{path}"}
    )
    fitted = fit(churn.assign(age=np.nan), spec)
    assert fitted.warnings == ("the feature 'age' had no value and was left out",)


def test_a_fit_that_does_not_converge_is_reported(
    churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    spec = churn_spec.model_copy(update={"parameters": {"max_iter": 1}})
    assert "stopped before it converged" in fit(churn, spec).warnings[0]


def test_an_estimator_that_raises_shows_its_class_and_no_value(
    churn: pd.DataFrame, churn_spec: ModelSpec, factory: Callable[[Callable[..., Any]], str]
) -> None:
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Talkative(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
        def fit(self, features: Any, target: Any) -> None:
            raise KeyError(f"cannot digest {len(features)} {target[0]} secret")

    spec = churn_spec.model_copy(update={"estimator": None, "factory": factory(Talkative)})
    with pytest.raises(TrainingError, match="Talkative raised KeyError on 300 rows") as caught:
        fit(churn, spec)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_a_label_that_is_no_number_is_refused_for_regression(churn: pd.DataFrame) -> None:
    spec = ModelSpec(
        task=Task.REGRESSION, estimator="sklearn.linear_model.Ridge", features=("charge",)
    )
    with pytest.raises(ModelError, match="expected numbers for the task 'regression'") as caught:
        fit(churn, spec)
    assert caught.value.__context__ is None


def test_a_missing_feature_is_named_before_anything_is_trained(
    churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    with pytest.raises(ModelError, match="the feature 'charge'"):
        fit(churn.drop(columns="charge"), churn_spec)


def test_parameters_that_the_estimator_refuses_at_fit_are_a_training_error(
    churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    spec = churn_spec.model_copy(update={"parameters": {"C": -1.0}})
    with pytest.raises(TrainingError, match="InvalidParameterError"):
        fit(churn, spec)


def test_rows_without_a_past_train_only_estimators_that_take_missing_numbers(
    sales: pd.DataFrame, sales_spec: ModelSpec
) -> None:
    columns = Columns(label="sales", time="week")
    trees = sales_spec.model_copy(
        update={"estimator": "sklearn.ensemble.HistGradientBoostingRegressor"}
    )
    assert train(sales, sales["sales"], sales_spec, columns).rows == 72
    assert train(sales, sales["sales"], trees, columns).rows == 80


def test_a_window_too_short_for_its_lags_trains_on_all_rows(
    sales: pd.DataFrame, sales_spec: ModelSpec
) -> None:
    short = sales[sales["week"] < sales["week"].min() + pd.Timedelta(weeks=12)]
    columns = Columns(label="sales", time="week")
    assert train(short, short["sales"], sales_spec, columns).rows == 24


def test_rows_that_share_an_index_are_refused(churn: pd.DataFrame, churn_spec: ModelSpec) -> None:
    with pytest.raises(ModelError, match="expected one unique index"):
        fit(pd.concat([churn, churn]), churn_spec)


def test_a_category_of_a_single_record_is_not_stored_in_the_model(
    churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    churn.loc[5:6, "plan"] = "jane.doe@example.org"
    fitted = fit(churn, churn_spec)
    stored, _ = store_model(fitted.estimator)
    with ZipFile(BytesIO(stored)) as files:
        content = b"".join(files.read(name) for name in files.namelist())
    assert b"basic" in content
    assert b"jane.doe" not in content


def test_a_category_without_a_common_value_trains_on_the_rest(
    churn: pd.DataFrame, churn_spec: ModelSpec
) -> None:
    churn["plan"] = [f"plan {number}" for number in range(300)]
    scored = score(fit(churn, churn_spec), churn, churn["left"], churn_spec, COLUMNS)
    assert scored.predicted.eq(churn["left"]).mean() > 0.9
