"""Where the data of a charter is, whichever folder the charter lies in.

A relative location starts at the charter's folder, so a charter that is moved reads other data by
the same text. As seen from the folder of all products it is another location, and is compared so.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from aipo_pipelines.charter.model.addresses import VARIABLE
from aipo_pipelines.charter.model.sources import SourceFormat
from aipo_pipelines.charter.reading.allowed import database_file

_HERE = ("file://", "local://")


def seen_from_root(charter: Mapping[str, Any], place: str) -> dict[str, Any]:
    """A charter whose locations are written as seen from the folder of all products.

    Args:
        charter: The charter as JSON.
        place: Its folder as seen from there.
    """
    sources = charter.get("sources") or {}
    moved = {
        name: {**source, "location": _location(source, place)} for name, source in sources.items()
    }
    return {**charter, "sources": moved}


def _location(source: Mapping[str, Any], place: str) -> str:
    written = str(source.get("location", ""))
    if source.get("format") == SourceFormat.SQL:
        # An empty path is that of a database behind a server.
        path = database_file(written)
        moved = written.replace(f":///{path}", f":///{_below(place, path)}", 1)
        return moved if path else written
    scheme = next((prefix for prefix in _HERE if written.startswith(prefix)), "")
    if not scheme and "://" in written:
        return written
    return scheme + _below(place, written.removeprefix(scheme))


def _below(place: str, path: str) -> str:
    """A path as seen from the folder that a place starts at; what is absolute stays as it is."""
    # What a variable stands for is a matter of the installation: a place of its own.
    if path.startswith("/") or VARIABLE.match(path):
        return path
    return posixpath.normpath(posixpath.join(place, path))
