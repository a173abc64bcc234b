"""The input of an estimator from a training window, and the reasons to refuse a window."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.modelling import Lags, ModelSpec, Task
from aipo_pipelines.errors import ModelError, TrainingError
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.features import MISSING
from aipo_pipelines.models.preparation import (
    MINIMUM_ROWS,
    Prepared,
    empty_columns,
    is_infinite,
    is_number,
    prepare,
    target_of,
    truth_by,
    with_truth,
)

COLUMNS = Columns(label="left", positive="yes")


def spec_of(task: Task = Task.BINARY, **more: Any) -> ModelSpec:
    estimator = "sklearn.linear_model.LogisticRegression"
    if task in {Task.REGRESSION, Task.FORECASTING}:
        estimator = "sklearn.linear_model.LinearRegression"
    return ModelSpec(
        **{"task": task, "estimator": estimator, "features": ("charge", "plan")} | more
    )


SPEC = spec_of()


def window(rows: int = 40) -> pd.DataFrame:
    """Customers with alternating plans and labels."""
    places = np.arange(rows)
    return pd.DataFrame(
        {
            "charge": places.astype("float64"),
            "plan": np.where(places % 4 < 2, "basic", "extra"),
            "left": np.where(places % 2, "yes", "no"),
        }
    )


def prepared(frame: pd.DataFrame, spec: ModelSpec = SPEC, **more: Any) -> Prepared:
    return prepare(frame, frame["left"], spec, COLUMNS, **more)


def refused(frame: pd.DataFrame, spec: ModelSpec = SPEC, columns: Columns = COLUMNS) -> str:
    with pytest.raises(TrainingError) as error:
        prepare(frame, frame["left"], spec, columns)
    return str(error.value)


@pytest.mark.parametrize(
    ("task", "number"),
    [
        (Task.BINARY, False),
        (Task.MULTICLASS, False),
        (Task.REGRESSION, True),
        (Task.FORECASTING, True),
    ],
)
def test_only_regression_and_forecasting_predict_numbers(task: Task, *, number: bool) -> None:
    lags = Lags(series="plan", steps=(1,), season=4) if task is Task.FORECASTING else None
    assert is_number(spec_of(task, forecasting=lags)) is number


def test_classes_are_read_as_text_and_numbers_as_floats() -> None:
    truth = pd.Series([1, 0, None], dtype="Int64", name="left")
    assert target_of(truth, SPEC).astype(object).where(truth.notna(), None).tolist() == [
        "1",
        "0",
        None,
    ]
    numbers = target_of(truth, spec_of(Task.REGRESSION))
    assert numbers.dtype == np.float64
    assert numbers.isna().tolist() == [False, False, True]


def test_a_truth_that_is_no_number_is_refused_with_the_next_step() -> None:
    truth = pd.Series(["1.5", "many"], name="amount", dtype="str")
    with pytest.raises(ModelError) as error:
        target_of(truth, spec_of(Task.REGRESSION))
    assert str(error.value) == (
        "found str in the label 'amount', expected numbers for the task 'regression': declare its "
        "type in the contract"
    )


def test_without_a_label_column_there_is_no_truth() -> None:
    assert truth_by(None, SPEC, ("no", "yes")) == (None, 0)


@pytest.mark.parametrize(
    ("task", "classes", "strange"),
    [
        (Task.BINARY, ("no", "yes"), 1),
        (Task.BINARY, (), 0),
        (Task.MULTICLASS, ("no", "yes"), 0),
    ],
)
def test_words_that_are_no_class_count_as_missing_in_a_binary_task(
    task: Task, classes: tuple[str, ...], strange: int
) -> None:
    truth = pd.Series(["yes", "n/a", None], name="left", dtype="str")
    read, count = truth_by(truth, spec_of(task), classes)
    assert read is not None
    assert count == strange
    assert read.isna().tolist() == [False, strange == 1, True]


def test_the_truth_of_another_source_is_put_into_the_label_column() -> None:
    frame = window(3)
    truth = pd.Series(["a", "b", "c"])
    assert with_truth(frame, truth, COLUMNS)["left"].tolist() == ["a", "b", "c"]
    assert frame["left"].tolist() == ["no", "yes", "no"]


def test_without_a_truth_or_a_label_column_the_table_stays() -> None:
    frame = window(3)
    assert with_truth(frame, None, COLUMNS) is frame
    assert with_truth(frame, frame["left"], Columns()) is frame


def test_all_tables_have_the_index_of_the_labelled_rows() -> None:
    frame = window(40).set_index(np.arange(100, 140))
    frame.loc[105, "left"] = None
    result = prepared(frame)
    for table in (result.frame, result.features, result.target):
        assert table.index.tolist() == [place for place in range(100, 140) if place != 105]
    assert result.features.columns.tolist() == ["charge", "plan"]
    assert (result.categories, result.empty) == (("plan",), ())
    assert result.target.tolist() == result.frame["left"].tolist()


def test_the_truth_may_differ_from_the_delivered_label() -> None:
    frame = window(40)
    truth = frame["left"].map({"yes": "no", "no": "yes"})
    result = prepare(frame, truth, SPEC, COLUMNS)
    assert result.frame["left"].tolist() == result.target.tolist() == truth.tolist()
    assert frame["left"].iloc[0] == "no"


@pytest.mark.parametrize(
    ("index", "labels"), [([0] * 40, [0] * 40), (range(40), range(1, 41)), (range(40), range(39))]
)
def test_an_index_that_does_not_distinguish_the_rows_is_refused(index: Any, labels: Any) -> None:
    frame = window(40).set_index(pd.Index(index))
    truth = pd.Series(["yes"] * len(labels), index=pd.Index(labels), name="left")
    with pytest.raises(ModelError) as error:
        prepare(frame, truth, SPEC, COLUMNS)
    assert str(error.value) == (
        f"found 40 rows and {len(labels)} labels whose indexes differ or repeat, expected one "
        "unique index for both: number the rows of the window again"
    )


def test_a_missing_feature_is_named() -> None:
    with pytest.raises(ModelError, match="expected the feature 'plan' in the batch"):
        prepared(window(40).drop(columns="plan"))


def test_as_many_rows_as_the_minimum_are_enough_and_one_fewer_is_refused() -> None:
    assert len(prepared(window(MINIMUM_ROWS)).features) == 20
    assert refused(window(MINIMUM_ROWS - 1)) == (
        "found 19 labelled rows in the training window, expected at least 20: widen "
        "retraining.window or wait for labels"
    )


@pytest.mark.parametrize("rows", [0, 40])
def test_rows_without_a_label_are_not_counted(rows: int) -> None:
    frame = window(rows).assign(left=pd.Series([None] * rows, dtype="str"))
    assert refused(frame).startswith("found 0 labelled rows in the training window")


def test_a_feature_without_a_value_is_named_and_left_to_the_training() -> None:
    frame = window(40).assign(plan=pd.Series([None] * 40, dtype="str"))
    assert prepared(frame).empty == ("plan",)
    frame = window(40).assign(charge=np.nan)
    assert prepared(frame).empty == ("charge",)


def test_a_window_without_any_value_is_refused() -> None:
    frame = window(40).assign(charge=np.nan, plan=pd.Series([None] * 40, dtype="str"))
    assert refused(frame) == (
        "found no value in any of the 2 features of 40 rows, expected data: look at the feed"
    )


def test_the_word_for_a_missing_category_is_no_value_and_one_value_is_enough() -> None:
    features = pd.DataFrame({"plan": [MISSING, MISSING], "charge": [np.nan, 1.0]})
    assert empty_columns(features, ("plan",)) == ("plan",)
    features.loc[1, "plan"] = "basic"
    assert empty_columns(features, ("plan",)) == ()
    assert empty_columns(pd.DataFrame({"charge": [np.nan]}), ()) == ("charge",)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_features_are_named(value: float) -> None:
    frame = window(40)
    frame.loc[3, "charge"] = value
    assert refused(frame) == (
        "found infinite values in 'charge', expected finite numbers or missing values: bound the "
        "column in the contract so that such a batch is quarantined"
    )


def test_an_infinite_target_is_named_after_the_features() -> None:
    frame = window(40).assign(left=np.arange(40.0))
    frame.loc[3, "left"] = np.inf
    frame.loc[4, "charge"] = np.inf
    assert refused(frame, spec_of(Task.REGRESSION)).startswith(
        "found infinite values in 'charge', 'left', expected finite numbers"
    )


@pytest.mark.parametrize(
    ("values", "infinite"),
    [
        ([1.0, np.inf], True),
        ([-np.inf], True),
        ([1.0, np.nan], False),
        (["inf"], False),
        ([], False),
    ],
)
def test_only_infinity_itself_is_infinite(values: list[Any], *, infinite: bool) -> None:
    assert (
        is_infinite(pd.Series(values, dtype="str" if values == ["inf"] else "float64")) is infinite
    )


@pytest.mark.parametrize("task", [Task.BINARY, Task.MULTICLASS])
def test_one_class_is_refused(task: Task) -> None:
    assert refused(window(40).assign(left="yes"), spec_of(task)) == (
        "found one class in the label of 40 rows, expected at least two: widen retraining.window "
        "until both outcomes occur"
    )


def test_three_classes_are_too_many_for_a_binary_task_only() -> None:
    frame = window(42).assign(left=["yes", "no", "maybe"] * 14)
    assert refused(frame) == (
        "found 3 classes in the label, expected two for the task 'binary': set model.task to "
        "multiclass, or correct the label's allowed values in the contract"
    )
    assert len(prepared(frame, spec_of(Task.MULTICLASS)).target) == 42


@pytest.mark.parametrize("positive", ["Yes", "1", None])
def test_the_positive_class_must_occur_as_it_is_written(positive: str | None) -> None:
    columns = Columns(label="left", positive=positive)
    assert refused(window(40), columns=columns) == (
        f"found no row of the class {positive!r} that labels.positive names, among 40 rows: write "
        "it as in the data (whole numbers without decimals, booleans as True and False)"
    )


def test_numbers_need_no_classes() -> None:
    frame = window(40).assign(left=7.0)
    assert prepared(frame, spec_of(Task.REGRESSION)).target.tolist() == [7.0] * 40


@settings(max_examples=20)
@given(st.permutations(range(24)))
def test_the_order_of_the_rows_changes_no_row(order: list[int]) -> None:
    frame = window(24)
    shuffled = prepared(frame.iloc[list(order)])
    usual = prepared(frame)
    assert shuffled.features.sort_index().equals(usual.features)
    assert shuffled.target.sort_index().equals(usual.target)
    assert (shuffled.categories, shuffled.empty) == (usual.categories, usual.empty)
