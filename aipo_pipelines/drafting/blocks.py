"""Fields of a written charter replaced by newly drafted ones, with everything else left as it is.

A page is a sequence of blocks: a field with the comments above it and everything below it that is
indented further. Whatever a person wrote into other blocks keeps its words, order and comments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Block:
    """A field and the comments above it; no field for what stands at the end."""

    key: str
    lines: tuple[str, ...]


def with_fields_of(page: str, drafted: str, fields: Sequence[str]) -> str:
    """A page with some fields as another page has them.

    Args:
        page: The page to change.
        drafted: The page whose fields are taken.
        fields: Paths of fields, such as `thresholds` or `model.features`. A field that one of the
            two pages lacks stays as it is.
    """
    for path in fields:
        page = "\n".join(_replaced(page.split("\n"), drafted.split("\n"), path.split("."), 0))
    return page


def _replaced(
    page: Sequence[str], drafted: Sequence[str], path: Sequence[str], indent: int
) -> list[str]:
    key, *rest = path
    fresh = next(
        (drafted_block for drafted_block in _blocks(drafted, indent) if drafted_block.key == key),
        None,
    )
    lines: list[str] = []
    for block in _blocks(page, indent):
        if block.key != key or fresh is None:
            lines += block.lines
        elif not rest:
            blank = [line for line in block.lines[:1] if not line.strip()]
            lines += [*blank, *_trimmed(fresh.lines)]
        else:
            lines += _below(block, fresh, rest, indent)
    return lines


def _below(block: _Block, fresh: _Block, path: Sequence[str], indent: int) -> list[str]:
    """A block with a field below it replaced; its own line and the comments above it stay."""
    cut, other = _own_line(block, indent), _own_line(fresh, indent)
    inside = _replaced(block.lines[cut:], fresh.lines[other:], path, _inner(block.lines[cut:]))
    return [*block.lines[:cut], *inside]


def _own_line(block: _Block, indent: int) -> int:
    """How many lines go up to the field's own one, that included."""
    return 1 + next(place for place, line in enumerate(block.lines) if _key(line, indent))


def _inner(lines: Sequence[str]) -> int:
    filled = next((line for line in lines if line.strip()), "")
    return len(filled) - len(filled.lstrip())


def _blocks(lines: Sequence[str], indent: int) -> list[_Block]:
    found: list[_Block] = []
    key = ""
    held: list[str] = []
    above: list[str] = []
    for line in lines:
        name = _key(line, indent)
        if name:
            if key:
                found.append(_Block(key, tuple(held)))
            key, held, above = name, [*above, line], []
        elif not key or _is_between(line, indent):
            above.append(line)
        else:
            held += [*above, line]
            above = []
    if key:
        found.append(_Block(key, tuple(held)))
    return [*found, _Block("", tuple(above))] if above else found


def _key(line: str, indent: int) -> str:
    """The field whose line it is; empty for other lines and other depths."""
    text = line[indent:]
    if line[:indent].strip() or not text or text[0] in " #-[{":
        return ""
    name, colon, _ = text.partition(":")
    return name.strip("\"'") if colon else ""


def _is_between(line: str, indent: int) -> bool:
    """Whether a line is blank or a comment of this depth, which belong to the field below."""
    text = line.lstrip()
    return not text or (text.startswith("#") and len(line) - len(text) <= indent)


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Lines without blank ones above."""
    start = next((place for place, line in enumerate(lines) if line.strip()), 0)
    return [*lines[start:]]
