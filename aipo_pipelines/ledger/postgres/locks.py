"""Locks that live as long as the process that holds them: Postgres session advisory locks.

Each lock is held on a connection of its own, so Postgres frees it when the holder's process dies,
however it dies. Within one thread a lock is re-entrant: `aipo run` holds a product and evaluates
sensors that ask for the same product.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from hashlib import sha256

import psycopg

from aipo_pipelines.ledger.postgres.connections import Connections
from aipo_pipelines.ledger.postgres.sql import QUERIES


def lock_number(name: str) -> int:
    """The 64-bit number of a named lock, the same in every process and version."""
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big", signed=True)


class Locks:
    """Named locks of one database."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._mine = threading.local()
        self._permanent: dict[str, tuple[psycopg.Connection, ExitStack]] = {}
        self._keeping = threading.Lock()

    @contextmanager
    def hold(self, name: str, *, wait: bool) -> Iterator[bool]:
        """Holds a lock; yields False, at once, if it is taken and `wait` is False.

        Raises:
            DatabaseError: Postgres went away.
        """
        # A second connection of the same thread would wait for the first without an end.
        held = self._held()
        if held[name]:
            held[name] += 1
            try:
                yield True
            finally:
                held[name] -= 1
            return
        parameters = {"lock": lock_number(name)}
        with self._connections.session() as connection:
            if wait:
                connection.execute(QUERIES["lock"], parameters)
            else:
                # Asking first and locking afterwards would let another process in between.
                row = connection.execute(QUERIES["try_lock"], parameters).fetchone()
                if not (row and row[0]):
                    yield False
                    return
            held[name] += 1
            try:
                yield True
            finally:
                held[name] -= 1
                # Closing frees the lock too, but a moment later; a session that is gone has
                # freed it already.
                with suppress(psycopg.OperationalError):
                    connection.execute(QUERIES["unlock"], parameters)

    def keep(self, name: str) -> None:
        """Holds a lock, together with others who keep it, until this process ends.

        Called again, it looks whether the lock survived and takes it again if not.

        Raises:
            DatabaseError: Postgres went away.
        """
        with self._keeping:
            if name in self._permanent:
                connection, stack = self._permanent[name]
                # Only a statement shows that the server, and with it the lock, is gone.
                try:
                    connection.execute("SELECT 1")
                except psycopg.OperationalError:
                    del self._permanent[name]
                    stack.close()
                else:
                    return
            with ExitStack() as stack:
                connection = stack.enter_context(self._connections.session())
                connection.execute(QUERIES["lock_shared"], {"lock": lock_number(name)})
                self._permanent[name] = (connection, stack.pop_all())

    def close(self) -> None:
        """Gives up the locks that are kept."""
        with self._keeping:
            while self._permanent:
                _, (_, stack) = self._permanent.popitem()
                stack.close()

    def is_held(self, name: str) -> bool:
        """Whether any process holds the lock; asking does not take it.

        Raises:
            DatabaseError: Postgres did not answer.
        """
        with self._connections.transaction() as connection:
            row = connection.execute(QUERIES["is_locked"], {"lock": lock_number(name)}).fetchone()
        return bool(row and row[0])

    def held_since(self, name: str) -> datetime | None:
        """Since when another process holds the lock, about; None if nobody does.

        Raises:
            DatabaseError: Postgres did not answer.
        """
        # Each lock has a connection of its own, made to take it.
        with self._connections.transaction() as connection:
            row = connection.execute(QUERIES["holder"], {"lock": lock_number(name)}).fetchone()
        return row[0] if row else None

    def _held(self) -> Counter[str]:
        # A thread that did not make this object finds its own storage empty.
        if not hasattr(self._mine, "held"):
            self._mine.held = Counter()
        held: Counter[str] = self._mine.held
        return held
