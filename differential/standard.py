"""What the standard says about a rule, read plainly: cells are counted one by one.

Where the standard leaves something open the reading is the one that `docs/reference/contract.md`
states: `mustBeBetween` includes both ends, a share is one of all rows, rows with a gap in their key
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

from differential.cases import Case, Cell, Promise, Question, Said

Value = str | Decimal | datetime | bool
_OPERATORS: Mapping[str, Callable[[Fraction, Any], bool]] = {
    "mustBe": lambda found, limit: found == exact(limit),
    "mustNotBe": lambda found, limit: found != exact(limit),
    "mustBeGreaterThan": lambda found, limit: found > exact(limit),
    "mustBeGreaterOrEqualTo": lambda found, limit: found >= exact(limit),
    "mustBeLessThan": lambda found, limit: found < exact(limit),
    "mustBeLessOrEqualTo": lambda found, limit: found <= exact(limit),
    "mustBeBetween": lambda found, limit: exact(limit[0]) <= found <= exact(limit[1]),
    "mustNotBeBetween": lambda found, limit: not exact(limit[0]) <= found <= exact(limit[1]),
}


def exact(number: float) -> Fraction:
    """A number as it is written: 6.4 is 64 tenths."""
    return Fraction(str(number))


def said(case: Case, question: Question) -> Said:
    """The verdict of the standard; a table without rows has nothing to judge cells by."""
    failing = count(case, question)
    if question.rule is None:
        return _verdict(holds=failing == 0)
    limit = next((name, question.rule[name]) for name in _OPERATORS if name in question.rule)
    found = Fraction(failing)
    if question.rule.get("unit") == "percent":
        found = found * 100 / case.rows if case.rows else Fraction(0)
    return _verdict(holds=_OPERATORS[limit[0]](found, limit[1]))


def count(case: Case, question: Question) -> int:
    """What an operator is held against: wrong cells, wrong rows, or rows."""
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
    """A cell as a value of its column's type; None where it is none."""
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
    """Rows whose key is there more than once; a key with a gap is none."""
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
    listed = {value_of(_written(one), column) for one in values if one is not None}
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
        return _among(cell, [one["value"] for one in column["enum"]], column)
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
    found: Any = value
    return (
        bounds.get("minimum", found) <= found <= bounds.get("maximum", found)
        and ("exclusiveMinimum" not in bounds or found > bounds["exclusiveMinimum"])
        and ("exclusiveMaximum" not in bounds or found < bounds["exclusiveMaximum"])
    )


def _bound_type(column: Mapping[str, Any]) -> str:
    return "number" if column["logicalType"] == "integer" else str(column["logicalType"])


def _verdict(*, holds: bool) -> Said:
    return Said.PASS if holds else Said.FAIL
