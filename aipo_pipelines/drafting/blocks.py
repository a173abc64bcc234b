"""Fields of a written charter replaced by newly drafted fields; all other lines stay as they are.

The YAML parser says on which line each field begins. A field takes the comments above it and all
lines up to the next field. Only these lines are replaced, so the other fields keep the words, the
order and the comments that a person wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml


class _Lines(NamedTuple):
    """The lines of a field, from `first` to the line before `after`."""

    first: int
    after: int


def with_fields_of(page: str, drafted: str, fields: Sequence[str]) -> str:
    """A page with some fields as another page has them.

    Args:
        page: The page to change.
        drafted: The page whose fields are taken.
        fields: Paths of fields, such as `thresholds` or `model.features`. A field that is missing
            in one of the two pages stays as it is.
    """
    for path in fields:
        page = _with_field(page, drafted, path.split("."))
    return page


def _with_field(page: str, drafted: str, path: Sequence[str]) -> str:
    old, new = _lines_of(page, path), _lines_of(drafted, path)
    if old is None or new is None:
        return page
    lines, fresh = page.split("\n"), drafted.split("\n")
    return "\n".join([*lines[: old.first], *fresh[new.first : new.after], *lines[old.after :]])


def _lines_of(page: str, path: Sequence[str]) -> _Lines | None:
    """The lines of a field; None if the page has no such field on lines of its own."""
    lines = page.split("\n")
    node: Any = yaml.compose(page, Loader=yaml.SafeLoader)
    after = len(lines)
    field = None
    for key in path:
        # Fields in braces share their lines with other fields, which must stay as they are.
        if not isinstance(node, yaml.MappingNode) or node.flow_style:
            return None
        names = [name.value for name, _ in node.value]
        if key not in names:
            return None
        place = names.index(key)
        (name, value), following = node.value[place], node.value[place + 1 :]
        start, node = name.start_mark, value
        if following:
            after = following[0][0].start_mark.line
        above = _end_of_content(lines, start.line, start.column)
        first = next(at for at in range(above, start.line + 1) if lines[at].strip())
        field = _Lines(first, _end_of_content(lines, after, start.column))
    return field


def _end_of_content(lines: Sequence[str], end: int, indent: int) -> int:
    """The end of the content above a line; comments of this depth belong to the field below."""
    while end and _is_between(lines[end - 1], indent):
        end -= 1
    return end


def _is_between(line: str, indent: int) -> bool:
    text = line.lstrip()
    return not text or (text.startswith("#") and len(line) - len(text) <= indent)
