"""The embedded server as its users see it: hold it, and it runs for as long as you do.

`hold_server` makes the cluster if it is missing, starts the server if it is down and returns how to
connect. A keeper starts the server, and stops it about ten seconds after its last user has gone.
The hold belongs to the process and ends with it, however it ends. A forked child keeps its parent's
hold; a program started with `exec` must take its own.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aipo_pipelines.embedded_postgres import keeper, locks, postmaster
from aipo_pipelines.embedded_postgres.account import Account, run_as, server_account
from aipo_pipelines.embedded_postgres.binaries import usable_binaries
from aipo_pipelines.embedded_postgres.cluster import ensure_cluster
from aipo_pipelines.embedded_postgres.errors import FileError, FolderError, ServerError
from aipo_pipelines.embedded_postgres.keeper import Orders
from aipo_pipelines.embedded_postgres.layout import Layout
from aipo_pipelines.embedded_postgres.sockets import own_folder, socket_folder

IDLE_SECONDS = 10.0
_START_SECONDS = 60.0
_LOCK_SECONDS = 150.0
_POLL_SECONDS = 0.01
_TAIL_LINES = 4

# Holds belong to the process, as its locks do; therefore each process has one register.
_held: dict[Path, int] = {}
_register = threading.Lock()


@dataclass(frozen=True)
class Access:
    """How to connect to the embedded server as its superuser.

    Attributes:
        socket_folder: Folder of its socket.
        user: The superuser.
        password: Its password; never shown by `repr`.
    """

    socket_folder: str
    user: str
    password: str = field(repr=False)


def hold_server(folder: Path, name: str, *, idle_seconds: float = IDLE_SECONDS) -> Access:
    """Makes sure that the server runs until this process ends or releases it.

    Args:
        folder: The server's folder, absolute; it exists, and only its owner may write it.
        name: The installation's name. Root's server runs as the system user of this name, and the
            superuser of the cluster is `<name>_admin`.
        idle_seconds: How long after its last user the server is stopped, should it be started now.

    Raises:
        FileError: This account may not use a file in the folder.
        ServerError: The server cannot be initialised or started.
    """
    layout, admin = Layout(folder), f"{name}_admin"
    with _register:
        if layout.folder not in _held:
            _held[layout.folder] = _take(layout.users_lock, locks.SHARED)
        try:
            # A keeper that is about to stop the server sees that a user has come.
            os.utime(_held[layout.folder])
            server = _ready(layout) or _start(layout, name, idle_seconds)
            return Access(server.socket_folder, admin, layout.password.read_text().strip())
        except BaseException as error:
            # A hold without a caller would keep a later server running without a user.
            os.close(_held.pop(layout.folder))
            if isinstance(error, OSError):
                raise FileError(
                    f"The embedded Postgres cannot use {error.filename or layout.folder}: "
                    f"{error.strerror}. Expected files that this account may read and write."
                ) from error
            raise


def holds(folder: Path) -> bool:
    """Whether this process holds the server of this folder."""
    with _register:
        return folder in _held


def release_server(folder: Path) -> None:
    """Gives up this process's hold, if it has one; the server lives on for a few seconds."""
    with _register:
        descriptor = _held.pop(folder, None)
        if descriptor is not None:
            os.close(descriptor)


def stop_server(folder: Path) -> None:
    """Stops the server now, even under its users, and waits until it has gone.

    Raises:
        ServerError: It did not stop.
    """
    layout = Layout(folder)
    if not layout.start_lock.exists():
        return
    with _locked(layout.start_lock):
        deadline = time.monotonic() + _LOCK_SECONDS
        while locks.is_held(layout.keeper_lock):
            if time.monotonic() > deadline:
                raise ServerError(f"The server in {layout.folder} did not stop.")
            keeper.ask_to_stop(layout)
            time.sleep(_POLL_SECONDS)
        # A keeper that was killed left its server running.
        server = postmaster.find(layout.data)
        if server is not None:
            keeper.stop_server(server.pid)


def _ready(layout: Layout) -> postmaster.Postmaster | None:
    """The server, if it and its keeper live; true for as long as we are among its users."""
    server = postmaster.find(layout.data)
    if server is None or server.status != "ready" or not locks.is_held(layout.keeper_lock):
        return None
    return server


def _start(layout: Layout, name: str, idle_seconds: float) -> postmaster.Postmaster:
    with _locked(layout.start_lock):
        # Another process may have started it while this process waited for the lock.
        server = _ready(layout)
        if server is not None:
            return server
        orders = _prepare(layout, name, idle_seconds)
        mark = layout.log.stat().st_size if layout.log.exists() else 0
        return _await_ready(layout, orders, mark)


def _prepare(layout: Layout, name: str, idle_seconds: float) -> Orders:
    account = server_account(layout.server, name)
    own_folder(layout.server, account)
    _check_reach(layout.server, account)
    binaries = usable_binaries(account, layout.folder)
    ensure_cluster(layout, account, binaries, f"{name}_admin")
    socket = socket_folder(layout, account, os.environ, name)
    uid, gid = (account.uid, account.gid) if account.switch else (-1, -1)
    return Orders(layout.folder, binaries.postgres, socket, uid, gid, idle_seconds)


def _await_ready(layout: Layout, orders: Orders, mark: int) -> postmaster.Postmaster:
    deadline = time.monotonic() + _START_SECONDS
    launched = False
    while (server := _ready(layout)) is None:
        if not locks.is_held(layout.keeper_lock):
            # A keeper gives up its lock when the server cannot be started: waiting on is no use.
            if launched:
                raise ServerError(
                    f"The embedded Postgres in {layout.server} did not start. It says: "
                    f"{_tail(layout.log, mark)}"
                )
            _launch_keeper(orders)
            launched = True
        elif time.monotonic() > deadline:
            raise ServerError(
                f"The embedded Postgres in {layout.server} was not ready after "
                f"{_START_SECONDS:.0f} s; it may still be recovering from a crash. "
                f"Try again later. It says: {_tail(layout.log, mark)}"
            )
        time.sleep(_POLL_SECONDS)
    return server


def _launch_keeper(orders: Orders) -> None:
    package = Path(keeper.__file__).resolve().parents[keeper.__name__.count(".")]
    # -P and the fixed path: a module of the same name in the user's folder must not be run.
    command = [sys.executable, "-P", "-m", keeper.__name__, *orders.words()]
    try:
        subprocess.run(
            command,
            cwd="/",
            env={"PYTHONPATH": str(package), "PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_START_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerError(
            f"The keeper of the embedded Postgres in {orders.folder} did not start: {error}"
        ) from error


def _check_reach(folder: Path, account: Account) -> None:
    """Refuses a folder that the server's account cannot reach; its parents are not opened for it.

    Raises:
        FolderError: Names the folder that bars the way.
    """
    if not account.switch:
        return
    # The account itself has to try: a working folder is entered before root steps down.
    command = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]
    if run_as(account, command, Path("/"), _START_SECONDS).returncode == 0:
        return
    barred = next((each for each in reversed(folder.parents) if _bars(each, account)), folder)
    raise FolderError(
        f"User {account.uid}, who runs the embedded Postgres, may not pass through "
        f"{barred}. Expected folders above it that everybody may pass: run "
        f"chmod o+x on {barred}."
    )


def _bars(folder: Path, account: Account) -> bool:
    # As the kernel does: the first class that fits decides, even if a later class allows more.
    status = folder.stat()
    if status.st_uid == account.uid:
        return not status.st_mode & stat.S_IXUSR
    if status.st_gid == account.gid:
        return not status.st_mode & stat.S_IXGRP
    return not status.st_mode & stat.S_IXOTH


def _tail(log: Path, mark: int) -> str:
    try:
        with log.open("rb") as file:
            file.seek(mark)
            lines = file.read().decode(errors="replace").strip().splitlines()
    except FileNotFoundError:
        return "nothing"
    return " / ".join(lines[-_TAIL_LINES:]) or "nothing"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = _take(path, locks.EXCLUSIVE)
    try:
        yield
    finally:
        os.close(descriptor)


def _take(path: Path, kind: int) -> int:
    try:
        descriptor = locks.open_lock(path)
    except OSError as error:
        raise FileError(
            f"The lock file {path} cannot be opened: {error.strerror}. Expected a file of this "
            "account's own."
        ) from error
    if not locks.wait_lock(descriptor, kind, _LOCK_SECONDS):
        os.close(descriptor)
        raise ServerError(
            f"Another process has held {path} for {_LOCK_SECONDS:.0f} s, while starting or "
            "stopping the embedded Postgres. End that process and try again."
        )
    return descriptor
