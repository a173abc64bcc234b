"""Locations of data, as seen from the folder of all products.

A relative location starts at the charter's folder, so after a move the same text leads to other
data. As seen from the folder of all products, the text differs too, and the change is found.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from aipo_pipelines.charter.model.addresses import VARIABLE
from aipo_pipelines.charter.model.sources import SourceFormat
from aipo_pipelines.charter.reading.allowed import database_file

# Other schemes lead to stores, in which the folder of the charter has no meaning.
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
    """A path as seen from the folder of all products; an absolute path stays as it is."""
    # The installation decides the value of a variable, so the charter's folder does not matter.
    if path.startswith("/") or VARIABLE.match(path):
        return path
    return posixpath.normpath(posixpath.join(place, path))
