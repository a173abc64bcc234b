from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.modelling import ModelSpec, Task
from aipo_pipelines.errors import ModelError
from aipo_pipelines.models.columns import Columns, group_table
from aipo_pipelines.models.features import (
    MISSING,
    build_features,
    category_columns,
    infinite_columns,
)

COLUMNS = Columns(label="y")


def spec(*features: str, categorical: tuple[str, ...] = ()) -> ModelSpec:
    return ModelSpec(task=Task.REGRESSION, features=features, categorical=categorical)


def test_features_have_the_order_of_the_charter_and_other_columns_are_left_out() -> None:
    frame = pd.DataFrame({"a": [1], "b": [2], "c": [3]})
    assert list(build_features(frame, spec("c", "a"), COLUMNS).columns) == ["c", "a"]


def test_numbers_of_any_storage_become_floats() -> None:
    frame = pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": np.array([1, 2], "int8")})
    table = build_features(frame, spec("a", "b"), COLUMNS)
    assert table.dtypes.unique().tolist() == [np.dtype("float64")]
    assert table["a"].isna().tolist() == [False, True]


def test_declared_categories_text_and_booleans_are_categories() -> None:
    frame = pd.DataFrame({"n": [1], "code": [7], "t": ["x"], "b": [True]})
    named = category_columns(frame, spec("n", "code", "t", "b", categorical=("code",)))
    assert named == ("code", "t", "b")


def test_a_category_is_spelled_the_same_with_and_without_gaps() -> None:
    whole = pd.DataFrame({"code": [7, 8]})
    gappy = pd.DataFrame({"code": [7.0, np.nan]})
    described = spec("code", categorical=("code",))
    assert build_features(whole, described, COLUMNS)["code"].tolist() == ["7", "8"]
    assert build_features(gappy, described, COLUMNS)["code"].tolist() == ["7", MISSING]


def test_a_number_of_the_training_stays_a_number_in_a_batch_without_values() -> None:
    frame = pd.DataFrame({"a": pd.Series([None, None], dtype="object")})
    table = build_features(frame, spec("a"), COLUMNS, categories=())
    assert table["a"].dtype == np.float64
    assert table["a"].isna().all()


def test_text_in_a_number_column_of_the_training_is_refused_without_showing_it() -> None:
    frame = pd.DataFrame({"a": ["secret"]})
    with pytest.raises(ModelError, match="feature 'a'") as caught:
        build_features(frame, spec("a"), COLUMNS, categories=())
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None


def test_timestamps_of_every_unit_become_seconds() -> None:
    moment = pd.Timestamp("1970-01-02")
    frame = pd.DataFrame({"t": pd.Series([moment, pd.NaT]).dt.as_unit("ms")})
    table = build_features(frame, spec("t"), COLUMNS)
    assert table["t"].to_numpy(np.float64) == pytest.approx([86400.0, np.nan], nan_ok=True)


def test_a_missing_feature_is_named() -> None:
    with pytest.raises(ModelError, match="'b'"):
        build_features(pd.DataFrame({"a": [1]}), spec("a", "b"), COLUMNS)


def test_the_label_is_refused_as_a_feature() -> None:
    with pytest.raises(ModelError, match="must not see the truth"):
        build_features(pd.DataFrame({"y": [1]}), spec("y"), COLUMNS)


def test_lags_follow_the_features(sales: pd.DataFrame, sales_spec: ModelSpec) -> None:
    table = build_features(sales, sales_spec, Columns(label="sales", time="week"))
    assert list(table.columns) == ["store", "sales_lag_1", "sales_lag_4"]
    assert table["sales_lag_4"].iloc[4] == sales["sales"].iloc[0]


def test_the_batch_itself_is_not_changed() -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    build_features(frame, spec("a", categorical=("a",)), COLUMNS)
    pd.testing.assert_frame_equal(frame, pd.DataFrame({"a": [1, 2]}))


def test_infinite_columns_are_named() -> None:
    table = pd.DataFrame({"a": [1.0, -np.inf], "b": [1.0, np.nan], "c": ["inf", "x"]})
    assert infinite_columns(table) == ("a",)


def test_protected_attributes_are_grouped_as_text() -> None:
    frame = pd.DataFrame({"senior": [0.0, np.nan], "other": [1, 2]})
    groups = group_table(frame, Columns(protected=("senior",)))
    assert list(groups.columns) == ["senior"]
    assert groups["senior"].tolist()[0] == "0"


def test_a_missing_protected_attribute_is_named() -> None:
    with pytest.raises(ModelError, match="protected attribute 'gender'"):
        group_table(pd.DataFrame({"a": [1]}), Columns(protected=("gender",)))


def test_a_date_beyond_the_range_of_nanoseconds_is_a_normal_number() -> None:
    frame = pd.DataFrame({"valid_until": np.array(["2026-01-01", "9999-12-31", None], "M8[us]")})
    table = build_features(frame, spec("valid_until"), COLUMNS)
    assert table["valid_until"].tolist()[:2] == [1767225600.0, 253402214400.0]
    assert table["valid_until"].isna().tolist() == [False, False, True]
