"""The reference of the charter, written from its models, so that it cannot fall behind them.

python -m aipo_pipelines.reports.charter_reference > docs/reference/charter.md
"""

from __future__ import annotations

import inspect
import re
import sys
import types
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from aipo_pipelines.charter.model.base import Part, format_duration
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.standards import Standards

_WORDS: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    date: "day",
    timedelta: "duration",
    types.NoneType: "nothing",
}
_BOUNDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
_INTRODUCTION = """\
# The charter and the standards

`make reference` writes this page from the models, and a test keeps it current.

A charter is one YAML page, `charter.yaml`, in the folder of its product. `standards.yaml` lies in
the folder that holds all products, or up to three folders above a charter. A file that lies
nearer [may only tighten it](../how-to/change-a-charter.md#which-standards-hold). A charter may
tighten a standard, never loosen it.

The rules of YAML 1.2 hold (`NO` is text, `1:30` is text). Duplicate and unknown keys are refused.
A *duration* is a whole number and a unit: `90s`, `15m`, `6h`, `7d`, `2w`. A *day* is
`2026-01-31`. `aipo check` lists every problem with file, line, field, what was found, what was
expected and what to do.

All parts are validated. A threshold is refused if its `minimum_sample` cannot show its own
`maximum_drop` with 80 % power. For the difference of two groups' rates, the sample must show an
excess as large as the limit. A sample is also refused if the held-out part of a batch of so many
rows is smaller. This holds for shares, for the area under the ROC curve (as if the classes were
equally frequent) and for differences of rates (assumed to be 0.25). It does not hold for metrics
in a unit of their own, ratios, average precision and calibration errors, because their spread is
not known beforehand.

This version records the following fields and does not act on them: ladder levels after the first,
rhythm, sunset, onboarding and retention.
"""


def render() -> str:
    """The reference as Markdown: a section for each part, in the order in which they are met."""
    parts = [*_reachable(Charter), *_reachable(Standards)]
    sections = [_section(part) for part in dict.fromkeys(parts)]
    return "\n".join([_INTRODUCTION, *sections])


def _reachable(root: type[Part]) -> Iterator[type[Part]]:
    yield root
    for field in root.model_fields.values():
        for part in _parts_in(field.annotation):
            yield from _reachable(part)


def _parts_in(annotation: Any) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts_in(argument)


def _section(part: type[Part]) -> str:
    notes = _notes(part)
    summary = " ".join(notes.pop("", "").split())
    rows = [
        f"| `{name}` | {_type(field.annotation)}{_limits(field)} | {_default(field)} "
        f"| {notes.get(name, '')} |"
        for name, field in part.model_fields.items()
    ]
    head = ["| field | holds | default | meaning |", "|---|---|---|---|"]
    return "\n".join([f"## {part.__name__}", "", summary, "", *head, *rows, ""])


def _notes(part: type[Part]) -> dict[str, str]:
    """What the docstring says about each field; under the empty name, about the whole."""
    text, _, attributes = inspect.cleandoc(part.__doc__ or "").partition("\n\nAttributes:\n")
    notes = {"": text}
    name = ""
    for line in attributes.splitlines():
        begun = re.match(r"    (\w+): (.*)", line)
        if begun:
            name = begun[1]
            notes[name] = begun[2]
        elif name:
            notes[name] += " " + line.strip()
    return {key: note.replace("|", "\\|") for key, note in notes.items()}


def _type(annotation: Any) -> str:
    if annotation in _WORDS:
        return _WORDS[annotation]
    if isinstance(annotation, type):
        return _class(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return _choices(arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(choice) for choice in arguments if choice is not types.NoneType)
    if origin is dict:
        return f"{_type(arguments[1])} by {_type(arguments[0])}"
    # Only tuples, and types with notes of pydantic's, get this far.
    return f"list of {_type(arguments[0])}" if origin is tuple else _type(arguments[0])


def _class(annotation: type) -> str:
    if issubclass(annotation, StrEnum):
        return _choices(member.value for member in annotation)
    return f"[{annotation.__name__}](#{annotation.__name__.lower()})"


def _choices(values: Any) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _limits(field: FieldInfo) -> str:
    bounds = [
        f"{words} {getattr(rule, bound)}"
        for rule in field.metadata
        for bound, words in _BOUNDS.items()
        if hasattr(rule, bound)
    ]
    return f", {' and '.join(bounds)}" if bounds else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.default if field.default is not PydanticUndefined else None
    if field.default_factory is not None or value in ((), None):
        return "none"
    if isinstance(value, Part):
        return "its own defaults"
    return f"`{_plain(value)}`"


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(_plain(member) for member in value)
    if isinstance(value, timedelta):
        return format_duration(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    sys.stdout.write(render())
