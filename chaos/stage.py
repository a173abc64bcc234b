"""The home of one round, with two products and readers of the results."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from aipo_pipelines.ledger.events.actions import ActionStarted
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.releases import ChampionReleased
from aipo_pipelines.ledger.fold.actions import MAX_ATTEMPTS
from aipo_pipelines.ledger.model.state import ActionStatus, ProductState
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from aipo_pipelines.resources.databases.addresses import Databases, resolve_databases
from aipo_pipelines.resources.databases.embedded import release_server, stop_server
from aipo_pipelines.resources.databases.initialise import initialise
from aipo_pipelines.resources.home import Home
from tests.acceptance.forked import Forked
from tests.acceptance.place import DATA_ONLY, SECONDS, Place, batch
from tests.acceptance.services import processes_of
from tests.samples import write_product

MODEL, DATA = "churn", "stock"
PRODUCTS: dict[str, dict[str, Any]] = {MODEL: {}, DATA: DATA_ONLY}
"""Products by name, with changes of the sample's charter: with a model and without a model."""

AT_FIRST = ("b0", "b1")
LATER = ("b2", "b3")
"""Batches that are in the feeds before anything starts, and those dropped while it works."""

_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Stage(Place):
    """A place with several products."""

    def data_of(self, product: str) -> Path:
        """Where a product's batches are delivered."""
        return self.folder / "products" / product / "data"

    def drop(self, product: str, name: str) -> None:
        """Puts a batch into a feed, whole at once; the same name gives the same records."""
        staging = self.folder / f"{product}-{name}.part"
        batch(int(name[1:])).to_csv(staging, index=False)
        staging.rename(self.data_of(product) / f"{name}.csv")

    def drop_all(self) -> None:
        """Delivers every batch that is not there yet."""
        for product in PRODUCTS:
            for name in (*AT_FIRST, *LATER):
                if not (self.data_of(product) / f"{name}.csv").exists():
                    self.drop(product, name)

    def begin(self, *words: str) -> Forked:
        """Starts the command."""
        return Forked(words, self.environ, self.folder)

    def say(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs the command until it ends."""
        return self.begin(*words).ended(SECONDS)

    @contextmanager
    def ledger(self) -> Iterator[PostgresLedger]:
        """The ledger itself."""
        with closing(PostgresLedger(self.databases.ledger_url)) as ledger:
            yield ledger


def make_template(folder: Path) -> Path:
    """An initialised home whose server is stopped, to be copied."""
    home = Home(folder / "template")
    initialise(resolve_databases({}, home))
    release_server(home)
    stop_server(home)
    return home.path


@contextmanager
def new_stage(template: Path, folder: Path) -> Iterator[Stage]:
    """A stage with the first batches delivered; at the end nothing is left that works for it."""
    folder.mkdir(mode=0o711)
    stage = Stage(folder)
    # Copied, because to initialise a home takes seconds. `-a` keeps the owners of the files,
    # which Postgres checks.
    subprocess.run(["cp", "-a", str(template), str(stage.home.path)], check=True)
    for product, changes in PRODUCTS.items():
        write_product(stage.data_of(product).parent, product=product, **changes)
        stage.data_of(product).mkdir()
        for name in AT_FIRST:
            stage.drop(product, name)
    try:
        yield stage
    finally:
        stage.close()
        end_all(stage)


def end_all(stage: Stage) -> None:
    """Kills all processes of a stage: a service can outlive the command that started it.

    Raises:
        TimeoutError: A killed process does not end.
    """
    # Repeated, because a killed process may have started another process just before.
    began = time.monotonic()
    while left := processes_of(stage):
        if time.monotonic() - began > SECONDS:
            raise TimeoutError(f"these do not end: {left}")
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_LOOK_SECONDS)


def remove(stage: Stage) -> None:
    """Removes all of a stage."""
    shutil.rmtree(stage.folder, ignore_errors=True)


@dataclass(frozen=True)
class Outcome:
    """What is left of a product, without times, entry numbers and names that are drawn by lot."""

    batches: dict[str, Any]
    checks: dict[str, Any]
    champion: Any
    releases: int
    incidents: list[Any]
    answer: Any


def outcome(stage: Stage, product: str) -> Outcome:
    """The final state of a product, and its `aipo status`."""
    with stage.ledger() as ledger:
        state = ledger.state(product)
        released = ledger.entries(product, [ChampionReleased.kind], limit=1000)
        tired = killed_each_time(ledger.entries(product, [ActionStarted.kind], limit=1000))
    champion = state.champion
    status = json.loads(stage.say("status", product, "--json").stdout)
    model = champion.model if champion else None
    return Outcome(
        batches={
            name: (
                str(batch.status),
                batch.versions,
                # Not the number of the version: a killed training uses up a number.
                champion is not None and batch.measured_by == champion.version,
            )
            for name, batch in state.batches.items()
        },
        checks={
            key: (
                check.partition,
                check.verdict,
                check.summary,
                check.figures,
                [(past.partition, past.verdict) for past in check.recent],
            )
            for key, check in state.checks.items()
        },
        champion=model and (model.window, model.baseline, model.inputs),
        releases=len(released),
        incidents=sorted(
            (str(incident.cause), incident.title, str(incident.status))
            for incident in state.incidents.values()
            # An open incident always counts: everything has recovered, so none may be left.
            if incident.is_open or str(incident.cause) not in tired
        ),
        answer=(status["verdict"], len(status["reasons"])),
    )


def killed_each_time(started: Iterable[Entry]) -> set[str]:
    """Causes of incidents that a round may open: actions whose last attempt was killed, too.

    People are notified of such an action, correctly. Its incident must have ended by itself.
    """
    last = [entry for entry in started if entry.body.get("attempt") == MAX_ATTEMPTS]
    return {f"action:{entry.body['kind']}" for entry in last}


def unfinished(state: ProductState) -> list[str]:
    """Actions that are neither done nor handed to another."""
    over = {ActionStatus.FINISHED, ActionStatus.SUPERSEDED}
    return [
        f"{action.kind} {action.partition}: {action.status}"
        for action in state.actions.values()
        if action.status not in over
    ]


def repeated(entries: list[Entry], kind: str, *members: str) -> list[str]:
    """What entries of a kind say more than once, by these members of their bodies."""
    counts = Counter(
        ": ".join((entry.subject, *(str(entry.body.get(member)) for member in members)))
        for entry in entries
        if entry.kind == kind
    )
    return [f"{times} times {kind} {subject}" for subject, times in counts.items() if times > 1]


def open_runs(databases: Databases) -> list[str]:
    """Runs that Dagster takes to be waiting or under way."""
    query = (
        "SELECT run_id || ' ' || status FROM runs "
        "WHERE status NOT IN ('SUCCESS', 'FAILURE', 'CANCELED')"
    )
    with psycopg.connect(databases.dagster_url) as connection:
        return [str(row[0]) for row in connection.execute(query).fetchall()]
