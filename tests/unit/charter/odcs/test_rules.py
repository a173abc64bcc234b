"""ODCS quality rules become expectations, or are refused."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any

import pytest

from aipo_pipelines.charter.model.contract import Contract, Rule, RuleSeverity
from aipo_pipelines.charter.model.tolerance import Tolerance
from aipo_pipelines.charter.odcs.expectations import EXPECTATIONS, arguments_of
from tests.unit.charter.conftest import CheckTable, ReadTable

ZERO = {"mustBe": 0}


def only(contract: Contract) -> Rule:
    (rule,) = contract.rules
    return rule


def on_x1(*rules: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"name": "x1", "quality": [*rules]}]


def custom(engine: str, **implementation: Any) -> dict[str, Any]:
    return {"type": "custom", "engine": engine, "implementation": implementation}


@pytest.mark.parametrize(
    ("rule", "expectation", "arguments"),
    [
        ({"metric": "nullValues"}, "expect_column_values_to_not_be_null", {}),
        ({"metric": "duplicateValues"}, "expect_column_values_to_be_unique", {}),
        ({"metric": "invalidValues", "arguments": {"validValues": [1, 2]}},
         "expect_column_values_to_be_in_set", {"value_set": [1, 2]}),
        ({"metric": "invalidValues", "arguments": {"pattern": "^a$"}},
         "expect_column_values_to_match_regex", {"regex": "^a$"}),
        ({"metric": "missingValues"}, "expect_column_values_to_not_be_null", {}),
    ],
)  # fmt: skip
def test_a_library_metric_of_a_column_becomes_an_expectation(
    read_table: ReadTable, rule: dict[str, Any], expectation: str, arguments: dict[str, Any]
) -> None:
    read = only(read_table(properties=on_x1({**rule, **ZERO})))
    assert read.expectation == expectation
    assert read.arguments == {"column": "x1", **arguments}
    assert read.columns == ("x1",)
    assert read.severity is RuleSeverity.ERROR


def test_values_that_stand_for_missing_are_counted_with_the_gaps(read_table: ReadTable) -> None:
    rule = {"metric": "missingValues", **ZERO, "arguments": {"missingValues": [None, "", "-9"]}}
    expectation = only(read_table(properties=on_x1(rule)))
    assert expectation.expectation == "expect_column_values_to_not_be_missing"
    assert expectation.arguments == {"column": "x1", "value_set": [-9.0]}


def test_a_word_that_no_cell_of_the_column_can_be_is_refused_with_a_hint(
    check_table: CheckTable,
) -> None:
    for name, argument in (("missingValues", "missingValues"), ("invalidValues", "validValues")):
        rule = {"metric": name, **ZERO, "arguments": {argument: [1, "n/a"]}}
        (problem,) = check_table(properties=on_x1(rule))
        assert problem.field.endswith(f"arguments.{argument}[1]")
        assert problem.expected == "a value of type number"


@pytest.mark.parametrize(
    ("operator", "tolerance"),
    [
        ({"mustBeLessOrEqualTo": 0.1}, Tolerance(percent=Fraction(1, 10))),
        ({"mustBeLessThan": 6.4}, Tolerance(percent=Fraction(64, 10), below=True)),
        ({"mustBeBetween": [0, 7]}, Tolerance(percent=Fraction(7))),
        ({"mustBeLessOrEqualTo": 0}, None),
    ],
)
def test_a_bound_in_percent_becomes_a_tolerance_as_it_is_written(
    read_table: ReadTable, operator: dict[str, Any], tolerance: Tolerance | None
) -> None:
    rule = {"metric": "nullValues", "unit": "percent", **operator}
    expectation = only(read_table(properties=on_x1(rule)))
    assert expectation.tolerance == tolerance
    assert "mostly" not in expectation.arguments


@pytest.mark.parametrize(
    ("operator", "tolerance"),
    [
        ({"mustBeLessOrEqualTo": 3}, Tolerance(rows=3)),
        ({"mustBeLessThan": 3}, Tolerance(rows=2)),
        ({"mustBeLessThan": 2.5}, Tolerance(rows=2)),
        ({"mustBeBetween": [0, 250]}, Tolerance(rows=250)),
        ({"mustBeLessOrEqualTo": 0.9}, None),
    ],
)
def test_a_bound_in_rows_becomes_a_tolerance_for_batches_of_any_size(
    read_table: ReadTable, operator: dict[str, Any], tolerance: Tolerance | None
) -> None:
    expectation = only(read_table(properties=on_x1({"metric": "nullValues", **operator})))
    assert expectation.tolerance == tolerance


def test_fewer_than_one_row_means_none(read_table: ReadTable) -> None:
    rule = {"metric": "nullValues", "mustBeLessThan": 1}
    assert "mostly" not in only(read_table(properties=on_x1(rule))).arguments


def test_columns_that_are_unique_together_become_one_expectation(read_table: ReadTable) -> None:
    rule = {"metric": "duplicateValues", **ZERO, "arguments": {"properties": ["x1", "x2"]}}
    expectation = only(read_table(quality=[rule]))
    assert expectation.expectation == "expect_compound_columns_to_be_unique"
    assert expectation.arguments == {"column_list": ["x1", "x2"]}


@pytest.mark.parametrize(
    ("operator", "bounds"),
    [
        ({"mustBe": 10}, (10, 10)),
        ({"mustBeGreaterThan": 10}, (11, None)),
        ({"mustBeGreaterOrEqualTo": 10}, (10, None)),
        ({"mustBeLessThan": 10}, (None, 9)),
        ({"mustBeLessOrEqualTo": 10}, (None, 10)),
        ({"mustBeBetween": [5, 10]}, (5, 10)),
    ],
)
def test_a_row_count_bounds_the_batch(
    read_table: ReadTable, operator: dict[str, Any], bounds: tuple[int | None, int | None]
) -> None:
    contract = read_table(quality=[{"metric": "rowCount", **operator}])
    assert (contract.minimum_rows, contract.maximum_rows) == bounds
    assert contract.rules == ()


def test_two_row_counts_bound_the_batch_together(read_table: ReadTable) -> None:
    low = {"metric": "rowCount", "mustBeGreaterOrEqualTo": 5}
    high = {"metric": "rowCount", "mustBeBetween": [2, 9]}
    contract = read_table(quality=[low, high])
    assert (contract.minimum_rows, contract.maximum_rows) == (5, 9)


def test_a_row_count_that_only_warns_stays_a_rule(read_table: ReadTable) -> None:
    rule = {"metric": "rowCount", "mustBeGreaterThan": 9, "severity": "warning"}
    contract = read_table(quality=[rule])
    assert contract.minimum_rows is None
    assert only(contract).arguments == {"min_value": 10, "max_value": None}
    assert only(contract).severity is RuleSeverity.WARNING


@pytest.mark.parametrize(
    "kind", ["expect_column_values_to_be_between", "ExpectColumnValuesToBeBetween"]
)
def test_an_expectation_is_taken_with_its_arguments(read_table: ReadTable, kind: str) -> None:
    rule = custom("greatExpectations", type=kind, kwargs={"min_value": 0, "strict_min": True})
    expectation = only(read_table(properties=on_x1({**rule, "severity": "info"})))
    assert expectation.expectation == "expect_column_values_to_be_between"
    assert expectation.arguments == {"column": "x1", "min_value": 0, "strict_min": True}
    assert expectation.severity is RuleSeverity.INFO


def test_an_expectation_on_two_columns_names_both(read_table: ReadTable) -> None:
    kind = "expect_column_pair_values_a_to_be_greater_than_b"
    rule = custom("greatExpectations", type=kind, kwargs={"column_A": "x1", "column_B": "x2"})
    assert only(read_table(quality=[rule])).columns == ("x1", "x2")


def test_a_dependency_names_the_dependent_column_last(read_table: ReadTable) -> None:
    expectation = only(read_table(quality=[custom("aipo", columns=["x1", "x2"], determines="y")]))
    assert expectation.expectation == "expect_columns_to_determine"
    assert expectation.arguments == {"column_list": ["x1", "x2", "y"]}
    assert expectation.columns == ("x1", "x2", "y")
    assert expectation.name == "x1, x2 determines y"


def test_a_dependency_of_several_columns_becomes_a_rule_each(read_table: ReadTable) -> None:
    rule = {**custom("aipo", determines=["x2", "y"]), "name": "follows"}
    rules = read_table(properties=on_x1(rule)).rules
    assert [expectation.name for expectation in rules] == ["follows: x2", "follows: y"]
    assert [expectation.columns for expectation in rules] == [("x1", "x2"), ("x1", "y")]


def test_rules_of_one_name_are_numbered(read_table: ReadTable) -> None:
    rule = {"metric": "nullValues", **ZERO}
    names = [expectation.name for expectation in read_table(properties=on_x1(rule, rule)).rules]
    assert names == ["x1 nullValues", "x1 nullValues (2)"]


def test_a_name_and_a_description_are_kept(read_table: ReadTable) -> None:
    rule = {"metric": "nullValues", **ZERO, "name": "filled in", "description": "We need it."}
    expectation = only(read_table(properties=on_x1(rule)))
    assert (expectation.name, expectation.description) == ("filled in", "We need it.")


_OF_ALL = {
    *("batch_id", "catch_exceptions", "description", "id", "meta", "notes", "rendered_content"),
    *("result_format", "severity", "windows", "library_metadata"),
    *("row_condition", "condition_parser"),
}
"""Arguments that a contract may not set: the form of results is decided here, and conditions on
rows are run as code."""

UNIQUE = "expect_column_values_to_be_unique"


@pytest.mark.parametrize(
    ("rule", "field", "found"),
    [
        ({"type": "text", "description": "Looks good."}, "type", "type text"),
        ({"type": "sql", **ZERO}, "type", "type sql"),
        ({"type": "sql", "query": "select 1"}, "query", "a rule in SQL"),
        ({"rule": "nullCheck"}, "rule", "the name it had in v3.0"),
        ({**ZERO}, "metric", "nothing"),
        ({"metric": "nullChecks", **ZERO}, "metric", "'nullChecks'"),
        ({"metric": "rowCount", **ZERO}, "metric", "rowCount here"),
        ({"metric": "nullValues"}, "", "no operator"),
        ({"metric": "nullValues", **ZERO, "mustBeLessThan": 1}, "", "2 operators"),
        ({"metric": "nullValues", "mustBe": 3}, "mustBe", "mustBe 3 rows"),
        ({"metric": "nullValues", "mustBe": False}, "mustBe", "mustBe false"),
        ({"metric": "nullValues", "mustNotBe": 3}, "mustNotBe", "mustNotBe 3"),
        ({"metric": "nullValues", "mustBeGreaterThan": 3}, "mustBeGreaterThan", "3"),
        ({"metric": "nullValues", "mustBeLessThan": 0, "unit": "percent"}, "mustBeLessThan", "0"),
        ({"metric": "nullValues", "mustBeLessThan": 0}, "mustBeLessThan", "0"),
        ({"metric": "nullValues", "mustBeLessOrEqualTo": -1}, "mustBeLessOrEqualTo", "-1"),
        ({"metric": "nullValues", "mustBeBetween": [2, 5]}, "mustBeBetween", "[2, 5] rows"),
        ({"metric": "nullValues", "mustBeLessOrEqualTo": 100, "unit": "percent"},
         "mustBeLessOrEqualTo", "100"),
        ({"metric": "nullValues", **ZERO, "unit": "kg"}, "unit", "'kg'"),
        ({"metric": "nullValues", **ZERO, "severity": "fatal"}, "severity", "'fatal'"),
        ({"metric": "nullValues", **ZERO, "schedule": "0 1 * * *"}, "schedule", "times of its own"),
        ({"metric": "nullValues", **ZERO, "engine": "aipo"}, "engine", "engine on"),
        ({"metric": "nullValues", **ZERO, "arguments": {"x": 1}}, "arguments.x", "'x'"),
        ({"metric": "invalidValues", **ZERO}, "arguments", "neither"),
        ({"metric": "invalidValues", **ZERO, "arguments": {"validValues": [1], "pattern": "a"}},
         "arguments", "both"),
        ({"metric": "invalidValues", **ZERO, "arguments": {"pattern": "("}},
         "arguments.pattern", "'('"),
        ({"metric": "invalidValues", **ZERO, "arguments": {"validValues": []}}, "arguments",
         "a list of 0"),
        ({"metric": "nullValues", **ZERO, "customProperties": [{"property": "a"}]},
         "customProperties[0].property", "'a'"),
        (custom("soda", type="x"), "engine", "'soda'"),
        ({"type": "custom"}, "engine", "nothing"),
        ({**custom("aipo", determines="x2"), "mustBe": 0}, "mustBe", "mustBe on"),
        (custom("aipo", determines="x9"), "implementation.determines", "'x9'"),
        (custom("aipo", determines="x1"), "implementation.determines", "'x1'"),
        (custom("aipo", columns=[], determines="x2"), "implementation.columns", "a list of 0"),
        (custom("aipo", columns=[["x1"]], determines="x2"), "implementation.columns", "a list"),
        (custom("aipo", determine="x2"), "implementation.determine", "'determine'"),
        (custom("greatExpectations", type="expect_magic"), "implementation.type",
         "'expect_magic'"),
        (custom("greatExpectations", kwargs={}), "implementation.type", "nothing"),
        (custom("greatExpectations", type=UNIQUE, kwargs=[]), "implementation.type", "unique"),
        (custom("greatExpectations", type=UNIQUE, kwargs={"column": "z"}),
         "implementation.kwargs.column", "'z'"),
        (custom("greatExpectations", type=UNIQUE, kwargs={"result_format": "COMPLETE"}),
         "implementation.kwargs.result_format", "'result_format'"),
        (custom("greatExpectations", type=UNIQUE, args={}), "implementation.args", "'args'"),
        (custom("greatExpectations", type=UNIQUE, kwargs={"minValue": 1}),
         "implementation.kwargs.minValue", "'minValue'"),
        (custom("greatExpectations", type=UNIQUE, kwargs={"row_condition": "@pd.io.x(1)"}),
         "implementation.kwargs.row_condition", "'row_condition'"),
        (custom("greatExpectations", type=UNIQUE, kwargs={"condition_parser": "pandas"}),
         "implementation.kwargs.condition_parser", "'condition_parser'"),
        (custom("greatExpectations", type="expect_column_values_to_be_in_set"),
         "implementation.kwargs", "nothing"),
        ({"type": "custom", "engine": "greatExpectations", "implementation": "- a"},
         "implementation", "another text"),
    ],
)  # fmt: skip
def test_a_rule_that_would_not_be_executed_is_refused(
    check_table: CheckTable, rule: dict[str, Any], field: str, found: str
) -> None:
    problems = check_table(properties=on_x1(rule))
    texts = {
        problem.field.partition("quality[0]")[2].removeprefix("."): problem.found
        for problem in problems
    }
    assert found in texts[field]
    assert all(problem.hint for problem in problems)


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"metric": "nullValues", **ZERO}, "metric"),
        ({"metric": "rowCount", "mustNotBe": 3}, "mustNotBe"),
        ({"metric": "rowCount", "mustBe": 2.5}, "mustBe"),
        ({"metric": "rowCount", "mustBe": -1}, "mustBe"),
        ({"metric": "rowCount", "mustBeBetween": [9, 3]}, "mustBeBetween"),
        ({"metric": "rowCount", "mustBe": 3, "unit": "percent"}, "mustBe"),
        ({"metric": "duplicateValues", **ZERO}, "arguments.properties"),
        ({"metric": "duplicateValues", **ZERO, "arguments": {"properties": ["x1"]}},
         "arguments.properties"),
        ({"metric": "duplicateValues", **ZERO, "arguments": {"properties": ["x1", "q"]}},
         "arguments.properties"),
        (custom("aipo", determines="x2"), "implementation.columns"),
    ],
)  # fmt: skip
def test_a_rule_of_the_table_that_would_not_be_executed_is_refused(
    check_table: CheckTable, rule: dict[str, Any], field: str
) -> None:
    problems = check_table(quality=[rule])
    assert f"schema[0].quality[0].{field}" in {problem.field for problem in problems}


def test_a_misspelt_expectation_is_offered_its_right_name(check_table: CheckTable) -> None:
    rule = custom("greatExpectations", type="expect_column_values_to_be_uniqe")
    (problem,) = check_table(properties=on_x1(rule))
    assert problem.hint == f"did you mean {UNIQUE!r}?"


@pytest.mark.integration
def test_every_expectation_we_name_exists_with_those_columns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GX_ANALYTICS_ENABLED", "false")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings of the library's own imports are not ours
        from great_expectations.expectations import core
    for name, columns in EXPECTATIONS.items():
        model = getattr(core, "".join(part.title() for part in name.split("_")))
        needed = {field for field, argument in model.__fields__.items() if argument.required}
        known = frozenset(model.__fields__) - _OF_ALL
        assert arguments_of(name) == (known, frozenset(needed - {*columns})), name
