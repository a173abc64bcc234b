"""Sockets that no other account reaches: private files in a private folder."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aipo_pipelines.embedded_postgres.account import Account
from aipo_pipelines.errors import HomeError
from aipo_pipelines.resources.home import PRIVATE, PRIVATE_FILE, Home, make_folder

LONGEST = 100
"""Bytes of a socket's path that every system takes."""

DAGSTER, MLFLOW = "dagster.sock", "mlflow.sock"
_OPEN_TO_OTHERS = 0o077


@contextmanager
def socket_folder(home: Home) -> Iterator[Path]:
    """The folder of the sockets, which only we may enter; a temporary folder if paths are long.

    Raises:
        HomeError: It cannot be created, or is open to others.
    """
    folder = home.run / "door"
    if len(os.fsencode(folder / DAGSTER)) > LONGEST:
        with tempfile.TemporaryDirectory(prefix="aipo-door-") as short:
            yield Path(short)
        return
    make_folder(folder, PRIVATE)
    # Not through a link, which somebody may have put in its place.
    status = folder.lstat()
    is_ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    if not is_ours or stat.S_IMODE(status.st_mode) & _OPEN_TO_OTHERS:
        raise HomeError(
            f"{folder} is not safe for the sockets of Dagster and MLflow: expected a folder of "
            f"user {os.geteuid()} with mode 0700, found user {status.st_uid} and mode "
            f"{stat.S_IMODE(status.st_mode):04o}. Remove it if nobody needs it."
        )
    yield folder


def bound(path: Path, *, owner: Account | None = None) -> socket.socket:
    """A socket of mode 0600, in place of a socket that a process left behind.

    Nobody can connect before its server listens.

    Args:
        path: Its place.
        owner: The account that gets it; by default it stays with this process.
    """
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    path.chmod(PRIVATE_FILE)
    if owner is not None:
        os.chown(path, owner.uid, owner.gid)
    return listening
