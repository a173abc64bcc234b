"""Contracts as teams write them, on small tables: verdicts and counts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.model.problem import Problem
from aipo_pipelines.charter.odcs.contract import contract_in
from aipo_pipelines.charter.reading.yaml_document import read_document
from aipo_pipelines.evidence.outcome import CheckOutcome, Severity, Verdict
from aipo_pipelines.measures.contract.check import check_contract
from aipo_pipelines.measures.data.conform import conform
from tests.unit.measures.contracts import delivered, failing

Read = Callable[..., tuple[Contract | None, tuple[Problem, ...]]]
Judge = Callable[..., CheckOutcome]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a contract of these columns, with further parts of its table or of itself."""

    def of(
        columns: Sequence[Mapping[str, Any]],
        quality: Sequence[Any] = (),
        top: Mapping[str, Any] | None = None,
    ) -> tuple[Contract | None, tuple[Problem, ...]]:
        document = {
            "apiVersion": "v3.1.0",
            "kind": "DataContract",
            "id": "c",
            "version": "1",
            "status": "active",
            "schema": [{"name": "t", "properties": [*columns], "quality": [*quality]}],
        } | dict(top or {})
        path = tmp_path / "contract.yaml"
        path.write_text(json.dumps(document), "utf-8")
        return contract_in(read_document(path))

    return of


@pytest.fixture
def judge(read: Read) -> Judge:
    """Judges cells of one column `v` by its rules."""

    def of(cells: Sequence[str | None], rule: Mapping[str, Any], **column: Any) -> CheckOutcome:
        properties = [{"name": "v", "logicalType": "string", "quality": [rule]} | column]
        agreed, problems = read(properties)
        assert agreed, problems
        return check_contract(conform(delivered(v=cells), agreed), agreed)

    return of


def percent(metric: str, limit: float, **more: Any) -> dict[str, Any]:
    return {"metric": metric, "mustBeLessThan": limit, "unit": "percent"} | more


def gx(kind: str, **kwargs: Any) -> dict[str, Any]:
    implementation = {"type": kind, "kwargs": kwargs}
    return {"type": "custom", "engine": "greatExpectations", "implementation": implementation}


def test_gaps_and_words_for_missing_share_one_tolerance(judge: Judge) -> None:
    rule = percent("missingValues", 5, arguments={"missingValues": [None, "", "N/A"]})
    outcome = judge([None] * 4 + ["N/A"] * 4 + ["a"] * 92, rule)
    assert failing(outcome) == {("v", "v missingValues"): 8}
    assert judge([None] * 2 + ["N/A"] * 2 + ["a"] * 96, rule).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("kind", "token", "cells"),
    [
        ("integer", "-999", ["1", "-999", "2"]),
        ("integer", -999, ["1", "-999", None]),
        ("string", -999, ["a", "-999", "b"]),
        ("number", "-999", ["1.5", "-999.0", "2"]),
        ("date", "1900-01-01", ["2026-01-05", "1900-01-01", "2026-01-06"]),
    ],
)
def test_a_value_for_missing_is_read_like_the_cells(
    judge: Judge, kind: str, token: object, cells: list[str | None]
) -> None:
    rule = {"metric": "missingValues", "mustBe": 0, "arguments": {"missingValues": [None, token]}}
    gaps = sum(cell is None for cell in cells)
    expected = {("v", "v missingValues"): 1 + gaps}
    assert failing(judge(cells, rule, logicalType=kind)) == expected


def test_a_share_counts_all_rows_and_not_only_filled_cells(judge: Judge) -> None:
    rule = percent("invalidValues", 6, arguments={"validValues": ["a", "b"]})
    cells = ["x"] + ["a"] * 9 + [None] * 10
    assert judge(cells, rule).verdict is Verdict.PASS
    assert judge(["x", *cells[:19]], rule).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("operator", "limit", "empty", "verdict"),
    [
        ("mustBeLessThan", 6.4, 64, Verdict.FAIL),
        ("mustBeLessThan", 6.4, 63, Verdict.PASS),
        ("mustBeLessOrEqualTo", 0.1, 1, Verdict.PASS),
        ("mustBeLessOrEqualTo", 0.1, 2, Verdict.FAIL),
        ("mustBeLessOrEqualTo", 28.7, 287, Verdict.PASS),
    ],
)
def test_a_limit_is_held_against_the_count_itself(
    judge: Judge, operator: str, limit: float, empty: int, verdict: Verdict
) -> None:
    rule = {"metric": "nullValues", operator: limit, "unit": "percent"}
    outcome = judge([None] * empty + ["a"] * (1000 - empty), rule)
    assert outcome.verdict is verdict


@pytest.mark.parametrize(("empty", "verdict"), [(3, Verdict.PASS), (4, Verdict.FAIL)])
@pytest.mark.parametrize("rows", [20, 1000])
def test_a_limit_in_rows_is_the_same_for_batches_of_any_size(
    judge: Judge, rows: int, empty: int, verdict: Verdict
) -> None:
    rule = {"metric": "nullValues", "mustBeLessOrEqualTo": 3}
    outcome = judge([None] * empty + ["a"] * (rows - empty), rule)
    assert outcome.verdict is verdict


@pytest.mark.parametrize(
    "rule", [percent("nullValues", 5), gx("expect_column_values_to_not_be_null", mostly=0.95)]
)
def test_unread_cells_use_up_no_tolerance_for_gaps(judge: Judge, rule: dict[str, Any]) -> None:
    warning = [{"property": "severity", "value": "warning"}]
    cells = [None] + ["word"] * 10 + ["1"] * 89
    outcome = judge(cells, rule, logicalType="integer", customProperties=warning)
    assert failing(outcome) == {("v", "type"): 10}
    assert (outcome.verdict, outcome.severity) == (Verdict.FAIL, Severity.WARNING)


@pytest.mark.parametrize(
    ("kind", "values", "cells"),
    [
        ("integer", ["1", "2"], ["1", "2", None]),
        ("date", ["2026-01-05"], ["2026-01-05", None]),
        ("number", ["1.0"], ["1", "1.00"]),
        ("boolean", ["yes"], ["true", "yes"]),
        ("string", [1], ["1"]),
    ],
)
def test_valid_values_are_read_like_the_cells(
    judge: Judge, kind: str, values: list[object], cells: list[str | None]
) -> None:
    rule = {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": values}}
    assert judge(cells, rule, logicalType=kind).verdict is Verdict.PASS
    custom = gx("expect_column_values_to_be_in_set", value_set=values)
    assert judge(cells, custom, logicalType=kind).verdict is Verdict.PASS


def test_an_argument_that_no_expectation_takes_is_refused_with_those_it_takes(read: Read) -> None:
    rule = gx("expect_column_values_to_be_between", minValue=1)
    _, (problem,) = read([{"name": "v", "logicalType": "integer", "quality": [rule]}])
    assert problem.field.endswith("implementation.kwargs.minValue")
    assert problem.hint == "did you mean 'min_value'?"
    expected = "column, max_value, min_value, mostly, strict_max or strict_min"
    assert problem.expected == expected


@pytest.mark.parametrize(
    ("kind", "name", "cells"),
    [
        ("integer", "int64", ["1", None, "3"]),
        ("integer", "int64", ["1", "2", "3"]),
        ("number", "float64", ["1.5", None]),
    ],
)
def test_an_empty_cell_makes_no_column_another_type(
    judge: Judge, kind: str, name: str, cells: list[str | None]
) -> None:
    for rule in (
        gx("expect_column_values_to_be_of_type", type_=name),
        gx("expect_column_values_to_be_in_type_list", type_list=[name]),
    ):
        assert judge(cells, rule, logicalType=kind).verdict is Verdict.PASS


def test_a_column_of_another_type_is_still_found(judge: Judge) -> None:
    rule = gx("expect_column_values_to_be_of_type", type_="float64")
    assert judge(["1", None], rule, logicalType="integer").verdict is Verdict.FAIL


@pytest.mark.parametrize("by", ["primaryKey", "duplicateValues", "compound"])
def test_rows_with_an_empty_key_are_no_duplicates(read: Read, by: str) -> None:
    key = {"primaryKey": True} if by == "primaryKey" else {}
    columns = [{"name": name, "logicalType": "integer", **key} for name in ("a", "b")]
    arguments = {"properties": ["a", "b"]}
    rules = {
        "primaryKey": [],
        "duplicateValues": [{"metric": "duplicateValues", "mustBe": 0, "arguments": arguments}],
        "compound": [gx("expect_compound_columns_to_be_unique", column_list=["a", "b"])],
    }
    agreed, problems = read(columns, rules[by])
    assert agreed, problems
    table = delivered(a=["1", "1", "2", "2"], b=[None, None, "3", "3"])
    counts = failing(check_contract(conform(table, agreed), agreed))
    gaps = {("b", "required"): 2} if by == "primaryKey" else {}
    twice = {value: count for value, count in counts.items() if value not in gaps}
    assert {value: counts[value] for value in gaps} == gaps
    assert [*twice.values()] == [2]


def test_an_implementation_may_be_written_as_text(judge: Judge) -> None:
    text = "type: expect_column_values_to_be_between\nkwargs:\n  min_value: 2\n"
    rule = {"type": "custom", "engine": "greatExpectations", "implementation": text}
    outcome = judge(["1", "2"], rule, logicalType="integer")
    assert failing(outcome) == {("v", "v values to be between"): 1}


def test_a_reference_in_an_implementation_as_text_is_refused(read: Read) -> None:
    text = (
        "type: expect_column_values_to_match_json_schema\n"
        "kwargs: {json_schema: {$ref: 'http://127.0.0.1:1/a'}}\n"
    )
    rule = {"type": "custom", "engine": "greatExpectations", "implementation": text}
    _, (problem,) = read([{"name": "v", "logicalType": "string", "quality": [rule]}])
    assert problem.field.endswith("$ref")


@pytest.mark.parametrize("name", ["latency", "Latency", "LATENCY", "ly"])
@pytest.mark.parametrize(("unit", "hours"), [("y", 8760), ("d", 24), ("Hours", 1)])
def test_the_names_and_units_of_the_standard_are_read(
    read: Read, name: str, unit: str, hours: float
) -> None:
    agreement = {"property": name, "value": 1, "unit": unit}
    further = [{"property": "Retention", "value": 1, "unit": "y"}, {"property": "ga", "value": "x"}]
    column = {"name": "v", "logicalType": "timestamp",
              "logicalTypeOptions": {"format": "yyyy-MM-ddTHH:mm:ssZ"}}  # fmt: skip
    agreed, problems = read([column], top={"slaProperties": [agreement, *further]})
    assert agreed, problems
    assert agreed.freshness_hours == hours
