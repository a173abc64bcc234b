"""The modules, variables and places that an installation allows charters to use.

A charter comes with a repository. The people who may write to it are not the people who run the
pipelines. So a charter reaches only the files beside it, the feeds of the home, and the modules,
variables and places that the installation lists.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aipo_pipelines.charter.model.addresses import VARIABLE
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.problem import Fault, FieldPath, shown
from aipo_pipelines.charter.model.sources import Source, SourceFormat

MODULES, VARIABLES, DATA = "AIPO_MODULES", "AIPO_VARIABLES", "AIPO_DATA"
"""Environment variables that list what charters may use."""

ALLOWED_FILE = "allowed.txt"
"""The file of the home that lists the same, a line each."""

_HOME = "AIPO_HOME"
# With this address a charter could read, and perhaps write, the ledger that judges it.
_NEVER = frozenset({"AIPO_DATABASE_URL"})
# Estimators of this library need no permission: every installation has it.
_LIBRARY = "sklearn"
_WILDCARD = re.compile(r"[*?\[]")
_HERE = ("file://", "local://")
# Drivers of fsspec that read this machine, or wrap another address.
_WRAPPERS = frozenset(
    {
        *("asynclocal", "async_wrapper", "asyncwrapper", "blockcache", "cached", "data", "dir"),
        *("dvc", "filecache", "generic", "git", "libarchive", "reference", "simplecache"),
        *("tar", "zip"),
    }
)
# Databases behind a server; all others may be files, which a charter may not name freely.
_SERVERS = frozenset({"postgresql", "mysql", "mariadb", "mssql", "oracle"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The permissions of charters.

    Attributes:
        modules: Modules that code may come from, with the modules below them.
        variables: Variables that locations may name; `NAME_*` stands for all names with this start.
        places: Absolute files and folders that locations may lead to.
        home: The home folder, whose feeds every charter may read; None if there is no home.
    """

    modules: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    places: tuple[Path, ...] = ()
    home: Path | None = None

    def allows_module(self, name: str) -> bool:
        """Whether code of a module may be used."""
        return any(name == module or name.startswith(f"{module}.") for module in self.modules)

    def allows_variable(self, name: str) -> bool:
        """Whether a location may name a variable."""
        if name in _NEVER:
            return False
        listed = (
            name.startswith(variable[:-1]) if variable.endswith("*") else name == variable
            for variable in self.variables
        )
        # The home is where feeds lie, and every charter may read feeds.
        return name == _HOME or any(listed)

    def reaches(self, path: Path, folder: Path) -> bool:
        """Whether a charter in a folder may read a path, after all links are followed."""
        feeds = () if self.home is None else (self.home / "feeds",)
        # Real paths: a link in a repository could lead to any file of the machine.
        places = map(os.path.realpath, (folder, *feeds, *self.places))
        return any(Path(os.path.realpath(path)).is_relative_to(place) for place in places)


NOTHING = Allowed()
"""The permissions of an installation that lists nothing."""

OPERATOR = Allowed(variables=("*",), places=(Path("/"),))
"""The permissions of a person who types a command: everything except the database of the ledger."""


def allowed_faults(charter: Charter, folder: Path, allowed: Allowed) -> Iterator[Fault]:
    """Yields everything that a charter names and the installation does not allow.

    Args:
        charter: The charter.
        folder: Its folder.
        allowed: The permissions of the installation.
    """
    for name, source in charter.sources.items():
        path = ("sources", name, "location")
        refused = [*_variables(path, source.location, allowed)]
        yield from refused
        if not refused:
            yield from _place(path, source, folder, allowed)


def module_faults(model: ModelSpec, allowed: Allowed) -> Iterator[Fault]:
    """Yields the code a charter names that comes from no listed module; imports nothing."""
    if model.factory is not None:
        module = model.factory.partition(":")[0]
        if not allowed.allows_module(module):
            yield _unlisted(("model", "factory"), model.factory, module, allowed)
    for position, name in enumerate(model.allowed_types):
        if name.partition(".")[0] != _LIBRARY and not allowed.allows_module(name):
            place = ("model", "allowed_types", position)
            yield _unlisted(place, name, name.rpartition(".")[0] or name, allowed)


def unreadable_here(location: str, folder: Path, allowed: Allowed) -> str:
    """Why a charter may not read a location of files; empty if it may.

    Args:
        location: The location with all variables replaced.
        folder: Folder of the charter.
        allowed: The permissions of the installation.
    """
    scheme, separator, path = location.partition("://")
    if "::" in location or (separator and scheme.lower() in _WRAPPERS):
        return "an address that leads through a file of this machine or another address"
    if separator and f"{scheme.lower()}://" not in _HERE:
        return ""
    return unreachable(path if separator else location, folder, allowed)


def unreachable(path: str, folder: Path, allowed: Allowed) -> str:
    """Why a charter may not read a path or glob of this machine; empty if it may."""
    # Drivers disagree about the user of `~` and about the forms of `file:` without slashes.
    if path.startswith(("~", "file:")):
        return f"a path that begins with {path[:1] if path[:1] == '~' else 'file:'}"
    parts = Path(path).parts
    # Behind a wildcard a `..` would be resolved file by file, and could lead anywhere.
    fixed = next((at for at, part in enumerate(parts) if _WILDCARD.search(part)), len(parts))
    if ".." in parts[fixed:]:
        return "a path that goes up behind a wildcard"
    if not allowed.reaches(folder.joinpath(*parts[:fixed]), folder):
        return "a place outside the product's folder"
    return ""


def database_file(location: str) -> str:
    """The path of a database that is a file; empty for one behind a server, or in memory."""
    backend, _, rest = location.partition("://")
    host, slash, database = rest.partition("/")
    if host or not slash or backend.partition("+")[0].lower() in _SERVERS:
        return ""
    return "" if database.startswith(":memory:") else database.partition("?")[0]


def to_list(kind: str, value: str, setting: str) -> str:
    """The step by which an operator allows something."""
    return (
        f"if it may be used, the operator adds it to {setting}, or the line `{kind}: {value}` to "
        f"{ALLOWED_FILE} in AIPO_HOME"
    )


def _unlisted(path: FieldPath, name: str, module: str, allowed: Allowed) -> Fault:
    listed = ", ".join(allowed.modules) or "none"
    expected = f"code of scikit-learn or of a module that {MODULES} lists ({listed})"
    return Fault(path, shown(name), expected, to_list("module", module, MODULES))


def _variables(path: FieldPath, location: str, allowed: Allowed) -> Iterator[Fault]:
    for match in VARIABLE.finditer(location):
        name = match["name"]
        if name in _NEVER:
            hint = "give the source a database and a variable of its own"
            yield Fault(path, f"the variable {name}", "another variable than the ledger's", hint)
        elif not allowed.allows_variable(name):
            expected = f"{_HOME} or a variable that {VARIABLES} lists"
            hint = to_list("variable", name, VARIABLES)
            yield Fault(path, f"the variable {name}", expected, hint)


def _place(path: FieldPath, source: Source, folder: Path, allowed: Allowed) -> Iterator[Fault]:
    location = source.location
    if allowed.home is not None:
        location = location.replace(f"${{{_HOME}}}", str(allowed.home))
    if VARIABLE.search(location):
        return  # only the machine that reads the data has their values, and it checks again
    if source.format is SourceFormat.SQL:
        file = database_file(location)
        reason = unreachable(file, folder, allowed) if file else ""
    else:
        reason = unreadable_here(location, folder, allowed)
    if reason:
        expected = f"one below it, below {_HOME}/feeds, or that {DATA} lists"
        yield Fault(path, reason, expected, to_list("data", "/its/folder", DATA))
