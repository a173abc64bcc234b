"""A column of a contract has the options of its type, bounds that leave room, possible values."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.charter.model.contract import Column, RuleSeverity
from aipo_pipelines.charter.model.problem import Fault, field_name
from aipo_pipelines.charter.odcs.columns import check_pattern, read_column
from aipo_pipelines.charter.odcs.format import OdcsProperty


def read(kind: str = "number", *, key: bool = False, **part: Any) -> tuple[Column, list[Fault]]:
    faults: list[Fault] = []
    declared = OdcsProperty.model_validate({"name": "x", "logicalType": kind, **part})
    return read_column(declared, ("p",), faults, key=key), faults


def column(kind: str = "number", *, key: bool = False, **part: Any) -> Column:
    found, faults = read(kind, key=key, **part)
    assert faults == []
    return found


def fault(kind: str, **part: Any) -> tuple[str, str, str, str]:
    """The one fault: its field below the property, and its words."""
    _, (only,) = read(kind, **part)
    field = field_name(only.path).removeprefix("p.")
    return field, only.found, only.expected, only.hint


def options(**given: Any) -> dict[str, Any]:
    return {"logicalTypeOptions": given}


def own(**values: Any) -> dict[str, Any]:
    entries = [{"property": name, "value": value} for name, value in values.items()]
    return {"customProperties": entries}


def test_a_bare_property_is_a_column_of_its_own_name() -> None:
    assert column() == Column(name="x", delivered_as="x", logical_type=column().logical_type)
    assert column(physicalName="X1").delivered_as == "X1"


def test_a_key_is_required_and_unique() -> None:
    keyed = column(key=True, primaryKey=True)
    assert (keyed.required, keyed.unique) == (True, True)
    part = column(primaryKey=True)
    assert (part.required, part.unique) == (True, False)
    assert (column(required=True).required, column(unique=True).unique) == (True, True)


def test_words_for_people_and_our_properties_are_kept() -> None:
    declared = column(
        "boolean",
        classification="restricted",
        criticalDataElement=True,
        description="Whether it was sold.",
        **own(dataCategory="user", severity="info", trueValues=["ja"], falseValues=["nein"]),
    )
    assert (declared.classification, declared.critical) == ("restricted", True)
    assert (declared.description, declared.category) == ("Whether it was sold.", "user")
    assert (declared.true_values, declared.false_values) == (("ja",), ("nein",))
    assert declared.type_severity is RuleSeverity.INFO


@pytest.mark.parametrize(
    ("kind", "option", "known", "hint"),
    [
        ("number", {"pattern": "a"},
         "minimum, maximum, exclusiveMinimum or exclusiveMaximum", "remove it or correct"),
        ("string", {"minimum": 1}, "pattern, minLength or maxLength", "remove it or correct"),
        ("string", {"format": "uuid"}, "pattern, minLength or maxLength", "use `pattern`"),
        ("boolean", {"minLength": 1}, "nothing", "remove it or correct"),
        ("date", {"maxLength": 1},
         "format, minimum, maximum, exclusiveMinimum or exclusiveMaximum", "remove it or correct"),
    ],
)  # fmt: skip
def test_an_option_fits_its_type(kind: str, option: dict[str, Any], known: str, hint: str) -> None:
    (name,) = option
    field, found, expected, advice = fault(kind, **options(**option))
    assert field == f"logicalTypeOptions.{name}"
    assert (found, expected) == (f"{name} on a column of type {kind}", known)
    assert advice.startswith(hint)


def test_words_for_true_and_false_belong_to_booleans() -> None:
    assert fault("string", **own(trueValues=["ja"])) == (
        "customProperties",
        "trueValues on string",
        "them on boolean",
        "remove them or set `logicalType: boolean`",
    )


@pytest.mark.parametrize(
    ("given", "bounds"),
    [
        ({"minimum": 1, "maximum": 2}, (1, 2, False, False)),
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 2}, (0, 2, True, True)),
        ({"minimum": 1, "exclusiveMinimum": True}, (1, None, True, False)),
        ({"maximum": 1, "exclusiveMaximum": False}, (None, 1, False, False)),
        ({"minimum": 1, "maximum": 1}, (1, 1, False, False)),
    ],
)
def test_bounds_are_read_in_the_form_of_both_editions(given: dict[str, Any], bounds: Any) -> None:
    read_bounds = column(**options(**given))
    assert (
        read_bounds.minimum,
        read_bounds.maximum,
        read_bounds.exclusive_minimum,
        read_bounds.exclusive_maximum,
    ) == bounds


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("number", {"exclusiveMinimum": True},
         (".exclusiveMinimum", "exclusiveMinimum without minimum", "a bound",
          "write the bound itself as `exclusiveMinimum`")),
        ("number", {"maximum": 1, "exclusiveMaximum": 2},
         (".exclusiveMaximum", "both maximum and exclusiveMaximum", "one of them",
          "remove one of them")),
        ("number", {"minimum": 2, "maximum": 1},
         ("", "a smallest value above the largest", "bounds that leave room",
          "swap or correct them")),
        ("string", {"minLength": 2, "maxLength": 1},
         ("", "a smallest value above the largest", "bounds that leave room",
          "swap or correct them")),
        ("number", {"minimum": "1"}, (".minimum", "'1'", "a number", "correct the bound")),
        ("date", {"maximum": 5},
         (".maximum", "5", 'a date in quotes such as "2026-01-31"', "correct the bound")),
        ("date", {"exclusiveMinimum": "31.01.2026"},
         (".exclusiveMinimum", "'31.01.2026'", 'a date in quotes such as "2026-01-31"',
          "correct the bound")),
        ("integer", {"maximum": 2**53 + 1},
         (".maximum", str(2**53 + 1),
          "a number that 64-bit floats hold exactly, with which the bound is compared",
          "correct the bound")),
    ],
)  # fmt: skip
def test_bounds_leave_room(kind: str, given: dict[str, Any], expected: tuple[str, ...]) -> None:
    place, *words = expected
    assert fault(kind, **options(**given)) == (f"logicalTypeOptions{place}", *words)


def test_dates_are_compared_in_the_format_of_the_cells() -> None:
    days = {"format": "dd.MM.yyyy", "minimum": "31.01.2026", "maximum": "01.02.2026"}
    assert column("date", **options(**days)).date_format == "%d.%m.%Y"
    swapped = {**days, "minimum": "01.02.2026", "maximum": "31.01.2026"}
    assert fault("date", **options(**swapped))[1] == "a smallest value above the largest"


@pytest.mark.parametrize("pattern", ["qq", "dd.MM.yyyy q"])
def test_a_format_that_nobody_can_read_back_is_refused(pattern: str) -> None:
    field, found, expected, hint = fault("date", **options(format=pattern))
    assert field == "logicalTypeOptions.format"
    assert found.startswith(f"{pattern!r}: ")
    assert (expected, hint) == ("a JDK date pattern such as dd-MM-yyyy", "rewrite it")


def test_a_pattern_is_a_regular_expression() -> None:
    assert column("string", **options(pattern="^a$")).pattern == "^a$"
    field, found, expected, hint = fault("string", **options(pattern="(a"))
    assert (field, found) == ("logicalTypeOptions.pattern", "'(a'")
    assert expected == "a regular expression"
    assert hint.startswith("correct it: ")
    faults: list[Fault] = []
    check_pattern("a+", ("p",), faults)
    assert faults == []


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("string", ["a", "1"]),
        ("integer", [0, 1, -1]),
        ("number", [0, 0.5]),
        ("boolean", [True, False]),
        ("date", ["2026-01-31"]),
        ("timestamp", ["2026-01-31T08:30:00"]),
    ],
)
def test_allowed_values_are_values_of_the_type(kind: str, values: list[Any]) -> None:
    entries = [{"value": value} for value in values]
    assert column(kind, enum=entries).allowed == tuple(values)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("string", 1, "1"),
        ("integer", "1", "'1'"),
        ("integer", 0.5, "0.5"),
        ("integer", True, "true"),
        ("number", "a", "'a'"),
        ("boolean", 1, "1"),
        ("date", "31.01.2026", "'31.01.2026'"),
        ("date", "2026-01-31T08:30:00", "'2026-01-31T08:30:00'"),
    ],
)
def test_an_allowed_value_of_another_type_is_refused(kind: str, value: Any, shown: str) -> None:
    hint = "put it in quotes" if kind == "string" else "correct it"
    assert fault(kind, enum=[{"value": value}]) == (
        "enum[0].value", shown, f"a value of type {kind}", hint,
    )  # fmt: skip


def test_allowed_values_are_listed_once_and_there_is_one() -> None:
    assert fault("number", enum=[{"value": 1}, {"value": 1.0}]) == (
        "enum[1].value", "1.0 again", "each value once", "remove one of them",
    )  # fmt: skip
    assert fault("number", enum=[]) == (
        "enum", "no value", "at least one value", "list the allowed values, or remove it",
    )  # fmt: skip


def test_a_wrong_type_is_not_reported_again_by_its_bounds() -> None:
    given = {"pattern": "a", "minimum": "b"}
    assert fault("number", **options(**given))[0] == "logicalTypeOptions.pattern"
