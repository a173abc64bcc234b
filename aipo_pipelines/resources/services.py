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
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

from aipo_pipelines.charter.product import Product
from aipo_pipelines.ledger.entry import Draft, Entry
from aipo_pipelines.ledger.fold import apply
from aipo_pipelines.ledger.state import ProductState
from aipo_pipelines.ledger.store import Ledger
from aipo_pipelines.policy.decide import decide
from aipo_pipelines.policy.feed import on_look
from aipo_pipelines.policy.registry import Registered, on_registry
from aipo_pipelines.policy.tick import on_tick
from aipo_pipelines.policy.traces import on_missing_runs
from aipo_pipelines.resources.clock import Clock
from aipo_pipelines.resources.feeds import Feed, open_feed
from aipo_pipelines.resources.feeds.environment import expand
from aipo_pipelines.resources.feeds.remembered import Remembered, mark_of
from aipo_pipelines.resources.home import resolve_home
from aipo_pipelines.resources.lake import Lake, safe_segment
from aipo_pipelines.resources.memory import use_one_allocator
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
    _open: dict[tuple[str, str, str], Feed] = field(default_factory=dict)
    _looked: dict[str, Mark] = field(default_factory=dict)

    def of(self, product: Product) -> Feed:
        """The feed of a product, as its charter and contract say now.

        Raises:
            SourceError: A location names an environment variable that is not set.
        """
        identity = (product.name, product.digest, product.contract.digest)
        if identity not in self._open:
            self._open[identity] = open_feed(
                product,
                environ=self.environ,
                settle_seconds=self.settle_seconds,
                remembered=self._remembered(product),
            )
        return self._open[identity]

    def _remembered(self, product: Product) -> Remembered | None:
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
            *(expand(location, self.environ) for location in locations),
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
    """

    ledger: Ledger
    feeds: Feeds
    lake: Lake
    tracker: ModelTracker
    clock: Clock
    notifier: Notifier
    mlflow_url: str = ""

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

    def record(
        self,
        product: Product,
        drafts: Sequence[Draft],
    ) -> tuple[Entry, ...]:
        """Appends drafts together with everything the charter's rules make of them.

        Returns:
            The new entries, caused ones included; none where all keys were known.

        Raises:
            LedgerError: The ledger refused an entry.
        """
        return self.ledger.append(
            product.name,
            drafts,
            now=self.clock.now(),
            decide=partial(decide, product.charter),
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
        return self.consider(product, partial(on_tick, product.charter))

    def look_told(self, product: Product, problems: Sequence[str]) -> tuple[Entry, ...]:
        """Records what a look at a product's feed leads to: an incident, or its end."""

        def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
            return on_look(product.charter, state, problems, now)

        return self.consider(product, ask)

    def runs_missed(self, product: Product, missing: Collection[str]) -> tuple[Entry, ...]:
        """Records what deleted runs lead to: an incident, or its end."""

        def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
            return on_missing_runs(product.charter, state, missing, now)

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
            decide=partial(decide, product.charter),
            fold=apply,
        )


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
    return Services(
        ledger=Ledger(databases.ledger_url),
        feeds=Feeds(environ={**variables, "AIPO_HOME": str(home.path)}, folder=home.feeds),
        lake=Lake(lake_root),
        tracker=Tracker(databases.mlflow_url, f"{lake_root}/mlflow"),
        clock=clock,
        notifier=AppriseNotifier.of(variables),
        mlflow_url=variables.get("AIPO_MLFLOW_URL", ""),
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
