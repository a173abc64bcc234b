"""ODCS quality rules → expectations; a rule that cannot be executed becomes a fault.

These rules are executed: the library metrics of the standard, Great Expectations' own rules through
`engine: greatExpectations`, and functional dependencies through `engine: aipo`. Rules in words and
in SQL are refused: a promise that nobody checks is worse than no promise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from aipo_pipelines.charter.model.contract import Column, Rule
from aipo_pipelines.charter.model.problem import Fault, FieldPath
from aipo_pipelines.charter.odcs.collector import RuleSink
from aipo_pipelines.charter.odcs.custom import read_custom_rule
from aipo_pipelines.charter.odcs.extensions import read_extensions
from aipo_pipelines.charter.odcs.format import OdcsObject, OdcsQuality
from aipo_pipelines.charter.odcs.library import read_library_rule


def read_rules(
    table: OdcsObject, columns: Sequence[Column], path: FieldPath, faults: list[Fault]
) -> RuleSink:
    """Reads every quality rule of a table and of its columns.

    Args:
        table: The table.
        columns: Its columns, as they were read.
        path: Its path in the contract.
        faults: Gets every fault.
    """
    sink = RuleSink(columns={column.name: column for column in columns}, faults=faults)
    # One key column is unique by itself (`read_column`); several are unique together only.
    keys = [part.name for part in table.properties if part.primary_key]
    if len(keys) > 1:
        whole_key = OdcsQuality(
            metric="duplicateValues", must_be=0, arguments={"properties": keys}, name="primary key"
        )
        _read(sink, (whole_key,), path, None)
    _read(sink, table.quality, path, None)
    for position, part in enumerate(table.properties):
        _read(sink, part.quality, (*path, "properties", position), part.name)
    sink.rules = _named_apart(sink.rules, path, faults)
    return sink


def _read(
    sink: RuleSink, parts: Sequence[OdcsQuality], path: FieldPath, column: str | None
) -> None:
    for position, part in enumerate(parts):
        place = (*path, "quality", position)
        read_extensions(part.custom_properties, {}, place, sink.faults)
        if part.type == "custom":
            read_custom_rule(sink, part, place, column)
        elif part.type == "library":
            read_library_rule(sink, part, place, column)
        else:
            hint = "write it as a `library` or `custom` rule, or as a `description`"
            sink.fault((*place, "type"), f"a rule of type {part.type}", "library or custom", hint)


def _named_apart(rules: Sequence[Rule], path: FieldPath, faults: list[Fault]) -> list[Rule]:
    """Gives rules of one name a number each, so that people can distinguish them."""
    seen: Counter[str] = Counter()
    apart = []
    for rule in rules:
        seen[rule.name] += 1
        number = seen[rule.name]
        apart.append(rule if number == 1 else replace(rule, name=f"{rule.name} ({number})"))
    # A name in the contract may look like a numbered name: `rule (2)`.
    if len({rule.name for rule in apart}) < len(apart):
        hint = "give each rule a `name` of its own"
        faults.append(Fault((*path, "quality"), "rules of one name", "different names", hint))
    return apart
