"""Metadata of Dagster events, as far as the ledger takes it.

The author of a Dagster asset or check may attach anything. One value that the ledger cannot carry
must not stop the recorder, so such values are replaced here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import dagster as dg

from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.integrity.canonical import SAFE_INTEGER

DEEPEST = 32
"""Levels of nesting that are kept."""

_PLAIN = (
    dg.BoolMetadataValue,
    dg.IntMetadataValue,
    dg.FloatMetadataValue,
    dg.TextMetadataValue,
    dg.JsonMetadataValue,
)
_REFUSED = re.compile("[\x00\ud800-\udfff]")
"""The zero byte and halves of characters."""


def plain_metadata(metadata: Mapping[str, Any]) -> dict[str, Json]:
    """The JSON part of Dagster metadata: no pictures, tables, paths or links."""
    return {
        _text(name): storable(value.value)
        for name, value in metadata.items()
        if isinstance(value, _PLAIN)
    }


def legible(name: object) -> str:
    r"""A name as the ledger can carry it: letters that Postgres refuses become `\u0000`."""
    return _REFUSED.sub(lambda letter: f"\\u{ord(letter[0]):04x}", str(name))


def numbers(metadata: Mapping[str, Json]) -> dict[str, Json]:
    """The numbers among plain metadata; texts of a team's own may quote records."""
    return {name: value for name, value in metadata.items() if is_number(value)}


def is_number(value: object) -> bool:
    """Whether a value is a number that a figure can hold; true and false are not."""
    # For Python, true and false are integers.
    return isinstance(value, int | float) and not isinstance(value, bool)


def storable(value: object, depth: int = 0) -> Json:
    """A value as the ledger can carry it exactly.

    Numbers that are not finite become null, integers beyond 2^53 text, letters that Postgres
    refuses the replacement character; what is nested too deeply becomes null.
    """
    # Deeper values would end in an error of recursion when they are written.
    if depth > DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {_text(name): storable(member, depth + 1) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [storable(member, depth + 1) for member in value]
    return _scalar(value)


def _scalar(value: object) -> Json:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return _text(value)


def _text(value: object) -> str:
    return _REFUSED.sub("\ufffd", str(value))
