"""A library rule is an upper bound on errors or a number of rows; any other bound is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from aipo_pipelines.charter.model.contract import LogicalType, Rule, RuleSeverity
from aipo_pipelines.charter.model.problem import field_name
from aipo_pipelines.charter.model.tolerance import Tolerance
from aipo_pipelines.charter.odcs.collector import RuleSink
from aipo_pipelines.charter.odcs.format import OdcsQuality
from aipo_pipelines.charter.odcs.library import read_library_rule
from tests.unit.charter.charters import column_of

PLACE = ("quality", 0)
COLUMNS = {"x": column_of("x"), "t": column_of("t", LogicalType.STRING)}
ZERO = {"mustBe": 0}
NULLS = {"metric": "nullValues"}


def read(rule: dict[str, Any], column: str | None = "x") -> RuleSink:
    sink = RuleSink(columns=COLUMNS, faults=[])
    read_library_rule(sink, OdcsQuality.model_validate(rule), PLACE, column)
    return sink


def rule_of(rule: dict[str, Any], column: str | None = "x") -> Rule:
    sink = read(rule, column)
    assert sink.faults == []
    (only,) = sink.rules
    return only


def fault_of(rule: dict[str, Any], column: str | None = "x") -> tuple[str, str, str, str]:
    sink = read(rule, column)
    assert sink.rules == []
    (fault,) = sink.faults
    return field_name(fault.path), fault.found, fault.expected, fault.hint


@pytest.mark.parametrize(
    ("rule", "column", "expectation", "arguments", "name"),
    [
        (NULLS, "x", "expect_column_values_to_not_be_null", {"column": "x"}, "x nullValues"),
        ({"metric": "missingValues"}, "x", "expect_column_values_to_not_be_null", {"column": "x"},
         "x missingValues"),
        ({"metric": "missingValues", "arguments": {"missingValues": ["", None, "-", "-"]}}, "t",
         "expect_column_values_to_not_be_missing", {"column": "t", "value_set": ["-", "-"]},
         "t missingValues"),
        ({"metric": "invalidValues", "arguments": {"validValues": ["1", 2]}}, "x",
         "expect_column_values_to_be_in_set", {"column": "x", "value_set": [1.0, 2.0]},
         "x invalidValues"),
        ({"metric": "invalidValues", "arguments": {"pattern": "^a"}}, "t",
         "expect_column_values_to_match_regex", {"column": "t", "regex": "^a"},
         "t invalidValues"),
        ({"metric": "duplicateValues"}, "x", "expect_column_values_to_be_unique", {"column": "x"},
         "x duplicateValues"),
        ({"metric": "duplicateValues", "arguments": {"properties": ["x", "t"]}}, None,
         "expect_compound_columns_to_be_unique", {"column_list": ["x", "t"]},
         "x, t duplicateValues"),
    ],
)  # fmt: skip
def test_each_metric_becomes_its_expectation(
    rule: dict[str, Any], column: str | None, expectation: str, arguments: dict[str, Any], name: str
) -> None:
    found = rule_of({**rule, **ZERO}, column)
    assert (found.expectation, found.arguments) == (expectation, arguments)
    assert (found.name, found.tolerance) == (name, None)


@pytest.mark.parametrize(
    ("operator", "tolerance"),
    [
        ({"mustBeLessThan": 1}, None),
        ({"mustBeLessThan": 2.5}, Tolerance(rows=2)),
        ({"mustBeLessThan": 3}, Tolerance(rows=2)),
        ({"mustBeLessOrEqualTo": 2.5}, Tolerance(rows=2)),
        ({"mustBeLessOrEqualTo": 3}, Tolerance(rows=3)),
        ({"mustBeBetween": [0, 3]}, Tolerance(rows=3)),
        ({"mustBeBetween": [0, 0]}, None),
        ({"mustBeLessThan": 100, "unit": "percent"},
         Tolerance(percent=Fraction(100), below=True)),
        ({"mustBeLessOrEqualTo": 99.9, "unit": "percent"}, Tolerance(percent=Fraction(999, 10))),
        ({"mustBeBetween": [0, 5], "unit": "percent"}, Tolerance(percent=Fraction(5))),
        ({"mustBe": 0, "unit": "percent"}, None),
    ],
)  # fmt: skip
def test_an_upper_bound_is_a_tolerance(
    operator: dict[str, Any], tolerance: Tolerance | None
) -> None:
    assert rule_of({**NULLS, **operator}).tolerance == tolerance


@pytest.mark.parametrize(
    ("operator", "place", "found"),
    [
        ({"mustBe": 5}, "mustBe", "mustBe 5 rows"),
        ({"mustBe": False}, "mustBe", "mustBe false rows"),
        ({"mustNotBe": 0}, "mustNotBe", "mustNotBe 0 rows"),
        ({"mustBeGreaterThan": 5}, "mustBeGreaterThan", "mustBeGreaterThan 5 rows"),
        ({"mustBeLessThan": 0}, "mustBeLessThan", "mustBeLessThan 0 rows"),
        ({"mustBeLessOrEqualTo": -1}, "mustBeLessOrEqualTo", "mustBeLessOrEqualTo -1 rows"),
        ({"mustBeLessOrEqualTo": 100, "unit": "percent"}, "mustBeLessOrEqualTo",
         "mustBeLessOrEqualTo 100 percent"),
        ({"mustBeLessThan": 100.5, "unit": "percent"}, "mustBeLessThan",
         "mustBeLessThan 100.5 percent"),
        ({"mustBeBetween": [1, 2_000_000]}, "mustBeBetween", "mustBeBetween [1, 2000000] rows"),
        ({"mustNotBeBetween": [0, 5]}, "mustNotBeBetween", "mustNotBeBetween [0, 5] rows"),
    ],
)  # fmt: skip
def test_any_other_bound_on_errors_is_refused(
    operator: dict[str, Any], place: str, found: str
) -> None:
    assert fault_of({**NULLS, **operator}) == (
        f"quality[0].{place}",
        found,
        "0, or an upper bound: in rows, or below 100 with `unit: percent`",
        "say how many may be wrong at most",
    )


@pytest.mark.parametrize("rule", [NULLS, {"metric": "rowCount"}])
def test_a_rule_has_one_operator(rule: dict[str, Any]) -> None:
    column = None if rule["metric"] == "rowCount" else "x"
    assert fault_of(rule, column) == (
        "quality[0]", "no operator", "one of the operators mustBe…", "add `mustBe: 0`",
    )  # fmt: skip
    both = {**rule, "mustBe": 0, "mustBeLessThan": 5}
    assert fault_of(both, column)[1::2] == ("2 operators", "keep one of them")


def test_a_rule_names_its_metric() -> None:
    assert fault_of(ZERO) == (
        "quality[0].metric", "nothing", "the key 'metric'", "add `metric:` here",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "column", "expected"),
    [
        ("rowCount", "x", "it at the table"),
        ("nullValues", None, "it at a column"),
        ("invalidValues", None, "it at a column"),
    ],
)
def test_a_metric_has_its_place(metric: str, column: str | None, expected: str) -> None:
    assert fault_of({"metric": metric, **ZERO}, column) == (
        "quality[0].metric", f"{metric} here", expected, "move the rule there",
    )  # fmt: skip


def test_fields_of_a_custom_rule_are_refused_in_one_order() -> None:
    rule = {**NULLS, **ZERO, "implementation": {"a": 1}, "engine": "aipo"}
    assert [(field_name(fault.path), fault.found) for fault in read(rule).faults] == [
        ("quality[0].engine", "engine on a library rule"),
        ("quality[0].implementation", "implementation on a library rule"),
    ]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({}, "neither"),
        ({"validValues": [1], "pattern": "a"}, "both"),
        ({"validValues": [], "pattern": "a"}, "both"),
    ],
)
def test_valid_values_are_a_list_or_a_pattern(arguments: dict[str, Any], found: str) -> None:
    rule = {"metric": "invalidValues", **ZERO, "arguments": arguments}
    assert fault_of(rule)[1:] == (found, "exactly one of validValues and pattern", "give one")


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"validValues": []}, "a list of 0"),
        ({"validValues": "a"}, "'a'"),
        ({"pattern": 5}, "5"),
    ],
)
def test_valid_values_of_another_form_are_refused(arguments: dict[str, Any], found: str) -> None:
    rule = {"metric": "invalidValues", **ZERO, "arguments": arguments}
    assert fault_of(rule) == (
        "quality[0].arguments", found, "a list of values or a pattern in quotes",
        "correct the value",
    )  # fmt: skip


def test_a_value_that_no_cell_can_be_is_named_at_its_place() -> None:
    rule = {"metric": "invalidValues", **ZERO, "arguments": {"validValues": [1, "a"]}}
    (fault,) = read(rule).faults
    assert (field_name(fault.path), *fault[1:4]) == (
        "quality[0].arguments.validValues[1]",
        "'a'",
        "a value of type number",
        "correct it, or `logicalType`",
    )


def test_a_pattern_is_a_regular_expression() -> None:
    (fault,) = read({"metric": "invalidValues", **ZERO, "arguments": {"pattern": "("}}, "t").faults
    assert field_name(fault.path) == "quality[0].arguments.pattern"
    assert (fault.found, fault.expected) == ("'('", "a regular expression")


def test_unknown_arguments_are_refused() -> None:
    (fault,) = read({**NULLS, **ZERO, "arguments": {"other": 1}}).faults
    assert (fault.found, fault.expected, fault.hint) == ("'other'", "no arguments", "remove it")
    wrong = {"metric": "missingValues", **ZERO, "arguments": {"missingValue": ["-"]}}
    (fault,) = read(wrong).faults
    assert (fault.expected, fault.hint) == ("missingValues", "did you mean 'missingValues'?")


def test_missing_values_are_a_list() -> None:
    rule = {"metric": "missingValues", **ZERO, "arguments": {"missingValues": "-"}}
    assert fault_of(rule) == (
        "quality[0].arguments.missingValues", "'-'", "a list of values", "write a list",
    )  # fmt: skip


def test_unique_columns_are_at_least_two_known_columns() -> None:
    rule = {"metric": "duplicateValues", **ZERO}
    single = fault_of({**rule, "arguments": {"properties": ["x"]}}, None)
    assert single == (
        "quality[0].arguments.properties", "a list of 1", "a list of at least 2 columns",
        "name columns of this contract",
    )  # fmt: skip
    unknown = fault_of({**rule, "arguments": {"properties": ["x", "xx"]}}, None)
    assert unknown[1:] == ("'xx'", "a column of this contract", "did you mean 'x'?")


def rows(*operators: dict[str, Any], **more: Any) -> RuleSink:
    sink = RuleSink(columns=COLUMNS, faults=[])
    for operator in operators:
        part = OdcsQuality.model_validate({"metric": "rowCount", **operator, **more})
        read_library_rule(sink, part, PLACE, None)
    return sink


@pytest.mark.parametrize(
    ("operator", "bounds"),
    [
        ({"mustBe": 5}, (5, 5)),
        ({"mustBeGreaterThan": 5}, (6, None)),
        ({"mustBeGreaterOrEqualTo": 5}, (5, None)),
        ({"mustBeLessThan": 5}, (None, 4)),
        ({"mustBeLessOrEqualTo": 5}, (None, 5)),
        ({"mustBeBetween": [5, 9]}, (5, 9)),
        ({"mustBeBetween": [5, 5]}, (5, 5)),
        ({"mustBe": 0}, (0, 0)),
    ],
)
def test_an_operator_bounds_the_rows(operator: dict[str, Any], bounds: Any) -> None:
    sink = rows(operator)
    assert (sink.minimum_rows, sink.maximum_rows) == bounds
    assert (sink.rules, sink.faults) == ([], [])


def test_the_tighter_of_two_bounds_holds_in_any_order() -> None:
    wide, tight = {"mustBeBetween": [5, 90]}, {"mustBeBetween": [7, 80]}
    for sink in (rows(wide, tight), rows(tight, wide)):
        assert (sink.minimum_rows, sink.maximum_rows) == (7, 80)


def test_a_bound_that_only_warns_is_a_rule() -> None:
    sink = rows({"mustBeGreaterOrEqualTo": 5}, severity="warning")
    (rule,) = sink.rules
    assert (rule.expectation, rule.name) == ("expect_table_row_count_to_be_between", "rowCount")
    assert (rule.arguments, rule.severity) == (
        {"min_value": 5, "max_value": None}, RuleSeverity.WARNING,
    )  # fmt: skip
    assert sink.minimum_rows is None


@pytest.mark.parametrize(
    ("rule", "place", "found"),
    [
        ({"mustBe": "5"}, "mustBe", "mustBe '5' rows"),
        ({"mustBe": True}, "mustBe", "mustBe true rows"),
        ({"mustBe": -1}, "mustBe", "mustBe -1 rows"),
        ({"mustBeGreaterThan": 5.5}, "mustBeGreaterThan", "mustBeGreaterThan 5.5 rows"),
        ({"mustBeLessThan": 0}, "mustBeLessThan", "mustBeLessThan 0 rows"),
        ({"mustNotBe": 5}, "mustNotBe", "mustNotBe 5 rows"),
        ({"mustBeBetween": [9, 5]}, "mustBeBetween", "mustBeBetween [9, 5] rows"),
        ({"mustBe": 5, "unit": "percent"}, "mustBe", "mustBe 5 percent"),
    ],
)
def test_a_number_of_rows_that_is_no_range_is_refused(
    rule: dict[str, Any], place: str, found: str
) -> None:
    assert fault_of({"metric": "rowCount", **rule}, None) == (
        f"quality[0].{place}",
        found,
        "whole rows from 0, with an operator that gives one range",
        "correct the operator",
    )
