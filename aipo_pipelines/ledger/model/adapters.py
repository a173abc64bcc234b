"""Readers and writers of values as JSON, each built once."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter


@cache
def adapter(value_type: object) -> TypeAdapter[Any]:
    """The reader and writer of one type of value."""
    return TypeAdapter(cast("Any", value_type))
