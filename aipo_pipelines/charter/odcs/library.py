"""The library metrics of ODCS → expectations, or bounds on the number of rows.

An upper bound in rows, or in percent of all rows, becomes a tolerance, which is counted in whole
numbers. An upper bound of zero becomes the plain expectation. A lower bound on errors is refused.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic.alias_generators import to_camel

from aipo_pipelines.charter.model.contract import RuleSeverity
from aipo_pipelines.charter.model.problem import FieldPath, did_you_mean, listed, shown
from aipo_pipelines.charter.model.tolerance import Tolerance, as_written
from aipo_pipelines.charter.odcs.collector import OPERATORS, RuleSink
from aipo_pipelines.charter.odcs.columns import check_pattern
from aipo_pipelines.charter.odcs.expectations import MISSING
from aipo_pipelines.charter.odcs.format import OdcsQuality

_PERCENT = 100


def read_library_rule(
    sink: RuleSink, part: OdcsQuality, place: FieldPath, column: str | None
) -> None:
    """Reads one rule of type `library`, of a column or (`column` None) of the table."""
    sink.refuse(part, place, ("engine", "implementation"), "a library rule")
    if part.metric is None:
        sink.fault((*place, "metric"), "nothing", "the key 'metric'", "add `metric:` here")
        return
    if (part.metric == "rowCount") != (column is None) and part.metric != "duplicateValues":
        expected = "it at the table" if part.metric == "rowCount" else "it at a column"
        sink.fault((*place, "metric"), f"{part.metric} here", expected, "move the rule there")
        return
    # Rows are counted before a table is built, so bounds on them are no expectation.
    if part.metric == "rowCount":
        _row_count(sink, part, place)
        return
    limit = _tolerance(sink, part, place)
    if limit is None:
        return
    # A limit of zero is the plain expectation, which needs no tolerance.
    tolerance = limit if limit.percent or limit.rows else None
    if part.metric == "duplicateValues":
        _duplicates(sink, part, place, column, tolerance)
    elif column is not None:
        _cells(sink, part, place, column, tolerance)


def _cells(
    sink: RuleSink, part: OdcsQuality, place: FieldPath, column: str, tolerance: Tolerance | None
) -> None:
    title = f"{column} {part.metric}"
    known = {"missingValues": ("missingValues",), "invalidValues": ("validValues", "pattern")}
    arguments = _arguments(sink, part, place, known.get(str(part.metric), ()))
    if part.metric == "invalidValues":
        _invalid(sink, part, place, column, arguments, tolerance)
        return
    given = arguments.get("missingValues", [])
    if not isinstance(given, list):
        expected = "a list of values"
        sink.fault((*place, "arguments", "missingValues"), shown(given), expected, "write a list")
        return
    words = [word for word in given if word not in (None, "")]
    hint = "add it to `missingValues` of the table, so that it is read as missing"
    tokens = sink.values(words, column, (*place, "arguments", "missingValues"), hint)
    present: dict[str, object] = {"column": column}
    name = "expect_column_values_to_not_be_null"
    if tokens:
        name, present = MISSING, {**present, "value_set": tokens}
    sink.add(part, name, present, [column], title=title, tolerance=tolerance)


def _invalid(
    sink: RuleSink,
    part: OdcsQuality,
    place: FieldPath,
    column: str,
    arguments: Mapping[str, Any],
    tolerance: Tolerance | None,
) -> None:
    """Reads a rule on valid values: a list of values, or a pattern."""
    title = f"{column} {part.metric}"
    values, pattern = arguments.get("validValues"), arguments.get("pattern")
    if (values is None) == (pattern is None):
        expected = "exactly one of validValues and pattern"
        sink.fault(
            (*place, "arguments"),
            "both" if pattern is not None else "neither",
            expected,
            "give one",
        )
    elif isinstance(pattern, str):
        check_pattern(pattern, (*place, "arguments", "pattern"), sink.faults)
        matching = {"column": column, "regex": pattern}
        name = "expect_column_values_to_match_regex"
        sink.add(part, name, matching, [column], title=title, tolerance=tolerance)
    elif isinstance(values, list) and values:
        values_place = (*place, "arguments", "validValues")
        typed = sink.values(values, column, values_place, "correct it, or `logicalType`")
        among = {"column": column, "value_set": typed}
        name = "expect_column_values_to_be_in_set"
        sink.add(part, name, among, [column], title=title, tolerance=tolerance)
    else:
        given = shown(values if pattern is None else pattern)
        expected = "a list of values or a pattern in quotes"
        sink.fault((*place, "arguments"), given, expected, "correct the value")


def _arguments(
    sink: RuleSink, part: OdcsQuality, place: FieldPath, known: Sequence[str]
) -> dict[str, Any]:
    for name in part.arguments:
        if name not in known:
            hint = did_you_mean(name, known, "remove it")
            expected = listed(known) if known else "no arguments"
            sink.fault((*place, "arguments", name), shown(name), expected, hint)
    return part.arguments


def _duplicates(
    sink: RuleSink,
    part: OdcsQuality,
    place: FieldPath,
    column: str | None,
    tolerance: Tolerance | None,
) -> None:
    if column is not None:
        _arguments(sink, part, place, ())
        unique, title = {"column": column}, f"{column} duplicateValues"
        name = "expect_column_values_to_be_unique"
        sink.add(part, name, unique, [column], title=title, tolerance=tolerance)
        return
    given = _arguments(sink, part, place, ("properties",)).get("properties")
    names = sink.known(given, (*place, "arguments", "properties"), least=2)
    if names is not None:
        title = f"{', '.join(names)} duplicateValues"
        name = "expect_compound_columns_to_be_unique"
        sink.add(part, name, {"column_list": names}, names, title=title, tolerance=tolerance)


def _operator(sink: RuleSink, part: OdcsQuality, place: FieldPath) -> tuple[str, Any] | None:
    given = [name for name in OPERATORS if name in part.model_fields_set]
    if len(given) != 1:
        found = f"{len(given)} operators" if given else "no operator"
        hint = "add `mustBe: 0`" if not given else "keep one of them"
        sink.fault(place, found, "one of the operators mustBe…", hint)
        return None
    return given[0], getattr(part, given[0])


def _tolerance(sink: RuleSink, part: OdcsQuality, place: FieldPath) -> Tolerance | None:
    """How much may fail, by the operator of a rule; None and a fault if it is no upper bound."""
    operator = _operator(sink, part, place)
    if operator is None:
        return None
    tolerance = _upper_bound(*operator, part.unit)
    if tolerance is None:
        name, value = operator
        expected = "0, or an upper bound: in rows, or below 100 with `unit: percent`"
        given = f"{to_camel(name)} {_written(value)} {part.unit}"
        hint = "say how many may be wrong at most"
        sink.fault((*place, to_camel(name)), given, expected, hint)
    return tolerance


def _written(value: Any) -> str:
    """The value of an operator as the contract has it; both ends if it has two."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    # All digits of a large number: 1000000, and not 1e+06.
    return f"{value:.15g}" if isinstance(value, float) else shown(value)


def _upper_bound(name: str, value: Any, unit: str) -> Tolerance | None:
    """The tolerance of an operator; None if it is no upper bound on errors."""
    # From 0 to some number is an upper bound in other words.
    if name == "must_be_between" and value[0] == 0:
        name, value = "must_be_less_or_equal_to", value[1]
    # To Python, false equals 0.
    if name == "must_be" and value == 0 and not isinstance(value, bool):
        return Tolerance()
    if name == "must_be_less_than" and value > 0:
        return _below(value, unit)
    if name == "must_be_less_or_equal_to" and value >= 0:
        return _up_to(value, unit)
    return None


def _below(value: float, unit: str) -> Tolerance | None:
    if unit == "rows":
        return Tolerance(rows=math.ceil(value) - 1)
    # A share that is never reached would refuse nothing.
    return Tolerance(percent=as_written(value), below=True) if value <= _PERCENT else None


def _up_to(value: float, unit: str) -> Tolerance | None:
    if unit == "rows":
        return Tolerance(rows=math.floor(value))
    return Tolerance(percent=as_written(value)) if value < _PERCENT else None


def _row_count(sink: RuleSink, part: OdcsQuality, place: FieldPath) -> None:
    _arguments(sink, part, place, ())
    operator = _operator(sink, part, place)
    if operator is None:
        return
    bounds = _row_bounds(*operator)
    if bounds is None or part.unit != "rows":
        found = f"{to_camel(operator[0])} {_written(operator[1])} {part.unit}"
        expected = "whole rows from 0, with an operator that gives one range"
        sink.fault((*place, to_camel(operator[0])), found, expected, "correct the operator")
        return
    low, high = bounds
    if part.severity is RuleSeverity.ERROR:
        sink.minimum_rows = _tighter(max, sink.minimum_rows, low)
        sink.maximum_rows = _tighter(min, sink.maximum_rows, high)
        return
    name = "expect_table_row_count_to_be_between"
    sink.add(part, name, {"min_value": low, "max_value": high}, (), title="rowCount")


def _tighter(choose: Any, earlier: int | None, bound: int | None) -> int | None:
    given = [limit for limit in (earlier, bound) if limit is not None]
    return choose(given) if given else None


def _is_row_count(number: Any) -> bool:
    # Half a row or -1 rows are typing errors, and no bounds.
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    return is_number and number >= 0 and int(number) == number


def _row_bounds(name: str, value: Any) -> tuple[int | None, int | None] | None:
    """Smallest and largest number of rows that an operator allows, or None if it gives no range."""
    numbers = value if isinstance(value, tuple) else (value,)
    if not all(map(_is_row_count, numbers)):
        return None
    whole = [int(number) for number in numbers]
    ranges = {
        "must_be": (whole[0], whole[0]),
        "must_be_greater_than": (whole[0] + 1, None),
        "must_be_greater_or_equal_to": (whole[0], None),
        "must_be_less_than": (None, whole[0] - 1),
        "must_be_less_or_equal_to": (None, whole[0]),
        "must_be_between": (whole[0], whole[-1]),
    }
    bounds = ranges.get(name)
    if bounds is None or (bounds[1] is not None and bounds[1] < (bounds[0] or 0)):
        return None
    return bounds
