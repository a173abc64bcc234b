"""Names of Dagster that are used although they are not public, as they are in this version."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as db

FOLDER = "dagster_internals"
PRIVATE = ("dagster._", "dagster_postgres.utils", "dagster_webserver", "dagster_shared")


@dataclass(frozen=True, kw_only=True)
class Use:
    """A name that a module of the adapter uses.

    Attributes:
        by: The module that uses it.
        name: Module and name, with a colon in between.
        takes: Names of its parameters; None if it is not called.
    """

    by: str
    name: str
    takes: tuple[str, ...] | None = None


def changed(use: Use) -> str:
    """Says what changed about a name, or nothing if it is as it was."""
    place, _, path = use.name.partition(":")
    try:
        member: Any = import_module(place)
        for part in path.split("."):
            member = getattr(member, part)
    except (ImportError, AttributeError):
        return _notice(use.by, f"`{use.name}` moved")
    if use.takes is None:
        return ""
    takes = tuple(inspect.signature(member).parameters)
    if takes == use.takes:
        return ""
    return _notice(
        use.by, f"`{use.name}` has another signature ({', '.join(takes)} instead of {use.takes})"
    )


def missing_columns(by: str, table: db.Table, columns: set[str]) -> str:
    """Says which columns of a table of Dagster's are gone, or nothing."""
    lost_columns = sorted(columns - set(table.columns.keys()))
    if not lost_columns:
        return ""
    return _notice(by, f"the table {table.name} has lost {', '.join(lost_columns)}")


def private_imports(file: Path) -> Iterator[str]:
    """Names that a file imports from Dagster's internals, each with its module and a colon."""
    return private_imports_of(file.read_text("utf-8"))


def private_imports_of(program: str) -> Iterator[str]:
    """The same for the text of a program, including the programs that it has as texts."""
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PRIVATE):
            yield from (f"{node.module}:{name.name}" for name in node.names)
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith(PRIVATE))
        # Tests start other processes with such texts.
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _private_imports_of_text(node.value)


def _private_imports_of_text(text: str) -> Iterator[str]:
    try:
        names = [*private_imports_of(text)] if "import" in text else []
    except (SyntaxError, ValueError):
        return
    yield from names


def _notice(by: str, change: str) -> str:
    return (
        f"Dagster {dg.__version__}: {change}; the module aipo_pipelines/{FOLDER}/{by}.py needs care"
    )
