from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from aipo_pipelines.charter.model.contract import Column, RuleSeverity
from aipo_pipelines.errors import CharterError
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.measures.contract.severity import SEVERITIES
from aipo_pipelines.measures.contract.suite import contract_rules
from tests.unit.measures.contracts import column, contract, rule


def arguments(promised: Column) -> dict[str, Any]:
    (only,) = contract_rules(contract(promised))
    return {key: value for key, value in only.arguments.items() if key != "column"}


def test_every_promise_of_a_column_becomes_a_rule_of_its_name() -> None:
    promised = column(
        "c", required=True, unique=True, pattern="x", minimum_length=1, allowed=("x",)
    )
    names = [rule.name for rule in contract_rules(contract(promised))]
    assert names == ["required", "unique", "pattern", "length", "allowed"]


def test_the_rules_of_the_contract_follow_those_of_its_columns() -> None:
    own = rule("expect_column_max_to_be_between", "c", column="c", max_value=3)
    agreed = contract(column("c", required=True), rules=(own,), minimum_rows=5)
    assert [rule.name for rule in contract_rules(agreed)] == ["required", "row_count", own.name]


def test_a_bound_of_a_date_may_be_written_in_iso_or_as_its_cells_are() -> None:
    style = "%d-%m-%Y"
    promised = column("c", "date", minimum="2010-02-05", maximum="06-02-2010", date_format=style)
    bounds = {"min_value": datetime(2010, 2, 5), "max_value": datetime(2010, 2, 6)}  # noqa: DTZ001 - dates of cells have no zone
    assert arguments(promised) == bounds


def test_exclusive_bounds_are_strict() -> None:
    promised = column("c", "number", minimum=0.0, exclusive_minimum=True)
    assert arguments(promised) == {"min_value": 0.0, "strict_min": True}


def test_allowed_values_take_the_type_of_their_column() -> None:
    assert arguments(column("c", allowed=(1, "b"))) == {"value_set": ["1", "b"]}
    assert arguments(column("c", "integer", allowed=("1", 2))) == {"value_set": [1, 2]}
    assert arguments(column("c", "boolean", allowed=("yes",))) == {"value_set": [True]}


@pytest.mark.parametrize("kind", ["number", "integer", "date", "boolean"])
def test_an_allowed_value_of_another_type_is_an_error_that_names_the_column(kind: str) -> None:
    with pytest.raises(CharterError, match=r"column 'price'.*'cheap'.*expected a"):
        contract_rules(contract(column("price", kind, allowed=("cheap",))))


def test_each_odcs_severity_has_our_severity() -> None:
    assert SEVERITIES == {
        RuleSeverity.ERROR: Severity.CRITICAL,
        RuleSeverity.WARNING: Severity.WARNING,
        RuleSeverity.INFO: Severity.INFO,
    }
