"""How the command talks: results on stdout, everything else on stderr, causes without traceback."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.policy.text import visible

EXIT_YES = 0
EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_NO = 3
EXIT_UNKNOWN = 4
EXIT_ALTERED = 5
EXIT_INTERRUPTED = 130
PLAIN_WIDTH = 140

EXIT_CODES = """\b
Exit codes:
  0    done; for status: YES
  1    an error of the machine, a service or a source, or a word that was refused
  2    wrong usage, or a charter that cannot be used as written; adopt: nor adopted
  3    status: NO
  4    status: UNKNOWN
  5    verify: an entry or a fact of the ledger was altered
  130  interrupted
"""


class _Printer(Console):
    """A console that shows what a terminal would otherwise obey, and texts as they stand."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(highlight=False, soft_wrap=True, emoji=False, **settings)

    def render_str(self, text: str, **settings: Any) -> Text:
        return super().render_str(visible(text), **settings)


def talk() -> Console:
    """The console for talk: stderr, plain where it is no terminal."""
    return _Printer(stderr=True)


def result() -> Console:
    """The console for results: stdout, plain where it is no terminal."""
    wide = None if sys.stdout.isatty() else PLAIN_WIDTH
    return _Printer(width=wide)


def print_json(value: Json) -> None:
    """Writes one JSON document to stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def print_error(error: BaseException) -> None:
    """Writes an error and its chain of causes to stderr."""
    for depth, cause in enumerate(causes(error)):
        lead = "error: " if depth == 0 else "  because: "
        click.echo(visible(f"{lead}{describe(cause)}"), file=sys.stderr)


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, outermost first."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__


def describe(error: BaseException) -> str:
    """The message of one of our errors; for others their class as well."""
    message = str(error).strip()
    if type(error).__module__.startswith("aipo_pipelines"):
        return message
    name = type(error).__name__
    return f"{name}: {message.splitlines()[0]}" if message else name
