from __future__ import annotations

import pandas as pd
import pytest

from aipo_pipelines.charter.contract import RuleSeverity
from aipo_pipelines.measures.conform import conform
from aipo_pipelines.measures.outcome import CheckOutcome, Severity, Verdict
from aipo_pipelines.measures.schema import check_schema
from tests.unit.measures.contracts import column, contract, delivered

AGREED = contract(column("id", "integer"), column("amount", "number"))


def judged(table: pd.DataFrame, undeclared: str = "error") -> CheckOutcome:
    agreed = contract(*AGREED.columns, undeclared_columns=RuleSeverity(undeclared))
    return check_schema(conform(table, agreed), agreed)


def test_a_batch_with_the_declared_columns_passes() -> None:
    outcome = judged(delivered(id=["1"], amount=["2"]))
    assert outcome.verdict is Verdict.PASS
    assert outcome.summary == "All 2 columns as declared."


def test_a_batch_with_a_missing_column_fails_and_names_it() -> None:
    outcome = judged(delivered(id=["1"]))
    assert (outcome.verdict, outcome.severity) == (Verdict.FAIL, Severity.CRITICAL)
    assert outcome.summary == "Missing columns: amount."


def test_an_undeclared_column_is_as_grave_as_the_contract_says() -> None:
    table = delivered(id=["1"], amount=["2"], note=["x"])
    assert judged(table, "error").severity is Severity.CRITICAL
    assert judged(table, "warning").severity is Severity.WARNING
    assert judged(table, "info").verdict is Verdict.PASS


def test_another_order_is_shown_and_passes() -> None:
    outcome = judged(delivered(amount=["2"], id=["1"]))
    assert outcome.verdict is Verdict.PASS
    assert outcome.details["reordered"] is True


def test_cells_of_a_wrong_type_are_counted_per_column() -> None:
    outcome = judged(delivered(id=["1", "x", "y"], amount=["2", "3", "4"]))
    assert outcome.verdict is Verdict.FAIL
    assert outcome.details["wrong_types"] == {"id": 2}


@pytest.mark.parametrize("again", ["amount", "amount.1"])
@pytest.mark.parametrize("undeclared", ["error", "info"])
def test_a_name_that_comes_twice_is_said_to_come_twice(again: str, undeclared: str) -> None:
    table = pd.DataFrame([["1", "2", "3"]], columns=["id", "amount", again], dtype="str")
    outcome = judged(table, undeclared)
    assert (outcome.verdict, outcome.severity) == (Verdict.FAIL, Severity.CRITICAL)
    assert outcome.summary == "Columns whose name came twice: amount."
    assert outcome.details["repeated_columns"] == ["amount"]


def test_a_numbered_name_without_its_plain_one_is_no_repetition() -> None:
    outcome = judged(delivered(id=["1"], **{"amount.1": ["2"]}))
    assert outcome.summary == "Missing columns: amount; undeclared columns: amount.1."
