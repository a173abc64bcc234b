"""Values that quality rules name, read as the cells they are held against are read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aipo_pipelines.charter.contract import Column, LogicalType

Value = bool | int | float | str | datetime


def read_value(value: Any, column: Column) -> Value:
    """A value of a rule as a cell of its column: `'1'` is 1 in a column of whole numbers.

    Raises:
        ValueError: No cell of the column can ever be that value.
    """
    if isinstance(value, bool) and column.logical_type is not LogicalType.BOOLEAN:
        raise ValueError
    return _READERS[column.logical_type](value, column)


def _text(value: Any, _column: Column) -> Value:
    if not isinstance(value, str | int | float):
        raise ValueError  # noqa: TRY004 - a fault of the contract, not of a caller
    return str(value)


def _number(value: Any, _column: Column) -> Value:
    return float(str(value))


def _whole(value: Any, _column: Column) -> Value:
    text = str(value)
    number = float(text)
    if not number.is_integer():
        raise ValueError
    return int(text) if text.lstrip("+-").isdecimal() else int(number)


def _flag(value: Any, column: Column) -> Value:
    if isinstance(value, bool):
        return value
    if str(value) in (*column.true_values, *column.false_values):
        return str(value) in column.true_values
    raise ValueError


def _moment(value: Any, column: Column) -> Value:
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004 - a fault of the contract, not of a caller
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        if column.date_format is None:
            raise
        moment = datetime.strptime(value, column.date_format)  # noqa: DTZ007 - read as UTC below
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


_READERS = {
    LogicalType.STRING: _text,
    LogicalType.INTEGER: _whole,
    LogicalType.NUMBER: _number,
    LogicalType.BOOLEAN: _flag,
    LogicalType.DATE: _moment,
    LogicalType.TIMESTAMP: _moment,
}
