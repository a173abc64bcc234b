"""Folders that belong to the server's account alone, among them that of its socket.

A socket's path may be about a hundred bytes long, and addresses of databases carry it through four
libraries that each quote in their own way. So a server in a long or unusual folder has its socket
in a short private folder elsewhere.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from aipo_pipelines.embedded_postgres.account import Account
from aipo_pipelines.embedded_postgres.errors import FolderError
from aipo_pipelines.embedded_postgres.layout import Layout

_LONGEST = 100
_FILE = ".s.PGSQL.5432"
_PLAIN = re.compile(r"[A-Za-z0-9/._+-]+")


def socket_folder(layout: Layout, account: Account, environ: Mapping[str, str], name: str) -> Path:
    """The folder for the socket, made if missing and checked to be the account's alone.

    Args:
        layout: The server's files.
        account: The account that the server runs as.
        environ: Environment variables; `XDG_RUNTIME_DIR` is read.
        name: What the name of a folder elsewhere begins with.

    Raises:
        FolderError: Another account owns the folder, or it cannot be made.
    """
    folder = (
        layout.socket if is_plain(layout.socket) else _elsewhere(layout, account, environ, name)
    )
    own_folder(folder, account)
    return folder


def is_plain(folder: Path) -> bool:
    """Whether a socket in this folder has a path that every library takes."""
    path = str(folder / _FILE)
    return len(path) <= _LONGEST and _PLAIN.fullmatch(path) is not None


def own_folder(path: Path, account: Account) -> None:
    """Makes a folder 0700 that the account owns; an existing folder must be just that.

    Raises:
        FolderError: Another account owns it, it is open to others, or it cannot be made.
    """
    try:
        if not os.path.lexists(path):
            # Made beside and renamed: a crash never leaves a folder that is still root's.
            staging = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
            if account.switch:
                os.chown(staging, account.uid, account.gid)
            staging.rename(path)
        # lstat: a link to a private folder could be turned to another folder later.
        status = path.lstat()
    except OSError as error:
        raise FolderError(
            f"The folder {path} for the embedded Postgres cannot be made: {error.strerror}. "
            "Expected a place that may be written."
        ) from error
    if (
        not stat.S_ISDIR(status.st_mode)
        or status.st_uid != account.uid
        or stat.S_IMODE(status.st_mode) & 0o077
    ):
        raise FolderError(
            f"{path} is not safe for the embedded Postgres: expected a folder of user "
            f"{account.uid} with mode 0700, found user {status.st_uid} and mode "
            f"{stat.S_IMODE(status.st_mode):04o}. Remove it if nobody needs it."
        )


def _elsewhere(layout: Layout, account: Account, environ: Mapping[str, str], name: str) -> Path:
    digest = hashlib.sha256(os.fsencode(layout.folder)).hexdigest()
    folder = f"{name}-{account.uid}-{digest[:12]}"
    runtime = Path("/run") if account.switch else Path(environ.get("XDG_RUNTIME_DIR") or "/-")
    # The folder of the login first: it is private, and emptied when the machine starts.
    for parent in (runtime, Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108  # checked
        if is_plain(parent / folder) and os.access(parent, os.W_OK | os.X_OK):
            return parent / folder
    raise FolderError(
        f"No folder is short enough for the socket of {layout.folder}: tried {runtime} and the "
        "temporary folders. Set TMPDIR to a shorter path."
    )
