"""Locations as a charter writes them, and the permissions that a charter needs to read them."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from aipo_pipelines.charter.model.addresses import VARIABLE, holds_secret
from aipo_pipelines.charter.model.sources import SourceFormat
from aipo_pipelines.charter.reading.allowed import database_file
from aipo_pipelines.drafting.plan import Place
from aipo_pipelines.errors import DraftError
from aipo_pipelines.resources.feeds.store import MAGIC


def written_location(path: Path, folder: Path) -> str:
    """A path as a charter writes it: relative inside the product's project, otherwise absolute."""
    absolute = path.resolve()
    # A product lies in `<project>/products/<name>`. A relative path still works after the project
    # was moved or copied; a path out of the project would not.
    project = folder.resolve().parent.parent
    if absolute.is_relative_to(project):
        text = Path(os.path.relpath(absolute, folder.resolve())).as_posix()
    else:
        text = absolute.as_posix()
    if "${" in text:
        raise DraftError(
            f"the path {path} holds ${{, which a charter reads as the name of a variable; rename it"
        )
    return text


def permissions_for(place: Place, folder: Path) -> tuple[tuple[str, str], ...]:
    """The permissions that a charter in a folder needs to read a place: kind and value of each."""
    variables = [("variable", match["name"]) for match in VARIABLE.finditer(place.location)]
    is_sql = place.format is SourceFormat.SQL
    path = database_file(place.location) if is_sql else place.location
    if not path or variables or (not is_sql and "://" in path):
        return tuple(variables)
    # For a glob, the folder before its first wildcard: later deliveries must be readable too.
    parts = Path(path).parts
    fixed = itertools.takewhile(lambda part: not MAGIC.search(part), parts)
    exists = is_sql or (folder / path).exists()
    return (("data", os.path.realpath(folder / path if exists else folder.joinpath(*fixed))),)


def without_secret(location: str, folder: Path) -> str:
    """The URL as a charter may contain it: a password becomes a variable of the environment."""
    written = _with_variable(location, folder)
    # A password in another part of the URL, such as its query, is not replaced, but refused.
    if holds_secret(written):
        raise DraftError(
            "--data is the URL of a database with a password in it, which no charter may hold; "
            "write it as ${NAME}, in single quotes, and set NAME"
        )
    return written


def _with_variable(location: str, folder: Path) -> str:
    if re.search(r"\$\{", location):
        return location
    try:
        url = make_url(location)
    except (ArgumentError, ValueError):
        raise DraftError("--data is no URL of a database that can be read") from None
    if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith(":"):
        return f"sqlite:///{written_location(Path(url.database), folder)}"
    if url.password is None:
        return location
    variable = re.sub(r"\W", "_", folder.name).upper() + "_PASSWORD"
    shown = url.set(password="SECRET").render_as_string(hide_password=False)  # noqa: S106
    return shown.replace(":SECRET@", f":${{{variable}}}@", 1)
