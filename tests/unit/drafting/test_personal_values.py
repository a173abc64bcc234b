"""Of people a contract says what many of them share, and nothing that is one person's own."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings

from aipo_pipelines.drafting.columns import Profile, profile_columns
from aipo_pipelines.drafting.growth import Trend
from aipo_pipelines.drafting.personal_values import FEWEST_PEOPLE, bound_personal
from aipo_pipelines.drafting.table import Table
from aipo_pipelines.drafting.values import MOST_NUMBERS, Bounds

AGE, WAGE, GENDER = "user.demographic.age_range", "user.financial", "user.demographic.gender"


def profile(cells: list[Any]) -> Profile:
    frame = pd.DataFrame({"x": [str(cell) for cell in cells]}, dtype="str")
    (profile,), _ = profile_columns(Table(frame=frame, rows=len(frame)))
    return profile


def bounds(
    cells: list[Any], category: str, people: list[Any] | None = None, trend: Trend | None = None
) -> Bounds:
    holders = None if people is None else pd.Series(people)
    return bound_personal(profile(cells), category, holders, trend=trend or Trend())


@given(
    st.lists(st.integers(18, 79), min_size=200, max_size=300),
    st.integers(81, 99),
)
@settings(max_examples=30, deadline=None)
def test_no_bound_shows_the_oldest_person(ages: list[int], oldest: int) -> None:
    assume(
        len({*ages}) > MOST_NUMBERS
    )  # Fewer values are a set, and twenty people hold each of them.
    with_one = bounds([*ages, oldest], AGE)
    without = bounds([*ages, max(ages)], AGE)
    assert (with_one.low, with_one.high) == (without.low, without.high)


def test_a_range_is_rounded_outward_to_one_digit_and_holds_what_was_seen() -> None:
    wages = np.random.default_rng(2).lognormal(4.7, 0.3, 3000).round(2)
    drafted = bounds(list(wages), WAGE)
    assert (drafted.low, drafted.high, drafted.is_warned) == (0.0, 400.0, False)
    assert "it is the value of no person" in drafted.asks
    below = bounds([-wage for wage in wages], WAGE)
    assert below.low == -400.0


def test_values_beyond_the_range_are_warned_of_and_not_shown() -> None:
    drafted = bounds([*np.random.default_rng(2).normal(100, 5, 1000).round(2), 98765.5], WAGE)
    assert drafted.is_warned
    assert drafted.high is not None
    assert drafted.high < 98765
    assert "9876" not in drafted.asks + drafted.note


@pytest.mark.parametrize(("often", "allowed"), [(FEWEST_PEOPLE, ("f", "m", "x")), (19, ())])
def test_a_set_needs_twenty_people_for_each_value(often: int, allowed: tuple[str, ...]) -> None:
    drafted = bounds(["f", "m"] * 100 + ["x"] * often, GENDER)
    assert drafted.allowed == allowed
    assert ("held by fewer than 20 people" in drafted.asks) is not bool(allowed)


def test_one_person_with_many_records_is_one_person() -> None:
    genders = ["f", "m"] * 100 + ["x"] * 60
    persons = [*range(200), *[500] * 30, *[501] * 30]
    assert bounds(genders, GENDER, persons).allowed == ()
    assert bounds(genders, GENDER, [*range(260)]).allowed == ("f", "m", "x")


def test_a_range_of_few_people_is_not_drafted_and_why_is_said() -> None:
    drafted = bounds([*range(18, 80)], AGE)
    assert (drafted.low, drafted.high) == (None, None)
    assert "the values of 62 people would show through it" in drafted.asks
    again = bounds([*range(18, 80)] * 4, AGE, [*range(62)] * 4)
    assert (again.low, again.high) == (None, None)


@pytest.mark.parametrize(
    "category",
    [
        "user.unique_id",
        "user.name",
        "user.contact.email",
        "user.financial.bank_account",
        "user.government_id.passport_number",
        "user.demographic.date_of_birth",
        "user.contact.address.postal_code",
    ],
)
def test_what_points_at_people_is_never_shown(category: str) -> None:
    drafted = bounds([1001, 1002] * 200, category)
    assert (drafted.allowed, drafted.low, drafted.high, drafted.form) == ((), None, None, "")
    assert "none is shown" in drafted.note


def test_values_that_come_with_later_deliveries_make_no_set() -> None:
    assert bounds(["f", "m"] * 100, GENDER, trend=Trend(later=1)).allowed == ()
    assert bounds([1950, 1960] * 100, AGE, trend=Trend(rises=True)).high is None
