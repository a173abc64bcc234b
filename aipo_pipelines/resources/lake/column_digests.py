"""The digests of single columns, stored with a table.

Together they give the content digest that names the table. So a reader that knows the content
digest can trust them, and can read and check some columns without the others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

FORMAT = b"aipo table content 1\n"
_KEY = b"aipo.content"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts that a content digest is made of.

    Attributes:
        rows: Number of rows.
        columns: Name, type label and SHA-256 (hexadecimal) of each column, in order.
    """

    rows: int
    columns: tuple[tuple[str, str, str], ...]

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [name for name, _, _ in self.columns]

    @property
    def digest(self) -> str:
        """The content digest, `sha256:…`."""
        header = {"rows": self.rows, "columns": [[name, label] for name, label, _ in self.columns]}
        whole = hashlib.sha256(FORMAT)
        whole.update(json.dumps(header, separators=(",", ":")).encode())
        for _, _, digest in self.columns:
            whole.update(bytes.fromhex(digest))
        return f"sha256:{whole.hexdigest()}"

    def only(self, names: Collection[str]) -> Parts:
        """The parts of some columns, in their order here."""
        return replace(self, columns=tuple(part for part in self.columns if part[0] in names))


def with_parts(table: Any, parts: Parts) -> Any:
    """An Arrow table that carries its parts into the file it is written to."""
    text = json.dumps({"rows": parts.rows, "columns": parts.columns}).encode()
    return table.replace_schema_metadata({**(table.schema.metadata or {}), _KEY: text})


def stored_parts(schema: Any) -> Parts | None:
    """The parts that a file carries, unchecked; None if it carries no readable parts."""
    try:
        stored = json.loads((schema.metadata or {})[_KEY])
        columns = tuple((str(name), str(kind), str(part)) for name, kind, part in stored["columns"])
        for _, _, part in columns:
            bytes.fromhex(part)
        return Parts(rows=int(stored["rows"]), columns=columns)
    except (TypeError, ValueError, LookupError):
        # An older or altered file: the reader then checks the whole table.
        return None
