"""What the program logs: a sentence per event, with a fixed action and the context of the event.

Loggers are named after rooms (`aipo.sensors`, `aipo.ledger`); `aipo.notices` holds the notices to
the target `log`. Without being asked, the program shows warnings only, as they are. `aipo -v` and
`AIPO_LOG_LEVEL` show more, on standard error, and `AIPO_LOG_FORMAT=json` makes a JSON object of
each line.

No record quotes data. The context is names and numbers of products, batches, runs and entries. A
notice is logged by the scheme of its address. If an error is not ours, only its class and its place
are logged.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from types import TracebackType
from typing import TextIO

from aipo_pipelines.errors import UsageError, trace_of

LEVEL = "AIPO_LOG_LEVEL"
"""Variable with the lowest level that is shown; processes that a command starts read it too."""
FORMAT = "AIPO_LOG_FORMAT"
"""Variable with the form of a line."""

_ROOT = "aipo"
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING}
_FORMATS = ("text", "json")
_CONTEXT = ("action", "product", "batch", "run", "entry")


class LogAction(StrEnum):
    """What a record is about; a fixed word for programs that read logs."""

    INTAKE = "intake"
    CLAIM = "claim"
    RUN = "run"
    RECORD = "record"
    DECIDE = "decide"
    NOTIFY = "notify"


def logger_of(module: str) -> logging.Logger:
    """The logger of the room that a module belongs to.

    Args:
        module: Name of the module, as in `__name__`.
    """
    room = module.removeprefix("aipo_pipelines.").partition(".")[0]
    return logging.getLogger(f"{_ROOT}.{room}")


def note(  # noqa: PLR0913 - one parameter per key of the context
    logger: logging.Logger,
    action: LogAction,
    sentence: str,
    *,
    product: str = "",
    batch: str = "",
    run: str = "",
    entry: int | None = None,
    level: int = logging.INFO,
) -> None:
    """Logs an event.

    Args:
        logger: The logger of the room.
        action: What the event is about.
        sentence: The event in words, without values of records and without addresses.
        product: Name of the product.
        batch: Name of the batch.
        run: Id of the run.
        entry: Index of the entry in the ledger.
        level: How important the event is.
    """
    context = {"action": str(action), "product": product, "batch": batch, "run": run}
    logger.log(level, sentence, extra={**context, "entry": entry})


def set_up(environ: Mapping[str, str]) -> None:
    """Shows on standard error what the environment asks for; called again, it replaces that.

    Args:
        environ: Environment variables; `AIPO_LOG_LEVEL` and `AIPO_LOG_FORMAT` are read.

    Raises:
        UsageError: One of them has a value that means nothing.
    """
    level = _chosen(environ, LEVEL, tuple(_LEVELS))
    form = _chosen(environ, FORMAT, _FORMATS)
    root = logging.getLogger(_ROOT)
    # Only our own: a test or a team may have added another.
    for handler in [handler for handler in root.handlers if isinstance(handler, _Stderr)]:
        root.removeHandler(handler)
    # Without a level the library's default holds: warnings, as they are, on standard error.
    root.setLevel(_LEVELS[level] if level else logging.NOTSET)
    if level or form:
        shown = _Stderr()
        shown.setFormatter(_Json() if form == "json" else _Text())
        root.addHandler(shown)


def _chosen(environ: Mapping[str, str], name: str, expected: tuple[str, ...]) -> str:
    given = environ.get(name, "").lower()
    if given and given not in expected:
        raise UsageError(
            f"{name} is {environ[name]!r}; expected one of {', '.join(expected)}, or leave it out"
        )
    return given


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to the standard error of the moment: a step of a run leads it into a file."""

    def __init__(self) -> None:
        # Not the constructor of the stream handler: it would keep the stream of this moment.
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # read-only on purpose
        """Standard error as it is now."""
        return sys.stderr


class _Formatter(logging.Formatter):
    """Keeps the words of errors out of every form: they may quote data."""

    def formatException(  # noqa: N802 - the name is the library's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """Class and place of an error and of its causes."""
        return trace_of(ei[1]) if ei[1] is not None else ""

    def at(self, record: logging.LogRecord) -> str:
        """When a record was made, UTC."""
        return f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%SZ}"


class _Text(_Formatter):
    """A time and a sentence."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        sentence = super().format(record)
        if hasattr(record, "action"):
            # Names come with data: one with a line break must not look like a record of its own.
            sentence = "".join(
                letter if letter.isprintable() else ascii(letter)[1:-1] for letter in sentence
            )
        return f"{self.at(record)} {sentence}"


class _Json(_Formatter):
    """A JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        context = {name: getattr(record, name, None) for name in _CONTEXT}
        known = {name: value for name, value in context.items() if value not in ("", None)}
        line: dict[str, object] = {
            "at": self.at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            **known,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
