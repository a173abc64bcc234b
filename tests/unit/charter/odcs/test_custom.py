"""A custom rule is an expectation on known columns, or a functional dependency."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.charter.model.contract import LogicalType
from aipo_pipelines.charter.model.problem import field_name
from aipo_pipelines.charter.odcs.collector import RuleSink
from aipo_pipelines.charter.odcs.custom import read_custom_rule
from aipo_pipelines.charter.odcs.format import OdcsQuality
from tests.unit.charter.charters import column_of

COLUMNS = {
    "x": column_of("x"),
    "z": column_of("z"),
    "t": column_of("t", LogicalType.STRING),
    "day": column_of("day", LogicalType.DATE),
}
BETWEEN = "expect_column_values_to_be_between"


def read(implementation: Any, column: str | None = "x", **more: Any) -> RuleSink:
    sink = RuleSink(columns=COLUMNS, faults=[])
    part = {"type": "custom", "engine": "greatExpectations", "implementation": implementation}
    read_custom_rule(sink, OdcsQuality.model_validate({**part, **more}), ("quality", 0), column)
    return sink


def fault_of(implementation: Any, column: str | None = "x", **more: Any) -> tuple[str, ...]:
    (fault,) = read(implementation, column, **more).faults
    return field_name(fault.path), fault.found, fault.expected, fault.hint


def depends(implementation: Any, column: str | None = None, **more: Any) -> RuleSink:
    return read(implementation, column, engine="aipo", **more)


@pytest.mark.parametrize("engine", ["greatExpectations", "great-expectations"])
@pytest.mark.parametrize("kind", [BETWEEN, "ExpectColumnValuesToBeBetween"])
def test_an_expectation_is_read_in_both_spellings(engine: str, kind: str) -> None:
    sink = read({"type": kind, "kwargs": {"min_value": "0", "max_value": 1.5}}, engine=engine)
    (rule,) = sink.rules
    assert (rule.expectation, rule.columns) == (BETWEEN, ("x",))
    assert rule.arguments == {"column": "x", "min_value": 0, "max_value": 1.5}
    assert rule.name == "x values to be between"
    assert sink.faults == []


def test_an_implementation_may_be_a_text() -> None:
    (rule,) = read(f"type: {BETWEEN}\nkwargs:\n  min_value: 0\n").rules
    assert rule.arguments == {"column": "x", "min_value": 0}


def test_a_rule_at_a_column_may_name_another_column() -> None:
    (rule,) = read({"type": BETWEEN, "kwargs": {"column": "z", "min_value": 0}}).rules
    assert rule.columns == ("z",)


def test_an_expectation_on_two_columns_names_both() -> None:
    pair = {
        "type": "expect_column_pair_values_to_be_equal",
        "kwargs": {"column_A": "x", "column_B": "z"},
    }
    (rule,) = read(pair, None).rules
    assert (rule.columns, rule.name) == (("x", "z"), "pair values to be equal")


def test_a_rule_has_its_own_name() -> None:
    (rule,) = read({"type": BETWEEN, "kwargs": {"min_value": 0}}, name="no loss").rules
    assert rule.name == "no loss"


@pytest.mark.parametrize("engine", [None, "soda", "greatexpectations"])
def test_an_engine_that_nobody_runs_is_refused(engine: str | None) -> None:
    changes = {} if engine is None else {"engine": engine}
    sink = RuleSink(columns=COLUMNS, faults=[])
    part = OdcsQuality.model_validate(
        {"type": "custom", "implementation": {"type": BETWEEN}, **changes}
    )
    read_custom_rule(sink, part, ("quality", 0), "x")
    (fault,) = sink.faults
    assert (field_name(fault.path), fault.expected) == (
        "quality[0].engine", "greatExpectations or aipo",
    )  # fmt: skip
    assert sink.rules == []


@pytest.mark.parametrize("text", ["- a\n- b", "just words", "a: [", "a: 1\na: 2"])
def test_a_text_that_is_no_mapping_is_refused(text: str) -> None:
    assert fault_of(text) == (
        "quality[0].implementation",
        "another text",
        "a mapping, or the same as YAML text",
        "write `type:` and `kwargs:` lines",
    )


def test_a_reference_in_a_text_is_found() -> None:
    hidden = f"type: {BETWEEN}\nkwargs:\n  min_value:\n    $ref: http://a/b\n"
    (fault,) = read(hidden).faults
    assert (field_name(fault.path), fault.found) == (
        "quality[0].implementation.kwargs.min_value.$ref", "a $ref out of this file",
    )  # fmt: skip


def test_fields_of_a_library_rule_are_refused() -> None:
    sink = read({"type": BETWEEN, "kwargs": {"min_value": 0}}, mustBe=0, metric="nullValues")
    assert [fault.found for fault in sink.faults] == [
        "metric on a custom rule",
        "mustBe on a custom rule",
    ]


def test_an_unknown_expectation_is_refused() -> None:
    assert fault_of({"type": f"{BETWEEN}s"}) == (
        "quality[0].implementation.type",
        f"'{BETWEEN}s'",
        "an expectation on one table, with its arguments under `kwargs`",
        f"did you mean '{BETWEEN}'?",
    )
    assert fault_of({"type": "zzz"})[3] == "see the list in the documentation"
    assert fault_of({})[1] == "nothing"
    assert fault_of({"type": BETWEEN, "kwargs": [1]})[0] == "quality[0].implementation.type"


def test_an_unknown_key_and_an_unknown_argument_are_refused() -> None:
    known = {"type": BETWEEN, "kwargs": {"min_value": 0}}
    assert fault_of({**known, "kwarg": {}}) == (
        "quality[0].implementation.kwarg", "'kwarg'", "type or kwargs", "did you mean 'kwargs'?",
    )  # fmt: skip
    field, found, _, hint = fault_of({"type": BETWEEN, "kwargs": {"min_valu": 0}})
    assert (field, found) == ("quality[0].implementation.kwargs.min_valu", "'min_valu'")
    assert hint == "did you mean 'min_value'?"


def test_a_missing_argument_is_named() -> None:
    matching = {"type": "expect_column_values_to_match_regex_list"}
    field, found, expected, hint = fault_of(matching, "t")
    assert (field, found) == ("quality[0].implementation.kwargs", "nothing")
    assert expected == "the argument 'regex_list' of expect_column_values_to_match_regex_list"
    assert hint == "add `regex_list:` below `kwargs`"


def test_a_rule_at_the_table_names_its_column() -> None:
    sink = read({"type": BETWEEN, "kwargs": {"column": "xx", "min_value": 0}}, None)
    (fault,) = sink.faults
    assert field_name(fault.path) == "quality[0].implementation.kwargs.column"
    assert (fault.found, fault.hint) == ("'xx'", "did you mean 'x'?")
    assert sink.rules == []


def test_a_dependency_is_a_chain_of_columns() -> None:
    (rule,) = depends({"columns": ["x", "z"], "determines": "t"}).rules
    assert (rule.expectation, rule.columns) == ("expect_columns_to_determine", ("x", "z", "t"))
    assert rule.arguments == {"column_list": ["x", "z", "t"]}
    assert rule.name == "x, z determines t"


def test_a_dependency_at_a_column_begins_with_it() -> None:
    (rule,) = depends({"determines": "t"}, "x").rules
    assert rule.columns == ("x", "t")


def test_a_named_dependency_of_several_columns_is_named_for_each() -> None:
    rules = depends({"columns": ["x"], "determines": ["z", "t"]}, name="rate").rules
    assert [rule.name for rule in rules] == ["rate: z", "rate: t"]
    (single,) = depends({"columns": ["x"], "determines": ["z"]}, name="rate").rules
    assert single.name == "rate"


@pytest.mark.parametrize(
    ("implementation", "expected"),
    [
        ({"columns": ["x"], "determines": "x"},
         ("determines", "'x'", "a column not in columns", "name another column")),
        ({"columns": ["x"]},
         ("determines", "nothing", "a list of at least 1 columns",
          "name columns of this contract")),
        ({"determines": "x"},
         ("columns", "nothing", "a list of at least 1 columns", "name columns of this contract")),
        ({"columns": [], "determines": "x"},
         ("columns", "a list of 0", "a list of at least 1 columns",
          "name columns of this contract")),
        ({"columns": ["x"], "determines": ["tt"]},
         ("determines", "'tt'", "a column of this contract", "did you mean 't'?")),
        ({"columns": ["x"], "determines": "t", "column": 1},
         ("column", "'column'", "columns or determines", "did you mean 'columns'?")),
    ],
)  # fmt: skip
def test_a_dependency_names_known_columns(
    implementation: dict[str, Any], expected: tuple[str, ...]
) -> None:
    (fault,) = depends(implementation).faults
    place = f"quality[0].implementation.{expected[0]}"
    assert (field_name(fault.path), *fault[1:4]) == (place, *expected[1:])
