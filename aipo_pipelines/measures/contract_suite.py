"""The contract as a flat list of rules that Great Expectations can execute.

What a column promises (required, unique, pattern, range, set, length) becomes one rule each,
named like the promise; the contract's own quality rules follow as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pandas as pd

from aipo_pipelines.charter.contract import (
    Column,
    Contract,
    ContractScalar,
    LogicalType,
    Rule,
    RuleSeverity,
)
from aipo_pipelines.errors import CharterError

Bound = float | datetime | None
_TEMPORAL = frozenset({LogicalType.DATE, LogicalType.TIMESTAMP})


def contract_rules(contract: Contract) -> tuple[Rule, ...]:
    """All rules of a contract in the order of its columns, its own quality rules last.

    Raises:
        CharterError: A bound or an allowed value is not of its column's type.
    """
    promised = (rule for column in contract.columns for rule in _column_rules(column))
    return (*promised, *_row_count(contract), *contract.rules)


def _column_rules(column: Column) -> Iterator[Rule]:
    if column.required:
        yield _rule(column, "required", "expect_column_values_to_not_be_null")
    if column.unique:
        yield _rule(column, "unique", "expect_column_values_to_be_unique")
    if column.pattern is not None:
        regex = {"regex": column.pattern}
        yield _rule(column, "pattern", "expect_column_values_to_match_regex", **regex)
    if column.minimum is not None or column.maximum is not None:
        yield _range(column)
    if column.minimum_length is not None or column.maximum_length is not None:
        bounds = {"min_value": column.minimum_length, "max_value": column.maximum_length}
        yield _rule(column, "length", "expect_column_value_lengths_to_be_between", **bounds)
    if column.allowed:
        values = [_typed(value, column) for value in column.allowed]
        yield _rule(column, "allowed", "expect_column_values_to_be_in_set", value_set=values)


def _rule(column: Column, name: str, expectation: str, **arguments: object) -> Rule:
    given = {key: value for key, value in arguments.items() if value is not None}
    return Rule(
        name=name,
        expectation=expectation,
        arguments={"column": column.name, **given},
        columns=(column.name,),
        severity=column.type_severity,
        description=column.description,
    )


def _range(column: Column) -> Rule:
    return _rule(
        column,
        "range",
        "expect_column_values_to_be_between",
        min_value=_bound(column.minimum, column),
        max_value=_bound(column.maximum, column),
        strict_min=column.exclusive_minimum or None,
        strict_max=column.exclusive_maximum or None,
    )


def _bound(value: float | str | None, column: Column) -> Bound:
    if value is None:
        return None
    typed = _typed(value, column)
    return typed if isinstance(typed, datetime) else float(typed)


def _typed(value: ContractScalar, column: Column) -> ContractScalar | datetime:
    """A value written in the contract as a value of its column's type."""
    kind = column.logical_type
    try:
        if kind in _TEMPORAL:
            return _moment(str(value), column)
        if kind is LogicalType.NUMBER:
            return float(value)
        if kind is LogicalType.INTEGER:
            return _whole(value)
        if kind is LogicalType.BOOLEAN:
            return _flag(value, column)
    except ValueError:
        message = (
            f"column {column.name!r}: the contract names {value!r} as a bound or allowed value, "
            f"expected a {kind.value}; correct the contract"
        )
        raise CharterError(message) from None
    return str(value)


def _whole(value: ContractScalar) -> int | float:
    """A bound of a whole-number column may be a fraction; a whole one stays exact."""
    number = float(value)
    return int(value) if number.is_integer() else number


def _flag(value: ContractScalar, column: Column) -> bool:
    if isinstance(value, bool):
        return value
    if str(value) in (*column.true_values, *column.false_values):
        return str(value) in column.true_values
    raise ValueError


def _moment(text: str, column: Column) -> datetime:
    """Contracts may write a bound as ISO or as the column's own cells are written."""
    try:
        moment = pd.to_datetime(text, format="ISO8601", utc=True)
    except ValueError:
        if column.date_format is None:
            raise
        moment = pd.to_datetime(text, format=column.date_format, utc=True)
    naive: datetime = moment.tz_localize(None).to_pydatetime()
    return naive


def _row_count(contract: Contract) -> Iterator[Rule]:
    low, high = contract.minimum_rows, contract.maximum_rows
    if low is not None or high is not None:
        yield Rule(
            name="row_count",
            expectation="expect_table_row_count_to_be_between",
            arguments={"min_value": low, "max_value": high},
            columns=(),
            severity=RuleSeverity.ERROR,
        )
