"""Great Expectations as a plain function: rules and a table in, counts out."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from aipo_pipelines.charter.model.contract import Rule
from aipo_pipelines.charter.odcs.expectations import MISSING
from aipo_pipelines.errors import CharterError
from aipo_pipelines.measures.contract.great_expectations import Ruling, execute
from tests.unit.measures.contracts import determines, rule

NUMBERS = pd.DataFrame({"a": pd.Series([1, 2, None, 40], dtype="Int64")})


def between(column: str, low: Any = None, high: Any = None, **more: Any) -> Rule:
    bounds = {"min_value": low, "max_value": high, **more}
    return rule("expect_column_values_to_be_between", column, column=column, **bounds)


def filled(column: str) -> Rule:
    return rule("expect_column_values_to_not_be_null", column, column=column)


def only(frame: pd.DataFrame, agreed: Rule) -> Ruling:
    (ruling,) = execute(frame, [agreed])
    return ruling


def failing(frame: pd.DataFrame, agreed: Rule) -> int | None:
    return only(frame, agreed).failing


def texts(cells: Sequence[str | None]) -> pd.DataFrame:
    return pd.DataFrame({"c": pd.Series(list(cells), dtype="str")})


def test_no_rule_needs_no_table() -> None:
    assert execute(pd.DataFrame(), []) == ()


def test_cells_that_break_a_rule_are_counted_beside_the_cells_that_are_filled() -> None:
    agreed = between("a", 1, 10)
    assert only(NUMBERS, agreed) == Ruling(rule=agreed, holds=False, failing=1, filled=3)


def test_a_rule_that_holds_has_no_failing_cell() -> None:
    agreed = between("a", 0, 100)
    assert only(NUMBERS, agreed) == Ruling(rule=agreed, holds=True, failing=0, filled=3)


def test_rulings_are_in_the_order_of_the_rules_also_if_some_cannot_be_evaluated() -> None:
    frame = NUMBERS.assign(c=pd.Series(["x", "y", "z", None], dtype="str"))
    rules = [between("a", 1, 10), between("c", 1, 10), filled("a"), filled("c")]
    rulings = execute(frame, rules)
    assert [ruling.rule for ruling in rulings] == rules
    assert [ruling.failing for ruling in rulings] == [1, None, 1, 1]
    assert [bool(ruling.error) for ruling in rulings] == [False, True, False, False]


def test_a_rule_that_cannot_be_evaluated_has_the_class_of_its_error_and_no_cell() -> None:
    ruling = only(texts(["secret"]), between("c", 1, 10))
    assert (ruling.holds, ruling.failing, ruling.filled) == (False, None, 0)
    assert ruling.error == "TypeError"
    assert "secret" not in repr(ruling)


def test_a_rule_about_the_whole_column_counts_no_cells() -> None:
    agreed = rule("expect_column_max_to_be_between", "a", column="a", max_value=30)
    ruling = only(NUMBERS, agreed)
    assert (ruling.holds, ruling.failing) == (False, None)


@pytest.mark.parametrize(("mostly", "holds"), [(0.66, True), (0.67, False)])
def test_a_rule_holds_within_its_own_tolerance(mostly: float, holds: bool) -> None:
    ruling = only(NUMBERS, between("a", 1, 10, mostly=mostly))
    assert (ruling.holds, ruling.failing) == (holds, 1)


def test_words_for_a_missing_value_are_counted_with_the_cells_that_are_empty() -> None:
    agreed = rule(MISSING, "c", column="c", value_set=["-", "?"])
    ruling = only(texts(["x", "-", "?", None, "y"]), agreed)
    assert (ruling.holds, ruling.failing, ruling.filled) == (False, 3, 5)
    assert ruling.rule is agreed


def test_a_column_without_empty_cells_and_such_words_has_no_missing_value() -> None:
    agreed = rule(MISSING, "c", column="c", value_set=["-"])
    assert only(texts(["x", "y"]), agreed).holds


@pytest.mark.parametrize(
    ("regex", "cell", "wrong"),
    [
        (r"^\d{5}$", "12345\n", 1),
        (r"^\d{5}$", "12345", 0),
        (r"^cost\$", "cost$", 0),
        (r"^a\\$", "a\\", 0),
        (r"^a\\$", "a\\\n", 1),
    ],
    ids=["final line break", "digits", "escaped dollar", "backslash", "backslash and line break"],
)
def test_a_dollar_is_the_end_of_the_cell_and_no_line_break(
    regex: str, cell: str, wrong: int
) -> None:
    agreed = rule("expect_column_values_to_match_regex", "c", column="c", regex=regex)
    assert failing(texts([cell]), agreed) == wrong


def test_a_comparison_with_a_missing_cell_is_no_failure_unless_the_rule_says_so() -> None:
    frame = pd.DataFrame({"a": [5.0, None, 1.0], "b": [1.0, 2.0, None]})
    names = {"column_A": "a", "column_B": "b"}
    expectation = "expect_column_pair_values_a_to_be_greater_than_b"
    assert failing(frame, rule(expectation, "a", "b", **names)) == 0
    strict = rule(expectation, "a", "b", ignore_row_if="neither", **names)
    assert only(frame, strict).holds is False


def test_a_dependency_counts_the_rows_that_break_it() -> None:
    frame = pd.DataFrame({"town": ["a", "a", "a", "b"], "country": ["x", "x", "y", "z"]})
    assert failing(frame, determines("town", "country")) == 1


def test_gaps_in_whole_numbers_are_no_other_type() -> None:
    agreed = rule("expect_column_values_to_be_of_type", "a", column="a", type_="int64")
    both = execute(NUMBERS, [agreed, filled("a")])
    assert [ruling.failing for ruling in both] == [None, 1]
    assert both[0].holds


@pytest.mark.parametrize(("bound", "wrong"), [(2**53 + 2, 0), (2**53, 1)])
def test_whole_numbers_that_a_double_cannot_hold_are_compared_exactly(
    bound: int, wrong: int
) -> None:
    frame = pd.DataFrame({"a": pd.Series([2**53 + 1, None], dtype="Int64")})
    assert failing(frame, between("a", 0, bound)) == wrong


def test_digits_of_whole_numbers_with_gaps_are_read_without_decimals() -> None:
    agreed = rule("expect_column_values_to_match_regex", "a", column="a", regex=r"^\d{1,2}$")
    assert failing(NUMBERS, agreed) == 0


@pytest.mark.parametrize(
    ("cell", "wrong"),
    [(datetime(9999, 12, 31), 1), (datetime(1600, 1, 1), 0)],  # noqa: DTZ001 - dates of cells have no zone
)
def test_dates_outside_the_years_of_nanoseconds_are_compared(cell: datetime, wrong: int) -> None:
    moments = pd.Series([cell, datetime(2026, 1, 1)]).astype("datetime64[us]")  # noqa: DTZ001 - as above
    latest = datetime(2030, 1, 1)  # noqa: DTZ001 - as above
    assert failing(pd.DataFrame({"d": moments}), between("d", None, latest)) == wrong


@pytest.mark.parametrize(
    ("agreed", "named"),
    [
        (rule("expect_the_moon", "a", column="a"), "'expect_the_moon'"),
        (rule("expect_column_values_to_be_between", "a", column="a", low=1), "low"),
        (rule("expect_column_values_to_be_between", "a", column="a", mostly=3), "mostly"),
    ],
    ids=["no expectation", "no argument of it", "an impossible value"],
)
def test_a_rule_that_the_library_does_not_accept_is_an_error_of_the_contract(
    agreed: Rule, named: str
) -> None:
    with pytest.raises(CharterError, match="correct the expectation or its arguments") as raised:
        execute(NUMBERS, [agreed])
    assert named in str(raised.value)
    assert repr(agreed.name) in str(raised.value)


def test_an_argument_that_cannot_be_computed_is_an_error_without_its_text() -> None:
    agreed = between("a", {"$PARAMETER": "secret_function()"})
    with pytest.raises(CharterError, match=r"expected an expression such as now\(\)") as raised:
        execute(NUMBERS, [agreed])
    assert "secret" not in str(raised.value)


def test_neither_the_frame_nor_a_rule_is_changed() -> None:
    before = NUMBERS.copy()
    agreed = rule("expect_column_values_to_match_regex", "a", column="a", regex="x$")
    execute(NUMBERS, [agreed, between("a", 1, 10)])
    pd.testing.assert_frame_equal(NUMBERS, before)
    assert agreed.arguments == {"column": "a", "regex": "x$"}


def test_cells_appear_neither_in_warnings_nor_in_records_of_the_log(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = texts(["sesame", "7"])
    with warnings.catch_warnings(record=True) as warned, caplog.at_level(logging.DEBUG):
        execute(frame, [between("c", 1, 2), filled("c"), determines("c", "c")])
    printed = capsys.readouterr()
    seen = [*(str(each.message) for each in warned), caplog.text, printed.out, printed.err]
    assert [text for text in seen if "sesame" in text] == []
