"""The services of commands, runs and sensors: the border between the pure rooms and the world.

A command needs the ledger, the agreements and the clock (`LedgerServices`). A run needs the data
and the models too (`RunServices`). Sensors also notify people (`Services`). Tests hand in fakes;
`resources.opening` opens the real services.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.ledger.append import Decide
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.protocol import Ledger
from aipo_pipelines.policy.rules.engine import decide
from aipo_pipelines.resources.agreements import Agreements
from aipo_pipelines.resources.clock import Clock
from aipo_pipelines.resources.entry_log import log_entries
from aipo_pipelines.resources.lake.lake import Lake
from aipo_pipelines.resources.notifier import Notifier
from aipo_pipelines.resources.product_feeds import Feeds
from aipo_pipelines.resources.tracker.protocol import ModelTracker

Ask = Callable[[ProductState, datetime], Sequence[Draft]]
"""Makes drafts from a product's state and the time."""


@dataclass(frozen=True, kw_only=True)
class LedgerServices:
    """The ledger and the agreements by which it decides; a context manager that closes both.

    Attributes:
        agreements: Finds the agreement in force, by which everything here decides.
        dagster_url: Address of Dagster's database; empty if it has no database.
    """

    ledger: Ledger
    clock: Clock
    agreements: Agreements = field(default_factory=Agreements)
    dagster_url: str = field(default="", repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Returns the connections to the ledger."""
        self.ledger.close()

    def in_force(self, product: Product, state: ProductState | None = None) -> Product:
        """The agreement in force about a product; its files may say something different.

        Args:
            product: The product by its files, or by an agreement that may have been replaced.
            state: State of the product; None for the state in the ledger now.

        Raises:
            CharterError: The agreement was found nowhere, or cannot be read.
        """
        known = self.ledger.state(product.name) if state is None else state
        return self.agreements.in_force(self.ledger, product, known.charter)

    def record(self, product: Product, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Appends drafts together with everything that the rules in force make of them.

        Returns:
            The new entries, including those that rules added; empty if all keys were known.

        Raises:
            LedgerError: The ledger refused an entry.
        """
        # The rules decide in the same transaction: no reader sees an entry without its effects.
        entries = self.ledger.append(
            product.name,
            drafts,
            now=self.clock.now(),
            decide=self._rules(product),
            fold=apply,
        )
        # Logged after the commit: a refused entry must not be in the log.
        log_entries(entries)
        return entries

    def consider(self, product: Product, ask: Ask) -> tuple[Entry, ...]:
        """Appends what `ask` makes of a product's state; nothing is stored in between."""
        before: list[ProductState] = []

        def ask_and_keep(state: ProductState, now: datetime) -> Sequence[Draft]:
            """The drafts of `ask`; keeps the state for the log."""
            # Kept from inside the transaction: a state read outside it may be older.
            before[:] = [state]
            return ask(state, now)

        entries = self.ledger.consider(
            product.name,
            now=self.clock.now(),
            ask=ask_and_keep,
            decide=self._rules(product),
            fold=apply,
        )
        log_entries(entries, *before)
        return entries

    def read_up_to(self, source: str, event_id: int) -> None:
        """Remembers how far the event log of one Dagster database has been read."""
        self.ledger.append(
            "",
            (),
            now=self.clock.now(),
            decide=lambda _state, _entry, _now: (),
            fold=apply,
            position=(source, event_id),
        )

    def _rules(self, product: Product) -> Decide:
        # The agreement is looked up at each entry: one of these entries may replace it.
        def rules(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
            """Drafts that the rules make of an entry."""
            return decide(self.in_force(product, state).charter, state, entry, now)

        return rules


@dataclass(frozen=True, kw_only=True)
class RunServices(LedgerServices):
    """The services of a run: also the data and the models.

    Attributes:
        mlflow_url: Address at which people see MLflow's pages; empty if nothing serves them.
    """

    feeds: Feeds
    lake: Lake
    tracker: ModelTracker
    mlflow_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Services(RunServices):
    """The services of sensors: also the channels to people."""

    notifier: Notifier
