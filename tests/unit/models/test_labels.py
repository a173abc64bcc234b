from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.models.labels import as_labels


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([0, 1], "int64", ["0", "1"]),
        ([0.0, 1.0], "float64", ["0", "1"]),
        ([0.5, 2.0], "float64", ["0.5", "2"]),
        ([0, 1], "Int64", ["0", "1"]),
        ([True, False], "bool", ["True", "False"]),
        ([True, False], "boolean", ["True", "False"]),
        (["UP", "1.0"], "str", ["UP", "1.0"]),
        (["a", "b"], "category", ["a", "b"]),
        ([1, "x"], "object", ["1", "x"]),
        ([True, 1.0], "object", ["True", "1"]),
    ],
)
def test_a_class_has_one_spelling_in_every_type_of_storage(
    values: list[object], dtype: str, expected: list[str]
) -> None:
    assert as_labels(pd.Series(values, dtype=dtype)).tolist() == expected


def test_text_and_the_original_stay_unchanged() -> None:
    delivered = pd.Series(["1.0", None, ""], dtype="string")
    labels = as_labels(delivered)
    assert labels.dtype == "str"
    assert labels.fillna("gone").tolist() == ["1.0", "gone", ""]
    assert delivered.dtype == "string"


@pytest.mark.parametrize("dtype", ["float64", "Int64", "object"])
def test_a_missing_label_stays_missing(dtype: str) -> None:
    labels = as_labels(pd.Series([1, None], dtype=dtype))
    assert labels.isna().tolist() == [False, True]
    assert labels[0] == "1"


def test_labels_that_are_all_missing_stay_missing() -> None:
    assert as_labels(pd.Series([None, None], dtype="float64")).isna().all()


def test_index_and_name_stay() -> None:
    labels = as_labels(pd.Series([1, 2], index=[7, 3], name="class"))
    assert (labels.index.tolist(), labels.name) == ([7, 3], "class")


@given(st.lists(st.integers(-(2**40), 2**40) | st.none(), min_size=1))
def test_whole_numbers_are_the_same_text_with_and_without_gaps(values: list[int | None]) -> None:
    as_floats = as_labels(pd.Series(values, dtype="float64"))
    as_integers = as_labels(pd.Series(values, dtype="Int64"))
    pd.testing.assert_series_equal(as_floats, as_integers)
