"""Chooses the store of a location: the files of this machine, or those behind an address."""

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
        folder: Where relative paths start.
        written: Path, glob or URL of fsspec, with `${NAME}` for what is in the environment.
        environ: Where `${NAME}` is looked up.
        allowed: What the installation lends to charters.
        of_table: Whether the files are asked for as those of a table with a log; such files are
            refused otherwise.

    Raises:
        SourceError: A variable is not set or not lent, or the location leads where no charter may
            read.
    """
    location = expand(written, environ, allowed)
    if why := unreadable_here(location, folder, allowed):
        raise refusal(written, why)
    if "://" in location and not location.startswith(_HERE):
        address = expand_url(written, environ, allowed)
        return RemoteStore(address=address, written=written, of_table=of_table)
    path = location.partition("://")[2] or location
    return LocalStore(
        folder=folder, location=path, written=written, allowed=allowed, of_table=of_table
    )
