"""Dagster's instance as `dagster.yaml` describes it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from aipo_pipelines.resources.databases.addresses import Databases, resolve_databases
from aipo_pipelines.resources.databases.embedded import hold_server, stop_server
from aipo_pipelines.resources.home import Home
from tests.dagster_internals import InstanceRef, serialize_value

pytestmark = pytest.mark.integration

CHECKOUT = Path(__file__).parents[2]
READ = """
import sys
import dagster as dg
from tests.dagster_internals import InstanceRef, deserialize_value
with dg.DagsterInstance.from_ref(deserialize_value(sys.argv[1], InstanceRef)) as instance:
    print(*[run.run_id for run in instance.get_runs()])
"""

PRINT = """
import os
import sys
import dagster as dg
from tests.dagster_internals import InstanceRef, deserialize_value

@dg.asset
def talkative():
    print("a word")
    os.write(1, b"a last word\\n")

with dg.DagsterInstance.from_ref(deserialize_value(sys.argv[1], InstanceRef)) as instance:
    dg.materialize([talkative], instance=instance)
"""


@dg.asset
def measured() -> int:
    return 1


@pytest.fixture
def ref(fresh_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstanceRef:
    monkeypatch.setenv("AIPO_HOME", str(fresh_home.path))
    monkeypatch.delenv("AIPO_DATABASE_URL", raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return InstanceRef.from_dir(str(tmp_path), config_dir=str(CHECKOUT))


@pytest.fixture
def instance(ref: InstanceRef) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_ref(ref) as instance:
        yield instance


def environment() -> dict[str, str]:
    """The environment of a process that imports this package of tests."""
    return {**os.environ, "PYTHONPATH": str(CHECKOUT)}


def connections(databases: Databases) -> int:
    with psycopg.connect(databases.admin_url or "") as connection:
        row = connection.execute(
            "SELECT sessions FROM pg_stat_database WHERE datname = 'aipo_dagster'"
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_the_instance_is_what_the_file_says(instance: dg.DagsterInstance) -> None:
    assert type(instance.run_coordinator).__name__ == "QueuedRunCoordinator"
    queue = instance.get_concurrency_config().run_queue_config
    assert queue is not None
    assert queue.max_concurrent_runs == 2
    assert not instance.telemetry_enabled
    assert not instance.run_monitoring_enabled
    assert instance.get_sensor_settings()["num_workers"] == 4


def test_what_a_step_prints_is_kept_whole_and_leaves_the_terminal_alone(
    ref: InstanceRef, fresh_home: Home
) -> None:
    command = [sys.executable, "-c", PRINT, serialize_value(ref)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment())
    (output,) = (fresh_home.logs / "runs").rglob("*.out")
    assert sorted(output.read_text().splitlines()) == ["a last word", "a word"]
    assert "word" not in done.stdout


def test_runs_land_in_postgres_and_logs_in_the_home(
    instance: dg.DagsterInstance, fresh_home: Home
) -> None:
    result = dg.materialize([measured], instance=instance)
    with psycopg.connect(resolve_databases({}, fresh_home).dagster_url) as connection:
        assert connection.execute("SELECT run_id, status FROM runs").fetchall() == [
            (result.run_id, "SUCCESS")
        ]
    assert any((fresh_home.logs / "runs").rglob("*.err"))


def test_another_process_finds_the_runs_and_is_handed_no_password(
    ref: InstanceRef, instance: dg.DagsterInstance, fresh_home: Home
) -> None:
    result = dg.materialize([measured], instance=instance)
    handed = serialize_value(ref)
    read = subprocess.run(
        [sys.executable, "-W", "error", "-c", READ, handed],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    assert read.stdout.split() == [result.run_id]
    assert hold_server(fresh_home).password not in handed
    assert "postgresql://" not in handed


def test_the_instance_survives_a_restart_of_the_server(
    instance: dg.DagsterInstance, fresh_home: Home
) -> None:
    dg.materialize([measured], instance=instance)
    stop_server(fresh_home)
    hold_server(fresh_home)
    assert dg.materialize([measured], instance=instance).success
    assert len(instance.get_runs()) == 2


def test_connections_are_kept_and_not_opened_for_each_query(
    instance: dg.DagsterInstance, fresh_home: Home
) -> None:
    databases = resolve_databases({}, fresh_home)
    dg.materialize([measured], instance=instance)
    time.sleep(1.1)
    before = connections(databases)
    dg.materialize([measured], instance=instance)
    time.sleep(1.1)
    assert connections(databases) - before <= 3


def test_a_watcher_of_a_run_gets_its_events(instance: dg.DagsterInstance) -> None:
    seen: list[str] = []
    result = dg.materialize([measured], instance=instance)

    def note(event: dg.EventLogEntry, _cursor: str) -> None:
        seen.append(str(event.dagster_event_type))

    instance.watch_event_logs(result.run_id, None, note)
    deadline = time.monotonic() + 20
    while "DagsterEventType.RUN_SUCCESS" not in seen and time.monotonic() < deadline:
        time.sleep(0.05)
    instance.end_watch_event_logs(result.run_id, note)
    assert "DagsterEventType.RUN_SUCCESS" in seen
