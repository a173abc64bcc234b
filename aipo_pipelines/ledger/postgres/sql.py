"""The named SQL statements of `queries.sql`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import resources
from types import MappingProxyType

_NAME = re.compile(r"^-- name: (?P<name>[a-z_]+)$", re.MULTILINE)


def parse(text: str) -> dict[str, bytes]:
    """Splits a file of statements, each below a line `-- name: <name>`.

    Statements are bytes: psycopg takes bytes as written, and no caller is tempted to format them.

    Raises:
        ValueError: A name occurs twice or has no statement.
    """
    parts = _NAME.split(text)[1:]
    statements: dict[str, bytes] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        if name in statements:
            raise ValueError(f"expected each name once, found {name!r} twice")
        statement = body.strip().removesuffix(";")
        if not statement:
            raise ValueError(f"expected a statement below {name!r}, found none")
        statements[name] = statement.encode()
    return statements


QUERIES: Mapping[str, bytes] = MappingProxyType(
    parse(
        resources.files("aipo_pipelines.ledger.postgres").joinpath("queries.sql").read_text("utf-8")
    )
)
"""Statement by name."""
