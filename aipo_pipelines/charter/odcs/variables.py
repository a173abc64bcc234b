"""Variables of a contract: v3.2 allows a reference in every text, but this program replaces none.

A contract must mean the same on every machine, because a ledger entry names it by the digest of its
file. So references are refused in all fields that are executed. Texts for people may contain them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aipo_pipelines.charter.model.problem import Fault, FieldPath
from aipo_pipelines.charter.odcs.extensions import OURS
from aipo_pipelines.charter.odcs.format import EDITION_3_2

_REFERENCE = re.compile(r"\$\{[A-Za-z_]\w*(?::-[^}]*)?\}", re.ASCII)
_EXECUTED = ("id", "version", "status", "schema", "slaProperties")
_FOR_PEOPLE = frozenset(
    {
        "authoritativeDefinitions",
        "businessImpact",
        "businessName",
        "context",
        "dataGranularityDescription",
        "description",
        "dimension",
        "driver",
        "encryptedName",
        "examples",
        "label",
        "method",
        "physicalType",
        "synonyms",
        "tags",
        "transformDescription",
        "transformLogic",
        "transformSourceObjects",
    }
)
"""Keys at any depth whose texts are shown or ignored, and never executed."""


def variables(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Yields every reference to a variable in a part of the contract that is executed.

    Args:
        data: The contract as it was read, in any form.
    """
    # Before v3.2 the same signs are a plain text, and mean what they are.
    if str(data.get("apiVersion")).startswith(EDITION_3_2):
        for key in _EXECUTED:
            yield from _references(data.get(key), (key,))


def _references(value: Any, path: FieldPath) -> Iterator[Fault]:
    if isinstance(value, str) and (match := _REFERENCE.search(value)):
        hint = "write the value itself: no variable is replaced here"
        yield Fault(path, f"{match[0]}, a variable", "the value itself", hint)
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from _references(item, (*path, position))
    # Properties of other vendors are never executed here.
    elif isinstance(value, dict) and value.get("vendor") in (None, OURS):
        for key, item in value.items():
            if key not in _FOR_PEOPLE:
                yield from _references(item, (*path, key))
