"""Custom quality rules → expectations: Great Expectations' own, and functional dependencies.

A functional dependency is written with our engine:

    - type: custom
      engine: aipo
      implementation: {columns: [measure_code, state], determines: state_average}
"""

from __future__ import annotations

import re
from typing import Any

from aipo_pipelines.charter.model.problem import (
    CharterProblemsError,
    FieldPath,
    did_you_mean,
    listed,
    nearest,
    shown,
)
from aipo_pipelines.charter.odcs.arguments import read_arguments
from aipo_pipelines.charter.odcs.collector import OPERATORS, RuleSink
from aipo_pipelines.charter.odcs.expectations import DETERMINES, EXPECTATIONS, arguments_of
from aipo_pipelines.charter.odcs.format import OdcsQuality
from aipo_pipelines.charter.odcs.references import outer_references
from aipo_pipelines.charter.reading.yaml_document import read_text

# Both spellings of Great Expectations are in use.
_ENGINES = {
    "greatExpectations": "greatExpectations",
    "great-expectations": "greatExpectations",
    "aipo": "aipo",
}


def read_custom_rule(
    sink: RuleSink, part: OdcsQuality, place: FieldPath, column: str | None
) -> None:
    """Reads one rule of type `custom`, of a column or (`column` None) of the table."""
    sink.refuse(part, place, ("metric", "arguments", "unit", *OPERATORS), "a custom rule")
    place = (*place, "implementation")
    given = _implementation(part.implementation)
    if given is None:
        expected = "a mapping, or the same as YAML text"
        sink.fault(place, "another text", expected, "write `type:` and `kwargs:` lines")
        return
    if isinstance(part.implementation, str):
        # A mapping was searched with the rest of the contract; a text hides its references.
        sink.faults.extend(outer_references(given, place))
    engine = _ENGINES.get(part.engine or "")
    if engine is None:
        hint = did_you_mean(part.engine or "", _ENGINES, "write it for one of these")
        expected = "greatExpectations or aipo"
        sink.fault((*place[:-1], "engine"), shown(part.engine), expected, hint)
    elif engine == "aipo":
        _dependency(sink, part, given, place, column)
    else:
        _expectation(sink, part, given, place, column)


def _implementation(given: dict[str, Any] | str) -> dict[str, Any] | None:
    """An implementation as a mapping, even if it is written as text; None if it is no mapping."""
    if not isinstance(given, str):
        return given
    try:
        return read_text(given)
    except CharterProblemsError:
        return None


def _dependency(
    sink: RuleSink, part: OdcsQuality, given: dict[str, Any], place: FieldPath, column: str | None
) -> None:
    for name in given:
        if name not in ("columns", "determines"):
            hint = did_you_mean(name, ("columns", "determines"), "remove it")
            sink.fault((*place, name), shown(name), "columns or determines", hint)
    targets = given.get("determines")
    targets = [targets] if isinstance(targets, str) else targets
    sources = given.get("columns", [column] if column else None)
    known_sources = sink.known(sources, (*place, "columns"))
    known_targets = sink.known(targets, (*place, "determines"))
    for target in known_targets or ():
        if known_sources is None:
            continue
        if target in known_sources:
            hint = "name another column"
            sink.fault((*place, "determines"), shown(target), "a column not in columns", hint)
            continue
        chain = [*known_sources, target]
        title = f"{', '.join(known_sources)} determines {target}"
        several = known_targets is not None and len(known_targets) > 1
        sink.add(part, DETERMINES, {"column_list": chain}, chain, title=title, several=several)


def _expectation(
    sink: RuleSink, part: OdcsQuality, given: dict[str, Any], place: FieldPath, column: str | None
) -> None:
    implementation = dict(given)
    kind, arguments = implementation.pop("type", None), implementation.pop("kwargs", {})
    for name in implementation:
        hint = did_you_mean(name, ("type", "kwargs"), "remove it")
        sink.fault((*place, name), shown(name), "type or kwargs", hint)
    name = _snake(kind) if isinstance(kind, str) else ""
    if name not in EXPECTATIONS or not isinstance(arguments, dict):
        likely = nearest(name, EXPECTATIONS)
        hint = f"did you mean {likely!r}?" if likely else "see the list in the documentation"
        expected = "an expectation on one table, with its arguments under `kwargs`"
        sink.fault((*place, "type"), shown(kind), expected, hint)
        return
    known, needed = arguments_of(name)
    for unknown in sorted({*map(str, arguments)} - known):
        hint = did_you_mean(unknown, known, "remove it; `severity` belongs beside `engine`")
        sink.fault((*place, "kwargs", unknown), shown(unknown), listed(sorted(known)), hint)
    for missing in sorted(needed - {*arguments}):
        expected = f"the argument {missing!r} of {name}"
        sink.fault((*place, "kwargs"), "nothing", expected, f"add `{missing}:` below `kwargs`")
    taken = {argument: value for argument, value in arguments.items() if argument in known}
    _add_expectation(sink, part, place, name, taken, column)


def _add_expectation(
    sink: RuleSink,
    part: OdcsQuality,
    place: FieldPath,
    name: str,
    arguments: dict[str, Any],
    column: str | None,
) -> None:
    columns: list[str] = []
    for argument in EXPECTATIONS[name]:
        # A rule at a column is about that column, unless it names another column.
        if argument == "column" and column is not None:
            arguments.setdefault("column", column)
        value = arguments.get(argument)
        given = value if argument in ("column_list", "column_set") else [value]
        names = sink.known(given, (*place, "kwargs", argument))
        if names is None:
            return
        columns.extend(names)
    arguments = read_arguments(sink, name, arguments, columns, place)
    words = name.removeprefix("expect_").removeprefix("column_").replace("_", " ")
    title = f"{columns[0]} {words}" if len(columns) == 1 else words
    sink.add(part, name, arguments, columns, title=title)


def _snake(name: str) -> str:
    # Great Expectations names its classes in camel case and its expectations in snake case.
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() if name[:1].isupper() else name
