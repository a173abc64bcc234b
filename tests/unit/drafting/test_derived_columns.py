"""A column that repeats another column is found, and few records prove nothing."""

from __future__ import annotations

import string
from typing import Any

import numpy as np
import pytest

from aipo_pipelines.drafting.derived_columns import follows, kin_of_people, rank_alike, relabels
from tests.unit.drafting.tables import numbers, profiles_of

INCOME = {"wage": "user.financial"}


def alike(x: Any, y: Any) -> bool:
    profiles = profiles_of(x=x, y=y)
    return rank_alike(profiles["x"], profiles["y"])


def settled(x: Any, y: Any) -> bool:
    """Whether `x` follows from `y`."""
    profiles = profiles_of(x=x, y=y)
    return follows(profiles["x"], profiles["y"])


def same(x: Any, y: Any) -> bool:
    profiles = profiles_of(x=x, y=y)
    return relabels(profiles["x"], profiles["y"])


@pytest.mark.parametrize("other", [np.exp, np.negative, lambda x: 9 * x + 32])
def test_numbers_that_rise_and_fall_together_are_alike(other: Any) -> None:
    x = numbers(60)
    assert alike(x, other(x).round(6))
    assert not alike(x, numbers(60, seed=8))


def test_a_column_without_an_order_is_like_no_number() -> None:
    assert not alike(numbers(60), ["a", "b"] * 30)
    assert not alike(["a", "b"] * 30, numbers(60))


@pytest.mark.parametrize(("records", "expected"), [(30, False), (31, True)])
def test_thirty_records_beside_the_usual_record_are_needed(records: int, *, expected: bool) -> None:
    x = numbers(records)
    assert alike(x, 2 * x) is expected


def test_records_with_the_usual_value_in_both_columns_do_not_count() -> None:
    x = numbers(60)
    zeros = np.zeros(400)
    assert alike([*zeros, *x], [*zeros, *(2 * x)])
    assert not alike([*zeros, *x], [*zeros, *numbers(60, seed=8)])
    assert not alike([*zeros, *x[:20]], [*zeros, *(2 * x[:20])])


def test_records_with_a_gap_in_one_column_do_not_count() -> None:
    x = [str(number) for number in numbers(60)]
    assert alike(x, [*x[:40], *[""] * 20])
    assert not alike(x, [*x[:30], *[""] * 30])


def test_columns_without_a_common_record_are_not_alike() -> None:
    x = [str(number) for number in numbers(40)]
    assert not alike([*x, *[""] * 40], [*[""] * 40, *x])


def test_two_values_rise_together_by_chance() -> None:
    two = [*[1] * 30, *[2] * 30]
    assert not alike(two, numbers(60))
    assert not alike([*two, *[3] * 30], [*two, *[2] * 30])
    assert alike([*two, *[3] * 30, *[4] * 30], [*two, *[3] * 30, *[4] * 30])


def test_a_few_exceptions_leave_two_columns_alike_and_more_do_not() -> None:
    x = np.sort(numbers(200))
    swapped = x.copy()
    swapped[[0, 9]] = swapped[[9, 0]]
    assert alike(x, swapped)
    shuffled = x.copy()
    shuffled[:80] = shuffled[:80][::-1]
    assert not alike(x, shuffled)


def test_a_group_follows_from_its_parts_and_not_the_other_way_round() -> None:
    town = ["oslo", "bergen", "rome", "milan"] * 10
    land = ["no", "no", "it", "it"] * 10
    assert settled(land, town)
    assert not settled(town, land)


def test_one_exception_is_enough_against_a_group() -> None:
    town = ["oslo", "bergen", "rome", "milan"] * 10
    land = ["no", "no", "it", "it"] * 9 + ["no", "no", "it", "no"]
    assert not settled(land, town)


def test_an_exception_outside_the_quick_look_is_found() -> None:
    town = ["oslo", "rome"] * 3_000
    land = ["no", "it"] * 3_000
    land[1] = "no"
    assert not settled(land, town)


@pytest.mark.parametrize(("records", "expected"), [(29, False), (30, True)])
def test_a_group_needs_thirty_records(records: int, *, expected: bool) -> None:
    town = np.resize(["a", "b", "c"], records)
    assert settled(np.where(town == "a", "x", "y"), town) is expected


@pytest.mark.parametrize(("records", "expected"), [(49, False), (50, True)])
def test_a_group_needs_five_records_of_each_part(records: int, *, expected: bool) -> None:
    town = np.resize([*"abcdefghij"], records)
    assert settled(np.where(town == "a", "x", "y"), town) is expected


@pytest.mark.parametrize(("values", "expected"), [(50, True), (51, False)])
def test_everything_follows_from_a_column_of_many_values(values: int, *, expected: bool) -> None:
    letters = [*string.ascii_letters][:values]
    town = np.resize(letters, 510)
    assert settled(np.where(town == "a", "x", "y"), town) is expected


def test_a_column_with_one_value_follows_from_nothing() -> None:
    assert not settled(["x"] * 40, ["a", "b"] * 20)


def test_other_words_for_the_same_values_relabel_a_column() -> None:
    town = ["oslo", "rome", "bergen", "milan"] * 10
    assert same([{"oslo": 1, "rome": 2, "bergen": 3, "milan": 4}[name] for name in town], town)
    assert not same(["no", "it", "no", "it"] * 10, town)
    assert not same(["a", "b", "c", "d"] * 9 + ["b", "b", "c", "d"], town)


def kin(categories: dict[str, str], **columns: Any) -> dict[str, str]:
    return dict(kin_of_people([*profiles_of(**columns).values()], categories))


def test_a_function_of_an_income_gives_it_away() -> None:
    wage = (numbers(200) + 9).round(3)
    columns = {"wage": wage, "log": np.log(wage).round(6), "other": numbers(200, seed=8)}
    assert kin(INCOME, **columns) == {"log": "wage"}


def test_a_code_for_an_attribute_gives_it_away() -> None:
    gender = ["f", "m", "m", "f"] * 20
    code = [{"f": 1, "m": 2}[word] for word in gender]
    assert kin({"gender": "user.demographic.gender"}, code=code, gender=gender) == {
        "code": "gender"
    }


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("user.financial", {"log": "wage"}),
        ("user.financial.income", {"log": "wage"}),
        ("user.health_and_medical", {"log": "wage"}),
        ("user.demographic", {"log": "wage"}),
        ("user.unique_id", {}),
        ("system", {}),
        ("user.financially", {}),
    ],
)
def test_only_attributes_of_people_have_kin(category: str, expected: dict[str, str]) -> None:
    wage = (numbers(200) + 9).round(3)
    assert kin({"wage": category}, wage=wage, log=np.log(wage).round(6)) == expected


def test_a_column_that_is_suspected_itself_is_not_reported_as_kin() -> None:
    wage = (numbers(200) + 9).round(3)
    both = {**INCOME, "log": "user.financial"}
    assert kin(both, wage=wage, log=np.log(wage).round(6)) == {}


def test_the_first_of_several_sources_is_named() -> None:
    wage = (numbers(200) + 9).round(3)
    columns = {"pay": 2 * wage, "wage": wage, "log": np.log(wage).round(6)}
    assert kin({**INCOME, "pay": "user.financial"}, **columns) == {"log": "pay"}
