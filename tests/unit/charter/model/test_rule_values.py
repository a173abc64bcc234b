"""Values of rules are read like cells, and a value that no cell can be is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.contract import LogicalType
from aipo_pipelines.charter.model.rule_values import read_bound, read_number, read_value
from tests.unit.charter.charters import column_of

MOMENT = datetime(2026, 1, 31)  # noqa: DTZ001 - cells are compared in UTC without a zone
ITS_TYPES = {
    "string": LogicalType.STRING,
    "integer": LogicalType.INTEGER,
    "number": LogicalType.NUMBER,
    "boolean": LogicalType.BOOLEAN,
    "date": LogicalType.DATE,
    "timestamp": LogicalType.TIMESTAMP,
}


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("string", "a", "a"),
        ("string", 5, "5"),
        ("integer", "1", 1),
        ("integer", 1.0, 1),
        ("integer", str(2**60 + 1), 2**60 + 1),
        ("number", "1.5", 1.5),
        ("number", 1, 1.0),
        ("boolean", True, True),
        ("boolean", "Yes", True),
        ("boolean", "0", False),
        ("date", "2026-01-31", MOMENT),
        ("timestamp", "2026-01-31T08:30:00", MOMENT.replace(hour=8, minute=30)),
        ("timestamp", "2026-01-31T08:30:00+02:00", MOMENT.replace(hour=6, minute=30)),
    ],
)
def test_a_value_is_read_as_a_cell(kind: str, value: Any, expected: Any) -> None:
    read = read_value(value, column_of("x", ITS_TYPES[kind]))
    assert (read, type(read)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", True),
        ("string", None),
        ("string", ["a"]),
        ("integer", 1.5),
        ("integer", True),
        ("integer", "a"),
        ("number", True),
        ("number", "inf"),
        ("number", "nan"),
        ("number", None),
        ("boolean", "ja"),
        ("boolean", 2),
        ("date", "2026-01-31T08:30:00"),
        ("date", "31.01.2026"),
        ("date", 5),
        ("timestamp", "soon"),
        ("timestamp", None),
    ],
)
def test_a_value_that_no_cell_can_be_is_refused(kind: str, value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller writes the message
        read_value(value, column_of("x", ITS_TYPES[kind]))


def test_words_and_formats_of_the_column_are_used() -> None:
    flags = column_of("x", LogicalType.BOOLEAN, true_values=("ja",), false_values=("nein",))
    assert (read_value("ja", flags), read_value("nein", flags)) == (True, False)
    day = column_of("x", LogicalType.DATE, date_format="%d.%m.%Y")
    assert read_value("31.01.2026", day) == MOMENT
    assert read_value("2026-01-31", day) == MOMENT


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("integer", 1.5, 1.5),
        ("integer", "2", 2),
        ("number", 0.5, 0.5),
        ("boolean", True, True),
        ("boolean", 0.5, 0.5),
        ("date", "2026-01-31", MOMENT),
        ("date", "2026-01-31T08:30:00", MOMENT.replace(hour=8, minute=30)),
    ],
)
def test_a_bound_may_lie_between_cells(kind: str, value: Any, expected: Any) -> None:
    assert read_bound(value, column_of("x", ITS_TYPES[kind])) == expected


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("string", "a", "no bound on texts, which have no order here"),
        ("date", 5, 'a date in quotes such as "2026-01-31"'),
        ("timestamp", "soon", 'a date in quotes such as "2026-01-31"'),
        ("number", "a", "a number"),
        ("number", True, "a number"),
        ("integer", 2**53 + 1, "a number that 64-bit floats hold exactly, with which the"),
    ],
)
def test_a_bound_that_nothing_can_be_compared_with_is_refused(
    kind: str, value: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        read_bound(value, column_of("x", ITS_TYPES[kind]))


@given(st.integers(-(10**30), 10**30))
def test_a_whole_number_keeps_all_its_digits(number: int) -> None:
    assert read_number(str(number)) == number
    assert read_number(number) == number


@pytest.mark.parametrize("value", [True, "a", None, "", "nan", float("inf"), "9" * 400])
def test_a_number_is_finite(value: Any) -> None:
    with pytest.raises(ValueError, match="a number"):
        read_number(value)
