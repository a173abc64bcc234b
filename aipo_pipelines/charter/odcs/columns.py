"""ODCS properties → columns; an option that does not fit its type becomes a fault."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic.alias_generators import to_camel

from aipo_pipelines.charter.dates.date_format import to_strptime
from aipo_pipelines.charter.model.contract import Column, ContractScalar, LogicalType, RuleSeverity
from aipo_pipelines.charter.model.problem import Fault, FieldPath, listed, shown
from aipo_pipelines.charter.model.rule_values import Value, read_bound, read_value
from aipo_pipelines.charter.odcs.extensions import COLUMN_EXTENSIONS, read_extensions
from aipo_pipelines.charter.odcs.format import Bound, OdcsProperty, OdcsTypeOptions

_EXAMPLE = datetime(2026, 1, 31, tzinfo=UTC)
_BOUNDS = ("minimum", "maximum", "exclusive_minimum", "exclusive_maximum")
_NUMBERS = (LogicalType.INTEGER, LogicalType.NUMBER)
_OPTIONS = {
    LogicalType.STRING: ("pattern", "min_length", "max_length"),
    LogicalType.INTEGER: _BOUNDS,
    LogicalType.NUMBER: _BOUNDS,
    LogicalType.BOOLEAN: (),
    LogicalType.DATE: ("format", *_BOUNDS),
    LogicalType.TIMESTAMP: ("format", *_BOUNDS),
}
# YAML has these types of its own: a number in quotes is a text, and would never equal a cell.
_VALUE_TYPES: dict[LogicalType, tuple[type, ...]] = {
    LogicalType.STRING: (str,),
    LogicalType.INTEGER: (int,),
    LogicalType.NUMBER: (int, float),
    LogicalType.BOOLEAN: (bool,),
    LogicalType.DATE: (str,),
    LogicalType.TIMESTAMP: (str,),
}


def read_column(part: OdcsProperty, path: FieldPath, faults: list[Fault], *, key: bool) -> Column:
    """One column of the contract.

    1. Refuse options that do not fit the type.
    2. Read how cells are written.
    3. Read the bounds as cells, and compare them.

    Args:
        part: The ODCS property.
        path: Its path in the contract.
        faults: Gets every fault.
        key: Whether it is the whole primary key, and therefore unique.
    """
    options = part.logical_type_options
    place = (*path, "logicalTypeOptions")
    before = len(faults)
    _refuse_unfit_options(part.logical_type, options, place, faults)
    ours = read_extensions(part.custom_properties, COLUMN_EXTENSIONS, path, faults)
    _check_texts(part.logical_type, ours, path, faults)
    cells = _cells(part, ours, place, faults)
    low = _bound(options, "minimum", place, faults)
    high = _bound(options, "maximum", place, faults)
    # Bounds are compared as cells: if the type or the format is wrong, they would fail as well.
    if len(faults) == before:
        _check_bounds(cells, options, low, high, place, faults)
    return replace(
        cells,
        required=part.required or part.primary_key,
        unique=part.unique or key,
        pattern=_pattern(options, place, faults),
        minimum=low,
        maximum=high,
        exclusive_minimum=_excludes(options.exclusive_minimum),
        exclusive_maximum=_excludes(options.exclusive_maximum),
        minimum_length=options.min_length,
        maximum_length=options.max_length,
        allowed=_allowed(part, cells, path, faults),
        category=ours.get("dataCategory", ""),
        classification=part.classification or "",
        critical=part.critical_data_element,
        description=part.description or "",
        type_severity=RuleSeverity(ours.get("severity", RuleSeverity.ERROR)),
    )


def _cells(
    part: OdcsProperty, ours: dict[str, Any], path: FieldPath, faults: list[Fault]
) -> Column:
    """The column with the fields that decide how its cells are read."""
    default = Column(name=part.name, delivered_as=part.name, logical_type=part.logical_type)
    return replace(
        default,
        delivered_as=part.physical_name or part.name,
        date_format=_date_format(part, path, faults),
        true_values=tuple(ours.get("trueValues", default.true_values)),
        false_values=tuple(ours.get("falseValues", default.false_values)),
    )


def check_pattern(pattern: str, path: FieldPath, faults: list[Fault]) -> None:
    """Adds a fault if a pattern is no regular expression."""
    try:
        re.compile(pattern)
    except re.error as error:
        hint = f"correct it: {error.msg}"
        faults.append(Fault(path, shown(pattern), "a regular expression", hint))


def _refuse_unfit_options(
    kind: LogicalType, options: OdcsTypeOptions, path: FieldPath, faults: list[Fault]
) -> None:
    for name in sorted(options.model_fields_set - {*_OPTIONS[kind]}):
        known = listed(to_camel(option) for option in _OPTIONS[kind])
        found = f"{to_camel(name)} on a column of type {kind}"
        hint = "use `pattern`" if name == "format" else "remove it or correct `logicalType`"
        faults.append(Fault((*path, to_camel(name)), found, known, hint))


def _check_texts(
    kind: LogicalType, ours: dict[str, Any], path: FieldPath, faults: list[Fault]
) -> None:
    given = [name for name in ("trueValues", "falseValues") if name in ours]
    if given and kind is not LogicalType.BOOLEAN:
        hint = "remove them or set `logicalType: boolean`"
        faults.append(
            Fault((*path, "customProperties"), f"{given[0]} on {kind}", "them on boolean", hint)
        )


def _bound(
    options: OdcsTypeOptions, side: str, path: FieldPath, faults: list[Fault]
) -> float | str | None:
    inclusive, exclusive = getattr(options, side), getattr(options, f"exclusive_{side}")
    name = to_camel(f"exclusive_{side}")
    # Since v3.1 the field is the bound itself; both forms are in use.
    if isinstance(exclusive, bool):  # as v3.0 has it
        if exclusive and inclusive is None:
            found, hint = f"{name} without {side}", f"write the bound itself as `{name}`"
            faults.append(Fault((*path, name), found, "a bound", hint))
        exclusive = None
    if inclusive is not None and exclusive is not None:
        faults.append(
            Fault((*path, name), f"both {side} and {name}", "one of them", "remove one of them")
        )
    bound: Bound | None = exclusive if exclusive is not None else inclusive
    return bound


def _excludes(exclusive: Bound | bool | None) -> bool:
    return exclusive is not None and exclusive is not False


def _check_bounds(
    column: Column,
    options: OdcsTypeOptions,
    low: float | str | None,
    high: float | str | None,
    path: FieldPath,
    faults: list[Fault],
) -> None:
    ends: dict[str, Any] = {}
    for side, bound in (("minimum", low), ("maximum", high)):
        if bound is None:
            continue
        name = side if getattr(options, side) is not None else to_camel(f"exclusive_{side}")
        try:
            ends[side] = _comparable(bound, column)
        except ValueError as error:
            faults.append(Fault((*path, name), shown(bound), str(error), "correct the bound"))
    lengths = (options.min_length, options.max_length)
    for least, most in ((ends.get("minimum"), ends.get("maximum")), lengths):
        if least is not None and most is not None and least > most:
            found = "a smallest value above the largest"
            faults.append(Fault(path, found, "bounds that leave room", "swap or correct them"))


def _comparable(bound: float | str, column: Column) -> Value:
    if column.logical_type in _NUMBERS and isinstance(bound, str):
        raise ValueError("a number")
    return read_bound(bound, column)


def _pattern(options: OdcsTypeOptions, path: FieldPath, faults: list[Fault]) -> str | None:
    if options.pattern is not None:
        check_pattern(options.pattern, (*path, "pattern"), faults)
    return options.pattern


def _allowed(
    part: OdcsProperty, column: Column, path: FieldPath, faults: list[Fault]
) -> tuple[ContractScalar, ...]:
    if "enum" in part.model_fields_set and not part.enum:
        hint = "list the allowed values, or remove it"
        faults.append(Fault((*path, "enum"), "no value", "at least one value", hint))
    seen: set[ContractScalar] = set()
    for position, entry in enumerate(part.enum):
        place = (*path, "enum", position, "value")
        read_extensions(entry.custom_properties, {}, place[:-1], faults)
        if entry.value in seen:
            found = f"{shown(entry.value)} again"
            faults.append(Fault(place, found, "each value once", "remove one of them"))
        elif not _can_be(entry.value, column):
            hint = "put it in quotes" if part.logical_type is LogicalType.STRING else "correct it"
            faults.append(
                Fault(place, shown(entry.value), f"a value of type {part.logical_type}", hint)
            )
        seen.add(entry.value)
    return tuple(entry.value for entry in part.enum)


def _can_be(value: ContractScalar, column: Column) -> bool:
    """Whether a cell of the column can be that value, which is written in the column's type."""
    kinds = _VALUE_TYPES[column.logical_type]
    if not isinstance(value, kinds) or isinstance(value, bool) != (bool in kinds):
        return False
    try:
        read_value(value, column)
    except (ValueError, OverflowError):
        return False
    return True


def _date_format(part: OdcsProperty, path: FieldPath, faults: list[Fault]) -> str | None:
    pattern = part.logical_type_options.format
    if pattern is None or part.logical_type not in (LogicalType.DATE, LogicalType.TIMESTAMP):
        return None
    try:
        directives = to_strptime(pattern)
        # Some patterns are written but not read back, such as a weekday without a date.
        datetime.strptime(_EXAMPLE.strftime(directives), directives)  # noqa: DTZ007 - read back only
    except ValueError as error:
        expected = "a JDK date pattern such as dd-MM-yyyy"
        faults.append(
            Fault((*path, "format"), f"{shown(pattern)}: {error}", expected, "rewrite it")
        )
        return None
    return directives
