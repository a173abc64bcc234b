"""What a ledger can do, whatever keeps its entries.

`PostgresLedger` keeps them in Postgres, `InMemoryLedger` in the memory of a test or a simulation.
Both pass the same tests (`tests/integration/ledger`). Who decides, acts, reports or shows asks for
a `LedgerReader` or a `Ledger` and never for one of the two.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from aipo_pipelines.errors import LedgerError
from aipo_pipelines.ledger.append import Ask, Decide, Fold
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.integrity.fact_comparison import Comparison
from aipo_pipelines.ledger.integrity.verification import Verification
from aipo_pipelines.ledger.model.state import ProductState

PAGE = 2000
"""Entries read at once when the whole ledger is read."""


class LedgerReader(Protocol):
    """What can be asked of a ledger."""

    def state(
        self, product: str, *, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> ProductState:
        """State of one product, empty if nothing is known of it.

        Args:
            product: Name of the product.
            as_of: What was true then, as far as is known now (or was at `known_at`).
            known_at: What the ledger said then.

        Raises:
            LedgerError: A moment is given without a zone, or a fact cannot be read.
        """
        ...

    def states(self) -> dict[str, ProductState]:
        """Current state of every product, by name.

        Raises:
            LedgerError: A fact cannot be read.
        """
        ...

    def altered(self, products: Collection[str] | None = None) -> frozenset[str]:
        """Products whose stored facts, past ones included, were changed outside of the program.

        Args:
            products: Only of these; otherwise of all, the installation's own (empty text) too.
        """
        ...

    def compare(self, *, fold: Fold) -> Comparison:
        """Folds all entries again and compares every fact, past ones included, with the stored."""
        ...

    def products(self) -> tuple[str, ...]:
        """Names of the products with entries, in order."""
        ...

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
        ...

    def entry(self, index: int) -> Entry:
        """One entry.

        Raises:
            LedgerError: The ledger has no such entry.
        """
        ...

    def size(self) -> int:
        """Number of entries."""
        ...

    def known_keys(self, keys: Collection[str]) -> frozenset[str]:
        """Which of these idempotency keys were used before."""
        ...

    def position(self, identity: str) -> int:
        """Event id up to which a recorder has read; 0 before it began."""
        ...

    def verify(self) -> Verification:
        """Recomputes every hash from index 0 on.

        Raises:
            LedgerAlteredError: An entry was altered, removed or put in; the first one is named.
        """
        ...

    def close(self) -> None:
        """Gives back what the ledger holds of the machine; it stays usable."""
        ...


class Ledger(LedgerReader, Protocol):
    """What can be asked of a ledger and written into it."""

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
        ...

    def consider(
        self, product: str, *, now: datetime, ask: Ask, decide: Decide, fold: Fold
    ) -> tuple[Entry, ...]:
        """Asks what is due in the product's state and stores it, with what the rules add.

        Nothing else can be stored between the question and the answer. Drafts under used keys
        are dropped, so `ask` may answer the same on every tick.

        Raises:
            LedgerError: A draft cannot be stored, or the rules never come to rest.
        """
        ...

    def rebuild(self, *, fold: Fold) -> None:
        """Drops all facts and folds them again from the entries.

        Facts that came from an erased body do not come back.
        """
        ...

    def product_lock(self, product: str, *, wait: bool = True) -> AbstractContextManager[bool]:
        """Holds a product while batches of work are done for it; yields whether it is held.

        Re-entrant within a thread. It does not keep others from appending.

        Args:
            product: Name of the product.
            wait: Whether to wait; otherwise yields False at once if another holds it.
        """
        ...

    def run_lock(self, run_id: str) -> AbstractContextManager[bool]:
        """Held by the process of a run while it lives; freed when it dies."""
        ...

    def is_locked(self, run_id: str) -> bool:
        """Whether the process of a run lives."""
        ...

    def is_product_locked(self, product: str) -> bool:
        """Whether any process holds a product."""
        ...

    def product_held_since(self, product: str) -> datetime | None:
        """Since when another process holds a product, about; None if none does."""
        ...

    def show_launcher(self) -> None:
        """Shows, until this process ends, that it launches runs; to be called again and again."""
        ...

    def has_launcher(self) -> bool:
        """Whether any process that launches runs lives, on whatever machine."""
        ...


def refuse_naive(*moments: datetime | None) -> None:
    """Refuses moments without a time zone: what they mean depends on the machine.

    Raises:
        LedgerError: A moment has no zone.
    """
    if any(moment is not None and moment.tzinfo is None for moment in moments):
        raise LedgerError("a moment was given without a time zone; expected aware UTC")


def no_entry(index: int, size: int) -> LedgerError:
    """The error of an index that no entry has."""
    return LedgerError(f"the ledger has no entry {index}; expected an index from 0 to {size - 1}")
