from __future__ import annotations

import pandas as pd

from aipo_pipelines.charter.model.contract import RuleSeverity
from aipo_pipelines.evidence.details.dataset import SchemaDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Severity, Verdict
from aipo_pipelines.measures.contract.schema import check_schema
from aipo_pipelines.measures.data.conform import conform
from tests.unit.measures.contracts import column, contract, delivered

AGREED = contract(column("id", "integer"), column("amount", "number"))


def judged(table: pd.DataFrame, undeclared: str = "error") -> CheckOutcome[SchemaDetails]:
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


def test_an_undeclared_column_has_the_severity_of_the_contract() -> None:
    table = delivered(id=["1"], amount=["2"], note=["x"])
    assert judged(table, "error").severity is Severity.CRITICAL
    assert judged(table, "warning").severity is Severity.WARNING
    assert judged(table, "info").verdict is Verdict.PASS


def test_another_order_is_shown_and_passes() -> None:
    outcome = judged(delivered(amount=["2"], id=["1"]))
    assert outcome.verdict is Verdict.PASS
    assert outcome.details.reordered is True


def test_cells_of_a_wrong_type_are_counted_per_column() -> None:
    outcome = judged(delivered(id=["1", "x", "y"], amount=["2", "3", "4"]))
    assert outcome.verdict is Verdict.FAIL
    assert outcome.details.wrong_types == {"id": 2}


def test_a_name_that_occurs_twice_in_the_header_is_reported() -> None:
    outcome = judged(
        delivered(**{"id": ["1"], "amount": ["2"], "amount.1": ["3"], "amount.2": ["4"]})
    )
    assert outcome.details.repeated_names == {"amount": 3}
    assert "names that occur twice in the header: amount" in outcome.summary
    (figure,) = [each for each in outcome.figures if each.metric == "repeated_name"]
    assert figure.note == "the name occurs 3 times in the header; its first column is read"


def test_a_version_number_in_an_undeclared_name_is_no_repeated_name() -> None:
    assert (
        judged(delivered(id=["1"], amount=["2"], **{"model.2": ["x"]})).details.repeated_names == {}
    )


def test_a_header_line_among_the_records_is_said_as_such() -> None:
    outcome = judged(delivered(id=["1", "id", "2", "id"], amount=["2", "amount", "3", "1"]))
    assert (outcome.details.header_lines, outcome.details.wrong_types) == (
        1, {"amount": 1, "id": 2},
    )  # fmt: skip
    assert "the line of names again among the records: 1" in outcome.summary


def test_a_header_line_among_texts_is_a_warning_by_itself() -> None:
    agreed = contract(column("a", "string"), column("b", "string"))
    twice = delivered(a=["x", "a"], b=["y", "b"])
    outcome = check_schema(conform(twice, agreed), agreed)
    assert (outcome.verdict, outcome.severity) == (Verdict.FAIL, Severity.WARNING)
    assert (
        check_schema(conform(delivered(a=["x"], b=["y"]), agreed), agreed).verdict is Verdict.PASS
    )
