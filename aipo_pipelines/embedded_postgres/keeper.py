"""The keeper: the small process that starts the embedded server and stops it when nobody is left.

Invariants, which together make every race harmless:

* A user of the server holds `users.lock` shared for as long as it lives (a kill releases it).
* One keeper lives per home; it holds `keeper.lock` exclusively. Only a keeper starts a server.
* It stops the server only while it holds `users.lock` exclusively: nobody uses the server then, and
  a newcomer waits at that lock until the server has gone.
* It gives up `keeper.lock` before `users.lock`: a newcomer that gets in and sees no keeper may rely
  on it and starts a new keeper.
* A server that dies under its users is started again. A keeper that dies leaves its server running;
  the next newcomer starts another keeper, which adopts it.

Standard library only: it must start fast and stay small.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from aipo_pipelines.embedded_postgres import locks, postmaster
from aipo_pipelines.embedded_postgres.layout import Layout

_TICK_SECONDS = 0.25
_POLL_SECONDS = 0.01
_STOP_SECONDS = 60.0
_LOCK_SECONDS = 2.0
_LARGE_LOG = 16 * 1024 * 1024
_ATTEMPTS = 20
_RETRY_SECONDS = 0.5
# Children of a killed server may hold its memory for a moment after it.
_PASSING = (b"pre-existing shared memory block", b'lock file "postmaster.pid" already exists')


@dataclass(frozen=True)
class Orders:
    """The orders of a keeper, which it gets on its command line.

    Attributes:
        folder: The embedded server's folder.
        program: The `postgres` program.
        socket: Folder of the socket.
        uid: User the server runs as; -1 for our own.
        gid: Group the server runs as; -1 for our own.
        idle_seconds: How long nobody must have used the server before it is stopped.
    """

    folder: Path
    program: Path
    socket: Path
    uid: int
    gid: int
    idle_seconds: float

    @classmethod
    def parse(cls, words: list[str]) -> Orders:
        """Orders from command-line words, in the order of the attributes."""
        folder, program, socket, uid, gid, idle = words
        return cls(Path(folder), Path(program), Path(socket), int(uid), int(gid), float(idle))

    def words(self) -> list[str]:
        """The command-line words that `parse` reads."""
        paths = [str(self.folder), str(self.program), str(self.socket)]
        return [*paths, str(self.uid), str(self.gid), str(self.idle_seconds)]


class Keeper:
    """Keeps one server while it has users."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._layout = Layout(orders.folder)
        self._users = locks.open_lock(self._layout.users_lock)
        self._child: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None
        self._stop_asked = False
        signal.signal(signal.SIGTERM, self._ask_stop)

    def run(self) -> None:
        """Starts or adopts the server and returns once it has been stopped."""
        if not self._start() or not self._keep():
            return
        if self._pid is not None:
            stop_server(self._pid, self._child)
        if self._orders.socket.parent != self._orders.folder:
            with contextlib.suppress(OSError):
                self._orders.socket.rmdir()

    def _keep(self) -> bool:
        """Keeps the server until it must be stopped (True) or cannot be kept running (False).

        If no user is left, it returns with the users' lock held: no newcomer comes between.
        """
        last_used, last_newcomer = time.monotonic(), self._newcomer()
        while not self._stop_asked:
            time.sleep(_TICK_SECONDS)
            if not self._home_is_there():
                return True
            alone = locks.try_lock(self._users, locks.EXCLUSIVE)
            newcomer = self._newcomer()
            if not alone or newcomer != last_newcomer:
                last_used, last_newcomer = time.monotonic(), newcomer
            elif time.monotonic() - last_used >= self._orders.idle_seconds:
                return True
            if alone:
                locks.unlock(self._users)
            # Only under its users: a server that nobody uses may stay dead.
            elif not self._serving() and not self._start():
                return False
        return True

    def _ask_stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stop_asked = True

    def _newcomer(self) -> int:
        """Changes with every user that comes, also if the user has left again since then."""
        return os.fstat(self._users).st_mtime_ns

    def _home_is_there(self) -> bool:
        # A folder that was moved or removed keeps the open lock alive: the path says whether this
        # keeper still serves anybody who looks for it there.
        try:
            return os.path.samestat(self._layout.users_lock.stat(), os.fstat(self._users))
        except FileNotFoundError:
            return False

    def _serving(self) -> bool:
        if self._child is not None:
            # A child that has ended must be collected, or it is taken for a live process.
            self._child.poll()
        server = postmaster.find(self._layout.data)
        if server is None:
            return False
        self._pid = server.pid
        return True

    def _start(self) -> bool:
        for _ in range(_ATTEMPTS):
            if not self._wait_while("stopping"):
                return True
            postmaster.forget_recycled(self._layout.data, self._orders.socket)
            mark = self._launch()
            if self._wait_until_ready():
                return True
            if not any(sign in self._output_since(mark) for sign in _PASSING):
                return False
            time.sleep(_RETRY_SECONDS)
        return False

    def _wait_while(self, status: str) -> bool:
        """Waits while the server has this status; says whether a server must be started."""
        while (server := postmaster.find(self._layout.data)) is not None:
            if server.status != status:
                self._pid = server.pid
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def _launch(self) -> int:
        """Starts the server without any shell and returns the offset of its output in the log."""
        log_path = self._layout.log
        # Between two servers only: a running server has the file open and would write on in it.
        if log_path.exists() and log_path.stat().st_size > _LARGE_LOG:
            log_path.replace(log_path.with_suffix(".log.1"))
        folder = '"' + str(self._orders.socket).replace('"', '""') + '"'
        switch = self._orders.uid >= 0
        # O_NOFOLLOW: a link planted as the log must not make root write into another file.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        log = os.open(log_path, flags, 0o600)
        try:
            mark = os.lseek(log, 0, os.SEEK_END)
            self._child = subprocess.Popen(
                [
                    self._orders.program,
                    *("-D", self._layout.data),
                    *("-c", "listen_addresses="),
                    *("-c", f"unix_socket_directories={folder}"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._layout.server,
                env={"LC_ALL": "C", "PATH": os.defpath},
                # Ctrl-C in the terminal of the first user must not stop the server of all others.
                start_new_session=True,
                user=self._orders.uid if switch else None,
                group=self._orders.gid if switch else None,
                extra_groups=[] if switch else None,
            )
        finally:
            os.close(log)
        self._pid = self._child.pid
        return mark

    def _wait_until_ready(self) -> bool:
        """Waits, through a long crash recovery too, until the child is ready or has ended."""
        while self._child is not None and self._child.poll() is None:
            server = postmaster.find(self._layout.data)
            if server is not None and server.status == "ready":
                return True
            if self._stop_asked or not self._home_is_there():
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def _output_since(self, mark: int) -> bytes:
        with self._layout.log.open("rb") as log:
            log.seek(mark)
            return log.read()


def stop_server(pid: int, child: subprocess.Popen[bytes] | None = None) -> None:
    """Ends a server: open transactions are rolled back; after a minute without tidying up.

    Args:
        pid: Its process id.
        child: Its handle if this process is its parent: only the handle shows that it has ended.
    """
    # SIGINT ends sessions and writes everything to disk; SIGQUIT leaves that to the next start.
    for sign in (signal.SIGINT, signal.SIGQUIT):
        deadline = time.monotonic() + _STOP_SECONDS
        try:
            os.kill(pid, sign)
            while time.monotonic() < deadline:
                if child is not None and child.poll() is not None:
                    return
                os.kill(pid, 0)
                time.sleep(_POLL_SECONDS)
        except ProcessLookupError:
            return


def ask_to_stop(layout: Layout) -> None:
    """Asks a living keeper to stop its server and end; does nothing if no keeper is known."""
    text = layout.keeper_lock.read_text().strip()
    # Without the lock the number is that of a dead keeper, or by now of a stranger's process.
    if text.isdigit() and locks.is_held(layout.keeper_lock):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(text), signal.SIGTERM)


def main(words: list[str]) -> int:
    """Becomes the keeper of a home in the background, unless it has one; returns the exit code."""
    orders = Orders.parse(words)
    lock = locks.open_lock(Layout(orders.folder).keeper_lock)
    # A process that asks whether a keeper lives holds this lock for an instant.
    if not locks.wait_lock(lock, locks.EXCLUSIVE, _LOCK_SECONDS):
        return 0
    # The lock lives on in the child, so the caller may rely on it once this process has ended.
    if os.fork() != 0:
        return 0
    os.setsid()
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    keeper = Keeper(orders)
    try:
        keeper.run()
    finally:
        os.close(lock)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
