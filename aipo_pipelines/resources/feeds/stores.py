"""Chooses the store of a location: the files of this machine, or the files behind an address."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aipo_pipelines.charter.reading.allowed import Allowed, unreadable_here
from aipo_pipelines.resources.feeds.environment import expand, expand_url
from aipo_pipelines.resources.feeds.local_store import LocalStore, refusal
from aipo_pipelines.resources.feeds.remote_store import RemoteStore
from aipo_pipelines.resources.feeds.store import Store

_HERE = ("file://", "local://")


def open_store(
    folder: Path,
    written: str,
    environ: Mapping[str, str],
    allowed: Allowed,
    *,
    of_table: bool = False,
) -> Store:
    """The store of a location as a charter writes it; nothing is read yet.

    Args:
        folder: Relative paths start in this folder.
        written: Path, glob or URL of fsspec, with `${NAME}` for a variable of the environment.
        environ: The variables that `${NAME}` is read from.
        allowed: The modules, variables and places that the installation allows charters to use.
        of_table: Whether the reader knows that the files belong to a table with a log; otherwise
            such files are refused.

    Raises:
        SourceError: A variable is not set or not allowed, or no charter may read the place.
    """
    # The place is checked with its variables replaced: a variable may lead out of the folder too.
    location = expand(written, environ, allowed)
    if reason := unreadable_here(location, folder, allowed):
        raise refusal(written, reason)
    if "://" in location and not location.startswith(_HERE):
        address = expand_url(written, environ, allowed)
        return RemoteStore(address=address, written=written, of_table=of_table)
    path = location.partition("://")[2] or location
    return LocalStore(
        folder=folder, location=path, written=written, allowed=allowed, of_table=of_table
    )
