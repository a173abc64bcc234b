"""The ledger in Postgres: appends in one transaction, reads as look-ups.

An append waits for its turn, reads the product's state and settles its drafts with the rules in
memory (`aipo_pipelines.ledger.append`). It stores the entries and the facts they changed, commits,
and returns when everything is on disk. A failure on the way leaves nothing behind.
States are remembered between calls and used again while the product has no newer entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

import psycopg

from aipo_pipelines.ledger.append import Ask, Decide, Fold, Head, Settlement, Stored
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.fold.facts import Change, changes, settled
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.postgres.locks import Locks, lock_number
from aipo_pipelines.ledger.postgres.reader import PostgresReader, fetch
from aipo_pipelines.ledger.postgres.rows import append_parameters, entry_of, project_parameters
from aipo_pipelines.ledger.postgres.sql import QUERIES
from aipo_pipelines.ledger.protocol import PAGE

_LAUNCHER = "launcher"


class PostgresLedger(PostgresReader):
    """The append-only ledger; one object serves all threads of a process.

    Args:
        url: libpq address of the ledger's database, as role `aipo`.

    Raises:
        DatabaseError: The address cannot be read. Every method also raises it when Postgres
            refuses or does not answer; trying again is always safe.
    """

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._locks = Locks(self._connections)

    def __repr__(self) -> str:
        return f"PostgresLedger({self._connections.name})"

    def append(
        self,
        product: str,
        drafts: Sequence[Draft],
        *,
        now: datetime,
        decide: Decide,
        fold: Fold,
        position: tuple[str, int] | None = None,
    ) -> tuple[Entry, ...]:
        """Stores drafts of one product and everything the rules add, or nothing.

        Args:
            product: Product of all drafts; empty for the whole installation.
            drafts: Those whose key was used before with the same content are dropped.
            now: The caller's clock, aware UTC; when the entries are recorded.
            decide: The rules, asked after each entry.
            fold: Makes the next state.
            position: How far a recorder has read (identity, event id), kept with the entries.

        Returns:
            The new entries in order, those of the rules included.

        Raises:
            LedgerConflictError: A key was used before with other content.
            LedgerError: A draft cannot be stored, or the rules never come to rest.
        """

        def settle(settlement: Settlement) -> None:
            """Settles the drafts that the caller gave."""
            settlement.settle(drafts, decide=decide, fold=fold)

        return self._write(product, settle, now, position)

    def consider(
        self, product: str, *, now: datetime, ask: Ask, decide: Decide, fold: Fold
    ) -> tuple[Entry, ...]:
        """Asks what is due in the product's state and stores it, with the entries of the rules.

        No other entry can be stored between the question and the answer. Drafts under used keys
        are dropped, so `ask` may answer the same on every tick.

        Raises:
            LedgerError: A draft cannot be stored, or the rules never come to rest.
        """

        def settle(settlement: Settlement) -> None:
            """Settles the drafts that are due in the state of this transaction."""
            due = ask(settlement.state, now)
            settlement.settle_due(due, decide=decide, fold=fold)

        return self._write(product, settle, now, None)

    def rebuild(self, *, fold: Fold) -> None:
        """Drops all facts and folds them again from the entries, in one transaction.

        Facts that came from an erased body do not come back.
        """
        with self._connections.transaction() as connection:
            refold(connection, fold=fold)

    def product_lock(self, product: str, *, wait: bool = True) -> AbstractContextManager[bool]:
        """Holds a product while batches of work are done for it; yields whether it is held.

        Re-entrant within a thread. It does not keep others from appending.

        Args:
            product: Name of the product.
            wait: Whether to wait; otherwise yields False at once if another process holds it.
        """
        return self._locks.hold(f"product:{product}", wait=wait)

    def run_lock(self, run_id: str) -> AbstractContextManager[bool]:
        """Held by the process of a run while it lives; freed by Postgres when it dies."""
        return self._locks.hold(f"run:{run_id}", wait=True)

    def is_locked(self, run_id: str) -> bool:
        """Whether the process of a run lives."""
        return self._locks.is_held(f"run:{run_id}")

    def is_product_locked(self, product: str) -> bool:
        """Whether anybody holds a product."""
        return self._locks.is_held(f"product:{product}")

    def product_held_since(self, product: str) -> datetime | None:
        """Since when another process holds a product, about; None if nobody does."""
        return self._locks.held_since(f"product:{product}")

    def show_launcher(self) -> None:
        """Shows, until this process ends, that it launches runs; to be called again and again."""
        self._locks.keep(_LAUNCHER)

    def has_launcher(self) -> bool:
        """Whether any process that launches runs lives, on any machine."""
        return self._locks.is_held(_LAUNCHER)

    def close(self) -> None:
        """Closes idle connections and is no launcher any more; the ledger stays usable."""
        self._locks.close()
        super().close()

    def _write(
        self,
        product: str,
        settle: Callable[[Settlement], None],
        now: datetime,
        position: tuple[str, int] | None,
    ) -> tuple[Entry, ...]:
        with self._connections.transaction() as connection:
            generation, newest, head = _begin(connection, product)
            states = self._current(connection, {product: (generation, newest)})
            settlement = Settlement(
                product=product,
                state=states[product],
                head=head,
                now=now,
                lookup=lambda keys: _used_keys(connection, keys),
            )
            settle(settlement)
            self._store(connection, settlement, position)
        # After the commit only: a state that was rolled back must not be remembered.
        if settlement.sealed:
            newest = settlement.head.size - 1
            self._remembered[product] = ((generation, newest), settlement.state)
        return settlement.entries

    def _store(
        self,
        connection: psycopg.Connection,
        settlement: Settlement,
        position: tuple[str, int] | None,
    ) -> None:
        """Sends everything that was settled; the database checks the hashes again."""
        product = settlement.product
        # One round trip instead of three, while all other writers wait for this transaction.
        with connection.pipeline():
            if settlement.sealed:
                parameters = append_parameters(product, settlement.sealed)
                connection.execute(QUERIES["append"], parameters)
            if settlement.changed:
                _project(connection, product, settlement.changed)
            if position is not None:
                identity, event_id = position
                read_up_to = {"identity": identity, "event_id": event_id}
                connection.execute(QUERIES["set_position"], read_up_to)


def refold(connection: psycopg.Connection, *, fold: Fold) -> None:
    """Drops all facts and folds them again, within the transaction of this connection.

    Args:
        connection: As the application or as the owner of the ledger.
        fold: Makes the next state.
    """
    # The turn in the whole ledger: no entry is appended between the pages.
    _begin(connection, "")
    connection.execute(QUERIES["clear_facts"])
    states: dict[str, ProductState] = {}
    after = -1
    while page := _page(connection, after):
        changed: dict[str, list[Change]] = {}
        for entry in page:
            old = states.get(entry.product) or ProductState(product=entry.product)
            new = settled(fold(old, entry))
            changed.setdefault(entry.product, []).extend(changes(old, new, entry.index))
            states[entry.product] = new
        for product, of_product in changed.items():
            _project(connection, product, of_product)
        after = page[-1].index
    connection.execute(QUERIES["facts_folded"])


def _begin(connection: psycopg.Connection, product: str) -> tuple[int, int | None, Head]:
    lock = lock_number(f"append:{product}")
    row = fetch(connection, "begin", {"lock": lock, "product": product})[0]
    head = Head(size=row["size"], recorded_at=row["recorded_at"])
    return row["generation"], row["entry"], head


def _project(connection: psycopg.Connection, product: str, changed: Sequence[Change]) -> None:
    connection.execute(QUERIES["project"], project_parameters(product, changed))


def _page(connection: psycopg.Connection, after: int) -> list[Entry]:
    nothing = {"product": None, "kinds": None, "subject": None, "opening": None, "before": None}
    parameters = {**nothing, "after": after, "limit": PAGE}
    return [entry_of(row) for row in fetch(connection, "entries_oldest_first", parameters)]


def _used_keys(connection: psycopg.Connection, keys: Sequence[str]) -> Mapping[str, Stored]:
    rows = fetch(connection, "used_keys", {"keys": list(keys)}) if keys else []
    return {
        row["key"]: Stored(
            product=row["product"], kind=row["kind"], subject=row["subject"], body=row["body"]
        )
        for row in rows
    }
