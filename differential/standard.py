"""The judgement of the standard about a rule, read plainly: cells are counted one by one.

If the standard leaves something open, `docs/reference/contract.md` decides the reading:
`mustBeBetween` includes both ends, a share is a share of all rows, rows with a gap in their key
are not compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from differential.cases import Case, Cell, Judgement, Promise, Question

Value = str | Decimal | datetime | bool
_OPERATORS: Mapping[str, Callable[[Fraction, Any], bool]] = {
    "mustBe": lambda counted, limit: counted == exact(limit),
    "mustNotBe": lambda counted, limit: counted != exact(limit),
    "mustBeGreaterThan": lambda counted, limit: counted > exact(limit),
    "mustBeGreaterOrEqualTo": lambda counted, limit: counted >= exact(limit),
    "mustBeLessThan": lambda counted, limit: counted < exact(limit),
    "mustBeLessOrEqualTo": lambda counted, limit: counted <= exact(limit),
    "mustBeBetween": lambda counted, limit: exact(limit[0]) <= counted <= exact(limit[1]),
    "mustNotBeBetween": lambda counted, limit: not exact(limit[0]) <= counted <= exact(limit[1]),
}


def exact(number: float) -> Fraction:
    """A number as it is written: 6.4 is 64 tenths."""
    return Fraction(str(number))


def judge(case: Case, question: Question) -> Judgement:
    """The verdict of the standard; a table without rows has no cells to judge."""
    failing = count(case, question)
    if question.rule is None:
        return _verdict(holds=failing == 0)
    limit = next((name, question.rule[name]) for name in _OPERATORS if name in question.rule)
    counted = Fraction(failing)
    if question.rule.get("unit") == "percent":
        # Exact fractions: floating point would decide the cases that lie exactly at a limit.
        counted = counted * 100 / case.rows if case.rows else Fraction(0)
    return _verdict(holds=_OPERATORS[limit[0]](counted, limit[1]))


def count(case: Case, question: Question) -> int:
    """The number for an operator: wrong cells, wrong rows, or rows."""
    if question.promise is Promise.ROWS:
        return case.rows
    if question.promise in (Promise.KEY, Promise.DUPLICATES, Promise.UNIQUE):
        return _repeated(case, question.columns)
    (name,) = question.columns
    column, cells = case.columns[name], case.table[name]
    if question.promise in (Promise.REQUIRED, Promise.NULLS):
        return sum(cell is None for cell in cells)
    if question.promise is Promise.MISSING:
        return sum(_is_missing(cell, question, column) for cell in cells)
    return sum(not _keeps(cell, question, column) for cell in cells if cell is not None)


def value_of(cell: str, column: Mapping[str, Any]) -> Value | None:
    """A cell as a value of its column's type; None if it has another type."""
    kind = column["logicalType"]
    try:
        if kind in ("integer", "number"):
            number = Decimal(cell)
            whole = kind == "number" or number == number.to_integral_value()
            return number if number.is_finite() and whole else None
        if kind in ("date", "timestamp"):
            return _moment(cell, column)
    except (InvalidOperation, ValueError):
        return None
    if kind == "boolean":
        return {"true": True, "false": False}.get(cell)
    return cell


def _moment(cell: str, column: Mapping[str, Any]) -> datetime:
    if column.get("logicalTypeOptions", {}).get("format") == "dd-MM-yyyy" and cell[2:3] == "-":
        return datetime.strptime(cell, "%d-%m-%Y").replace(tzinfo=UTC)
    if column["logicalType"] == "date":
        day = date.fromisoformat(cell)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    moment = datetime.fromisoformat(cell)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _repeated(case: Case, columns: tuple[str, ...]) -> int:
    """Rows whose key appears several times; a key with a gap does not count."""
    rows = zip(*(_values(case, name) for name in columns), strict=True)
    whole = [row for row in rows if None not in row]
    times = Counter(whole)
    return sum(times[row] > 1 for row in whole)


def _values(case: Case, name: str) -> Iterable[Value | None]:
    column = case.columns[name]
    return [None if cell is None else value_of(cell, column) for cell in case.table[name]]


def _is_missing(cell: Cell, question: Question, column: Mapping[str, Any]) -> bool:
    words = (question.rule or {}).get("arguments", {}).get("missingValues", [])
    return cell is None or _among(cell, words, column)


def _among(cell: str, values: Iterable[Any], column: Mapping[str, Any]) -> bool:
    value = value_of(cell, column)
    listed = {value_of(_written(item), column) for item in values if item is not None}
    return value is not None and value in listed


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _keeps(cell: str, question: Question, column: Mapping[str, Any]) -> bool:
    """Whether a filled cell keeps a promise; one of another type breaks that of its type alone."""
    value, options = value_of(cell, column), column.get("logicalTypeOptions", {})
    if question.promise is Promise.TYPE or value is None:
        return value is not None or question.promise is not Promise.TYPE
    if question.promise is Promise.RANGE:
        return _in_range(value, options, column)
    return _is_valid(cell, question, column)


def _is_valid(cell: str, question: Question, column: Mapping[str, Any]) -> bool:
    options = column.get("logicalTypeOptions", {})
    if question.promise is Promise.LENGTH:
        least, most = options.get("minLength", 0), options.get("maxLength", len(cell))
        return bool(least <= len(cell) <= most)
    if question.promise is Promise.PATTERN:
        return _matches(options["pattern"], cell)
    if question.promise is Promise.ENUM:
        return _among(cell, [item["value"] for item in column["enum"]], column)
    arguments = (question.rule or {})["arguments"]
    if "pattern" in arguments:
        return _matches(arguments["pattern"], cell)
    return _among(cell, arguments["validValues"], column)


def _matches(pattern: str, cell: str) -> bool:
    """As ECMA-262 has it: anywhere in the text, and `$` at its very end alone."""
    return re.search(pattern.replace("$", r"\Z"), cell) is not None


def _in_range(value: Value, options: Mapping[str, Any], column: Mapping[str, Any]) -> bool:
    bounds: dict[str, Any] = {
        name: value_of(_written(options[name]), {**column, "logicalType": _bound_type(column)})
        for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
        if name in options
    }
    comparable: Any = value
    return (
        bounds.get("minimum", comparable) <= comparable <= bounds.get("maximum", comparable)
        and ("exclusiveMinimum" not in bounds or comparable > bounds["exclusiveMinimum"])
        and ("exclusiveMaximum" not in bounds or comparable < bounds["exclusiveMaximum"])
    )


def _bound_type(column: Mapping[str, Any]) -> str:
    # A bound on whole numbers may be a fraction: 2.5 excludes 3 and keeps 2.
    return "number" if column["logicalType"] == "integer" else str(column["logicalType"])


def _verdict(*, holds: bool) -> Judgement:
    return Judgement.PASS if holds else Judgement.FAIL
