"""Chooses the store of a location: the files of this machine, or those behind an address."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from aipo_pipelines.resources.feeds.environment import expand, expand_url
from aipo_pipelines.resources.feeds.local_store import LocalStore
from aipo_pipelines.resources.feeds.remote_store import RemoteStore
from aipo_pipelines.resources.feeds.store import Store

_HERE = ("file://", "local://")


def open_store(folder: Path, written: str, environ: Mapping[str, str]) -> Store:
    """The store of a location as a charter writes it; nothing is read yet.

    Args:
        folder: Where relative paths start.
        written: Path, glob or URL of fsspec, with `${NAME}` for what is in the environment.
        environ: Where `${NAME}` is looked up.

    Raises:
        SourceError: A variable is not set.
    """
    location = expand(written, environ)
    if location.startswith(_HERE):
        return LocalStore(folder=folder, location=location.partition("://")[2])
    if "://" in location:
        return RemoteStore(address=expand_url(written, environ), written=written)
    return LocalStore(folder=folder, location=location)
