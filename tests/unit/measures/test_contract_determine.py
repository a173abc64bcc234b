from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.measures.contract_determine import rows_that_follow


def follows(*rows: tuple[str, ...]) -> list[bool]:
    mask: list[bool] = rows_that_follow(pd.DataFrame(rows)).tolist()
    return mask


def test_the_row_that_differs_from_the_most_common_one_is_wrong() -> None:
    assert follows(("a", "1"), ("a", "1"), ("a", "2"), ("b", "2")) == [True, True, False, True]


def test_where_two_are_equally_common_all_rows_of_the_group_are_wrong() -> None:
    assert follows(("a", "1"), ("a", "2"), ("b", "3")) == [False, False, True]


def test_several_determinants_count_together() -> None:
    assert follows(("a", "x", "1"), ("a", "y", "2")) == [True, True]


def test_a_table_without_rows_has_no_wrong_row() -> None:
    assert rows_that_follow(pd.DataFrame({"a": [], "b": []})).tolist() == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3))))
def test_the_rows_that_follow_are_a_function(rows: list[tuple[int, int]]) -> None:
    table = pd.DataFrame(rows, columns=["a", "b"], dtype="int64")
    kept = table[rows_that_follow(table)]
    assert len(kept.drop_duplicates()) == len(set(kept["a"]))


@given(st.lists(st.integers(0, 9), min_size=1))
def test_a_true_function_has_no_wrong_row(values: list[int]) -> None:
    table = pd.DataFrame({"a": values, "b": [value % 3 for value in values]})
    assert rows_that_follow(table).all()
