"""Reading the ledger: states are look-ups in the projection, never scans of the history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import psycopg
from psycopg.rows import dict_row

from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.append import Fold
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.fold.facts import from_facts, settled
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.fold.projection import Fact, project
from aipo_pipelines.ledger.integrity.fact_comparison import Comparison, Difference, compare
from aipo_pipelines.ledger.integrity.verification import StoredEntry, Verification, verify
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.ledger.postgres.connections import Connections
from aipo_pipelines.ledger.postgres.rows import Row, entry_of, stored_entry_of
from aipo_pipelines.ledger.postgres.sql import QUERIES
from aipo_pipelines.ledger.protocol import PAGE, no_entry, refuse_naive

Version = tuple[int, int | None]
"""Generation of the projection and newest entry of a product: together they name a state."""


def fetch(
    connection: psycopg.Connection, name: str, parameters: Mapping[str, object] | None = None
) -> list[Row]:
    """Runs a named statement and returns its rows by column name."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return list(cursor.execute(QUERIES[name], parameters).fetchall())


class PostgresReader:
    """The questions to the ledger; `PostgresLedger` adds the writing.

    Every method raises DatabaseError if Postgres refuses or does not answer.
    """

    def __init__(self, url: str) -> None:
        self._connections = Connections(url)
        self._remembered: dict[str, tuple[Version, ProductState]] = {}

    def state(
        self, product: str, *, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> ProductState:
        """State of one product, empty if nothing is known about it.

        Args:
            product: Name of the product.
            as_of: What was true then, as far as is known now (or was at `known_at`).
            known_at: What the ledger said then.

        Raises:
            LedgerError: A moment is given without a zone, or a fact cannot be read.
        """
        refuse_naive(as_of, known_at)
        with self._connections.transaction() as connection:
            if as_of is None and known_at is None:
                head = fetch(connection, "head", {"product": product})[0]
                return self._current(connection, {product: _version(head)})[product]
            moments = {"product": product, "as_of": as_of, "known_at": known_at}
            past = from_facts(product, _facts(fetch(connection, "past_facts", moments)))
            altered = bool(fetch(connection, "altered", {"products": [product]}))
            return replace(past, altered=altered)

    def states(self) -> dict[str, ProductState]:
        """Current state of every product, by name; only what changed is read again.

        Raises:
            LedgerError: A fact cannot be read.
        """
        with self._connections.transaction() as connection:
            heads = fetch(connection, "heads")
            return self._current(connection, {row["product"]: _version(row) for row in heads})

    def altered(self, products: Collection[str] | None = None) -> frozenset[str]:
        """Products whose stored facts, past facts included, do not fit the sums kept of them.

        One query that reads no value; the next question about their states reads them again.

        Args:
            products: Only of these; otherwise of all, the installation's own (empty text) too.
        """
        parameters = {"products": None if products is None else list(products)}
        with self._connections.transaction() as connection:
            names = frozenset(row["product"] for row in fetch(connection, "altered", parameters))
        for name in names:
            self._remembered.pop(name, None)
        return names

    def compare(self, *, fold: Fold) -> Comparison:
        """Folds all entries again and compares every fact, also of the past, with its stored row.

        Memory is bounded by the facts of one product.
        """
        differences: list[Difference] = []
        facts = 0
        with self._connections.transaction() as connection:
            # Entries that are appended meanwhile would be facts that no entry explains.
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            newest = fetch(connection, "newest_entries")
            for row in newest:
                differences.extend(_newest_difference(row))
                stored = [Fact(**fact) for fact in fetch(connection, "all_facts", _of(row))]
                erased: list[int] = []
                entries = _noticing(_entries(connection, row["product"]), erased)
                expected = project(row["product"], entries, fold)
                differences.extend(compare(row["product"], expected, stored, erased=bool(erased)))
                facts += len(stored)
        return Comparison(facts=facts, products=len(newest), differences=tuple(differences))

    def products(self) -> tuple[str, ...]:
        """Names of the products with entries, in order."""
        with self._connections.transaction() as connection:
            return tuple(row["product"] for row in fetch(connection, "heads"))

    def entries(
        self,
        product: str | None = None,
        kinds: Collection[str] | None = None,
        subject: str | None = None,
        *,
        after: int | None = None,
        before: int | None = None,
        limit: int = 1000,
        newest_first: bool = False,
    ) -> list[Entry]:
        """Entries that fit all that is given, oldest first unless asked otherwise.

        Args:
            product: Only of this product; empty text means the installation's own.
            kinds: Only of these kinds.
            subject: Only about this; `incident/<number>` finds the entry that opened it too.
            after: Only with a larger index; pages on through an order of oldest first.
            before: Only with a smaller index; pages on through an order of newest first.
            limit: At most so many.
            newest_first: Order by falling index.
        """
        name = "entries_newest_first" if newest_first else "entries_oldest_first"
        parameters = {
            "product": product,
            "kinds": None if kinds is None else [str(kind) for kind in kinds],
            "subject": subject,
            "opening": Subject.parse(subject or "").opening,
            "after": after,
            "before": before,
            "limit": limit,
        }
        with self._connections.transaction() as connection:
            return [entry_of(row) for row in fetch(connection, name, parameters)]

    def entry(self, index: int) -> Entry:
        """One entry.

        Raises:
            LedgerError: The ledger has no such entry.
        """
        entries = self.entries(after=index - 1, before=index + 1)
        if not entries:
            raise no_entry(index, self.size())
        return entries[0]

    def size(self) -> int:
        """Number of entries."""
        with self._connections.transaction() as connection:
            size: int = fetch(connection, "size")[0]["size"]
        return size

    def known_keys(self, keys: Collection[str]) -> frozenset[str]:
        """Which of these idempotency keys were used before."""
        with self._connections.transaction() as connection:
            rows = fetch(connection, "known_keys", {"keys": list(keys)})
        return frozenset(row["key"] for row in rows)

    def position(self, identity: str) -> int:
        """Event id up to which a recorder has read; 0 before it began."""
        with self._connections.transaction() as connection:
            rows = fetch(connection, "position", {"identity": identity})
        return rows[0]["event_id"] if rows else 0

    def verify(self) -> Verification:
        """Recomputes every hash from index 0 on.

        Raises:
            LedgerAlteredError: An entry was altered, removed or put in; the first index is named.
        """
        with self._connections.transaction() as connection:
            # The size and all pages of one moment: an entry appended meanwhile is no forged entry.
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            size = fetch(connection, "size")[0]["size"]
            return verify(stored_entries(connection), size)

    def close(self) -> None:
        """Closes idle connections; the ledger stays usable."""
        self._connections.close()

    def _current(
        self, connection: psycopg.Connection, versions: Mapping[str, Version]
    ) -> dict[str, ProductState]:
        """Current states; those of products with a newer entry are read from the projection."""
        remembered = {name: self._remembered.get(name) for name in versions}
        # The version decides, not the age: a rebuild changes facts without a newer entry.
        fresh = {
            name: pair[1] for name, pair in remembered.items() if pair and pair[0] == versions[name]
        }
        stale = [name for name in versions if name not in fresh]
        for name, rows in _current_rows(connection, stale).items():
            fresh[name] = _state(connection, name, rows)
            self._remembered[name] = (versions[name], fresh[name])
        return {name: fresh[name] for name in versions}


def _current_rows(connection: psycopg.Connection, products: Sequence[str]) -> dict[str, list[Row]]:
    """The present facts of some products; without products nothing is queried."""
    rows: dict[str, list[Row]] = {name: [] for name in products}
    for row in fetch(connection, "current_facts", {"products": products}) if products else ():
        rows[row["product"]].append(row)
    return rows


def stored_entries(connection: psycopg.Connection) -> Iterator[StoredEntry]:
    """All entries from index 0 on as they lie in the tables, read in pages."""
    after = -1
    while rows := fetch(connection, "stored_entries", {"after": after, "limit": PAGE}):
        yield from map(stored_entry_of, rows)
        after = rows[-1]["index"]


def _state(connection: psycopg.Connection, product: str, rows: Sequence[Row]) -> ProductState:
    """A state from stored facts; from the entries if these facts do not fit their sum."""
    if all(row["intact"] for row in rows):
        return from_facts(product, _facts(row for row in rows if row["kind"] is not None))
    state = ProductState(product=product)
    for entry in _entries(connection, product):
        state = settled(apply(state, entry))
    return replace(state, altered=True)


def _entries(connection: psycopg.Connection, product: str) -> Iterator[Entry]:
    """All entries of one product, oldest first, read in pages."""
    nothing = {"kinds": None, "subject": None, "opening": None, "before": None}
    after = -1
    while rows := fetch(
        connection,
        "entries_oldest_first",
        {**nothing, "product": product, "after": after, "limit": PAGE},
    ):
        yield from map(entry_of, rows)
        after = rows[-1]["index"]


def _noticing(entries: Iterable[Entry], erased: list[int]) -> Iterator[Entry]:
    for entry in entries:
        if not entry.body:
            erased.append(entry.index)
        yield entry


def _of(row: Row) -> dict[str, object]:
    return {"product": row["product"]}


def _newest_difference(row: Row) -> Iterator[Difference]:
    stored, noted = row["stored"], row["noted"]
    if stored != noted:
        text = f"expected {_index(stored)}, found {_index(noted)}"
        yield Difference(product=row["product"], kind="newest entry", key="", text=text)


def _index(index: int | None) -> str:
    return "none" if index is None else str(index)


def _version(row: Row) -> Version:
    return row["generation"], row["entry"]


def _facts(rows: Iterable[Row]) -> Iterable[tuple[str, str, Json]]:
    return ((row["kind"], row["key"], row["value"]) for row in rows)
