"""Programs with heavy libraries, forked from a process that loaded them: real, and fast.

    runner = Forked(["run", "sample"], environ, folder)
    os.killpg(runner.pid, signal.SIGKILL)
    out, err = runner.communicate(timeout=60)

All workers of a test run share this process (`forking`); the first worker starts it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from aipo_pipelines.embedded_postgres import locks
from tests.acceptance.forking import Request
from tests.conftest import run_folder

COMMAND = "aipo_pipelines.cli:main"
_PATIENCE = 240
_started: list[subprocess.Popen[bytes]] = []
"""The server, if this worker started it: it ends with the worker."""


class Forked:
    """A started program, to be used like one of `subprocess.Popen`.

    Args:
        words: What is said to it.
        environ: Its whole environment.
        folder: Where it is started.
        main: Its function, as `module:function`.
    """

    def __init__(
        self, words: Sequence[str], environ: Mapping[str, str], folder: Path, *, main: str = COMMAND
    ) -> None:
        self.args = ["aipo", *words]
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
        request = Request(
            main=main, words=tuple(self.args), environ=dict(environ), folder=str(folder)
        )
        self._ends = socket.socket(socket.AF_UNIX)
        self._ends.connect(str(_server()))
        with Path(os.devnull).open() as nothing:
            request.send(self._ends, (nothing.fileno(), self._out.fileno(), self._err.fileno()))
        self.pid = int(self._line())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, the negative number of the signal that ended it, None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Waits until it has ended; returns its exit code.

        Raises:
            subprocess.TimeoutExpired: It still runs.
        """
        if self.returncode is None:
            self._ends.settimeout(max(timeout, 0.001))
            try:
                self.returncode = int(self._line())
            except TimeoutError:
                raise subprocess.TimeoutExpired(self.args, timeout) from None
            self._ends.close()
        return self.returncode

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Waits until it has ended; returns what it wrote to stdout and stderr."""
        self.wait(timeout)
        outcome = []
        for stream in (self._out, self._err):
            with stream:
                stream.seek(0)
                outcome.append(stream.read().decode())
        return outcome[0], outcome[1]

    def ended(self, timeout: float) -> subprocess.CompletedProcess[str]:
        """The result of the finished command; a command that takes too long is killed."""
        try:
            out, err = self.communicate(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, 9)
            raise
        assert self.returncode is not None
        return subprocess.CompletedProcess(self.args, self.returncode, out, err)

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            byte = self._ends.recv(1)
            assert byte, "the process that programs are forked from went away"
            line += byte
        return line


def write_command(folder: Path) -> None:
    """Writes an `aipo` that is soon there, for shells whose path begins with the folder."""
    lines = (
        f"#!{sys.executable} -S",
        "import sys",
        f"sys.path.insert(0, {str(Path(__file__).parents[2])!r})",
        "from tests.acceptance.forking import stand_in",
        f"stand_in({str(_server())!r}, {COMMAND!r})",
    )
    (folder / "aipo").write_text("\n".join(lines))
    (folder / "aipo").chmod(0o755)


def _server() -> Path:
    """The address of the server, which is started if no server runs."""
    path = run_folder() / "forking"
    lock = locks.open_lock(run_folder() / "forking.lock")
    locks.wait_lock(lock, locks.EXCLUSIVE, _PATIENCE)
    try:
        if not path.exists():
            _start_server(path)
    finally:
        os.close(lock)
    return path


def _start_server(path: Path) -> None:
    with path.with_name("forking.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("forking.py")), str(path)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    _started.append(process)
    began = time.monotonic()
    while not path.exists():
        assert process.poll() is None, path.with_name("forking.log").read_text()
        assert time.monotonic() - began < _PATIENCE, "the process that programs are forked from"
        time.sleep(0.05)
