"""Cells that are filled, or differ, only with one class give the answer away."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.measures.gates.leak_power import encoded_target
from aipo_pipelines.measures.gates.leak_signs import signs_of

CANCELLED = pd.Series([True, False] * 100, name="state").map({True: "cancelled", False: "kept"})
IS_CANCELLED = CANCELLED.eq("cancelled")


def signs(feature: pd.Series, label: pd.Series = CANCELLED, task: Task = Task.BINARY) -> list[str]:
    return list(signs_of(feature, label, encoded_target(label, task, None), task))


def refunds(count: int) -> pd.Series:
    """A refund for some of the cancelled orders; every other cell is empty."""
    paid = IS_CANCELLED & (IS_CANCELLED.cumsum() <= count)
    return pd.Series(np.where(paid, 9.5, np.nan))


def test_a_value_that_is_written_only_after_the_event_is_a_sign() -> None:
    assert signs(refunds(40)) == [
        "it is filled only if state is cancelled (100.0% of 40 such records, 50.0% of all)"
    ]


def test_a_value_that_is_lost_only_with_the_event_is_a_sign() -> None:
    emptied = refunds(40).isna().map({True: 1.0, False: np.nan})
    assert signs(emptied) == [
        "it is empty only if state is cancelled (100.0% of 40 such records, 50.0% of all)"
    ]


def test_a_usual_value_that_changes_only_with_the_event_is_a_sign() -> None:
    amounts = refunds(40).fillna(0.0)
    (sign,) = signs(amounts)
    assert sign == (
        "it differs from its usual value only if state is cancelled "
        "(100.0% of 40 such records, 50.0% of all)"
    )


def test_values_that_exchange_places_with_the_event_are_two_signs() -> None:
    ends = pd.Series(np.where(IS_CANCELLED, np.nan, 1.0))
    assert [sign.split(" (")[0] for sign in signs(ends)] == [
        "it is filled only if state is kept",
        "it is empty only if state is cancelled",
    ]


@pytest.mark.parametrize(("records", "signs_found"), [(17, 0), (18, 1)])
def test_so_few_records_of_one_class_that_chance_explains_them_are_no_sign(
    records: int, signs_found: int
) -> None:
    assert -math.log(0.5) * 17 < 12 < -math.log(0.5) * 18
    assert len(signs(refunds(records))) == signs_found


@pytest.mark.parametrize(("wrong", "signs_found"), [(1, 1), (2, 0)])
def test_one_exception_in_a_hundred_is_taken_for_a_typing_error(
    wrong: int, signs_found: int
) -> None:
    label = pd.Series(["cancelled", "kept"] * 200, name="state")
    paid = label.eq("cancelled") & (label.eq("cancelled").cumsum() <= 100 - wrong)
    paid[np.flatnonzero(label.eq("kept"))[:wrong]] = True
    assert len(signs(pd.Series(np.where(paid, 1.0, np.nan)), label)) == signs_found


@pytest.mark.parametrize(("rare", "signs_found"), [(40, 1), (39, 0)])
def test_a_class_of_nine_in_ten_records_gives_nothing_away(rare: int, signs_found: int) -> None:
    label = pd.Series(["rare"] * rare + ["usual"] * 360, name="state")
    only_usual = pd.Series(np.where(label.eq("usual"), 1.0, np.nan))
    matching = [
        sign for sign in signs(only_usual, label) if "filled only if state is usual" in sign
    ]
    assert len(matching) == signs_found


@pytest.mark.parametrize(("usual", "signs_found"), [(100, 1), (99, 0)])
def test_a_value_of_half_of_the_records_is_usual(usual: int, signs_found: int) -> None:
    label = pd.Series(["a"] * usual + ["b"] * (200 - usual), name="state")
    feature = pd.Series([0.0] * usual + [float(place) for place in range(1, 201 - usual)])
    assert len(signs(feature, label)) == signs_found


@pytest.mark.parametrize(
    "feature", [pd.Series([np.nan] * 200), pd.Series([3.0] * 200)], ids=["empty", "constant"]
)
def test_an_empty_or_constant_column_shows_nothing(feature: pd.Series) -> None:
    assert signs(feature) == []


def test_gaps_that_explain_the_target_number_are_a_sign() -> None:
    target = pd.Series(np.where(IS_CANCELLED, 10.0, 0.0) + np.arange(200) / 1000, name="y")
    gaps = pd.Series(np.where(IS_CANCELLED, 1.0, np.nan))
    (sign,) = signs(gaps, target, Task.REGRESSION)
    assert sign.startswith("whether it is filled explains 100.0% of the target")


def test_the_share_that_gaps_explain_is_the_squared_correlation() -> None:
    noise = np.random.default_rng(0).normal(0, 1, 200)
    target = pd.Series(np.where(IS_CANCELLED, 10.0, 0.0) + noise, name="y")
    gaps = pd.Series(np.where(IS_CANCELLED, 1.0, np.nan))
    squared = np.corrcoef(gaps.notna(), target)[0, 1] ** 2
    assert signs(gaps, target, Task.REGRESSION) == [
        f"whether it is filled explains {squared:.1%} of the target"
    ]


def test_gaps_that_explain_little_of_a_number_are_no_sign() -> None:
    target = pd.Series(np.where(IS_CANCELLED, 1.0, 0.0) + np.arange(200) % 7, name="y")
    assert signs(pd.Series(np.where(IS_CANCELLED, 1.0, np.nan)), target, Task.REGRESSION) == []


def test_a_constant_number_has_nothing_to_explain() -> None:
    target = pd.Series([4.0] * 200, name="y")
    assert signs(refunds(40), target, Task.REGRESSION) == []


def test_a_usual_value_is_no_sign_of_a_number() -> None:
    target = pd.Series(np.where(IS_CANCELLED, 10.0, 0.0), name="y")
    assert signs(refunds(40).fillna(0.0), target, Task.REGRESSION) == []


@settings(max_examples=25)
@given(st.permutations(range(200)))
def test_the_order_of_records_changes_no_sign(order: list[int]) -> None:
    places = list(order)
    shuffled = signs(
        refunds(40).iloc[places].reset_index(drop=True),
        CANCELLED.iloc[places].reset_index(drop=True),
    )
    assert shuffled == signs(refunds(40))
