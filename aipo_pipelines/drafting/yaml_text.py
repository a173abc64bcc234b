"""Pieces of YAML as people write it: plain words without quotes, other texts with, and comments."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Sequence

from aipo_pipelines.charter.model.problem import printable

# The width of the code, which editors and reviews show without scrolling.
WIDTH = 100
DECIDE = "DECIDE:"
"""The mark of everything that a person must decide, in every comment of a draft."""

# Contracts are read by programs of both generations: YAML 1.1 takes `no` for false, YAML 1.2 takes
# `1e5` for a number. Only a word that means the same in both is written without quotes; all other
# texts are JSON strings, which both read alike (decision 0043).
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_SPECIAL = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})

Scalar = bool | int | float | str


def scalar(value: Scalar) -> str:
    """A value as text that every reader of YAML reads back as the same value."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004
    if _PLAIN.fullmatch(value) and value.lower() not in _SPECIAL:
        return value
    # JSON escapes an emoji in two halves, which other readers of YAML do not put together again.
    text = json.dumps(value, ensure_ascii=False)
    return "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in text)


def comment(text: str, indent: int = 0) -> list[str]:
    """A comment of one or more lines; characters that are not printable are escaped."""
    lead = f"{' ' * indent}# "
    return textwrap.wrap(
        printable(text),
        WIDTH,
        initial_indent=lead,
        subsequent_indent=lead,
        break_long_words=False,
        break_on_hyphens=False,
    )


def decide(text: str, indent: int = 0) -> list[str]:
    """A comment that marks what a person must decide."""
    return comment(f"{DECIDE} {text}", indent)


def flow(values: Iterable[Scalar]) -> str:
    """A list on one line."""
    return f"[{', '.join(map(scalar, values))}]"


def listed_field(key: str, values: Sequence[Scalar], indent: int = 0) -> list[str]:
    """A field with a list, on as many lines as it needs."""
    pad = " " * indent
    line = f"{pad}{key}: {flow(values)}"
    if len(line) <= WIDTH:
        return [line]
    # Words of the list are kept whole, blanks inside quotes too.
    lines, line = [f"{pad}{key}:"], f"{pad}  ["
    for place, value in enumerate(values):
        piece = scalar(value) + ("]" if place == len(values) - 1 else ",")
        if len(line) + len(piece) > WIDTH and not line.endswith("["):
            lines.append(line.rstrip())
            line = f"{pad}   "
        line += piece + " "
    return [*lines, line.rstrip()]
