"""Output of the command: results on stdout, all other text on stderr, errors without traceback."""

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
  0    done. For status: YES.
  1    an error of the machine, a service or a source, or a refused decision.
  2    wrong usage, or a charter that cannot be used. For adopt: files that cannot be adopted.
  3    status: NO.
  4    status: UNKNOWN.
  5    verify: an entry or a fact of the ledger was altered.
  130  interrupted.
"""


class _Printer(Console):
    """A console that shows control characters instead of obeying them, and changes no text."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(highlight=False, soft_wrap=True, emoji=False, **settings)

    def render_str(self, text: str, **settings: Any) -> Text:
        """The text with visible control characters: data from files must not steer a terminal."""
        return super().render_str(visible(text), **settings)


def talk() -> Console:
    """The console for messages: stderr, plain if it is no terminal."""
    return _Printer(stderr=True)


def result() -> Console:
    """The console for results: stdout, plain if it is no terminal."""
    # A fixed width, because programs that read the output must find the same lines everywhere.
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    return _Printer(width=width)


def print_json(value: Json) -> None:
    """Writes one JSON document to stdout."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def print_error(error: BaseException) -> None:
    """Writes an error and its chain of causes to stderr."""
    for depth, cause in enumerate(causes(error)):
        lead = "error: " if depth == 0 else "  because: "
        click.echo(visible(f"{lead}{describe(cause)}"), file=sys.stderr)


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and its causes, outermost first."""
    # Only explicit causes: an error that happened during another is not always its result.
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__


def describe(error: BaseException) -> str:
    """The message of an error of this package; for other errors the class and the first line."""
    # The messages of this package say enough; the class of another error helps to search for it.
    message = str(error).strip()
    if type(error).__module__.startswith("aipo_pipelines"):
        return message
    name = type(error).__name__
    return f"{name}: {message.splitlines()[0]}" if message else name
