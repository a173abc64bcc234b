"""Values in rules are read like cells; a value that no cell can be is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from aipo_pipelines.charter.model.contract import Contract
from tests.unit.charter.conftest import CheckTable, ReadTable

NEW_YEAR = datetime(2026, 1, 1)  # noqa: DTZ001 - dates of cells have no zone
KWARGS = "schema[0].properties[4].quality[0].implementation.kwargs"
TYPE = "schema[0].properties[4].quality[0].implementation.type"


def a_column(kind: str, **part: Any) -> list[dict[str, Any]]:
    return [{"name": "extra", "logicalType": kind, **part}]


def expects(name: str, kind: str, options: Any = None, **kwargs: Any) -> list[dict[str, Any]]:
    implementation = {"type": f"expect_column_{name}", "kwargs": kwargs}
    rule = {"type": "custom", "engine": "greatExpectations", "implementation": implementation}
    return a_column(kind, quality=[rule], **({"logicalTypeOptions": options} if options else {}))


def arguments(contract: Contract) -> dict[str, Any]:
    (rule,) = contract.rules
    return {name: value for name, value in rule.arguments.items() if name != "column"}


@pytest.mark.parametrize("name", ["values", "max", "min", "mean", "median"])
@pytest.mark.parametrize(
    ("options", "written"),
    [
        (None, "2026-01-01"),
        ({"format": "dd.MM.yyyy"}, "01.01.2026"),
        ({"format": "dd.MM.yyyy"}, "2026-01-01"),
    ],
)
def test_a_bound_of_dates_is_a_moment(
    read_table: ReadTable, name: str, options: Any, written: str
) -> None:
    rule = expects(f"{name}_to_be_between", "date", options, min_value=written)
    assert arguments(read_table(properties=rule)) == {"min_value": NEW_YEAR}


def test_quantiles_and_pairs_of_dates_are_moments(read_table: ReadTable) -> None:
    given = {"quantiles": [0.5], "value_ranges": [["2026-01-01", None]]}
    rule = expects("quantile_values_to_be_between", "timestamp", quantile_ranges=given)
    ranges = arguments(read_table(properties=rule))["quantile_ranges"]
    assert ranges == {"quantiles": [0.5], "value_ranges": [[NEW_YEAR, None]]}
    pairs = expects(
        *("pair_values_to_be_in_set", "date"),
        column_A="extra",
        column_B="x1",
        value_pairs_set=[["2026-01-01", "1"], [None, 2]],
    )
    ranges = arguments(read_table(properties=pairs))["value_pairs_set"]
    assert ranges == [[NEW_YEAR, 1.0], [None, 2.0]]


def test_a_bound_that_is_worked_out_when_the_rule_is_executed_stays(read_table: ReadTable) -> None:
    now = {"$PARAMETER": "now()"}
    rule = expects("values_to_be_between", "timestamp", max_value=now)
    assert arguments(read_table(properties=rule)) == {"max_value": now}


def test_a_bound_of_numbers_may_be_in_quotes_and_of_whole_numbers_a_fraction(
    read_table: ReadTable,
) -> None:
    rule = expects("mean_to_be_between", "integer", min_value="5", max_value=5.5)
    read = arguments(read_table(properties=rule))
    assert read == {"min_value": 5, "max_value": 5.5}


@pytest.mark.parametrize(
    ("rule", "field", "found", "expected"),
    [
        (expects("values_to_be_between", "date", min_value="soon"), "min_value", "'soon'",
         "a date"),
        (expects("max_to_be_between", "date", max_value=20260101), "max_value", "2026", "a date"),
        (expects("values_to_be_between", "number", min_value="low"), "min_value", "'low'",
         "a number"),
        (expects("values_to_be_between", "number", min_value=True), "min_value", "true",
         "a number"),
        (expects("sum_to_be_between", "number", min_value="2026-01-01"), "min_value",
         "'2026-01-01'", "a number"),
        (expects("unique_value_count_to_be_between", "date", min_value="2026-01-01"), "min_value",
         "'2026-01-01'", "a number"),
        (expects("values_to_be_between", "integer", max_value=2**53 + 1), "max_value",
         "9007199254740993", "floats hold exactly"),
        (expects("values_to_be_in_set", "date", value_set=["2026-01-01", "soon"]), "value_set[1]",
         "'soon'", "a value of type date"),
        (expects("values_to_not_be_in_set", "integer", value_set=[1.5]), "value_set[0]", "1.5",
         "a value of type integer"),
        (expects("quantile_values_to_be_between", "date", quantile_ranges={
            "quantiles": [0.5], "value_ranges": [[None, "soon"]]}),
         "quantile_ranges.value_ranges[0][1]", "'soon'", "a date"),
        (expects("pair_values_to_be_in_set", "date", column_A="extra", column_B="x1",
                 value_pairs_set=[["soon", 1]]), "value_pairs_set[0][0]", "'soon'",
         "a value of type date"),
        (expects("pair_values_to_be_in_set", "date", column_A="extra", column_B="x1",
                 value_pairs_set=["2026-01-01"]), "value_pairs_set[0]", "'2026-01-01'",
         "a list of two values"),
    ],
)  # fmt: skip
def test_what_no_cell_can_be_or_be_compared_with_is_refused(
    check_table: CheckTable, rule: list[dict[str, Any]], field: str, found: str, expected: str
) -> None:
    (problem,) = check_table(properties=rule)
    assert problem.field == f"{KWARGS}.{field}"
    assert found in problem.found
    assert expected in problem.expected


@pytest.mark.parametrize(
    ("name", "kind", "kwargs"),
    [
        ("values_to_be_between", "string", {"min_value": 1}),
        ("max_to_be_between", "string", {"max_value": "z"}),
        ("mean_to_be_between", "string", {"min_value": 1}),
        ("values_to_be_increasing", "string", {}),
        ("value_z_scores_to_be_less_than", "string", {"threshold": 3, "double_sided": True}),
        ("sum_to_be_between", "date", {"min_value": 1}),
        ("stdev_to_be_between", "timestamp", {"min_value": 1}),
        ("values_to_match_strftime_format", "date", {"strftime_format": "%Y"}),
        ("values_to_be_dateutil_parseable", "number", {}),
    ],
)
def test_an_expectation_that_cannot_be_worked_out_on_the_type_of_its_column_is_refused(
    check_table: CheckTable, name: str, kind: str, kwargs: dict[str, Any]
) -> None:
    (problem,) = check_table(properties=expects(name, kind, **kwargs))
    assert problem.field == TYPE
    assert problem.found == f"expect_column_{name} on extra, a column of type {kind}"


def test_columns_of_types_that_have_no_common_order_are_not_compared(
    check_table: CheckTable, read_table: ReadTable
) -> None:
    compared = "pair_values_a_to_be_greater_than_b"
    rule = expects(compared, "date", column_A="x1", column_B="extra")
    (problem,) = check_table(properties=rule)
    assert problem.found == f"expect_column_{compared} on extra, a column of type date"
    rule = expects(compared, "integer", column_A="x1", column_B="extra")
    assert read_table(properties=rule).rules[0].columns == ("x1", "extra")


@pytest.mark.parametrize(
    ("kind", "options", "value"),
    [
        ("date", None, "foo"),
        ("date", None, "2026-01-05T10:00:00"),
        ("timestamp", None, "31.01.2026"),
        ("date", {"format": "dd.MM.yyyy"}, "31.31.2026"),
        ("number", None, float("nan")),
        ("number", None, float("inf")),
    ],
)
def test_an_allowed_value_that_no_cell_can_be_is_refused(
    check_table: CheckTable, kind: str, options: Any, value: Any
) -> None:
    part: dict[str, Any] = {"enum": [{"value": value}]}
    if options:
        part["logicalTypeOptions"] = options
    (problem,) = check_table(properties=a_column(kind, **part))
    assert problem.field == "schema[0].properties[4].enum[0].value"
    assert problem.expected == f"a value of type {kind}"


def test_bounds_and_allowed_values_of_dates_may_be_written_as_the_cells_are(
    read_table: ReadTable,
) -> None:
    options = {"format": "dd.MM.yyyy", "minimum": "01.02.2026", "maximum": "2026-02-28"}
    part = a_column("date", logicalTypeOptions=options, enum=[{"value": "05.02.2026"}])
    column = read_table(properties=part).column("extra")
    assert column is not None
    assert (column.minimum, column.maximum) == ("01.02.2026", "2026-02-28")
    assert column.allowed == ("05.02.2026",)


def test_bounds_of_dates_in_another_format_that_leave_no_room_are_refused(
    check_table: CheckTable,
) -> None:
    options = {"format": "dd.MM.yyyy", "minimum": "01.03.2026", "maximum": "28.02.2026"}
    (problem,) = check_table(properties=a_column("date", logicalTypeOptions=options))
    assert problem.found == "a smallest value above the largest"


def test_a_bound_that_would_be_rounded_is_refused(check_table: CheckTable) -> None:
    (problem,) = check_table(
        properties=a_column("integer", logicalTypeOptions={"maximum": 2**53 + 1})
    )
    assert problem.found == "9007199254740993"
    assert "64-bit floats hold exactly" in problem.expected


@pytest.mark.parametrize(
    "name", ["availability", "Throughput", "errorrate", "timeOfAvailability", "er", "TH", "av"]
)
def test_agreements_for_people_are_left_to_people(read_table: ReadTable, name: str) -> None:
    agreement = {"property": name, "value": 99.9, "unit": "percent"}
    assert read_table({"slaProperties": [agreement]}).freshness_hours is None
