"""The process with the heavy libraries of a test run: programs are forked from it.

    python tests/acceptance/forking.py SOCKET

A client sends a request and the three files of the program's standard streams. It receives the
process id, and the exit status after the end. The program has its own process, environment, working
folder and process group, like a program that a shell starts. It only saves the seconds for loading
the libraries and for removing them at the end.

The server ends with the process that started it.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path

_LARGEST = 1 << 20
_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A program to be run.

    Attributes:
        main: Its function, as `module:function`; it finds its words in `sys.argv`.
        words: Name of the program and what is said to it.
    """

    main: str
    words: tuple[str, ...]
    environ: dict[str, str]
    folder: str

    def send(self, connection: socket.socket, streams: tuple[int, int, int]) -> None:
        """Asks the server at the other end to run it."""
        socket.send_fds(connection, [json.dumps(asdict(self)).encode() + b"\n"], streams)

    @staticmethod
    def receive(connection: socket.socket) -> tuple[Request, list[int]]:
        """The request that was sent, and the files of its streams."""
        text, streams, _, _ = socket.recv_fds(connection, _LARGEST, 3)
        while not text.endswith(b"\n"):
            text += connection.recv(_LARGEST)
        fields = json.loads(text)
        return Request(**fields | {"words": tuple(fields["words"])}), streams


def serve(path: Path) -> Callable[[], object] | None:
    """Runs what is asked for, until the parent is gone.

    Returns:
        In a process that is to be a program: its function. None in the server itself.
    """
    import aipo_pipelines.preload  # noqa: F401 - this is what takes the seconds

    _know_packages()
    parent = os.getppid()
    listener = socket.socket(socket.AF_UNIX)
    staging = path.with_name(f"{path.name}.new")
    listener.bind(str(staging))
    listener.listen(64)
    listener.settimeout(_LOOK_SECONDS)
    staging.rename(path)  # From now on it answers.
    signal.signal(
        signal.SIGCHLD, signal.SIG_IGN
    )  # No process waits for the children that report an end.
    while os.getppid() == parent:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        if os.fork() == 0:
            listener.close()
            connection.setblocking(True)
            return _start(connection)
        connection.close()
    path.unlink(missing_ok=True)
    return None


def _know_packages() -> None:
    """Has MLflow look through all installed packages, as it does for a process's first model."""
    from mlflow.utils.requirements_utils import warn_dependency_requirement_mismatches

    warn_dependency_requirement_mismatches(["mlflow"])


def _start(connection: socket.socket) -> Callable[[], object]:
    """Forks the program and reports its process; returns only in the program."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    request, streams = Request.receive(connection)
    pid = os.fork()
    if pid == 0:
        connection.close()
        return _become(request, streams)
    for stream in streams:
        os.close(stream)
    connection.sendall(f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(request: Request, streams: list[int]) -> Callable[[], object]:
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request.environ)
    os.chdir(request.folder)
    sys.argv = list(request.words)
    sys.path[:0] = [
        folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder
    ]
    module, _, function = request.main.partition(":")
    program: Callable[[], object] = getattr(import_module(module), function)
    return program


def _end(program: Callable[[], object]) -> None:
    """Runs a program and ends as Python does, but leaves the objects of libraries."""
    code = 0
    try:
        program()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - told as Python tells it
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - as multiprocessing does
    atexit._run_exitfuncs()  # noqa: SLF001 - the same
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def stand_in(path: str, main: str) -> None:
    """Stands for a program that is forked: with the words, streams and folder of this process."""
    request = Request(
        main=main, words=tuple(sys.argv), environ=dict(os.environ), folder=str(Path.cwd())
    )
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        request.send(connection, (0, 1, 2))
        _, code = connection.makefile()
    sys.exit(int(code) if int(code) >= 0 else 128 - int(code))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    chosen = serve(Path(sys.argv[1]))
    if chosen is not None:
        _end(chosen)
