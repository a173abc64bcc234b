"""`aipo up`: batches that arrive are measured, crashes are survived, nothing stays behind.

It runs below a umask that closes nothing, and another account of the machine gets nothing of it.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import aiohttp
import pytest

from aipo_pipelines.ledger.events.actions import ActionFinished
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.model.state import BatchStatus, IncidentStatus
from tests.acceptance.place import DATA_ONLY, Place, done_twice, make_place, unfinished
from tests.acceptance.services import (
    Up,
    free_port,
    measured,
    processes_of,
    run_process,
    up,
    wait_until,
)
from tests.acceptance.stranger import Targets, targets, visit

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

REPORT = "/dagster/report_asset_materialization/sample/dataset"
REPORTED = "{ assetNodes { assetKey { path } assetMaterializations { runId } } }"


@dataclass
class Story:
    """The events at a place under two `aipo up`; the first was killed."""

    place: Place
    seconds: float = 0.0
    assets: Any = None
    beside: Any = None
    second: Any = None
    killed_worker: int = 0
    measured_by_then: bool = False
    exit_code: int = -1
    left_at_once: Any = None
    address: str = ""
    port: int = 0
    targets: Targets | None = None
    stranger_got: list[str] | None = None
    hostile: list[int] = field(default_factory=list)
    reported: Any = None
    parts: dict[str, int] = field(default_factory=dict)
    greeting: Any = None
    experiments: Any = None


@pytest.fixture(scope="module")
def story(home_template: Path, module_folder: Path) -> Iterator[Story]:
    place = make_place(home_template, module_folder, batches=0, **DATA_ONLY)
    story = Story(place)
    temporary = module_folder / "tmp"
    temporary.mkdir()
    temporary.chmod(0o1777)
    logged = {"AIPO_LOG_LEVEL": "info", "AIPO_LOG_FORMAT": "json"}
    with up(place, umask=0, TMPDIR=str(temporary), **logged) as first:
        story.address, story.port = first.address, first.port
        _measure_good_and_bad(story)
        _let_strangers_try(story, first, temporary)
        story.assets = first.ask(ASSETS)["assetNodes"]
        story.parts = {page: _parts(first, page) for page in ("/dagster/", "/mlflow/")}
        story.greeting = asyncio.run(_greeted(first))
        story.second = place.aipo("up", "--port", str(free_port()))
        _kill_a_worker(story)
        # Held, so that it has not ended by itself before everything is killed.
        os.kill(_in_flight(place, "n4", seed=4), signal.SIGSTOP)
        os.killpg(first.process.pid, signal.SIGKILL)
        wait_until(lambda: _only_postgres(processes_of(place)), "services are gone", 40)
    with up(place) as second:
        wait_until(measured(place, "n4"), "the run that was killed is repeated")
        story.exit_code = second.end(signal.SIGINT)
    place.release()
    story.left_at_once = processes_of(place)
    wait_until(lambda: not processes_of(place), "the server stops by itself", 40)
    yield story
    place.close()


def _only_postgres(processes: dict[int, str]) -> bool:
    return all("postgres" in line for line in processes.values())


def _measure_good_and_bad(story: Story) -> None:
    place = story.place
    dropped = time.time()
    place.deliver("n1", seed=1)
    wait_until(measured(place, "n1"), "a good batch is measured")
    ends = [entry.occurred_at.timestamp() for entry in place.entries(ActionFinished.kind)]
    story.seconds = max(ends) - dropped
    place.deliver("n2", seed=2, bad=True)
    wait_until(measured(place, "n2"), "a bad batch is measured")
    wait_until(lambda: not unfinished(place), "people are notified")


def _parts(first: Up, page: str) -> int:
    """How many scripts and styles of a page the door hands out; each must be there."""
    text = first.get(page).decode()
    names = re.findall(r'<(?:script|link)[^>]*?(?:src|href)="([^"]+\.(?:js|css))"', text)
    return sum(len(first.get(urljoin(page, name))) > 0 for name in names)


async def _greeted(first: Up) -> Any:
    """The answer of Dagster to a websocket, which its pages use for changes."""
    token = first.place.home.token.read_text().strip()
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        session.ws_connect(
            f"http://127.0.0.1:{first.port}/dagster/graphql", protocols=["graphql-ws"]
        ) as socket_of_it,
    ):
        await socket_of_it.send_json({"type": "connection_init"})
        return await socket_of_it.receive_json(timeout=60)


def _let_strangers_try(story: Story, first: Up, temporary: Path) -> None:
    # Every account may use the temporary folder itself, as usual, but not the files in it.
    folders = [story.place.home.path, *temporary.iterdir()]
    story.targets = targets(list(processes_of(story.place)), folders)
    if os.geteuid() == 0:
        story.stranger_got = visit(story.targets)
    token = story.place.home.token.read_text().strip()
    hostile = [
        {"Host": "evil.example", "Authorization": f"Bearer {token}"},
        {"Origin": "http://evil.example", "Cookie": f"aipo-door-{story.port}={token}"},
        {"Sec-Fetch-Site": "cross-site", "Cookie": f"aipo-door-{story.port}={token}"},
    ]
    for headers in hostile:
        for path in (REPORT, "/dagster/graphql", "/mlflow/api/2.0/mlflow/experiments/create"):
            story.hostile.append(_posted(story.port, path, headers))
    story.hostile.append(_posted(story.port, REPORT, {"Authorization": "Bearer guessed"}))
    story.reported = first.ask(REPORTED)["assetNodes"]
    experiments = first.get("/mlflow/api/2.0/mlflow/experiments/search?max_results=9")
    story.experiments = [load["name"] for load in json.loads(experiments)["experiments"]]


def _posted(port: int, path: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    body = json.dumps({"name": "planted", "query": "{ version }"})
    connection.request("POST", path, body, {"Content-Type": "application/json"} | headers)
    status = connection.getresponse().status
    connection.close()
    return status


def _kill_a_worker(story: Story) -> None:
    story.killed_worker = _in_flight(story.place, "n3", seed=3)
    os.kill(story.killed_worker, signal.SIGKILL)
    story.beside = story.place.aipo("run", "sample")
    story.measured_by_then = measured(story.place, "n3")()


def _in_flight(place: Place, name: str, *, seed: int) -> int:
    """Delivers a batch and waits until its run has begun; returns the run's process id."""
    place.deliver(name, seed=seed)

    runs: list[str] = []

    def begun() -> list[str]:
        actions = place.state().actions.values()
        runs[:] = [
            action.run_id for action in actions if action.partition == name and action.run_id
        ]
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
    assert (str(incident.cause), incident.status) == (
        "check:data_quality/contract",
        IncidentStatus.OPEN,
    )
    assert incident.partitions == ("n2",)


def test_the_webserver_answers_with_assets_and_check_results(story: Story) -> None:
    nodes = {"/".join(node["assetKey"]["path"]): node for node in story.assets}
    partitions = {
        assetmaterialization["partition"]
        for assetmaterialization in nodes["sample/dataset"]["assetMaterializations"]
    }
    assert partitions == {"n1", "n2"}
    checks = nodes["sample/data_quality"]["assetChecksOrError"]["checks"]
    results = {
        check["name"]: check["executionForLatestMaterialization"]["evaluation"]["success"]
        for check in checks
    }
    assert results == {"contract": False, "privacy": True}


def test_the_pages_of_both_are_whole_behind_the_door(story: Story) -> None:
    assert min(story.parts.values()) >= 1
    assert story.greeting == {"type": "connection_ack"}


def test_one_address_is_printed_and_it_carries_the_token(story: Story) -> None:
    address = rf"http://127\.0\.0\.1:{story.port}/\?token=[A-Za-z0-9_-]{{43}}"
    assert re.fullmatch(address, story.address)


def test_another_account_of_the_machine_gets_nothing(story: Story) -> None:
    if story.stranger_got is None:
        pytest.skip("only root can become another account")
    assert story.stranger_got == []


def test_what_the_other_account_tried_is_all_there_is(story: Story) -> None:
    assert story.targets is not None
    assert story.targets.ports == [story.port]
    names = {Path(name).name for name in story.targets.sockets + story.targets.paths}
    assert {"dagster.sock", "mlflow.sock", ".s.PGSQL.5432"} <= names
    assert {"door.token", "up.lock", "admin-password", "mlflow.log", "dagster.yaml"} <= names


def test_a_hostile_page_or_program_is_refused_and_changes_nothing(story: Story) -> None:
    assert set(story.hostile) == {403}
    runs = [
        assetmaterialization["runId"]
        for node in story.reported
        for assetmaterialization in node["assetMaterializations"]
    ]
    assert runs
    assert all(runs), "an event without a run was reported"
    assert "planted" not in story.experiments


def test_no_log_contains_the_token(story: Story) -> None:
    token = story.address.partition("token=")[2]
    logs = [path for path in story.place.home.logs.rglob("*") if path.is_file()]
    assert story.place.home.logs / "door.log" in logs
    assert [path for path in logs if token in path.read_text("utf-8", "replace")] == []


def test_the_daemon_logs_what_it_does_with_product_batch_run_and_entry(story: Story) -> None:
    text = (story.place.home.logs / "dagster-daemon.log").read_text("utf-8", "replace")
    lines = [json.loads(line) for line in text.splitlines() if line.startswith('{"at"')]
    of_batch = [line for line in lines if line.get("batch") == "n1"]
    assert {line["action"] for line in of_batch} >= {"intake", "claim", "run", "decide"}
    assert {line["product"] for line in of_batch} == {"sample"}
    (started,) = [line for line in of_batch if "starts in process" in line["message"]]
    claimed = [line for line in lines if line.get("run") == started["run"] and "entry" in line]
    assert claimed != []
    assert any(line.get("action") == "notify" for line in lines)


def test_a_second_up_on_the_same_home_is_refused(story: Story) -> None:
    assert story.second.returncode == 1
    assert "already runs" in story.second.stderr


def test_run_beside_up_waits_until_everything_is_measured_once(story: Story) -> None:
    assert story.beside.returncode == 0, story.beside.stderr
    assert story.measured_by_then
    assert done_twice(story.place) == []
    assert unfinished(story.place) == []


def test_a_killed_run_is_reported_once_and_repeated(story: Story) -> None:
    failed = story.place.entries(RunFailed.kind)
    assert [(entry.body["partition"], entry.body["interrupted"]) for entry in failed] == [
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
    assert f"port {port} for Dagster and MLflow is taken" in refused.stderr
    assert "--port" in refused.stderr
