"""Runs a program that ends with the process that started it, even if that process is killed.

    python -m aipo_pipelines.resources.child_guard PROGRAM ARGUMENT ...

Standard input is a pipe whose other end the parent keeps open. The pipe closes if the parent ends
the program or is gone. Then the guard interrupts the whole process group of the program, and kills
it after some seconds. The guard imports nothing heavy, because each service has its own guard.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

GRACE_SECONDS = 10.0


def main(command: list[str]) -> int:
    """Runs the program until it ends or the pipe closes; returns its exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # The pipe decides when to end, not a signal. The signals get a handler and are not ignored:
        # the program would inherit an ignored signal, but it does not inherit a handler.
        signal.signal(number, _wait_for_release)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    threading.Thread(target=_await_release, args=(process,), daemon=True).start()
    code = process.wait()
    # Processes that the program started may still run: they are in its group.
    _signal(process, signal.SIGKILL)
    return code if code >= 0 else 128 - code


def _await_release(process: subprocess.Popen[bytes]) -> None:
    # The pipe ends when its other end closes, also if the parent is killed.
    while os.read(sys.stdin.fileno(), 1):
        pass
    _signal(process, signal.SIGINT)
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)


def _wait_for_release(number: int, frame: object) -> None:
    del number, frame


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
