"""A service of a run fails: the run says so, loses nothing, and the next run completes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
import pyarrow.parquet as pq
import pytest
from psycopg import sql

from aipo_pipelines.embedded_postgres import postmaster
from aipo_pipelines.embedded_postgres.layout import Layout
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.model.state import IncidentStatus
from aipo_pipelines.resources.databases.addresses import DAGSTER, LEDGER, MLFLOW
from tests.acceptance.place import SECONDS, Place, done_twice, make_place, unfinished
from tests.acceptance.services import wait_until

pytestmark = [pytest.mark.acceptance, pytest.mark.xdist_group("outages")]

OUTAGES = {
    "the ledger's database": ("while a batch is measured", LEDGER),
    "Dagster's database": ("while a batch is measured", DAGSTER),
    "the MLflow store": ("while a model is stored", MLFLOW),
}
SMALL = "3000"
"""Bytes; less than a snapshot of a batch has."""


@pytest.fixture
def place(
    home_template: Path, module_folder: Path, request: pytest.FixtureRequest
) -> Iterator[Place]:
    folder = module_folder / str(abs(hash(request.node.name)))
    folder.mkdir(mode=0o711)
    place = make_place(home_template, folder, batches=1)
    yield place
    place.close()


@pytest.mark.parametrize("away", OUTAGES)
def test_a_database_that_goes_away_is_named_and_nothing_is_lost(place: Place, away: str) -> None:
    point, database = OUTAGES[away]
    broken = interrupted(place, point, lambda: allow(place, database, connections=False))
    assert_clear(broken)
    assert f"{away} " in broken.stderr
    allow(place, database, connections=True)
    assert_completes(place)


def test_a_killed_server_is_started_again_and_nothing_is_lost(place: Place) -> None:
    def kill() -> None:
        server = postmaster.find(Layout(place.home.postgres).data)
        assert server is not None
        os.kill(server.pid, signal.SIGKILL)

    ended = interrupted(place, "while a batch is measured", kill)
    assert "Traceback" not in ended.stderr
    assert_completes(place)


def test_a_full_disk_is_named_and_leaves_nothing_half_written(place: Place) -> None:
    assert place.databases  # this process holds the server, which may write what it likes
    point, flag = "with files of some size", place.folder / "none"
    runner = place.fork_deadly(point, flag, CRASH_FILE_SIZE=SMALL)
    broken = runner.ended(SECONDS)
    assert_clear(broken)
    assert "lake could not write" in broken.stderr
    assert list(place.home.lake.rglob("*.part")) == []
    assert [pq.read_table(path) for path in place.home.lake.rglob("*.parquet")] == []
    assert place.entries(AssetMaterialised.kind) == []
    assert_completes(place)


def test_a_server_that_is_not_there_is_named_without_its_password(place: Place) -> None:
    address = "postgresql://somebody:s3cret@127.0.0.1:1/postgres"
    broken = place.aipo("run", "sample", AIPO_DATABASE_URL=address)
    assert_clear(broken)
    assert "127.0.0.1" in broken.stderr
    assert "s3cret" not in broken.stdout + broken.stderr


def interrupted(place: Place, point: str, strike: Callable[[], None]) -> CompletedProcess[str]:
    """Runs to a point, acts there, and lets the run continue."""
    flag = place.folder / "struck"
    process = place.fork_deadly(point, flag)
    wait_until(lambda: flag.exists() or process.poll() is not None, point)
    strike()
    flag.unlink()
    return process.ended(SECONDS)


def allow(place: Place, database: str, *, connections: bool) -> None:
    """Lets nobody connect to a database and ends who is, or lets them in again."""
    name = sql.Identifier(database)
    change = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    address = place.databases.admin_url
    assert address is not None
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(change.format(name, sql.Literal(connections)))
        if not connections:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            admin.execute(ended, [database])


def assert_clear(broken: CompletedProcess[str]) -> None:
    assert broken.returncode == 1
    assert "Traceback" not in broken.stderr
    assert broken.stderr.strip()


def assert_completes(place: Place) -> None:
    again = place.forked("run", "sample")
    assert again.returncode == 0, again.stderr
    assert unfinished(place) == []
    assert done_twice(place) == []
    state = place.state()
    assert state.champion is not None
    assert state.batches["b0"].measured_by == state.champion.version
    assert all(incident.status is IncidentStatus.RESOLVED for incident in state.incidents.values())
    assert place.verify() > 0
