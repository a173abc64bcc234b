"""The plain reading of the standard counts cells one by one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from differential.cases import Case, Judgement, Promise, Question
from differential.standard import count, exact, judge, value_of
from tests.unit.differential.tables import about, of_one_column


def counted(promise: Promise, *cells: str | None, rule: Any = None, **column: Any) -> int:
    return count(of_one_column(*cells, **column), about(promise, **(rule or {})))


@pytest.mark.parametrize(
    ("promise", "wrong"),
    [
        (Promise.REQUIRED, 2),
        (Promise.NULLS, 2),
        (Promise.UNIQUE, 2),
        (Promise.DUPLICATES, 2),
        (Promise.TYPE, 0),
        (Promise.ROWS, 5),
    ],
)
def test_each_promise_counts_its_own_cells(promise: Promise, wrong: int) -> None:
    assert counted(promise, "a", None, "b", "a", None) == wrong


@pytest.mark.parametrize(
    ("kind", "cell", "fits"),
    [
        ("integer", "12", True),
        ("integer", "12.0", True),
        ("integer", "12.5", False),
        ("integer", "NaN", False),
        ("number", "Infinity", False),
        ("number", "-1.25", True),
        ("boolean", "true", True),
        ("boolean", "TRUE", False),
        ("timestamp", "2026-01-05T10:30:00", True),
        ("timestamp", "yesterday", False),
        ("string", "anything", True),
    ],
)
def test_a_cell_is_of_a_type_or_is_not(kind: str, cell: str, fits: bool) -> None:
    assert (value_of(cell, {"logicalType": kind}) is not None) is fits


def test_a_declared_form_of_dates_is_read_and_iso_as_well() -> None:
    column = {"logicalType": "date", "logicalTypeOptions": {"format": "dd-MM-yyyy"}}
    assert value_of("05-01-2026", column) == value_of("2026-01-05", column)
    assert value_of("05-01-2026", {"logicalType": "date"}) is None


def test_a_moment_without_a_zone_is_in_utc() -> None:
    column = {"logicalType": "timestamp"}
    assert value_of("2026-01-05T10:30:00", column) == value_of("2026-01-05T11:30:00+01:00", column)


@pytest.mark.parametrize(
    ("bounds", "wrong"),
    [
        ({"minimum": 2}, 1),
        ({"exclusiveMinimum": 2}, 2),
        ({"maximum": 3}, 1),
        ({"exclusiveMaximum": 3}, 2),
        ({"minimum": 2, "maximum": 3}, 2),
        ({"minimum": 2.5}, 2),
    ],
)
def test_a_bound_is_a_part_of_the_range_unless_it_is_excluded(
    bounds: dict[str, float], wrong: int
) -> None:
    cells = ("1", "2", "3", "4", None, "word")
    options = {"kind": "integer", "logicalTypeOptions": bounds}
    assert counted(Promise.RANGE, *cells, **options) == wrong


def test_a_cell_of_another_type_breaks_its_type_and_no_other_promise() -> None:
    case = of_one_column("word", kind="integer", logicalTypeOptions={"minimum": 1})
    assert count(case, about(Promise.TYPE)) == 1
    assert count(case, about(Promise.RANGE)) == 0


@pytest.mark.parametrize(
    ("options", "promise", "wrong"),
    [
        ({"minLength": 2}, Promise.LENGTH, 1),
        ({"maxLength": 2}, Promise.LENGTH, 1),
        ({"pattern": "b"}, Promise.PATTERN, 1),
        ({"pattern": "^b"}, Promise.PATTERN, 3),
        ({"pattern": "b$"}, Promise.PATTERN, 2),
    ],
)
def test_lengths_and_patterns_of_texts(
    options: dict[str, Any], promise: Promise, wrong: int
) -> None:
    assert counted(promise, "a", "ab", "abc", logicalTypeOptions=options) == wrong


def test_a_final_line_break_is_behind_the_end_of_a_pattern() -> None:
    assert counted(Promise.PATTERN, "a\n", "a", logicalTypeOptions={"pattern": "^a$"}) == 1


def test_allowed_values_are_values_and_not_texts() -> None:
    numbers = [{"value": 1}, {"value": 2}]
    assert counted(Promise.ENUM, "1", "1.0", "2", "3", kind="integer", enum=numbers) == 1
    truths = [{"value": True}]
    assert counted(Promise.ENUM, "true", "false", kind="boolean", enum=truths) == 1


@pytest.mark.parametrize(
    ("arguments", "wrong"), [({"validValues": ["a", "b"]}, 1), ({"pattern": "^[ab]$"}, 1)]
)
def test_invalid_values_are_filled_cells_outside_of_the_valid_values(
    arguments: dict[str, Any], wrong: int
) -> None:
    rule = {"arguments": arguments, "mustBe": 0}
    assert counted(Promise.INVALID, "a", None, "b", "x", rule=rule) == wrong


def test_missing_values_are_empty_cells_and_the_words_for_them() -> None:
    rule = {"arguments": {"missingValues": [None, "-", 3]}, "mustBe": 0}
    assert counted(Promise.MISSING, "a", None, "-", "3", rule=rule) == 3
    assert counted(Promise.MISSING, "3", "03", kind="integer", rule=rule) == 2


def test_a_key_with_a_gap_is_compared_with_no_other_key() -> None:
    properties = [{"name": name, "logicalType": "string"} for name in ("a", "b")]
    case = Case(
        number=0,
        contract={"schema": [{"properties": properties}]},
        table={"a": ("x", "x", "x", "x"), "b": ("1", "1", None, None)},
        questions=(),
        traits={},
    )
    assert count(case, Question(promise=Promise.KEY, columns=("a", "b"))) == 2


@pytest.mark.parametrize(
    ("operator", "limit", "inside"),
    [
        ("mustBeBetween", [1, 2], [1, 2]),
        ("mustNotBeBetween", [1, 2], [0, 3]),
        ("mustBeLessThan", 2, [0, 1]),
        ("mustBeGreaterOrEqualTo", 2, [2, 3]),
        ("mustNotBe", 2, [0, 1, 3]),
    ],
)
def test_operators_include_their_ends_as_the_reference_says(
    operator: str, limit: Any, inside: list[int]
) -> None:
    holding = [
        gaps
        for gaps in range(4)
        if judge(
            of_one_column(*[None] * gaps, *["a"] * (9 - gaps)),
            about(Promise.NULLS, **{operator: limit}),
        )
        is Judgement.PASS
    ]
    assert holding == inside


@settings(max_examples=50)
@given(st.integers(0, 999), st.integers(1, 999))
def test_a_share_of_all_rows_is_compared_without_rounding(gaps: int, rows: int) -> None:
    gaps = min(gaps, rows)
    case = of_one_column(*[None] * gaps, *["a"] * (rows - gaps))
    tenths = about(Promise.NULLS, mustBeLessOrEqualTo=6.4, unit="percent")
    holds = judge(case, tenths) is Judgement.PASS
    assert holds is (gaps * 1000 <= 64 * rows)


def test_a_table_without_rows_has_a_share_of_nothing() -> None:
    rule = about(Promise.NULLS, mustBe=0, unit="percent")
    assert judge(of_one_column(), rule) is Judgement.PASS


def test_a_number_is_taken_as_it_is_written() -> None:
    assert exact(6.4) * 10 == 64
    assert exact(0.1) + exact(0.2) == exact(0.3)
