"""Advisory file locks (`flock`) between the processes that use one embedded server.

Locks belong to the open file description: they end with the last process that has it open, also
after `kill -9`. A *forked* child shares its parent's description and so keeps the lock while it
lives; a program started by `exec` does not (the descriptors are close-on-exec).

Standard library only: the keeper imports this and must stay small.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

SHARED = fcntl.LOCK_SH
EXCLUSIVE = fcntl.LOCK_EX
_POLL_SECONDS = 0.02


def open_lock(path: Path) -> int:
    """Opens a lock file, made 0600 if missing, and returns its descriptor (close-on-exec)."""
    # O_NOFOLLOW: a link planted in place of the lock must not make us create files elsewhere.
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def try_lock(descriptor: int, kind: int) -> bool:
    """Takes the lock if no other lock excludes it; returns whether it was taken."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_lock(descriptor: int, kind: int, seconds: float) -> bool:
    """Takes the lock, waiting at most so many seconds; returns whether it was taken."""
    # `flock` itself can only wait without an end, or be interrupted by a signal for all threads.
    deadline = time.monotonic() + seconds
    while not try_lock(descriptor, kind):
        if time.monotonic() >= deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def unlock(descriptor: int) -> None:
    """Gives the lock up."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def is_held(path: Path) -> bool:
    """Whether some process holds the lock of this file exclusively."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(descriptor, SHARED)
    finally:
        os.close(descriptor)
