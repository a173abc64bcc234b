"""Our custom properties of an ODCS contract: how files are written, and what columns hold."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from open_data_contract_standard.model import Server
from pydantic import TypeAdapter, ValidationError

from aipo_pipelines.charter.model.contract import FileLayout, RuleSeverity
from aipo_pipelines.charter.model.problem import Fault, FieldPath, did_you_mean, listed, shown
from aipo_pipelines.charter.model.sources import Batches
from aipo_pipelines.charter.odcs.format import OdcsCustomProperty

OURS = "aipo"
"""The `vendor` of our extensions; an extension without a vendor counts as ours."""

_HEADERS = ("name", "position", "none")
_SEVERITIES = tuple(severity.value for severity in RuleSeverity)


class Extension(NamedTuple):
    """What a custom property may hold."""

    holds: Callable[[Any], bool]
    expected: str


def _is_encoding(value: Any) -> bool:
    try:
        # Python also knows codecs that are no text encodings, such as `zip`: encoding shows it.
        return isinstance(value, str) and bool(codecs.lookup(value).encode("a")[0])
    except (LookupError, ValueError, TypeError):
        return False


def _is_character(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 1 and value not in "\r\n"


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def batches_of(value: Any) -> Batches | None:
    """Batches as a charter writes them; None if the value has another form."""
    try:
        return TypeAdapter[Batches](Batches).validate_json(json.dumps(value))
    except (ValidationError, TypeError):
        return None


_TEXTS = Extension(_is_texts, "a list of texts in quotes")
_SEVERITY = Extension(_SEVERITIES.__contains__, listed(_SEVERITIES))

TABLE_EXTENSIONS: Mapping[str, Extension] = {
    "encoding": Extension(_is_encoding, "a text encoding such as utf-8 or cp1252"),
    "delimiter": Extension(_is_character, "one character in quotes"),
    "decimal": Extension((".", ",").__contains__, 'the text "." or ","'),
    "thousands": Extension(
        ("", ".", ",", "'", "\u2019", " ").__contains__,
        'one of the texts ".", ",", "\'" and " " (any blank), or none',
    ),
    "quote": Extension(lambda value: value == "" or _is_character(value), "one character or none"),
    "header": Extension(_HEADERS.__contains__, listed(_HEADERS)),
    "missingValues": _TEXTS,
    "strip": Extension(lambda value: isinstance(value, bool), "true or false"),
    "undeclaredColumns": _SEVERITY,
    "rowCountOf": Extension(
        lambda value: batches_of(value) is not None,
        "batches as in a charter, such as {by: time, column: day, every: 1w}",
    ),
}
COLUMN_EXTENSIONS: Mapping[str, Extension] = {
    "dataCategory": Extension(lambda value: isinstance(value, str), "a Fideslang key"),
    "severity": _SEVERITY,
    "trueValues": _TEXTS,
    "falseValues": _TEXTS,
}


def read_extensions(
    properties: Sequence[OdcsCustomProperty],
    known: Mapping[str, Extension],
    path: FieldPath,
    faults: list[Fault],
) -> dict[str, Any]:
    """Reads our custom properties by name; each unknown, repeated or wrong property is a fault."""
    values: dict[str, Any] = {}
    for position, custom in enumerate(properties):
        # Properties of other vendors have meanings that only their tools know.
        if custom.vendor not in (None, OURS):
            continue
        place = (*path, "customProperties", position)
        if custom.property not in known:
            hint = did_you_mean(custom.property, known, "remove it, or name its `vendor`")
            expected = listed(known) if known else "none here"
            faults.append(Fault((*place, "property"), shown(custom.property), expected, hint))
        elif custom.property in values:
            found = f"{shown(custom.property)} again"
            faults.append(Fault((*place, "property"), found, "it once", "remove one of them"))
        elif not known[custom.property].holds(custom.value):
            expected = known[custom.property].expected
            faults.append(
                Fault((*place, "value"), shown(custom.value), expected, "correct the value")
            )
        else:
            values[custom.property] = custom.value
    return values


def layout_of(values: Mapping[str, Any], path: FieldPath, faults: list[Fault]) -> FileLayout:
    """The layout of delivered files from the table's extensions."""
    default = FileLayout()
    layout = FileLayout(
        encoding=values.get("encoding", default.encoding),
        delimiter=values.get("delimiter", default.delimiter),
        decimal=values.get("decimal", default.decimal),
        thousands=values.get("thousands", default.thousands),
        quote=values.get("quote", default.quote),
        header=values.get("header", default.header),
        missing=tuple(values.get("missingValues", default.missing)),
        strip=values.get("strip", default.strip),
    )
    if layout.decimal == layout.delimiter:
        found = f"{layout.delimiter!r} as both delimiter and decimal sign"
        hint = "a file with decimal commas needs another delimiter, often ';'"
        faults.append(Fault((*path, "customProperties"), found, "two different signs", hint))
    if layout.thousands and layout.thousands in (layout.decimal, layout.delimiter):
        found = f"{layout.thousands!r} as sign of thousands and as decimal sign or delimiter"
        hint = "correct `thousands`, or leave it out"
        faults.append(Fault((*path, "customProperties"), found, "different signs", hint))
    return layout


def check_encodings(servers: Sequence[Server], layout: FileLayout, faults: list[Fault]) -> None:
    """Adds a fault for each server whose `encoding` differs from the encoding of files.

    Servers are for people. But if a contract names two encodings, files would be read in one of
    them, and nothing would report the other.
    """
    for position, server in enumerate(servers):
        if server.encoding and not _same_encoding(server.encoding, layout.encoding):
            expected = f"{layout.encoding}, in which files are read"
            hint = "name one encoding: that of the files is `encoding` at the table"
            place = ("servers", position, "encoding")
            faults.append(Fault(place, shown(server.encoding), expected, hint))


def _same_encoding(first: str, second: str) -> bool:
    """Whether two names mean one encoding, as `UTF-8` and `utf8` do."""
    try:
        return codecs.lookup(first) == codecs.lookup(second)
    except (LookupError, ValueError):
        return False
