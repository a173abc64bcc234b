"""`aipo up`: batches that arrive are measured, crashes are survived, nothing stays behind."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aipo_pipelines.ledger.entry import Kind
from aipo_pipelines.ledger.state import BatchStatus, IncidentStatus
from tests.acceptance.place import DATA_ONLY, Place, done_twice, make_place, unfinished
from tests.acceptance.services import (
    free_port,
    measured,
    processes_of,
    run_process,
    up,
    wait_until,
)

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.xdist_group("up"),
    pytest.mark.timeout(900),
]

ASSETS = """{
  assetNodes {
    assetKey { path }
    assetMaterializations { partition }
    assetChecksOrError { ... on AssetChecks { checks {
      name
      executionForLatestMaterialization { evaluation { success } }
    } } }
  }
}"""


@dataclass
class Story:
    """What happened to a place under two `aipo up`, the first of which was killed."""

    place: Place
    seconds: float = 0.0
    assets: Any = None
    beside: Any = None
    second: Any = None
    killed_worker: int = 0
    measured_by_then: bool = False
    exit_code: int = -1
    left_at_once: Any = None


@pytest.fixture(scope="module")
def story(home_template: Path, module_folder: Path) -> Iterator[Story]:
    place = make_place(home_template, module_folder, batches=0, **DATA_ONLY)
    told = Story(place)
    with up(place) as first:
        _measure_good_and_bad(told)
        told.assets = first.ask(ASSETS)["assetNodes"]
        told.second = place.aipo("up", "--port", str(free_port()))
        _kill_a_worker(told)
        _in_flight(place, "n4", seed=4)
        os.killpg(first.process.pid, signal.SIGKILL)
        wait_until(lambda: _only_postgres(processes_of(place)), "services are gone", 40)
    with up(place) as second:
        wait_until(measured(place, "n4"), "the run that was killed is repeated")
        told.exit_code = second.end(signal.SIGINT)
    place.release()
    told.left_at_once = processes_of(place)
    wait_until(lambda: not processes_of(place), "the server stops by itself", 40)
    yield told
    place.close()


def _only_postgres(processes: dict[int, str]) -> bool:
    return all("postgres" in line for line in processes.values())


def _measure_good_and_bad(told: Story) -> None:
    place = told.place
    dropped = time.time()
    place.deliver("n1", seed=1)
    wait_until(measured(place, "n1"), "a good batch is measured")
    ends = [one.occurred_at.timestamp() for one in place.entries(Kind.ACTION_FINISHED)]
    told.seconds = max(ends) - dropped
    place.deliver("n2", seed=2, bad=True)
    wait_until(measured(place, "n2"), "a bad batch is measured")
    wait_until(lambda: not unfinished(place), "the incident is told")


def _kill_a_worker(told: Story) -> None:
    told.killed_worker = _in_flight(told.place, "n3", seed=3)
    os.kill(told.killed_worker, signal.SIGKILL)
    told.beside = told.place.aipo("run", "sample")
    told.measured_by_then = measured(told.place, "n3")()


def _in_flight(place: Place, name: str, *, seed: int) -> int:
    """Delivers a batch and waits until its run has begun; returns the run's process id."""
    place.deliver(name, seed=seed)

    runs: list[str] = []

    def begun() -> list[str]:
        actions = place.state().actions.values()
        runs[:] = [one.run_id for one in actions if one.partition == name and one.run_id]
        return runs

    wait_until(begun, f"the run of {name} begins", every=0.05)
    return run_process(place, runs[0])


def test_a_dropped_file_is_measured_without_the_command_line(story: Story) -> None:
    assert story.place.state().batches["n1"].status is BatchStatus.APPROVED
    assert story.seconds < 60


def test_a_bad_file_is_quarantined_and_opens_an_incident(story: Story) -> None:
    state = story.place.state()
    assert state.batches["n2"].status is BatchStatus.QUARANTINED
    (incident,) = state.incidents.values()
    assert (incident.cause, incident.status) == (
        "check:data_quality/contract",
        IncidentStatus.OPEN,
    )
    assert incident.partitions == ("n2",)


def test_the_webserver_answers_with_assets_and_check_results(story: Story) -> None:
    nodes = {"/".join(node["assetKey"]["path"]): node for node in story.assets}
    partitions = {one["partition"] for one in nodes["sample/dataset"]["assetMaterializations"]}
    assert partitions == {"n1", "n2"}
    checks = nodes["sample/data_quality"]["assetChecksOrError"]["checks"]
    results = {
        check["name"]: check["executionForLatestMaterialization"]["evaluation"]["success"]
        for check in checks
    }
    assert results == {"contract": False, "privacy": True}


def test_a_second_up_on_the_same_home_is_refused(story: Story) -> None:
    assert story.second.returncode == 1
    assert "already runs" in story.second.stderr


def test_run_beside_up_waits_until_everything_is_measured_once(story: Story) -> None:
    assert story.beside.returncode == 0, story.beside.stderr
    assert story.measured_by_then
    assert done_twice(story.place) == []
    assert unfinished(story.place) == []


def test_a_killed_run_is_reported_once_and_repeated(story: Story) -> None:
    failed = story.place.entries(Kind.RUN_FAILED)
    assert [(one.body["partition"], one.body["interrupted"]) for one in failed] == [
        ("n3", True),
        ("n4", True),
    ]
    assert story.place.open_runs() == []


def test_a_killed_run_opens_no_incident(story: Story) -> None:
    assert len(story.place.state().incidents) == 1


def test_interrupted_it_ends_with_success_and_leaves_only_the_idle_server(story: Story) -> None:
    assert story.exit_code == 0
    assert _only_postgres(story.left_at_once)
    assert story.place.verify() > 0


def test_a_taken_port_is_named_with_the_option_that_changes_it(story: Story) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = story.place.aipo("up", "--port", port)
    assert refused.returncode == 1
    assert f"port {port} for Dagster is taken" in refused.stderr
    assert "--port" in refused.stderr
