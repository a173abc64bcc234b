"""Runs a program that must not outlive the process that started it, even if that was killed.

    python -m aipo_pipelines.resources.child_guard PROGRAM ARGUMENT ...

Standard input is the leash: a pipe whose other end the parent holds. When it closes, because the
parent asked for the end or because it is gone, the program's whole process group is asked to end
and, after a while, killed. It imports nothing heavy: each service has such a process beside it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

GRACE_SECONDS = 10.0


def main(command: list[str]) -> int:
    """Runs the program until it ends or the leash closes; returns its exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # The leash decides when to end, not a signal. A handler is not inherited by the program;
        # an ignored signal would be.
        signal.signal(number, _wait_for_release)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    threading.Thread(target=_await_release, args=(process,), daemon=True).start()
    code = process.wait()
    # Helpers of the program that outlive it are in its group.
    _signal(process, signal.SIGKILL)
    return code if code >= 0 else 128 - code


def _await_release(process: subprocess.Popen[bytes]) -> None:
    # The pipe ends when its other end closes, also by the death of the parent.
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
