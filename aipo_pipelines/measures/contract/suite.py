"""The contract as a flat list of rules that Great Expectations can execute.

Each promise of a column (required, unique, pattern, range, set, length) becomes a rule with the
name of the promise. The contract's own quality rules follow unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aipo_pipelines.charter.model.contract import (
    Column,
    Contract,
    ContractScalar,
    Rule,
    RuleSeverity,
)
from aipo_pipelines.charter.model.rule_values import Value, read_bound, read_value
from aipo_pipelines.errors import CharterError


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
        values = [_read(read_value, value, column) for value in column.allowed]
        yield _rule(column, "allowed", "expect_column_values_to_be_in_set", value_set=values)


def _rule(column: Column, name: str, expectation: str, **arguments: object) -> Rule:
    # Arguments that the contract does not give keep the default of the library.
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


def _bound(value: float | str | None, column: Column) -> Value | None:
    return None if value is None else _read(read_bound, value, column)


def _read(
    read: Callable[[ContractScalar, Column], Value], value: ContractScalar, column: Column
) -> Value:
    """A value of the contract in the type of the cells of its column."""
    try:
        return read(value, column)
    except (ValueError, OverflowError):
        message = (
            f"column {column.name!r}: the contract names {value!r} as a bound or allowed value, "
            f"expected a {column.logical_type.value}; correct the contract"
        )
        raise CharterError(message) from None


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
