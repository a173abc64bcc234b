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
    given to somebody else since.
    """
    try:
        text = (data / "postmaster.pid").read_bytes().decode(errors="surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None
    lines = text.split("\n")
    if not lines[0].strip().isdigit():
        return None
    pid = int(lines[0])
    if not _serves(pid, data):
        return None
    socket_folder = lines[_SOCKET_LINE].strip() if len(lines) > _SOCKET_LINE else ""
    status = lines[_STATUS_LINE].strip() if len(lines) > _STATUS_LINE else "starting"
    return Postmaster(pid, socket_folder, status or "starting")


def _serves(pid: int, data: Path) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # Another account's process: ours run under an account that we may signal.
        return False
    try:
        # A postmaster's working folder is its data folder; a recycled process id has another.
        return Path(f"/proc/{pid}/cwd").samefile(data)
    except PermissionError:
        return True
    except OSError:
        # Without /proc the process id is all there is; with it, the process has just gone.
        return not Path("/proc/self").exists()
