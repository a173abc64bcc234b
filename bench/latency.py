"""Case `latency`: the time from a dropped file to its measurement in the ledger.

All parts run as for a user: `aipo up` with the daemon, its code server and its runs. A drop is a
complete file moved into the feed with its time of writing. The seconds count from there to the time
at which the entry was recorded. The other side is not a program but the agreed limit.
"""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aipo_pipelines.ledger.events.actions import ActionFinished, ActionStarted
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.events.entry import Entry
from bench.feed import make_table, write_batch, yesterday
from bench.scale import Scale
from bench.stage import Stage, new_stage, settle
from bench.timing import Row

PRODUCT = "latency"
ROWS = 5_000
"""Enough for each group to be judged on a fifth of the first batch, which is held out."""
LIMIT = 15.0
"""Seconds from drop to recorded measurement."""
PATIENCE = 300.0
STEPS = ("seen", "run begins", "measured and recorded")


def run(scale: Scale) -> Iterator[Row]:
    """One row per step on the way, the first drop after the start apart."""
    with new_stage((PRODUCT,)) as stage:
        scale.talk("latency: training the champion")
        _drop(stage, 0)
        settle(stage.loop(), PRODUCT)
        with _up(stage):
            drops = []
            # One more than the rounds that count: the first drop after the start is shown alone.
            for number in range(1, scale.repeats + 2):
                drops.append(_seconds(stage, number))
                times = ", ".join(f"{drop:.1f}" for drop in drops[-1])
                scale.talk(f"latency: drop {number}: {times} s; load {os.getloadavg()[0]:.1f}")
    yield from _rows("first drop", drops[:1])
    yield from _rows(f"{len(drops) - 1} drops", drops[1:])


def _rows(subject: str, drops: list[list[float]]) -> Iterator[Row]:
    for place, step in enumerate(STEPS):
        yield Row(
            case="latency",
            subject=f"{subject}: {step}",
            ours=statistics.median(drop[place] for drop in drops),
            bare=LIMIT,
            goal=1.0 if step == STEPS[-1] else None,
            note=f"beside the limit; load {os.getloadavg()[0]:.1f}",
        )


def _seconds(stage: Stage, number: int) -> list[float]:
    """Seconds from a drop to each step of its measurement."""
    dropped = _drop(stage, number)
    ledger = stage.session.services.ledger
    arrived = _await(stage, BatchArrived.kind, f"batch/batch_{number:03d}")
    action = f"action/{arrived.index}"
    finished = _await(stage, ActionFinished.kind, action)
    begun = [
        entry
        for entry in ledger.entries(product=PRODUCT, kinds=[ActionStarted.kind], limit=100_000)
        if entry.subject == action
    ]
    # The last start is taken, so that a lost attempt makes the latency longer.
    return [entry.recorded_at.timestamp() - dropped for entry in (arrived, begun[-1], finished)]


def _drop(stage: Stage, number: int) -> float:
    frame = make_table(ROWS, number + 1, yesterday())
    name = f"batch_{number:03d}"
    written = write_batch(stage.folder / "staging", frame, name)
    # The time of writing is that of the drop, so that the wait for a complete file counts.
    os.utime(written)
    # Moved as a whole: otherwise the time to write the file would count, too.
    written.rename(stage.folder / "feeds" / PRODUCT / written.name)
    return time.time()


def _await(stage: Stage, kind: str, subject: str) -> Entry:
    # How often it looks does not matter: the seconds come from the times in the entries.
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        entries = stage.session.services.ledger.entries(product=PRODUCT, kinds=[kind], limit=10_000)
        matches = [entry for entry in entries if entry.subject == subject]
        if matches:
            return matches[0]
        time.sleep(0.25)
    raise RuntimeError(f"no {kind} of {subject} within {PATIENCE:.0f} s; see the logs of the home")


@contextmanager
def _up(stage: Stage) -> Iterator[None]:
    words = ("--products", str(stage.folder / "products"), "--port", str(_free_port()))
    aipo = str(Path(sys.executable).with_name("aipo"))
    with (stage.folder / "up.log").open("wb") as log:
        process = subprocess.Popen([aipo, "up", *words], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + PATIENCE
        # The address is printed once everything answers.
        while "/?token=" not in (stage.folder / "up.log").read_text(encoding="utf-8"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((stage.folder / "up.log").read_text(encoding="utf-8"))
            time.sleep(0.25)
        yield
    finally:
        # As by Ctrl-C: only then does `aipo up` end the processes that it started.
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
