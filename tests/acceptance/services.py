"""`aipo up` as a test meets it: started on free ports, looked at from outside, signalled."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from aipo_pipelines.ledger.events.actions import ActionFinished
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.resources.dagster.run_launcher import PROCESS_TAG
from tests.acceptance.place import AIPO, SECONDS, Place


@dataclass(frozen=True)
class Up:
    """A running `aipo up`.

    Attributes:
        address: What it printed: the address to open.
        prefix: Path of Dagster's webserver.
    """

    place: Place
    process: subprocess.Popen[str]
    port: int
    address: str
    prefix: str = "/dagster"

    def ask(self, query: str) -> Any:
        """The data of a GraphQL query to Dagster's webserver."""
        return json.loads(self.get(f"{self.prefix}/graphql", {"query": query}))["data"]

    def get(self, path: str, body: object = None) -> bytes:
        """What is answered to a program that has the token, if any; a body is posted as JSON."""
        token = self.place.home.token
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {token.read_text().strip()}"} if token.exists() else {}),
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
            content: bytes = answer.read()
        return content

    def end(self, number: signal.Signals) -> int:
        """Sends a signal and waits until the command has ended; returns its exit code."""
        self.process.send_signal(number)
        self.process.communicate(timeout=SECONDS)
        return self.process.returncode


@contextmanager
def up(place: Place, **settings: Any) -> Iterator[Up]:
    """Starts all services and waits until they answer; at the end it stops the rest."""
    port = free_port()
    process = place.start([*AIPO, "up", "--port", str(port)], **settings)
    try:
        assert process.stdout is not None
        # It is printed once everything answers; a command that fails prints nothing.
        address = process.stdout.readline().strip()
        assert address, process.communicate()
        yield Up(place, process, port, address)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=SECONDS)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(
    true: Callable[[], object], event: str, seconds: float = SECONDS, *, every: float = 0.3
) -> float:
    """Waits until something is true, looking every so many seconds; returns how long it took.

    Looking at the ledger costs a connection, on the cores that the services need.
    """
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {event}"
        time.sleep(every)
    return time.monotonic() - began


def measured(place: Place, partition: str) -> Callable[[], bool]:
    """Whether the measurement of a batch is finished."""

    def is_measured() -> bool:
        arrived = place.entries(BatchArrived.kind)
        batch = f"batch/{partition}"
        actions = {f"action/{entry.index}" for entry in arrived if entry.subject == batch}
        finished = {entry.subject for entry in place.entries(ActionFinished.kind)}
        return bool(actions & finished)

    return is_measured


def processes_of(place: Place) -> dict[int, str]:
    """Command lines of the living processes that work for a home, by process id."""
    mark = str(place.home.path).encode()
    lines = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes()
            if words and mark in words + (folder / "environ").read_bytes():
                lines[int(folder.name)] = words.replace(b"\0", b" ").decode(errors="replace")
    return lines


def run_process(place: Place, run_id: str) -> int:
    """Process id of a run that a daemon launched."""
    query = "SELECT value FROM run_tags WHERE run_id = %s AND key = %s"
    with psycopg.connect(place.databases.dagster_url) as connection:
        row = connection.execute(query, [run_id, PROCESS_TAG]).fetchone()
    assert row is not None
    return int(json.loads(row[0])["pid"])
