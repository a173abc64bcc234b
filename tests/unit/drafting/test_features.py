"""A first model learns from no key, no time, no person and no leak; each column has its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.drafting.features import Features, choose_features
from aipo_pipelines.drafting.growth import TIME_LIKE
from aipo_pipelines.drafting.label import Goal
from aipo_pipelines.drafting.personal import Personal
from aipo_pipelines.drafting.roles import Roles
from aipo_pipelines.drafting.split_columns import SPLIT_REASON
from aipo_pipelines.errors import DraftError
from aipo_pipelines.measures.gates.leakage import Labelled
from tests.unit.drafting.tables import NO_ROLES, days, numbers, profiled, table_of

ROWS = 200
NO_PEOPLE = Personal(categories={}, kin={}, reasons={})
Y = np.resize(["no", "yes", "yes", "no"], ROWS)


def chosen(
    columns: dict[str, Any],
    *,
    roles: Roles = NO_ROLES,
    personal: Personal = NO_PEOPLE,
    task: Task = Task.BINARY,
    without: Sequence[str] = (),
    only: Sequence[str] | None = None,
) -> Features:
    """The features for the label `y`, which is the last column unless the columns have it."""
    table = table_of(**{**columns, "y": columns.get("y", Y)})
    profiles = profiled(table)
    frame = table.frame.assign(**{profile.name: profile.cells for profile in profiles})
    goal = Goal(label="y", task=task, positive=None, guessed=())
    series = roles.series if task is Task.FORECASTING else None
    return choose_features(
        Labelled(frame=frame, label="y", task=task, series=series),
        profiles,
        roles,
        personal,
        goal,
        without=without,
        only=only,
    )


def x(seed: int = 5) -> Any:
    return numbers(ROWS, seed)


def suspected(name: str, category: str, reason: str = "by its name") -> Personal:
    return Personal(categories={name: category}, kin={}, reasons={name: reason})


def test_usable_columns_are_features_in_the_order_of_the_table() -> None:
    features = chosen({"b": x(1), "a": x(2)})
    assert features.used == ("b", "a")
    assert dict(features.left_out) == {}
    assert (dict(features.leaks), features.suspects) == ({}, ())
    assert [*features.powers] == ["b", "a"]
    assert 0.4 < features.powers["a"] < 0.7


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["same"] * ROWS, "it never changes"),
        ([""] * ROWS, "it never changes"),
        (days(ROWS), "a date: a model would learn that the past is over"),
        ([*range(ROWS)], "it identifies the record"),
        (np.resize([f"n{number}" for number in range(65)], ROWS),
         "65 different texts, too many for categories"),
        (np.resize(["train", "test"], ROWS), SPLIT_REASON),
        (np.resize(["01-02-2026", "03-04-2026"], ROWS), "its dates are not understood yet"),
    ],
)  # fmt: skip
def test_a_column_that_is_no_feature_has_its_reason(cells: Any, reason: str) -> None:
    features = chosen({"x": x(), "other": cells})
    assert features.used == ("x",)
    assert dict(features.left_out) == {"other": reason}


def test_up_to_sixty_four_texts_are_categories() -> None:
    names = np.resize([f"n{number}" for number in range(64)], ROWS)
    assert chosen({"name": names}).used == ("name",)


def test_many_different_numbers_are_no_texts() -> None:
    assert chosen({"x": np.resize([*range(100)], ROWS)}).used == ("x",)


def test_roles_of_a_column_keep_it_out() -> None:
    columns = {"x": x(1), "key": x(2), "week": x(3)}
    features = chosen(columns, roles=replace(NO_ROLES, identifiers=("key",), rising=("week",)))
    assert features.used == ("x",)
    assert dict(features.left_out) == {"key": "it identifies the record", "week": TIME_LIKE}


def test_suspected_personal_data_is_left_out_with_its_source() -> None:
    columns = {"x": x(1), "wage": x(2), "log": x(3)}
    personal = Personal(
        categories={"wage": "user.financial", "log": "user.financial"},
        kin={"log": "wage"},
        reasons={"wage": "by its name", "log": "nearly a function of wage"},
    )
    features = chosen(columns, personal=personal)
    assert features.used == ("x",)
    assert dict(features.left_out) == {
        "wage": "suspected personal data",
        "log": "suspected personal data: nearly a function of wage",
    }


def test_the_strongest_of_several_reasons_is_shown() -> None:
    personal = suspected("born", "user.demographic.date_of_birth")
    features = chosen({"x": x(), "born": days(ROWS)}, personal=personal)
    assert dict(features.left_out) == {"born": "suspected personal data"}


def test_a_copy_of_the_label_is_a_leak() -> None:
    features = chosen({"x": x(), "copy": Y})
    assert features.used == ("x",)
    assert dict(features.left_out) == {"copy": "suspected leak: it gives the label away"}
    assert features.suspects == ("copy",)
    assert [*features.leaks] == [("copy",)]
    assert features.leaks["copy",].startswith("copy (equals the target in every record looked at;")
    assert features.powers["copy"] == 1.0


def test_two_parts_of_a_sum_are_a_leak_together() -> None:
    first, second = x(1), x(2)
    columns = {"a": first, "b": second, "c": x(3), "y": (first + second).round(4)}
    features = chosen(columns, task=Task.REGRESSION)
    assert features.used == ("c",)
    assert features.leaks["a", "b"] == "a and b (they sum to y)"
    assert features.left_out["b"] == "suspected leak: part of a sum that is the label"
    assert features.suspects == ("a", "b")


def test_a_column_with_one_value_and_gaps_may_mark_the_label() -> None:
    columns = {"x": x(), "refund": np.where(Y == "yes", "9.50", "")}
    features = chosen(columns)
    assert features.used == ("x",)
    assert features.left_out["refund"] == "suspected leak: it gives the label away"
    assert "it is filled only if y is yes" in features.leaks["refund",]


def test_a_mark_that_gives_nothing_away_keeps_its_own_reason() -> None:
    features = chosen({"x": x(), "note": np.resize(["a", "", ""], ROWS)})
    assert dict(features.left_out) == {"note": "it never changes"}
    assert features.suspects == ()


def test_a_column_that_a_person_left_out_is_not_searched_for_leaks() -> None:
    features = chosen({"x": x(), "copy": Y}, without=["copy"])
    assert dict(features.left_out) == {"copy": "by --without"}
    assert (dict(features.leaks), [*features.powers]) == ({}, ["x"])


def test_a_mark_that_a_person_left_out_is_not_searched_either() -> None:
    columns = {"x": x(), "refund": np.where(Y == "yes", "9.50", "")}
    assert dict(chosen(columns, without=["refund"]).leaks) == {}


def test_an_unknown_column_cannot_be_left_out() -> None:
    message = r"the data has no column 'pagse'; expected one of pages or y; did you mean 'pages'\?"
    with pytest.raises(DraftError, match=message):
        chosen({"pages": x()}, without=["pagse"])


def test_the_label_cannot_be_left_out() -> None:
    message = (
        "--without names 'y', which is the label; expected a feature: name another column to "
        "predict with --label"
    )
    with pytest.raises(DraftError, match=message):
        chosen({"x": x()}, without=["y"])


PANEL: dict[str, Any] = {"shop": np.resize([1, 2, 3, 4], ROWS), "x": x(), "y": x(9)}
IN_PANEL = replace(NO_ROLES, time="day", series="shop", identifiers=("shop", "day"))


def test_the_series_of_a_forecast_is_its_first_feature() -> None:
    columns = {"x": x(), "shop": PANEL["shop"], "y": x(9)}
    features = chosen(columns, roles=IN_PANEL, task=Task.FORECASTING)
    assert features.used == ("shop", "x")


def test_the_series_of_another_task_is_a_key() -> None:
    features = chosen(PANEL, roles=IN_PANEL, task=Task.REGRESSION)
    assert features.used == ("x",)
    assert dict(features.left_out) == {"shop": "it identifies the record"}


def test_the_series_of_a_forecast_cannot_be_left_out() -> None:
    message = (
        "--without names 'shop', which names the series that are forecast; expected another "
        "feature, or --task regression"
    )
    with pytest.raises(DraftError, match=message):
        chosen(PANEL, roles=IN_PANEL, task=Task.FORECASTING, without=["shop"])


def test_a_series_with_many_names_is_still_the_series() -> None:
    shops = np.repeat([f"shop {number}" for number in range(100)], 2)
    features = chosen({**PANEL, "shop": shops}, roles=IN_PANEL, task=Task.FORECASTING)
    assert features.used == ("shop", "x")


def test_the_features_of_an_earlier_draft_are_kept() -> None:
    columns = {"a": x(1), "b": x(2), "c": x(3)}
    features = chosen(columns, only=["c", "a"])
    assert features.used == ("a", "c")
    assert dict(features.left_out) == {"b": "it was no feature of the draft before"}


def test_a_person_may_have_kept_a_feature_that_a_draft_leaves_out() -> None:
    features = chosen({"x": x(), "copy": Y}, only=["x", "copy"])
    assert features.used == ("x", "copy")
    assert features.suspects == ()
    assert [*features.leaks] == [("copy",)]
    personal = suspected("wage", "user.financial")
    assert chosen({"wage": x()}, personal=personal, only=["wage"]).used == ("wage",)


def test_a_person_may_leave_out_a_feature_of_an_earlier_draft() -> None:
    features = chosen({"a": x(1), "b": x(2)}, only=["a", "b"], without=["b"])
    assert features.used == ("a",)
    assert dict(features.left_out) == {"b": "by --without"}


def test_a_feature_of_an_earlier_draft_that_is_gone_is_refused() -> None:
    message = "the data has no column 'gone'; expected one of x or y; choose one of them for `model"
    with pytest.raises(DraftError, match=message):
        chosen({"x": x()}, only=["gone"])


GENDER = suspected("who", "user.demographic.gender")


@pytest.mark.parametrize(
    ("category", "protected"),
    [
        ("user.demographic.gender", ("who",)),
        ("user.demographic", ("who",)),
        ("user.health_and_medical", ("who",)),
        ("user.financial", ()),
        ("user.name", ()),
    ],
)
def test_attributes_of_people_are_protected(category: str, protected: tuple[str, ...]) -> None:
    columns = {"x": x(), "who": np.resize(["f", "m"], ROWS)}
    assert chosen(columns, personal=suspected("who", category)).protected == protected


@pytest.mark.parametrize(
    ("cells", "protected"),
    [
        (["f"] * ROWS, ()),
        (np.resize([f"g{number}" for number in range(50)], ROWS), ("who",)),
        (np.resize([f"g{number}" for number in range(51)], ROWS), ()),
        (np.resize([*range(18, 98)], ROWS), ("who",)),
        (days(ROWS), ()),
    ],
)
def test_an_attribute_needs_groups_that_can_be_compared(
    cells: Any, protected: tuple[str, ...]
) -> None:
    assert chosen({"x": x(), "who": cells}, personal=GENDER).protected == protected


def test_neither_the_label_nor_a_copy_of_an_attribute_is_protected() -> None:
    two = np.resize(["f", "m"], ROWS)
    personal = Personal(
        categories={"who": "user.demographic.gender", "code": "user.demographic.gender",
                    "y": "user.health_and_medical"},
        kin={"code": "who"},
        reasons={"who": "by its name", "code": "nearly a function of who", "y": "by its name"},
    )  # fmt: skip
    columns = {"x": x(), "who": two, "code": np.resize([1, 2], ROWS)}
    assert chosen(columns, personal=personal).protected == ("who",)


def test_features_that_repeat_other_features_are_named() -> None:
    a = x()
    assert chosen({"a": a, "twice": (2 * a).round(4)}).related == ("twice rises and falls with a",)
