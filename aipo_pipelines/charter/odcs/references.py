"""A contract is one file: references to other files are found, so that no library fetches them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aipo_pipelines.charter.model.problem import Fault, FieldPath

_REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})


def outer_references(value: Any, path: FieldPath) -> Iterator[Fault]:
    """Yields every reference that leads out of the file, at any depth."""
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield from outer_references(item, (*path, position))
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        # A reference within the file is harmless: nothing is fetched.
        if key in _REFERENCES and not str(item).startswith("#"):
            hint = "write out what it refers to: nothing is fetched"
            yield Fault((*path, key), f"a {key} out of this file", "a contract in one file", hint)
        yield from outer_references(item, (*path, key))
