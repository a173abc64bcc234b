from __future__ import annotations

import logging
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from aipo_pipelines.charter.model.contract import Contract, RuleSeverity
from aipo_pipelines.errors import CharterError
from aipo_pipelines.evidence.outcome import CheckOutcome, Severity, Verdict
from aipo_pipelines.measures.contract.check import check_contract
from aipo_pipelines.measures.data.conform import conform
from tests.unit.measures.contracts import (
    FileLayout,
    column,
    contract,
    delivered,
    determines,
    failing,
    rule,
)

HOSTILE = 'we"ird\n<b>$x</b> 😀 {0} %s'


def judged(table: pd.DataFrame, agreed: Contract) -> CheckOutcome:
    return check_contract(conform(table, agreed), agreed)


def one_column(cells: list[str | None], kind: str = "string", **promises: Any) -> CheckOutcome:
    return judged(delivered(c=cells), contract(column("c", kind, **promises)))


@pytest.mark.parametrize(
    ("kind", "promises", "cells", "expected"),
    [
        ("string", {"required": True}, ["a", None, " "], {("c", "required"): 2}),
        ("integer", {"unique": True}, ["1", "2", "2"], {("c", "unique"): 2}),
        ("string", {"pattern": r"^\d{5}$"}, ["12345", "1234x", None], {("c", "pattern"): 1}),
        ("string", {"pattern": r"^(?!0)\d+$"}, ["1", "01"], {("c", "pattern"): 1}),
        ("number", {"minimum": 0.0, "maximum": 1.0}, ["0", "1", "1.5"], {("c", "range"): 1}),
        ("integer", {"minimum": 2.0}, ["1", None, "2"], {("c", "range"): 1}),
        ("date", {"maximum": "2020-01-01"}, ["2020-01-01", "2020-01-02"], {("c", "range"): 1}),
        ("string", {"minimum_length": 2}, ["ab", "a", "c"], {("c", "length"): 2}),
        ("string", {"allowed": ("a", "b")}, ["a", "x", None], {("c", "allowed"): 1}),
        ("integer", {"allowed": (1, 2)}, ["1", "3", "2"], {("c", "allowed"): 1}),
        ("boolean", {"allowed": (True,)}, ["yes", "no"], {("c", "allowed"): 1}),
        ("number", {}, ["1", "inf", "x"], {("c", "type"): 2}),
    ],
)
def test_each_promise_counts_exactly_the_cells_that_break_it(
    kind: str,
    promises: dict[str, Any],
    cells: list[str | None],
    expected: dict[tuple[str, str], int],
) -> None:
    outcome = one_column(cells, kind, **promises)
    assert failing(outcome) == expected
    assert (outcome.verdict, outcome.severity) == (Verdict.FAIL, Severity.CRITICAL)


def test_a_batch_that_keeps_its_contract_passes() -> None:
    outcome = one_column(["12345", "54321"], required=True, unique=True, pattern=r"^\d{5}$")
    assert outcome.verdict is Verdict.PASS
    assert outcome.summary == "All 4 rules of the contract hold."


def test_without_records_no_rule_is_said_to_hold() -> None:
    outcome = one_column([], required=True, unique=True)
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert outcome.summary == "3 of 3 rules of the contract had no record to judge."


def test_the_sentence_names_the_columns_and_the_rules_about_the_whole_batch() -> None:
    few = rule("expect_table_row_count_to_be_between", min_value=3)
    agreed = contract(column("c", required=True), rules=(few,))
    summary = judged(delivered(c=["a", None]), agreed).summary
    assert summary == (
        "2 of 3 rules of the contract fail in c, "
        "on the batch as a whole: table_row_count_to_be_between."
    )


def test_a_cell_of_a_wrong_type_is_not_counted_again_as_missing() -> None:
    outcome = one_column(["1", "x", None], "integer", required=True)
    assert failing(outcome) == {("c", "type"): 1, ("c", "required"): 1}


def test_a_final_line_break_does_not_pass_for_the_end_of_a_pattern() -> None:
    agreed = contract(column("c", pattern=r"^\d{5}$"), layout=FileLayout(strip=False))
    assert failing(judged(delivered(c=["12345\n", "12345"]), agreed)) == {("c", "pattern"): 1}


@pytest.mark.parametrize(
    ("severity", "verdict", "ours"),
    [
        ("error", Verdict.FAIL, Severity.CRITICAL),
        ("warning", Verdict.FAIL, Severity.WARNING),
        ("info", Verdict.PASS, Severity.INFO),
    ],
)
def test_a_failure_has_the_severity_of_its_rule(
    severity: str, verdict: Verdict, ours: Severity
) -> None:
    promised = column("c", required=True, type_severity=RuleSeverity(severity))
    outcome = judged(delivered(c=["a", None]), contract(promised))
    assert (outcome.verdict, outcome.severity) == (verdict, ours)
    assert failing(outcome) == {("c", "required"): 1}


def test_a_rule_on_a_column_that_was_not_delivered_fails_and_says_so() -> None:
    agreed = contract(column("a"), column("b", required=True))
    outcome = judged(delivered(a=["1", "2"]), agreed)
    assert failing(outcome) == {("b", "type"): 2, ("b", "required"): 2}
    assert "column missing: 'b'" in [figure.note for figure in outcome.figures]


def test_a_rule_over_several_columns_is_about_the_last_column() -> None:
    agreed = contract(column("city"), column("county"), rules=(determines("city", "county"),))
    table = delivered(city=["a", "a", "a", "b", None], county=["x", "x", "y", "z", "z"])
    assert failing(judged(table, agreed)) == {("county", "columns_to_determine"): 1}


def test_a_dependency_with_a_tie_blames_neither_side() -> None:
    agreed = contract(column("city"), column("county"), rules=(determines("city", "county"),))
    table = delivered(city=["a", "a", "b", "b", "b"], county=["x", "y", "z", "z", "w"])
    (figure,) = [
        figure for figure in judged(table, agreed).figures if figure.verdict is Verdict.FAIL
    ]
    assert figure.value == 3
    assert figure.note.split("; ") == [
        "60 % of the rows fail: 1 differ from the most common value of their group",
        (
            "2 are in 1 group with several equally common values: it is not known which is right, "
            "so that all rows there count as wrong"
        ),
    ]


def test_two_columns_with_gaps_are_compared() -> None:
    later = rule(
        "expect_column_pair_values_a_to_be_greater_than_b", "b", "a", column_A="b", column_B="a"
    )
    agreed = contract(column("a", "integer"), column("b", "integer"), rules=(later,))
    outcome = judged(delivered(a=["1", "2", None], b=["2", "1", "3"]), agreed)
    assert failing(outcome) == {("a", "column_pair_values_a_to_be_greater_than_b"): 1}


def test_too_few_rows_break_the_contract() -> None:
    outcome = judged(delivered(c=["1", "2", "3"]), contract(column("c"), minimum_rows=4))
    assert failing(outcome) == {("", "row_count"): 1}


def test_a_rule_with_a_tolerance_holds_within_it() -> None:
    mostly = rule("expect_column_values_to_be_in_set", "c", column="c", value_set=["a"], mostly=0.5)
    agreed = contract(column("c"), rules=(mostly,))
    assert judged(delivered(c=["a", "b"]), agreed).verdict is Verdict.PASS
    assert judged(delivered(c=["a", "b", "b"]), agreed).verdict is Verdict.FAIL


def test_a_rule_about_the_whole_column_shows_no_value_of_it() -> None:
    highest = rule("expect_column_max_to_be_between", "c", column="c", max_value=3)
    outcome = judged(delivered(c=["7654321"]), contract(column("c", "number"), rules=(highest,)))
    assert failing(outcome) == {("c", "column_max_to_be_between"): 1}
    assert "7654321" not in repr(outcome)


def test_a_batch_without_rows_proves_nothing() -> None:
    assert one_column([], required=True, pattern="x").verdict is Verdict.INSUFFICIENT


def test_hostile_names_and_cells_are_judged_like_any_other() -> None:
    promised = column(HOSTILE, required=True, unique=True, allowed=(HOSTILE, "'; DROP TABLE x;--"))
    table = delivered(**{HOSTILE: [HOSTILE, "'; DROP TABLE x;--", "<script>"]})
    assert failing(judged(table, contract(promised))) == {(HOSTILE, "allowed"): 1}


def test_a_rule_that_does_not_fit_its_column_fails_and_quotes_nothing() -> None:
    text_as_number = rule("expect_column_values_to_be_between", "c", column="c", min_value=1)
    agreed = contract(column("c"), rules=(text_as_number,))
    outcome = judged(delivered(c=["secret-7391"]), agreed)
    assert failing(outcome) == {("c", "column_values_to_be_between"): None}
    assert outcome.verdict is Verdict.FAIL
    assert "7391" not in repr(outcome)


@pytest.mark.parametrize(
    "wrong",
    [
        rule("expect_the_unexpected", "c", column="c"),
        rule("expect_column_values_to_be_in_set", "c", column="c", vlaue_set=["a"]),
    ],
)
def test_a_rule_that_great_expectations_does_not_take_is_a_charter_error(wrong: Any) -> None:
    agreed = contract(column("c"), rules=(wrong,))
    with pytest.raises(CharterError, match="correct the expectation") as caught:
        judged(delivered(c=["secret-7391"]), agreed)
    assert caught.value.__cause__ is None


def test_figures_are_in_the_order_of_the_contract() -> None:
    agreed = contract(column("b", required=True), column("a", "integer", minimum=1.0))
    order = [(f.subject, f.metric) for f in judged(delivered(b=["x"], a=["1"]), agreed).figures]
    assert order == [("b", "type"), ("a", "type"), ("b", "required"), ("a", "range")]


def test_no_cell_reaches_outcome_log_or_output(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "jane.doe-4929123456781234"
    promises: dict[str, Any] = {"pattern": "^x$", "allowed": ("x",), "maximum_length": 3}
    broken = rule("expect_column_values_to_be_between", "c", column="c", min_value=1)
    agreed = contract(
        column("c", unique=True, **promises),
        column("n", "integer"),
        rules=(broken, determines("n", "c")),
    )
    outcome = judged(delivered(c=[secret, secret, "x"], n=["1", "1", secret]), agreed)
    printed = capfd.readouterr()
    output = repr(outcome) + caplog.text + printed.out + printed.err
    assert outcome.verdict is Verdict.FAIL
    assert "4929" not in output
    assert "jane" not in output


def test_great_expectations_is_not_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, aipo_pipelines.measures.contract.check, aipo_pipelines.measures.privacy.check;"
        "sys.exit(any(name in sys.modules for name in"
        " ('great_expectations', 'phonenumbers', 'idnumbers')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_whole_number_beyond_doubles_is_compared_exactly() -> None:
    cells = [str(2**60), str(2**60 + 1), None]
    agreed = contract(column("c", "integer", allowed=(2**60,)))
    assert failing(judged(delivered(c=cells), agreed)) == {("c", "allowed"): 1}
    unique = replace(agreed, columns=(column("c", "integer", unique=True),))
    assert failing(judged(delivered(c=cells), unique)) == {}


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        (["2026-01-01", "2026-01-02", None], 1),
        (["0001-01-01", "2026-01-02", "9999-12-31"], 2),
    ],
)
def test_dates_of_any_year_are_held_against_bounds(cells: list[str | None], wrong: int) -> None:
    agreed = contract(column("day", "date", minimum="2026-01-02", maximum="9999-12-30"))
    assert failing(judged(delivered(day=cells), agreed)) == {("day", "range"): wrong}


def test_an_argument_may_be_worked_out_when_the_contract_is_executed() -> None:
    last = rule(
        "expect_column_values_to_be_between", "d", column="d", max_value={"$PARAMETER": "now()"}
    )
    agreed = contract(column("d", "date"), rules=(last,))
    result = judged(delivered(d=["2020-01-01", "2250-01-01", None]), agreed)
    assert failing(result) == {("d", last.name): 1}


def test_an_argument_that_cannot_be_worked_out_is_the_contracts_fault() -> None:
    unknown = rule(
        "expect_column_values_to_be_in_set", "c", column="c", value_set={"$PARAMETER": "somewhere"}
    )
    with pytest.raises(CharterError, match=r"\$PARAMETER that .*SuiteParameterError"):
        judged(delivered(c=["a"]), contract(column("c"), rules=(unknown,)))


def test_a_declared_column_that_occurs_twice_in_the_header_fails_critically() -> None:
    agreed = contract(
        column("x", "number", delivered_as="X", type_severity=RuleSeverity.WARNING), column("y")
    )
    once = delivered(X=["1"], y=["a"])
    assert judged(once, agreed).verdict is Verdict.PASS
    outcome = judged(once.assign(**{"X.1": ["9"]}), agreed)
    assert (outcome.verdict, outcome.severity) == (Verdict.FAIL, Severity.CRITICAL)
    assert failing(outcome) == {("x", "delivered once"): 1}
    assert judged(once.assign(**{"z": ["9"], "z.1": ["9"]}), agreed).verdict is Verdict.PASS


def test_names_that_differ_only_in_blanks_occur_twice_in_the_header() -> None:
    agreed = contract(column("x", "number"), layout=FileLayout(strip=True))
    outcome = judged(delivered(**{"x ": ["1"], " x": ["2"]}), agreed)
    assert failing(outcome) == {("x", "delivered once"): 1}


def test_columns_that_go_by_position_may_have_any_names() -> None:
    agreed = contract(column("x"), column("y"), layout=FileLayout(header="position"))
    assert judged(delivered(**{"x": ["1"], "x.1": ["2"]}), agreed).verdict is Verdict.PASS


@pytest.mark.parametrize("gap", [[], [None]])
@pytest.mark.parametrize(("strict", "wrong"), [(False, 1), (True, 2)])
def test_a_bound_beyond_2_to_the_53_is_compared_exactly(
    gap: list[None], strict: bool, wrong: int
) -> None:
    bounded = column("c", "integer", maximum=2**53, exclusive_maximum=strict)
    cells = [str(2**53 - 1), str(2**53), str(2**53 + 1), *gap]
    assert failing(judged(delivered(c=cells), contract(bounded))) == {("c", "range"): wrong}


def test_rules_of_dates_hold_the_cells_against_moments() -> None:
    first = datetime(2026, 1, 2)  # noqa: DTZ001 - dates of cells have no zone
    kinds = ("expect_column_values_to_be_between", "expect_column_min_to_be_between")
    rules = tuple(rule(kind, "d", column="d", min_value=first) for kind in kinds)
    agreed = contract(column("d", "date"), rules=rules)
    failures = failing(judged(delivered(d=["2026-01-01", "2026-01-02", None]), agreed))
    assert failures == {("d", rules[0].name): 1, ("d", rules[1].name): 1}
