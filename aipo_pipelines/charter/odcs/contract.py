"""Reads a data contract of the Open Data Contract Standard 3.x.

Every promise of a contract is either executed or reported as a problem; nothing is ignored in
silence. Fields for people (team, support, price, descriptions) are accepted unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aipo_pipelines.charter.model.contract import Column, Contract, RuleSeverity
from aipo_pipelines.charter.model.problem import (
    Fault,
    FieldPath,
    Problem,
    listed,
    shown,
)
from aipo_pipelines.charter.odcs.columns import read_column
from aipo_pipelines.charter.odcs.extensions import (
    TABLE_EXTENSIONS,
    batches_of,
    check_encodings,
    layout_of,
    read_extensions,
)
from aipo_pipelines.charter.odcs.format import OdcsAgreement, OdcsContract, OdcsObject
from aipo_pipelines.charter.odcs.references import outer_references
from aipo_pipelines.charter.odcs.rules import read_rules
from aipo_pipelines.charter.odcs.unsupported import unsupported
from aipo_pipelines.charter.odcs.variables import variables
from aipo_pipelines.charter.privacy.taxonomy import is_category
from aipo_pipelines.charter.reading.validation import validate
from aipo_pipelines.charter.reading.yaml_document import Document

# A feed is one table, so only one schema object is read.
_TABLE: FieldPath = ("schema", 0)
# The standard does not limit the words for a unit.
_HOURS = {
    **dict.fromkeys(("m", "min", "minute", "minutes"), 1 / 60),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 1.0),
    **dict.fromkeys(("d", "day", "days"), 24.0),
    **dict.fromkeys(("w", "week", "weeks"), 168.0),
    **dict.fromkeys(("y", "yr", "year", "years"), 8760.0),
}
_LATENCY = frozenset({"latency", "ly"})
_FOR_PEOPLE_AS_WRITTEN = frozenset(
    {
        "frequency",
        "retention",
        "generalAvailability",
        "endOfSupport",
        "endOfLife",
        "timeToDetect",
        "timeToNotify",
        "timeToRepair",
        "timeOfAvailability",
        "availability",
        "throughput",
        "errorRate",
    }
)
"""Agreements that the charter enforces in its own fields."""
_SHORT = ("ga", "es", "el", "fy", "re", "td", "tn", "tr", "av", "th", "er")
_FOR_PEOPLE = frozenset({*map(str.lower, _FOR_PEOPLE_AS_WRITTEN), *_SHORT})
"""The same in small letters, with the short names of the standard."""


def contract_in(document: Document) -> tuple[Contract | None, tuple[Problem, ...]]:
    """Reads a contract.

    Returns:
        The contract and no problems, or None and every problem of the document.
    """
    parsed, problems = validate(OdcsContract, document)
    contract = None
    if parsed is not None:
        faults: list[Fault] = [*outer_references(document.data, ())]
        contract = replace(_contract(parsed, faults), digest=document.digest)
        problems = tuple(map(document.problem, faults))
    # A feature of the standard that is not executed here gets a fault with its name. To the model
    # it is only an unknown key, or a text in the place of a number, so its own fault is dropped.
    refused = (*unsupported(document.data), *variables(document.data))
    named = {problem.field: problem for problem in map(document.problem, refused)}
    problems = (*(problem for problem in problems if problem.field not in named), *named.values())
    return (None if problems else contract), tuple(sorted(problems))


def _contract(parsed: OdcsContract, faults: list[Fault]) -> Contract:
    table = parsed.schema_[0]
    ours = read_extensions(table.custom_properties, TABLE_EXTENSIONS, _TABLE, faults)
    columns = _columns(table, faults)
    rules = read_rules(table, columns, _TABLE, faults)
    severity = ours.get("undeclaredColumns", RuleSeverity.ERROR)
    layout = layout_of(ours, _TABLE, faults)
    check_encodings(parsed.servers or (), layout, faults)
    if parsed.status is None and not parsed.may_leave_status_out:
        faults.append(Fault(("status",), "nothing", "the key 'status'", "add `status:` here"))
    return Contract(
        id=parsed.id,
        version=parsed.version,
        status=parsed.status or "",
        dataset=table.name,
        columns=columns,
        rules=tuple(rules.rules),
        layout=layout,
        undeclared_columns=RuleSeverity(severity),
        minimum_rows=rules.minimum_rows,
        maximum_rows=rules.maximum_rows,
        row_count_of=batches_of(ours.get("rowCountOf")),
        freshness_hours=_freshness(parsed.sla_properties, faults),
    )


def _columns(table: OdcsObject, faults: list[Fault]) -> tuple[Column, ...]:
    # A key of several columns is unique together only, which is a rule and no field of a column.
    keys = [part.name for part in table.properties if part.primary_key]
    columns = []
    for position, part in enumerate(table.properties):
        path = (*_TABLE, "properties", position)
        column = read_column(part, path, faults, key=keys == [part.name])
        if column.category and not is_category(column.category):
            hint = "use a key of the Fideslang taxonomy such as user.contact.email"
            place = (*path, "customProperties")
            faults.append(Fault(place, shown(column.category), "a known data category", hint))
        columns.append(column)
    _refuse_repeats([column.name for column in columns], "name", faults)
    _refuse_repeats([column.delivered_as for column in columns], "physicalName", faults)
    return tuple(columns)


def _refuse_repeats(names: Sequence[str], field: str, faults: list[Fault]) -> None:
    first: dict[str, int] = {}
    for position, name in enumerate(names):
        if first.setdefault(name, position) != position:
            path = (*_TABLE, "properties", position, field)
            found = f"the column {shown(name)} again"
            faults.append(Fault(path, found, "each column once", "remove or rename one"))


def _freshness(parts: Sequence[OdcsAgreement], faults: list[Fault]) -> float | None:
    hours: float | None = None
    for position, part in enumerate(parts):
        path = ("slaProperties", position)
        read_extensions(part.custom_properties, {}, path, faults)
        name = part.property.lower()
        if name in _FOR_PEOPLE:
            continue
        if name not in _LATENCY:
            expected = listed(("latency", *sorted(_FOR_PEOPLE_AS_WRITTEN)))
            hint = "remove it: nobody would check it"
            faults.append(Fault((*path, "property"), shown(part.property), expected, hint))
        elif part.value_ext is not None:
            hint = "write the whole agreement as `value` and `unit`"
            faults.append(Fault((*path, "valueExt"), shown(part.value_ext), "nothing", hint))
        elif hours is not None:
            faults.append(Fault((*path, "property"), "latency again", "it once", "remove one"))
        else:
            hours = _hours(part, path, faults)
    return hours


def _hours(part: OdcsAgreement, path: FieldPath, faults: list[Fault]) -> float | None:
    unit = _HOURS.get((part.unit or "").lower())
    value = part.value
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        faults.append(Fault((*path, "value"), shown(value), "a number above 0", "correct it"))
    elif unit is None:
        faults.append(
            Fault(
                (*path, "unit"),
                shown(part.unit),
                "minutes, hours, days, weeks or years",
                "correct it",
            )
        )
    else:
        return value * unit
    return None
