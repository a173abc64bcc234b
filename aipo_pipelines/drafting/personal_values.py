"""Bounds in a contract for columns with suspected personal data, which show no person.

A set is written only if at least 20 people have each value. A range is made of values that 20
people lie beyond. It is made wider and rounded to one digit, so that it is the value of no person.
Names, addresses, numbers of people and all values that point at a person get no bounds.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd

from aipo_pipelines.charter.model.contract import LogicalType
from aipo_pipelines.charter.privacy.coverage import covers
from aipo_pipelines.drafting.columns import Profile
from aipo_pipelines.drafting.growth import Trend
from aipo_pipelines.drafting.values import LONGEST_TEXT, Bounds, is_set, sorted_values

FEWEST_PEOPLE = 20
"""People who must hold a value, or lie beyond it, before it is written anywhere."""

# A share of a large table, so that a range is not made of its 20 richest people.
_TAIL = 0.01
_FEWEST_OF_A_RANGE = 5 * FEWEST_PEOPLE
_GROUPS = (
    "user.demographic",
    "user.health_and_medical",
    "user.contact.address.city",
    "user.contact.address.state",
    "user.contact.address.country",
)
_POINTING = (
    "user.demographic.date_of_birth",
    "user.health_and_medical.record_id",
    "user.health_and_medical.insurance_beneficiary_id",
)
_AMOUNT = "user.financial"


def bound_personal(
    profile: Profile, category: str, people: pd.Series | None, *, trend: Trend
) -> Bounds:
    """The bounds that a contract may promise for a column.

    1. Nothing, if a value can point at one person.
    2. Nothing, if new values come with each delivery.
    3. A set, if enough people have each value.
    4. A wide range of numbers.

    Args:
        profile: The column.
        category: Its suspected Fideslang category.
        people: The person of each record, if a column names them and people come again; otherwise
            each record is counted as a person.
        trend: How its values change over the deliveries.
    """
    values = (
        f"{profile.distinct:,} different values were" if profile.distinct != 1 else "one value was"
    )
    note = f"{values} seen: suspected {category}"
    hidden = Bounds(note=f"{values} seen; none is shown: suspected {category}")
    if _points_at_people(category) or profile.is_time or not profile.distinct:
        return hidden
    if profile.kind is LogicalType.BOOLEAN:
        return Bounds(note=note)
    if trend.rises or trend.perhaps:
        asks = "no set and no range is drafted, because new values come with each delivery"
        return replace(hidden, asks=asks)
    drafted_set = None if trend.later else _set(profile, people, note)
    if drafted_set is not None:
        return drafted_set
    if profile.is_number:
        return _range(profile, people, note, hidden)
    asks = (
        "no set is drafted, because there are many values, or values that are held by fewer than "
        f"{FEWEST_PEOPLE} people, or values of later deliveries only: which values are there?"
    )
    return replace(hidden, asks=asks)


def _set(profile: Profile, people: pd.Series | None, note: str) -> Bounds | None:
    """The set of values; None if too few people have one of them, or a value is too long."""
    holders = _holders(profile, people)
    if not is_set(profile, holders, FEWEST_PEOPLE):
        return None
    values = sorted_values(holders)
    if any(isinstance(value, str) and len(value) > LONGEST_TEXT for value in values):
        return None
    return Bounds(
        allowed=values, note=f"{note}; each value is held by {FEWEST_PEOPLE} people or more"
    )


def _points_at_people(category: str) -> bool:
    """Whether a value of a category can belong to one person only: names, numbers, addresses."""
    groups = category == _AMOUNT or any(covers(group, category) for group in _GROUPS)
    return not groups or any(covers(kind, category) for kind in _POINTING)


def _holders(profile: Profile, people: pd.Series | None) -> pd.Series:
    """How many people hold each value."""
    if people is None:
        return profile.present.value_counts()
    pairs = pd.DataFrame({"value": profile.present, "person": people[profile.present.index]})
    return pairs.drop_duplicates()["value"].value_counts()


def _range(profile: Profile, people: pd.Series | None, note: str, hidden: Bounds) -> Bounds:
    numbers = profile.present.astype("float64")
    # One value per person: a person with many visits must not make a range of their own values.
    each = numbers if people is None else numbers.groupby(people[numbers.index]).median()
    each = each[each.map(math.isfinite)].sort_values()
    if len(each) < _FEWEST_OF_A_RANGE:
        asks = (
            f"no range is drafted, because the values of {len(each):,} people would show through "
            "it: which range is right?"
        )
        return replace(hidden, asks=asks)
    # So many people lie beyond each end that the end is the value of none of them.
    beyond = max(FEWEST_PEOPLE, int(_TAIL * len(each)))
    low, high = float(each.iloc[beyond]), float(each.iloc[-beyond - 1])
    span = high - low or abs(high) or 1.0
    lowest = 0.0 if bool((numbers >= 0).all()) else -_rounded_up(span - low)
    highest = _rounded_up(high + span)
    inside = bool(numbers.between(lowest, highest).all())
    outside = "" if inside else "; some values lie beyond it, so they are warned of, not refused"
    asks = (
        "does this range hold? It is wide, and rounded to one digit from values that "
        f"{FEWEST_PEOPLE} people or more lie beyond, so that it is the value of no person{outside}"
    )
    return Bounds(low=lowest, high=highest, note=note, asks=asks, is_warned=not inside)


def _rounded_up(number: float) -> float:
    """A number in one significant digit, rounded away from zero; 0 for a negative number."""
    if number <= 0:
        return 0.0
    size = 10.0 ** math.floor(math.log10(number))
    return float(f"{math.ceil(number / size) * size:.12g}")
