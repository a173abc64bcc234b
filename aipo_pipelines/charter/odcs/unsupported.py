"""Features of the standard that are not executed here: refused by name, with an alternative.

To a closed model such a key is unknown like a typing error, and it would suggest the nearest known
key. That is no help to people who wrote what the standard says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from aipo_pipelines.charter.model.problem import Fault, FieldPath


class Unsupported(NamedTuple):
    """The promise of a key or value, and what to do instead."""

    promise: str
    hint: str


_NESTED = Unsupported(
    "values inside a value", "declare a column for each, or the whole as a `string`"
)
_FOREIGN_KEY = Unsupported(
    "a foreign key into another table", "remove it: a contract here is about one table by itself"
)
_TIMES = Unsupported("times of its own", "remove it: everything is checked on each batch")
_VECTOR = Unsupported("a property of a vector", "remove it with its column")
_TIME_ZONE = Unsupported(
    "a time zone", "remove it: moments are read as written, without one as UTC"
)

TABLE_KEYS: Mapping[str, Unsupported] = {"relationships": _FOREIGN_KEY}
COLUMN_KEYS: Mapping[str, Unsupported] = {
    "relationships": _FOREIGN_KEY,
    "properties": _NESTED,
    "items": _NESTED,
    "map": _NESTED,
}
OPTION_KEYS: Mapping[str, Unsupported] = {
    "multipleOf": Unsupported("multiples of a number", "remove it: nobody would check it"),
    "timezone": _TIME_ZONE,
    "defaultTimezone": _TIME_ZONE,
    **dict.fromkeys(
        ("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "required"),
        _NESTED,
    ),
    **dict.fromkeys(
        (
            "dimensions",
            "elementType",
            "embeddingModel",
            "embeddingModelVersion",
            "distanceMetric",
            "normalized",
        ),
        _VECTOR,
    ),
}
RULE_KEYS: Mapping[str, Unsupported] = {
    "rule": Unsupported("a rule by the name it had in v3.0", "write `metric:` with its name now"),
    "schedule": _TIMES,
    "scheduler": _TIMES,
    "query": Unsupported("a rule in SQL", "write it as a `library` or `custom` rule"),
}
AGREEMENT_KEYS: Mapping[str, Unsupported] = {"schedule": _TIMES, "scheduler": _TIMES}
LOGICAL_TYPES: Mapping[str, Unsupported] = {
    "time": Unsupported("a time of day", "declare it as a `string` with a `pattern`"),
    **dict.fromkeys(("object", "array", "map"), _NESTED),
    "vector": Unsupported("a vector", "declare a column for each of its numbers"),
}
SEMANTIC_TYPES: Mapping[str, Unsupported] = {
    "measure": Unsupported(
        "a figure that is worked out from others", "remove it: only what is delivered is checked"
    ),
}

_EXPECTED = "a feature that is executed here"


def unsupported(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Yields a fault for each feature of the standard that is not executed here.

    Args:
        data: The contract as it was read, in any form.
    """
    for agreement, path in _parts(data, "slaProperties", ()):
        yield from _keys(agreement, AGREEMENT_KEYS, path)
    for table, path in _parts(data, "schema", ()):
        yield from _keys(table, TABLE_KEYS, path)
        yield from _rules(table, path)
        for column, place in _parts(table, "properties", path):
            yield from _column(column, place)


def _column(column: Mapping[str, Any], path: FieldPath) -> Iterator[Fault]:
    yield from _keys(column, COLUMN_KEYS, path)
    yield from _value(column, "logicalType", LOGICAL_TYPES, path)
    yield from _value(column, "semanticType", SEMANTIC_TYPES, path)
    options = column.get("logicalTypeOptions")
    if isinstance(options, dict):
        yield from _keys(options, OPTION_KEYS, (*path, "logicalTypeOptions"))
    yield from _rules(column, path)


def _rules(part: Mapping[str, Any], path: FieldPath) -> Iterator[Fault]:
    for rule, place in _parts(part, "quality", path):
        yield from _keys(rule, RULE_KEYS, place)


def _parts(
    data: Mapping[str, Any], key: str, path: FieldPath
) -> Iterator[tuple[Mapping[str, Any], FieldPath]]:
    members = data.get(key)
    for position, item in enumerate(members if isinstance(members, list) else []):
        if isinstance(item, dict):
            yield item, (*path, key, position)


def _keys(
    part: Mapping[str, Any], known: Mapping[str, Unsupported], path: FieldPath
) -> Iterator[Fault]:
    # Also keys that would be valid elsewhere: at this place nothing executes them.
    for key in part.keys() & known.keys():
        promise, hint = known[key]
        yield Fault((*path, key), promise, _EXPECTED, hint)


def _value(
    part: Mapping[str, Any], key: str, known: Mapping[str, Unsupported], path: FieldPath
) -> Iterator[Fault]:
    value = part.get(key)
    if isinstance(value, str) and value in known:
        promise, hint = known[value]
        yield Fault((*path, key), f"{value}, {promise}", _EXPECTED, hint)
