"""Values that quality rules name, read like the cells that they are compared with."""

from __future__ import annotations

import math
from datetime import UTC, datetime, time
from typing import Any

from aipo_pipelines.charter.model.contract import Column, LogicalType

Value = bool | int | float | str | datetime
TEMPORAL = frozenset({LogicalType.DATE, LogicalType.TIMESTAMP})

_A_MOMENT = 'a date in quotes such as "2026-01-31"'
_A_NUMBER = "a number"
_EXACT = "a number that 64-bit floats hold exactly, with which the bound is compared"
_AN_ORDER = "no bound on texts, which have no order here"


def read_value(value: Any, column: Column) -> Value:
    """A value of a rule as a cell of its column: `'1'` is 1 in a column of whole numbers.

    Raises:
        ValueError: No cell of the column can ever be that value.
    """
    # To Python True is 1, but in a file it is another value.
    if isinstance(value, bool) and column.logical_type is not LogicalType.BOOLEAN:
        raise ValueError
    return _READERS[column.logical_type](value, column)


def read_bound(value: Any, column: Column) -> Value:
    """A bound on the cells of a column; that of whole numbers may be a fraction.

    Raises:
        ValueError: No cell of the column can be compared with it; says what was expected.
    """
    if column.logical_type is LogicalType.STRING:
        raise ValueError(_AN_ORDER)
    if column.logical_type in TEMPORAL:
        try:
            return _moment(value, column)
        except (ValueError, OverflowError):
            raise ValueError(_A_MOMENT) from None
    if isinstance(value, bool) and column.logical_type is LogicalType.BOOLEAN:
        return value
    bound = read_number(value)
    # Cells are compared as 64-bit floats: a larger whole number would silently be another bound.
    if column.logical_type is LogicalType.INTEGER and float(bound) != bound:
        raise ValueError(_EXACT)
    return bound


def read_number(value: Any) -> float:
    """A number that a rule names; a whole number stays exact.

    Raises:
        ValueError: It is no number, or none of finite size; says what was expected.
    """
    text = "" if isinstance(value, bool) else str(value)
    try:
        number = float(text)
    except ValueError:
        raise ValueError(_A_NUMBER) from None
    if not math.isfinite(number):
        raise ValueError(_A_NUMBER)
    if not number.is_integer():
        return number
    # Read from its digits, a whole number beyond 2^53 loses none of them.
    return int(text) if text.lstrip("+-").isdecimal() else int(number)


def _text(value: Any, _column: Column) -> Value:
    if not isinstance(value, str | int | float):
        raise ValueError  # noqa: TRY004 - a fault of the contract, not of a caller
    return str(value)


def _number(value: Any, _column: Column) -> Value:
    return float(read_number(value))


def _whole(value: Any, _column: Column) -> Value:
    number = read_number(value)
    if not isinstance(number, int):
        raise ValueError  # noqa: TRY004 - a fault of the contract, not of a caller
    return number


def _flag(value: Any, column: Column) -> Value:
    if isinstance(value, bool):
        return value
    if str(value) in (*column.true_values, *column.false_values):
        return str(value) in column.true_values
    raise ValueError


def _day(value: Any, column: Column) -> Value:
    moment = _moment(value, column)
    if moment.time() != time.min:
        raise ValueError
    return moment


def _moment(value: Any, column: Column) -> datetime:
    """A moment in the format of the column's cells, otherwise in ISO 8601."""
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - a fault of the contract, not of a caller
    moment = _as_written(value, column.date_format) or datetime.fromisoformat(value)
    # Cells are compared in UTC without a zone, so the bound is, too.
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _as_written(text: str, date_format: str | None) -> datetime | None:
    if date_format is None:
        return None
    try:
        return datetime.strptime(text, date_format)  # noqa: DTZ007 - without a zone it is UTC
    except ValueError:
        return None


_READERS = {
    LogicalType.STRING: _text,
    LogicalType.INTEGER: _whole,
    LogicalType.NUMBER: _number,
    LogicalType.BOOLEAN: _flag,
    LogicalType.DATE: _day,
    LogicalType.TIMESTAMP: _moment,
}
