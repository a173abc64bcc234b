"""Everything a run or a sensor talks to, opened once per process and handed in.

`Services` is the one seam between the pure rooms and the world: tests hand in fakes, Dagster hands
in what `open_services` makes from the environment.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.reading.allowed import Allowed
from aipo_pipelines.ledger.append import Decide
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.postgres.store import Ledger
from aipo_pipelines.policy.rules.altered_facts import on_altered_facts
from aipo_pipelines.policy.rules.deleted_run import on_missing_runs
from aipo_pipelines.policy.rules.engine import decide
from aipo_pipelines.policy.rules.passage_of_time import on_tick
from aipo_pipelines.policy.rules.registry import Registered, on_registry
from aipo_pipelines.policy.rules.unreadable_feed import on_look
from aipo_pipelines.resources.agreements import Agreements
from aipo_pipelines.resources.allocator import use_one_allocator
from aipo_pipelines.resources.clock import Clock
from aipo_pipelines.resources.feeds import Feed, open_feed
from aipo_pipelines.resources.feeds.environment import expand
from aipo_pipelines.resources.feeds.remembered import Remembered, mark_of
from aipo_pipelines.resources.home import resolve_home
from aipo_pipelines.resources.installation import allowed_here
from aipo_pipelines.resources.lake.lake import Lake, safe_segment
from aipo_pipelines.resources.notifier import AppriseNotifier, Notifier
from aipo_pipelines.resources.postgres.databases import resolve_databases
from aipo_pipelines.resources.postgres.initialise import initialise
from aipo_pipelines.resources.stored_clock import home_clock
from aipo_pipelines.resources.tracker.mlflow_tracker import Tracker
from aipo_pipelines.resources.tracker.protocol import ModelTracker

Mark = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class Feeds:
    """The feeds of all products; each stays open, so an unchanged source is not read again.

    Attributes:
        environ: Where `${NAME}` in locations is looked up.
        folder: Where what reading told is kept for later processes; None keeps nothing.
        settle_seconds: Age below which a file counts as still being written.
    """

    environ: Mapping[str, str]
    folder: Path | None = None
    settle_seconds: float = 1.0
    _open: dict[tuple[str, str, str, Allowed], Feed] = field(default_factory=dict)
    _looked: dict[str, Mark] = field(default_factory=dict)

    @property
    def allowed(self) -> Allowed:
        """What the installation lends to charters, as it is listed now.

        Raises:
            HomeError: The list cannot be read.
        """
        return allowed_here(self.environ)

    def of(self, product: Product) -> Feed:
        """The feed of a product, as its charter and contract say now.

        Raises:
            SourceError: A location names an environment variable that is not set or not lent, or
                leads where no charter may read.
            HomeError: The list of what is lent cannot be read.
        """
        allowed = self.allowed
        identity = (product.name, product.digest, product.contract.digest, allowed)
        if identity not in self._open:
            self._open[identity] = open_feed(
                product,
                environ=self.environ,
                allowed=allowed,
                settle_seconds=self.settle_seconds,
                remembered=self._remembered(product, allowed),
            )
        return self._open[identity]

    def _remembered(self, product: Product, allowed: Allowed) -> Remembered | None:
        if self.folder is None:
            return None
        labels = product.charter.labels
        sources = (product.charter.feed, labels and labels.source)
        locations = [product.charter.sources[name].location for name in sources if name]
        rests_on = (
            version("aipo-pipelines"),
            product.digest,
            product.contract.digest,
            str(product.folder),
            *(expand(location, self.environ, allowed) for location in locations),
        )
        path = self.folder / f"{safe_segment(product.name)}.json"
        return Remembered.at(path, mark_of("\n".join(rests_on)))

    def changed(self, product: Product, now: datetime) -> bool:
        """Whether another look at a feed may find something: cheap, reads no content."""
        return self._looked.get(product.name) != self.mark(product, now)

    def looked(self, product: Product, mark: Mark) -> None:
        """Remembers that a feed was taken in as it was when it had that mark."""
        self._looked[product.name] = mark

    def mark(self, product: Product, now: datetime) -> Mark:
        """Changes whenever another look may find something else."""
        return product.digest, product.contract.digest, self.of(product).fingerprint(now)


@dataclass(frozen=True, kw_only=True)
class Services:
    """What the pipelines talk to; a context manager that closes the ledger.

    Attributes:
        mlflow_url: Where people see MLflow's pages; empty where nothing serves them.
        agreements: Finds the agreement in force, by which everything here decides.
        dagster_url: Address of Dagster's database; empty if there is none.
    """

    ledger: Ledger
    feeds: Feeds
    lake: Lake
    tracker: ModelTracker
    clock: Clock
    notifier: Notifier
    mlflow_url: str = ""
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
        """Gives back connections."""
        self.ledger.close()

    def in_force(self, product: Product, state: ProductState | None = None) -> Product:
        """The agreement in force about a product, whichever one is at hand.

        Args:
            product: What is at hand: files, or an agreement that may have been replaced since.
            state: State of the product; what the ledger says now where None.

        Raises:
            CharterError: It can be found nowhere, or not be read.
        """
        known = self.ledger.state(product.name) if state is None else state
        return self.agreements.in_force(self.ledger, product, known.charter)

    def record(
        self,
        product: Product,
        drafts: Sequence[Draft],
    ) -> tuple[Entry, ...]:
        """Appends drafts together with everything that the rules in force make of them.

        Returns:
            The new entries, caused ones included; none where all keys were known.

        Raises:
            LedgerError: The ledger refused an entry.
        """
        return self.ledger.append(
            product.name,
            drafts,
            now=self.clock.now(),
            decide=self._rules(product),
            fold=apply,
        )

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

    def tick(self, product: Product) -> tuple[Entry, ...]:
        """Lets time pass: appends what has become due by now."""

        def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
            return on_tick(self.in_force(product, state).charter, state, now)

        return self.consider(product, ask)

    def look_told(self, product: Product, problems: Sequence[str]) -> tuple[Entry, ...]:
        """Records what a look at a product's feed leads to: an incident, or its end."""

        def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
            return on_look(self.in_force(product, state).charter, state, problems, now)

        return self.consider(product, ask)

    def runs_missed(self, product: Product, missing: Collection[str]) -> tuple[Entry, ...]:
        """Records what deleted runs lead to: an incident, or its end."""

        def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
            return on_missing_runs(self.in_force(product, state).charter, state, missing, now)

        return self.consider(product, ask)

    def facts_altered(self, product: Product) -> tuple[Entry, ...]:
        """Records what it leads to that stored facts of a product were altered: an incident."""

        def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
            return on_altered_facts(self.in_force(product, state).charter, state, now)

        return self.consider(product, ask)

    def registry_seen(self, product: Product, found: Registered) -> tuple[Entry, ...]:
        """Records what the model registry leads to: an incident, or its end."""

        def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
            return on_registry(product.charter, state, found, now)

        return self.consider(product, ask)

    def consider(
        self, product: Product, ask: Callable[[ProductState, datetime], Sequence[Draft]]
    ) -> tuple[Entry, ...]:
        """Appends what `ask` makes of a product's state; nothing is stored in between."""
        return self.ledger.consider(
            product.name,
            now=self.clock.now(),
            ask=ask,
            decide=self._rules(product),
            fold=apply,
        )

    def _rules(self, product: Product) -> Decide:
        """The rules of the agreement in force when they are asked, which may change in between."""

        def rules(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
            return decide(self.in_force(product, state).charter, state, entry, now)

        return rules


def open_services(environ: Mapping[str, str] | None = None) -> Services:
    """Opens ledger, feeds, lake, tracker, clock and notifier as the environment says.

    Starts the embedded Postgres and initialises the databases where that is still to be done.

    Raises:
        HomeError: The home folder cannot be used.
        UsageError: The home is a simulated one and the ledger is elsewhere.
        DatabaseError: Postgres cannot be reached, started or set up.
    """
    use_one_allocator()
    variables = os.environ if environ is None else environ
    home = resolve_home(variables).create()
    clock = home_clock(home.clock, is_ledger_here=not variables.get("AIPO_DATABASE_URL"))
    databases = resolve_databases(variables, home)
    initialise(databases)
    lake_root = variables.get("AIPO_LAKE") or str(home.lake)
    environment = {**variables, "AIPO_HOME": str(home.path)}
    return Services(
        ledger=Ledger(databases.ledger_url),
        feeds=Feeds(environ=environment, folder=home.feeds),
        lake=Lake(lake_root),
        tracker=Tracker(databases.mlflow_url, f"{lake_root}/mlflow"),
        clock=clock,
        notifier=AppriseNotifier.of(variables),
        mlflow_url=variables.get("AIPO_MLFLOW_URL", ""),
        agreements=Agreements(home.agreements, allowed_here(environment), settle_seconds=1.0),
        dagster_url=databases.dagster_url,
    )


_opening = threading.Lock()
_shared: list[Services] = []


def shared_services() -> Services:
    """The services of this process, opened once: Dagster asks for its resources at every tick.

    Raises:
        HomeError: As `open_services`.
        DatabaseError: As `open_services`.
    """
    with _opening:
        if not _shared:
            _shared.append(open_services())
        return _shared[0]
