"""Features that say what others say, leftovers of experiments, and what reads like a label."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.drafting.columns import Profile, profile_columns
from aipo_pipelines.drafting.label import find_goal
from aipo_pipelines.drafting.relations import related_features
from aipo_pipelines.drafting.roles import find_roles
from aipo_pipelines.drafting.split_columns import is_split
from aipo_pipelines.drafting.table import Table

ROWS = 400
RNG = np.random.default_rng(4)


def profiles(**columns: Any) -> list[Profile]:
    frame = pd.DataFrame(columns).astype("str")
    return list(profile_columns(Table(frame=frame, rows=len(frame)))[0])


def related(**columns: Any) -> tuple[str, ...]:
    return related_features(profiles(**columns), [*columns])


def test_codes_differences_sums_shares_and_units_are_named_once() -> None:
    shop = RNG.integers(1, 6, ROWS)
    price, paid = RNG.uniform(1, 3, ROWS).round(2), RNG.uniform(1, 3, ROWS).round(2)
    off = RNG.uniform(0, 1, ROWS).round(2)
    relations = related(
        shop=shop,
        code=np.array(["v", "w", "x", "y", "z"])[shop - 1],
        is_third=np.where(shop == 3, "yes", "no"),
        price=price,
        paid=paid,
        off=off,
        gap=(price - paid).round(2),
        both=(paid + off).round(2),
        share=(off / price).round(6),
        cents=(price**2).round(6),
        free=RNG.uniform(1, 3, ROWS).round(2),
    )
    assert relations == (
        "code is shop in other words",
        "is_third follows from shop",
        "gap is price - paid",
        "both is paid + off",
        "share is off / price",
        "cents rises and falls with price",
    )


def test_columns_that_are_mostly_zero_are_no_relation() -> None:
    sparse = {f"c{n}": np.where(RNG.random(ROWS) < 0.02, 1 + n, 0) for n in range(6)}
    sparse |= {f"d{n}": RNG.integers(0, 9, ROWS) * (RNG.random(ROWS) < 0.03) for n in range(6)}
    assert related(**sparse) == ()


def test_what_has_nothing_in_common_is_not_named() -> None:
    assert (
        related(a=RNG.normal(size=ROWS), b=RNG.normal(size=ROWS), c=RNG.integers(0, 4, ROWS)) == ()
    )


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("train", ["True", "False"], True),
        ("is_train", ["1", "0"], True),
        ("IsTest", ["yes", "no"], True),
        ("fold", ["1", "2", "3", "4", "5"], True),
        ("cv_fold", ["0", "1", "2"], True),
        ("split", ["train", "test", "valid"], True),
        ("subset", ["Training", "Holdout"], True),
        ("test", ["positive", "negative"], False),
        ("training", ["0", "1", "2", "6"], False),
        ("train_type", ["express", "local"], False),
        ("is_valid", ["1", "0"], False),
        ("split", ["0.25", "0.5"], False),
    ],
)
def test_leftovers_of_an_experiment_are_known(
    name: str, values: list[str], *, expected: bool
) -> None:
    (profile,) = profiles(**{name: np.resize(values, ROWS)})
    assert is_split(profile) is expected


def guessed(**columns: Any) -> str | None:
    profiled = profiles(**columns)
    goal = find_goal(profiled, find_roles(profiled, {}, None, None), {}, None, None)
    return goal.label if goal else None


def x() -> Any:
    return RNG.normal(size=ROWS).round(3)


TWO = np.resize(["CH", "MM", "CH"], ROWS)


def test_a_split_is_never_the_label_and_does_not_hide_the_last_column() -> None:
    train = np.resize(["True", "False"], ROWS)
    assert guessed(a=x(), train=train) is None
    assert guessed(a=x(), bought=TWO, train=train) == "bought"


def test_two_words_in_the_first_column_read_like_a_label() -> None:
    assert guessed(bought=TWO, a=x(), b=x()) == "bought"
    assert guessed(flag=np.resize(["0", "1"], ROWS), a=x()) is None
    assert guessed(a=x(), bought=TWO, b=x()) is None


def test_two_classes_at_the_end_go_before_two_at_the_beginning() -> None:
    assert guessed(kind=TWO, a=x(), left=np.resize(["a", "b"], ROWS)) == "left"
