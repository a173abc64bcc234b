"""What a cluster's `postmaster.pid` says about its server.

Lines of that file (PostgreSQL 10 and later): process id, data folder, start time, port, first
socket folder, listen address, shared memory key, status (`starting`, `ready`, `stopping`).

Standard library only: the keeper imports this and must stay small.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_SOCKET_LINE = 4
_STATUS_LINE = 7


@dataclass(frozen=True)
class Postmaster:
    """A server that lives.

    Attributes:
        pid: Its process id.
        socket_folder: Folder of its socket; empty while it has none yet.
        status: `starting`, `ready` or `stopping`.
    """

    pid: int
    socket_folder: str
    status: str


def find(data: Path) -> Postmaster | None:
    """The live server of this cluster, or None.

    A file left behind by a killed server is not taken for one, also when its process id has been
    given to another process since.
    """
    lines = _lines(data / "postmaster.pid")
    pid = _pid(lines)
    if pid is None or not _serves(pid, data):
        return None
    socket_folder = lines[_SOCKET_LINE].strip() if len(lines) > _SOCKET_LINE else ""
    status = lines[_STATUS_LINE].strip() if len(lines) > _STATUS_LINE else "starting"
    return Postmaster(pid, socket_folder, status or "starting")


def forget_recycled(data: Path, socket: Path) -> None:
    """Removes what a dead server left behind in the name of a process id that is in use.

    Postgres takes a live process, a zombie too, for its predecessor and refuses to start. A process
    id that is free it sees through itself, and leftover children of the old server it recognises by
    their memory.

    Args:
        data: The cluster, which no server serves.
        socket: The folder of its socket.
    """
    for file in (data / "postmaster.pid", socket / ".s.PGSQL.5432.lock"):
        pid = _pid(_lines(file))
        if pid is not None and _is_alive(pid) and not _serves(pid, data):
            file.unlink(missing_ok=True)


def _lines(file: Path) -> list[str]:
    try:
        text = file.read_bytes().decode(errors="surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return []
    return text.split("\n")


def _pid(lines: list[str]) -> int | None:
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _serves(pid: int, data: Path) -> bool:
    """Whether this process is a live server of the cluster."""
    if not _is_alive(pid):
        return False
    try:
        # A postmaster's working folder is its data folder; a recycled process id has another.
        return Path(f"/proc/{pid}/cwd").samefile(data)
    except PermissionError:
        # Another account's process: ours run under an account whose processes we may look at.
        return False
    except OSError:
        # Without /proc the process id is all there is; with it, the process has just gone.
        return not Path("/proc/self").exists()
