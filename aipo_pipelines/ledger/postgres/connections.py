"""Connections to the ledger's database: kept for reuse, replaced when stale, safe after a fork.

All connections commit by themselves outside `transaction`, wait until a commit is on disk, use
UTC, and look names up in the catalogue and the public schema alone. Errors of psycopg leave this
module as `DatabaseError`; no message holds the password.
"""

from __future__ import annotations

import os
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg
from psycopg import conninfo

from aipo_pipelines.errors import DatabaseError, DatabaseRefusedError

_MOST_IDLE = 4
_SETTINGS = (
    "-c synchronous_commit=on -c timezone=UTC -c default_transaction_isolation=read\\ committed "
    "-c search_path=public,pg_temp"
)


class Connections:
    """Connections of one process to one database, handed out one per use."""

    def __init__(self, url: str) -> None:
        try:
            self._parameters = conninfo.conninfo_to_dict(url)
        except psycopg.Error:
            # The library quotes the part it could not read, which may be the password.
            raise DatabaseError(
                "the address of the ledger's database cannot be read, expected "
                "postgresql://user:password@host:port/database with special characters "
                "percent-encoded"
            ) from None
        self._keep_none()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"

    @property
    def name(self) -> str:
        """Database and host, without user and password."""
        parameters = self._parameters
        return f"{parameters.get('dbname', '')} at {parameters.get('host', 'the default host')}"

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection]:
        """One transaction, committed at the end and rolled back on any error.

        A kept connection may have gone stale; that shows when the transaction begins, before
        anything was sent, and a new one takes its place.

        Raises:
            DatabaseError: Postgres refused or went away.
        """
        with _translated(self.name), ExitStack() as stack:
            connection = stack.enter_context(self._lent())
            try:
                stack.enter_context(connection.transaction())
            except psycopg.OperationalError:
                # Nothing was sent yet, so beginning again repeats nothing. The other idle
                # connections are as old and lead to the same server that has gone.
                connection.close()
                self.close()
                connection = stack.enter_context(self._lent())
                stack.enter_context(connection.transaction())
            yield connection

    @contextmanager
    def session(self) -> Iterator[psycopg.Connection]:
        """A connection of its own, closed at the end: session locks end with it.

        Raises:
            DatabaseError: Postgres refused or went away.
        """
        with _translated(self.name), self._connect() as connection:
            yield connection

    def close(self) -> None:
        """Closes the connections that are not in use."""
        _close_all(self._idle, self._pid)

    @contextmanager
    def _lent(self) -> Iterator[psycopg.Connection]:
        connection = self._take()
        try:
            yield connection
        finally:
            # A connection that is still in a transaction would hand its locks to the next user.
            idle = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
            if idle and len(self._idle) < _MOST_IDLE:
                self._idle.append(connection)
            else:
                connection.close()

    def _take(self) -> psycopg.Connection:
        # In a forked child these connections belong to the parent.
        if self._pid != os.getpid():
            self._closing.detach()
            self._keep_none()
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def _keep_none(self) -> None:
        self._pid = os.getpid()
        self._idle: deque[psycopg.Connection] = deque(maxlen=_MOST_IDLE)
        self._closing = weakref.finalize(self, _close_all, self._idle, self._pid)

    def _connect(self) -> psycopg.Connection:
        # Last, so that no setting of the address or of the role replaces these.
        options = f"{self._parameters.get('options') or ''} {_SETTINGS}".strip()
        defaults: dict[str, str | int | None] = {"connect_timeout": 10, "application_name": "aipo"}
        parameters = {**defaults, **self._parameters, "options": options}
        return psycopg.connect(conninfo.make_conninfo("", **parameters), autocommit=True)


def _close_all(idle: deque[psycopg.Connection], pid: int) -> None:
    # After a fork the parent still uses these sockets: the child must not even close them.
    while idle and pid == os.getpid():
        idle.pop().close()


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    # Before OperationalError, its base class: trying again would be refused again.
    except psycopg.errors.ProgramLimitExceeded as error:
        raise DatabaseRefusedError(
            f"the ledger's database ({name}) refused: {error.diag.message_primary}. A stored "
            "text, for example a name, is longer than Postgres takes."
        ) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise DatabaseError(
            f"the ledger's database ({name}) did not answer: {error}. Is Postgres running and "
            "reachable? Trying again is safe: what was stored is not stored twice."
        ) from error
    except psycopg.Error as error:
        raise DatabaseRefusedError(
            f"the ledger's database ({name}) refused: {error.diag.message_primary or error}. "
            "Was it set up, and is the role the application's?"
        ) from error
