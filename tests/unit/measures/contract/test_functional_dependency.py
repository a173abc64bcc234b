from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.measures.contract.functional_dependency import explained, rows_that_follow


def follows(*rows: tuple[str, ...]) -> list[bool]:
    mask: list[bool] = rows_that_follow(pd.DataFrame(rows)).tolist()
    return mask


def test_the_row_that_differs_from_the_most_common_value_is_wrong() -> None:
    assert follows(("a", "1"), ("a", "1"), ("a", "2"), ("b", "2")) == [True, True, False, True]


def test_if_two_values_are_equally_common_all_rows_of_the_group_are_wrong() -> None:
    assert follows(("a", "1"), ("a", "2"), ("b", "3")) == [False, False, True]


def test_several_determinants_count_together() -> None:
    assert follows(("a", "x", "1"), ("a", "y", "2")) == [True, True]


def test_a_table_without_rows_has_no_wrong_row() -> None:
    assert rows_that_follow(pd.DataFrame({"a": [], "b": []})).tolist() == []


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3))))
def test_the_rows_that_follow_are_a_function(rows: list[tuple[int, int]]) -> None:
    table = pd.DataFrame(rows, columns=["a", "b"], dtype="int64")
    following = table[rows_that_follow(table)]
    assert len(following.drop_duplicates()) == len(set(following["a"]))


@given(st.lists(st.integers(0, 9), min_size=1))
def test_a_true_function_has_no_wrong_row(values: list[int]) -> None:
    table = pd.DataFrame({"a": values, "b": [value % 3 for value in values]})
    assert rows_that_follow(table).all()


def test_a_minority_is_said_to_differ_and_a_tie_that_nobody_knows() -> None:
    minority = pd.DataFrame([("a", "1"), ("a", "1"), ("a", "2")], columns=["k", "v"])
    assert explained(minority) == "1 differ from the most common value of their group"
    tie = pd.DataFrame([("a", "1"), ("a", "2"), ("b", "3"), ("b", None)], columns=["k", "v"])
    assert explained(tie) == (
        "2 are in 1 group with several equally common values: it is not known which is right, so "
        "that all rows there count as wrong"
    )
    both = explained(pd.concat([minority.assign(k="c"), tie]))
    assert both.startswith("1 differ from the most common value of their group; 2 are in 1 ")


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_every_wrong_row_is_explained_and_no_other(rows: list[tuple[int, int]]) -> None:
    table = pd.DataFrame(rows, columns=["a", "b"], dtype="int64")
    counts = [int(part.split()[0]) for part in explained(table).split("; ") if part]
    assert sum(counts) == int((~rows_that_follow(table)).sum())
