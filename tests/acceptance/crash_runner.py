"""Runs `aipo` and kills it at a named point, once: the package itself has no hooks for tests.

A program for forking (`forked.py`), with these arguments:

    POINT FLAG ARGUMENT ...

If the file FLAG exists, the process passes the point. Otherwise it makes the file and kills itself.
At a point of `PATIENT` it waits until it is killed or FLAG is removed. Failed attempts are repeated
at once. CRASH_FILE_SIZE limits the bytes of every file that it writes.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from aipo_pipelines.assets.monitoring import steps as monitoring
from aipo_pipelines.cli import main as aipo
from aipo_pipelines.ledger.append import Ask
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.fold import actions as fold_actions
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from aipo_pipelines.resources.lake import lake, storage
from aipo_pipelines.resources.tracker.mlflow_tracker import Tracker
from aipo_pipelines.sensors.loop import Loop

Strike = Callable[[], None]
Point = Callable[[Strike], AbstractContextManager[object]]


def main(point: str, flag: Path, arguments: list[str]) -> None:
    """Runs `aipo ARGUMENT ...` with one place in it deadly."""

    def strike() -> None:
        if flag.exists() or flag.with_name(f"{flag.name}-over").exists():
            return
        flag.touch()
        if point not in PATIENT:
            os.kill(os.getpid(), signal.SIGKILL)
        while flag.exists():
            time.sleep(0.05)
        flag.with_name(f"{flag.name}-over").touch()

    if "CRASH_FILE_SIZE" in os.environ:
        size = int(os.environ["CRASH_FILE_SIZE"])
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    sys.argv = ["aipo", *arguments]
    with POINTS[point](strike), patch.object(fold_actions, "BACKOFF", timedelta(0)):
        aipo()


def in_the_snapshot(strike: Strike) -> AbstractContextManager[object]:
    """With half of a file on the disk."""
    write = storage.write_parquet

    def half(table: Any, sink: Any) -> None:
        sink.write(b"PAR1")
        sink.flush()
        strike()
        sink.seek(0)
        write(table, sink)

    return patch.object(lake, "write_parquet", half)


def before(owner: object, name: str) -> Point:
    """Before a function is called."""
    original = getattr(owner, name)

    def deadly(strike: Strike) -> AbstractContextManager[object]:
        def call(*words: Any, **named: Any) -> Any:
            strike()
            return original(*words, **named)

        return patch.object(owner, name, call)

    return deadly


def after(owner: object, name: str) -> Point:
    """After a function has returned."""
    original = getattr(owner, name)

    def deadly(strike: Strike) -> AbstractContextManager[object]:
        def call(*words: Any, **named: Any) -> Any:
            result = original(*words, **named)
            strike()
            return result

        return patch.object(owner, name, call)

    return deadly


def at_the_entry(*, before: bool) -> Point:
    """At the entries of the first measured batch, and those that rules make of them."""
    original = PostgresLedger.consider

    def deadly(strike: Strike) -> AbstractContextManager[object]:
        def consider(ledger: PostgresLedger, product: str, *, ask: Ask, **named: Any) -> Any:
            mine = False

            def asked(state: ProductState, now: datetime) -> Sequence[Draft]:
                nonlocal mine
                drafts = ask(state, now)
                mine = any(draft.kind == "check_evaluated" for draft in drafts)
                if mine and before:
                    strike()
                return drafts

            entries = original(ledger, product, ask=asked, **named)
            if mine and not before:
                strike()
            return entries

        return patch.object(PostgresLedger, "consider", consider)

    return deadly


POINTS: dict[str, Point] = {
    "in the snapshot": in_the_snapshot,
    "between quality and drift": before(monitoring, "drift"),
    "before an entry is written": at_the_entry(before=True),
    "after an entry is written": at_the_entry(before=False),
    "between request and run": before(Loop, "_execute"),
    "with a run in flight": before(monitoring, "performance"),
    "while a batch is measured": before(monitoring, "drift"),
    "while a model is stored": before(Tracker, "log_training"),
    "with files of some size": lambda _: nullcontext(),
    "after the alias is moved": after(Tracker, "release"),
}
PATIENT = {"with a run in flight", "while a batch is measured", "while a model is stored"}


def run() -> None:
    """Runs what the words of this process say."""
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
