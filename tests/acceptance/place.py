"""A place to run `aipo` in: its own home, a small product, and readers of the results."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from aipo_pipelines.ledger.events.actions import ActionFinished
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.releases import ChampionReleased
from aipo_pipelines.ledger.model.state import ActionStatus, ProductState
from aipo_pipelines.ledger.postgres.store import PostgresLedger
from aipo_pipelines.resources.databases.addresses import Databases, resolve_databases
from aipo_pipelines.resources.databases.embedded import release_server, stop_server
from aipo_pipelines.resources.home import Home
from tests.acceptance.forked import Forked
from tests.samples import write_product

SECONDS = 200
"""How long a command may take on a busy machine."""
ROWS = 200
NAME = "sample"
AIPO = (sys.executable, "-c", "from aipo_pipelines.cli import main; main()")


DATA_ONLY: dict[str, Any] = {
    "model": ...,
    "labels": ...,
    "thresholds": [],
    "responses": [
        {"check": check, "reactions": ["quarantine", "escalate"]}
        for check in ("contract", "privacy")
    ],
}
"""Changes of the sample's charter: a product without a model."""


@dataclass(frozen=True)
class Place:
    """A folder with a home and a folder of products with one product."""

    folder: Path

    @property
    def home(self) -> Home:
        return Home(self.folder / "home")

    @property
    def data(self) -> Path:
        return self.folder / "products" / NAME / "data"

    @property
    def environ(self) -> dict[str, str]:
        ours = {
            "AIPO_HOME": str(self.home.path),
            "AIPO_PRODUCTS": str(self.folder / "products"),
        }
        foreign = {"DAGSTER_HOME", "AIPO_LAKE", "AIPO_DATABASE_URL", "AIPO_WORKSPACE"}
        return {name: text for name, text in os.environ.items() if name not in foreign} | ours

    @property
    def databases(self) -> Databases:
        """The databases; this process holds their server from now on."""
        return resolve_databases({}, self.home)

    def aipo(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Runs the command until it ends, with more environment variables."""
        return self.run([*AIPO, *words], **more)

    def run(self, command: list[str], **more: str) -> subprocess.CompletedProcess[str]:
        """Runs a program until it ends."""
        return subprocess.run(
            command,
            env=self.environ | more,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def start(self, command: list[str], *, umask: int = -1, **more: str) -> subprocess.Popen[str]:
        """Starts a program in a process group of its own, and with another umask if it is given.

        Args:
            command: Program and arguments.
            umask: The rights that its files do not get; by default as in this process.
            more: Further environment variables.
        """
        return subprocess.Popen(
            command,
            umask=umask,
            env=self.environ | more,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def forked(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs the command in a forked process until it ends."""
        return self.fork(*words).ended(SECONDS)

    def fork(self, *words: str) -> Forked:
        """Starts the command in a forked process."""
        return Forked(words, self.environ, self.folder)

    def fork_deadly(self, point: str, flag: Path, **more: str) -> Forked:
        """Starts `aipo run` in a forked process that is struck as `crash_runner` says."""
        words = (point, str(flag), "run", NAME)
        main = "tests.acceptance.crash_runner:run"
        return Forked(words, self.environ | more, self.folder, main=main)

    def deliver(self, name: str, *, seed: int, bad: bool = False) -> None:
        """Puts a batch into the feed, whole at once."""
        staging = self.folder / f"{name}.part"
        batch(seed, bad=bad).to_csv(staging, index=False)
        staging.rename(self.data / f"{name}.csv")

    def state(self) -> ProductState:
        """State of the product, from the ledger itself."""
        with closing(PostgresLedger(self.databases.ledger_url)) as ledger:
            return ledger.state(NAME)

    def entries(self, *kinds: str) -> list[Entry]:
        """Entries of these kinds; without kinds, all entries."""
        with closing(PostgresLedger(self.databases.ledger_url)) as ledger:
            return ledger.entries(product=NAME, kinds=kinds or None, limit=100_000)

    def open_runs(self) -> list[str]:
        """Runs that Dagster takes to be waiting or under way."""
        query = (
            "SELECT pipeline_name || ' ' || status FROM runs "
            "WHERE status NOT IN ('SUCCESS', 'FAILURE', 'CANCELED')"
        )
        with psycopg.connect(self.databases.dagster_url) as connection:
            return [str(row[0]) for row in connection.execute(query).fetchall()]

    def verify(self) -> int:
        """Checks every hash of the ledger; returns its size."""
        with closing(PostgresLedger(self.databases.ledger_url)) as ledger:
            return ledger.verify().size

    def release(self) -> None:
        """Uses the embedded server no longer."""
        release_server(self.home)

    def close(self) -> None:
        """Stops the embedded server."""
        release_server(self.home)
        stop_server(self.home)


def make_place(template: Path, folder: Path, *, batches: int, **changes: Any) -> Place:
    """A place whose databases are set up and whose feed holds batches b0, b1, ...

    Args:
        template: An initialised home, to be copied.
        folder: An empty folder that other accounts may pass through.
        batches: How many batches the feed holds.
        changes: Changes of the sample's charter.
    """
    place = Place(folder)
    subprocess.run(["cp", "-a", template, place.home.path], check=True)
    write_product(place.data.parent, **changes)
    place.data.mkdir()
    for number in range(batches):
        place.deliver(f"b{number}", seed=number)
    return place


def batch(seed: int, *, bad: bool = False) -> pd.DataFrame:
    """Records that a linear model explains well; a bad batch lacks values that are required."""
    random = np.random.default_rng(seed)
    x1, x2 = random.normal(size=ROWS), random.normal(size=ROWS)
    y = (x1 + x2 / 2 + random.normal(size=ROWS) / 2 > 0).astype(int)
    identifiers = np.arange(ROWS) + seed * ROWS
    if bad:
        x2[:10] = np.nan
    return pd.DataFrame({"id": identifiers, "x1": x1, "x2": x2, "y": y})


def outcome(place: Place) -> dict[str, Any]:
    """What a run leaves behind, without times, entry numbers and names that are drawn by lot."""
    state = place.state()
    champion = state.champion
    return {
        "batches": {
            name: (
                batch.status,
                batch.versions,
                champion is not None and batch.measured_by == champion.version,
            )
            for name, batch in state.batches.items()
        },
        "checks": {
            key: (
                check.partition,
                check.verdict,
                check.summary,
                check.figures,
                [(past.partition, past.verdict) for past in check.recent],
            )
            for key, check in state.checks.items()
        },
        "champion": champion
        and (champion.model.window, champion.model.baseline, champion.model.inputs),
        "releases": len(place.entries(ChampionReleased.kind)),
        "incidents": sorted(
            (str(incident.cause), incident.title, incident.status, incident.partitions)
            for incident in state.incidents.values()
        ),
    }


def done_twice(place: Place) -> list[str]:
    """Actions with more than one finished attempt."""
    finished = Counter(entry.subject for entry in place.entries(ActionFinished.kind))
    return [subject for subject, times in finished.items() if times > 1]


def unfinished(place: Place) -> list[str]:
    """Actions that are neither done nor handed to another."""
    over = {ActionStatus.FINISHED, ActionStatus.SUPERSEDED}
    actions = place.state().actions.values()
    return [
        f"{action.kind} {action.partition}: {action.status}"
        for action in actions
        if action.status not in over
    ]
