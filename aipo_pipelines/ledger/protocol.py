"""The protocol of a ledger, independent of its storage.

`PostgresLedger` stores entries in Postgres, `InMemoryLedger` in the memory of a test or a
simulation. Both pass the same tests (`tests/integration/ledger`). Code that decides, acts or
reports takes a `LedgerReader` or a `Ledger`, and never one of the two classes.
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
"""Number of entries in one query when the whole ledger is read."""


class LedgerReader(Protocol):
    """The methods that read a ledger."""

    def state(
        self, product: str, *, as_of: datetime | None = None, known_at: datetime | None = None
    ) -> ProductState:
        """State of one product; empty if nothing is known about it.

        Args:
            product: Name of the product.
            as_of: Time at which the facts were true; None for now.
            known_at: Time at which the ledger contained them; None for now.

        Raises:
            LedgerError: A moment has no time zone, or a fact cannot be read.
        """
        ...

    def states(self) -> dict[str, ProductState]:
        """Current state of every product, by name.

        Raises:
            LedgerError: A fact cannot be read.
        """
        ...

    def altered(self, products: Collection[str] | None = None) -> frozenset[str]:
        """Products whose present or past facts were changed outside of the program.

        Args:
            products: Only these products; None for all, including the installation (empty text).
        """
        ...

    def compare(self, *, fold: Fold) -> Comparison:
        """Folds all entries again and compares all present and past facts with the stored facts."""
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
        """Entries that match all arguments, oldest first by default.

        Args:
            product: Only entries of this product; empty text for the installation itself.
            kinds: Only entries of these kinds.
            subject: Only entries with this subject. `incident/<number>` also finds the entry that
                opened the incident.
            after: Only entries with a larger index: for the next page if the oldest come first.
            before: Only entries with a smaller index: for the next page if the newest come first.
            limit: Maximum number of entries.
            newest_first: Whether the newest entries come first.
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
        """The idempotency keys among these that were used before."""
        ...

    def position(self, identity: str) -> int:
        """Event id up to which a recorder has read; 0 before its first event."""
        ...

    def verify(self) -> Verification:
        """Recomputes every hash from index 0 on.

        Raises:
            LedgerAlteredError: An entry was altered, removed or inserted; the message names it.
        """
        ...

    def close(self) -> None:
        """Closes connections and frees locks; the ledger stays usable."""
        ...


class Ledger(LedgerReader, Protocol):
    """The methods that read and write a ledger."""

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
        """Stores drafts of one product and the entries that rules add, or nothing.

        Args:
            product: Product of all drafts; empty for the whole installation.
            drafts: The drafts. A draft is dropped if its key was used before with the same content.
            now: Time of the caller's clock, aware UTC; the entries are recorded with it.
            decide: The rules, asked after each entry.
            fold: Makes the next state.
            position: How far a recorder has read (identity, event id), stored with the entries.

        Returns:
            The new entries in order, including the entries of rules.

        Raises:
            LedgerConflictError: A key was used before with other content.
            LedgerError: A draft cannot be stored, or the rules never come to rest.
        """
        ...

    def consider(
        self, product: str, *, now: datetime, ask: Ask, decide: Decide, fold: Fold
    ) -> tuple[Entry, ...]:
        """Stores the drafts that are due in the state of the product, and the entries of rules.

        No other entry can be stored between the question and the answer. Drafts under used keys
        are dropped, so `ask` may give the same answer on every tick.

        Raises:
            LedgerError: A draft cannot be stored, or the rules never come to rest.
        """
        ...

    def rebuild(self, *, fold: Fold) -> None:
        """Drops all facts and folds them again from the entries.

        Facts of an erased body do not return.
        """
        ...

    def product_lock(self, product: str, *, wait: bool = True) -> AbstractContextManager[bool]:
        """Locks a product while several steps are done for it; yields whether it is locked.

        The lock is re-entrant within a thread. Other processes can still append entries.

        Args:
            product: Name of the product.
            wait: Whether to wait for the lock; otherwise it yields False if the lock is taken.
        """
        ...

    def run_lock(self, run_id: str) -> AbstractContextManager[bool]:
        """The lock that the process of a run holds; the end of the process frees it."""
        ...

    def is_locked(self, run_id: str) -> bool:
        """Whether the process of a run is alive."""
        ...

    def is_product_locked(self, product: str) -> bool:
        """Whether any process has locked a product."""
        ...

    def product_held_since(self, product: str) -> datetime | None:
        """About when another process locked a product; None without such a lock."""
        ...

    def show_launcher(self) -> None:
        """Shows that this process launches runs, until it ends; it must be called repeatedly."""
        ...

    def has_launcher(self) -> bool:
        """Whether a process that launches runs is alive on any machine."""
        ...


def refuse_naive(*moments: datetime | None) -> None:
    """Refuses moments without a time zone: their meaning depends on the machine.

    Raises:
        LedgerError: A moment has no time zone.
    """
    if any(moment is not None and moment.tzinfo is None for moment in moments):
        raise LedgerError("a moment was given without a time zone; expected aware UTC")


def no_entry(index: int, size: int) -> LedgerError:
    """The error for an index that no entry has."""
    return LedgerError(f"the ledger has no entry {index}; expected an index from 0 to {size - 1}")
