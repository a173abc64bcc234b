"""The services of `aipo up` as child processes: started together, stopped together.

Each service has a guard (`child_guard`), so that it ends with this process, even if this process is
killed.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aipo_pipelines.errors import ServiceError
from aipo_pipelines.resources.home import PRIVATE, make_folder

STOP_SECONDS = 15.0
"""Time a service has to end by itself before it is killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpec:
    """One service.

    Attributes:
        name: What people call it.
        command: Program and arguments, without secrets: others can read them.
        environ: Its environment; secrets go here.
        log: File that takes its output.
        address: Where it answers once it is up: an http URL or `unix:` and the path of a socket;
            empty if it does not listen.
    """

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    log: Path
    address: str = ""


@dataclass(slots=True, kw_only=True)
class RunningService:
    """A started service."""

    spec: ServiceSpec
    process: subprocess.Popen[bytes]

    def fail_if_gone(self) -> None:
        """Raises ServiceError if the process has ended."""
        code = self.process.poll()
        if code is not None:
            raise ServiceError(
                f"{self.spec.name} ended with code {code}; read its log at {self.spec.log}"
            )


@contextmanager
def running(specs: Sequence[ServiceSpec]) -> Iterator[list[RunningService]]:
    """Starts services and stops all of them at the end, also after an error.

    Raises:
        ServiceError: A program is missing.
    """
    started: list[RunningService] = []
    try:
        for spec in specs:
            started.append(_start(spec))  # noqa: PERF401 - those started must be stopped
        yield started
    finally:
        stop(started)


def wait_until_up(services: Sequence[RunningService], seconds: float) -> None:
    """Waits until every service with an address answers.

    Raises:
        ServiceError: One ended, or did not answer in time.
    """
    deadline = time.monotonic() + seconds
    waiting = [service for service in services if service.spec.address]
    while waiting:
        # A service that has ended will not answer: its own error says more than a time-out.
        for service in services:
            service.fail_if_gone()
        waiting = [service for service in waiting if not answers(service.spec.address)]
        if waiting and time.monotonic() > deadline:
            names = ", ".join(service.spec.name for service in waiting)
            raise ServiceError(
                f"no answer from {names} after {seconds:.0f} s; read {waiting[0].spec.log}"
            )
        time.sleep(0.2)


def answers(address: str) -> bool:
    """Whether an HTTP address, or a socket given as `unix:` and its path, answers at all."""
    scheme, _, path = address.partition(":")
    if scheme == "unix":
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(path) == 0
    try:
        with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own http address
            return True
    except urllib.error.HTTPError:
        # A refusal is an answer too: the service is up.
        return True
    except OSError:
        return False


def require_free_port(port: int, service: str, option: str) -> None:
    """Raises ServiceError if another program listens on the port, or if it may not be opened."""
    with socket.socket() as probe:
        # As the services do: a port that was closed a moment ago counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise ServiceError(
                f"this account may not open port {port} for {service}; choose one above 1023 with "
                f"{option}"
            ) from error
        except OSError as error:
            raise ServiceError(
                f"port {port} for {service} is taken; choose another port with {option}"
            ) from error


def stop(services: Sequence[RunningService]) -> None:
    """Ends all services, and kills the guard of a service that does not end in time."""
    # All pipes first, so that the services end side by side and not one after another.
    for service in services:
        if service.process.stdin is not None:
            service.process.stdin.close()
    deadline = time.monotonic() + STOP_SECONDS
    for service in services:
        try:
            service.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            service.process.kill()
            service.process.wait()


def _start(spec: ServiceSpec) -> RunningService:
    make_folder(spec.log.parent, PRIVATE)
    with spec.log.open("ab") as log:
        try:
            process = subprocess.Popen(
                (sys.executable, "-m", "aipo_pipelines.resources.child_guard", *spec.command),
                env=dict(spec.environ),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                # A signal to our whole group, even a kill, must not end the guard too: the guard
                # then ends the service.
                start_new_session=True,
            )
        except OSError as error:
            raise ServiceError(f"{spec.name} could not be started: {error.strerror}") from error
    return RunningService(spec=spec, process=process)
