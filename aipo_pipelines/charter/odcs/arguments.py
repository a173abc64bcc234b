"""Arguments of expectations that are compared with cells, read like the cells of their columns.

Great Expectations would fail on each batch, because it cannot compare a date with a text, and texts
have no mean. Here a contract with such a rule is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aipo_pipelines.charter.model.contract import Column, LogicalType
from aipo_pipelines.charter.model.problem import FieldPath, listed, shown
from aipo_pipelines.charter.model.rule_values import TEMPORAL, read_bound, read_number
from aipo_pipelines.charter.odcs.collector import RuleSink

_HINT = "correct it, or `logicalType`"
_BOUNDS = ("min_value", "max_value")
_NUMBERS = (*_BOUNDS, "value", "sum_total", "threshold")
_OF_CELLS = frozenset(
    f"expect_column_{statistic}_to_be_between"
    for statistic in ("max", "mean", "median", "min", "values")
)
"""Expectations whose bounds are compared with cells, and not with a count or a length."""

_TEXTS = frozenset({LogicalType.STRING})
_MEASURED = frozenset({LogicalType.INTEGER, LogicalType.NUMBER, LogicalType.BOOLEAN})
_ORDERED = _MEASURED | TEMPORAL
_TYPES = {
    **dict.fromkeys(_OF_CELLS, _ORDERED),
    "expect_column_quantile_values_to_be_between": _ORDERED,
    "expect_column_value_z_scores_to_be_less_than": _ORDERED,
    "expect_column_values_to_be_increasing": _ORDERED,
    "expect_column_values_to_be_decreasing": _ORDERED,
    "expect_column_stdev_to_be_between": _MEASURED,
    "expect_column_sum_to_be_between": _MEASURED,
    "expect_multicolumn_sum_to_equal": _MEASURED,
    "expect_column_values_to_match_strftime_format": _TEXTS,
    "expect_column_values_to_be_dateutil_parseable": _TEXTS,
}
"""Types of the columns for which an expectation can be computed; any type if it is not listed."""

_COMPARED = "expect_column_pair_values_a_to_be_greater_than_b"


def read_arguments(
    sink: RuleSink, name: str, given: dict[str, Any], columns: Sequence[str], place: FieldPath
) -> dict[str, Any]:
    """The arguments of an expectation with every value as the cells are.

    Args:
        sink: Gets a fault for each value that no cell can be, or be compared with.
        name: The expectation in snake case.
        given: Its arguments as the contract has them.
        columns: The columns that it names, in order.
        place: The path of its implementation.
    """
    named = [sink.columns[name_of_column] for name_of_column in columns]
    # A second fault about its arguments would not help: the rule itself does not fit.
    if not _fit_types(sink, name, named, place):
        return given
    read = dict(given)
    place = (*place, "kwargs")
    values, pairs = given.get("value_set"), given.get("value_pairs_set")
    ranges = given.get("quantile_ranges")
    if isinstance(values, list):
        read["value_set"] = sink.values(values, columns[0], (*place, "value_set"), _HINT)
    if isinstance(pairs, list):
        read["value_pairs_set"] = _pairs(sink, pairs, columns, (*place, "value_pairs_set"))
    if isinstance(ranges, dict) and isinstance(ranges.get("value_ranges"), list):
        ranges_place = (*place, "quantile_ranges", "value_ranges")
        bounds = _ranges(sink, ranges["value_ranges"], named[0], ranges_place)
        read["quantile_ranges"] = {**ranges, "value_ranges": bounds}
    column = named[0] if name in _OF_CELLS else None
    for argument in _NUMBERS:
        if argument in given:
            read[argument] = _bound(sink, given[argument], column, (*place, argument))
    return read


def _fit_types(sink: RuleSink, name: str, columns: Sequence[Column], place: FieldPath) -> bool:
    """Whether the expectation can be computed for columns of these types; a fault if not."""
    allowed = _TYPES.get(name, frozenset(LogicalType))
    # Both columns must be of one group: a date is neither before nor after a number.
    if name == _COMPARED:
        first = columns[0].logical_type
        allowed = next(kinds for kinds in (_TEXTS, TEMPORAL, _MEASURED) if first in kinds)
    unfit = [column for column in columns if column.logical_type not in allowed]
    for column in unfit:
        found = f"{name} on {column.name}, a column of type {column.logical_type}"
        expected = f"a column of type {listed(sorted(allowed))}"
        hint = "use another expectation, or correct `logicalType`"
        sink.fault((*place, "type"), found, expected, hint)
    return not unfit


def _bound(sink: RuleSink, value: Any, column: Column | None, place: FieldPath) -> Any:
    """A bound as the cells of a column, or (`column` None) as a number."""
    if value is None or isinstance(value, dict):  # `{$PARAMETER: …}` is worked out when executed
        return value
    try:
        return read_number(value) if column is None else read_bound(value, column)
    except ValueError as error:
        sink.fault(place, shown(value), str(error), _HINT)
        return value


def _ranges(sink: RuleSink, ranges: list[Any], column: Column, place: FieldPath) -> list[Any]:
    return [
        [
            _bound(sink, end, column, (*place, position, side))
            for side, end in enumerate(ends if isinstance(ends, list) else [ends])
        ]
        for position, ends in enumerate(ranges)
    ]


def _pairs(sink: RuleSink, pairs: list[Any], columns: Sequence[str], place: FieldPath) -> list[Any]:
    read = []
    for position, pair in enumerate(pairs):
        pair_place = (*place, position)
        if not isinstance(pair, list) or len(pair) != len(columns):
            sink.fault(pair_place, shown(pair), "a list of two values", "write both values")
            continue
        # A pair may name a gap, which counts if `ignore_row_if` has rows with gaps looked at.
        read.append(
            [
                None if value is None else sink.value(value, name, (*pair_place, side), _HINT)
                for side, (value, name) in enumerate(zip(pair, columns, strict=True))
            ]
        )
    return read
