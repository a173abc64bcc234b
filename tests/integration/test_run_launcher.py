"""Runs forked from the warm process: they run, end when asked, and survive their servers."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import psutil
import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus

from aipo_pipelines.dagster_internals.launching import LaunchRunContext, WorkerStatus
from aipo_pipelines.resources.dagster import run_launcher
from aipo_pipelines.resources.dagster.run_launcher import PROCESS_TAG, WarmRunLauncher
from tests.dagster_internals import ReconstructableRepository, instance_for_test

pytestmark = [
    pytest.mark.integration,
    # Dagster's SQLite stores close by themselves only when collected.
    pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning"),
]

SECONDS = 120
CODE = """
import time
from pathlib import Path
import dagster as dg

@dg.op
def work(context):
    context.log.info("{word}")
    {body}

@dg.job(executor_def=dg.in_process_executor)
def task():
    work()

@dg.repository
def everything():
    return [task]
"""
SLEEPS = 'Path(__file__).with_name("flag").touch(); time.sleep(100)'
COMPUTES = """
    import numpy as np, pyarrow.compute, sklearn.linear_model
    table = np.random.default_rng(1).normal(size=(600, 600))
    (table @ table).sum(); np.linalg.svd(table[:200, :200]); pyarrow.compute.sum(table[0])
    sklearn.linear_model.LogisticRegression().fit(table, table[:, 0] > 0)
    context.log.info(f"drawn {np.random.random()}")
"""


def server() -> Any:
    return forkserver._forkserver  # noqa: SLF001 - nothing else knows it


@pytest.fixture(scope="module", autouse=True)
def light() -> Iterator[None]:
    """A server that is ready soon; what it has not imported, a run imports by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run_launcher, "PRELOAD", "dagster._cli.api")
        yield
        server()._stop()  # noqa: SLF001 - made for tests


@pytest.fixture
def warm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server as it is in use."""
    server()._stop()  # noqa: SLF001 - made for tests
    monkeypatch.setattr(run_launcher, "PRELOAD", "aipo_pipelines.preload")


@pytest.fixture
def flag(tmp_path: Path) -> Path:
    return tmp_path / "flag"


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    launcher = {"module": run_launcher.__name__, "class": WarmRunLauncher.__name__}
    overrides = {"run_launcher": launcher, "telemetry": {"enabled": False}}
    with instance_for_test(overrides=overrides) as launched:
        yield launched


@pytest.fixture
def job(tmp_path: Path, instance: DagsterInstance) -> Callable[..., DagsterRun]:
    def make(body: str = "pass", word: str = "hello") -> DagsterRun:
        file = tmp_path / "code.py"
        file.write_text(CODE.format(body=body, word=word))
        recon = ReconstructableRepository.for_file(str(file), "everything", str(tmp_path))
        task = recon.get_reconstructable_job("task")
        return instance.create_run_for_job(
            task.get_definition(),
            job_code_origin=task.get_python_origin(),
            status=DagsterRunStatus.STARTING,
        )

    return make


def launch(instance: DagsterInstance, run: DagsterRun) -> None:
    instance.run_launcher.launch_run(LaunchRunContext(dagster_run=run, workspace=None))


def ended(instance: DagsterInstance, run: DagsterRun) -> DagsterRun:
    instance.run_launcher.join(SECONDS)
    return reloaded(instance, run)


def reloaded(instance: DagsterInstance, run: DagsterRun) -> DagsterRun:
    now = instance.get_run_by_id(run.run_id)
    assert now is not None
    return now


def process_of(instance: DagsterInstance, run: DagsterRun) -> int:
    return run_launcher._look(reloaded(instance, run).tags)[1]  # noqa: SLF001 - what is tested


def messages(instance: DagsterInstance, run: DagsterRun) -> list[str]:
    return [all_log.user_message for all_log in instance.all_logs(run.run_id)]


def begins(flag: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while not flag.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_run_succeeds_in_a_process_of_its_own(
    instance: DagsterInstance, job: Callable[..., DagsterRun]
) -> None:
    run = job()
    launch(instance, run)
    done = ended(instance, run)
    assert done.status is DagsterRunStatus.SUCCESS
    assert process_of(instance, run) not in {0, os.getpid()}
    assert PROCESS_TAG in done.tags


def test_code_is_read_when_the_run_starts(
    instance: DagsterInstance, job: Callable[..., DagsterRun]
) -> None:
    first, second = job(word="before"), job(word="after the change")
    for run in (first, second):
        launch(instance, run)
        ended(instance, run)
    assert "after the change" in messages(instance, second)


def test_a_run_is_ended_from_another_process_as_cancelled(
    instance: DagsterInstance, job: Callable[..., DagsterRun], flag: Path
) -> None:
    launch(instance, run := job(SLEEPS))
    begins(flag)
    with DagsterInstance.from_ref(instance.get_ref()) as other:
        assert other.run_launcher.terminate(run.run_id)
    assert ended(instance, run).status is DagsterRunStatus.CANCELED


def test_a_killed_run_is_seen_and_leaves_no_zombie(
    instance: DagsterInstance, job: Callable[..., DagsterRun], flag: Path
) -> None:
    launch(instance, run := job(SLEEPS))
    begins(flag)
    pid = process_of(instance, run)
    os.kill(pid, signal.SIGKILL)
    instance.run_launcher.join(SECONDS)
    health = instance.run_launcher.check_run_worker_health(reloaded(instance, run))
    assert health.status is WorkerStatus.NOT_FOUND
    assert not psutil.pid_exists(pid)


def test_a_killed_server_is_started_again_and_its_runs_go_on(
    instance: DagsterInstance, job: Callable[..., DagsterRun], flag: Path
) -> None:
    launch(instance, sleeping := job(SLEEPS))
    begins(flag)
    os.kill(server()._forkserver_pid, signal.SIGKILL)  # noqa: SLF001 - nothing else knows it
    launch(instance, run := job())
    health = instance.run_launcher.check_run_worker_health(reloaded(instance, sleeping))
    assert health.status is WorkerStatus.RUNNING
    instance.run_launcher.terminate(sleeping.run_id)
    assert ended(instance, run).status is DagsterRunStatus.SUCCESS


def test_a_process_whose_launcher_died_does_nothing(
    instance: DagsterInstance, job: Callable[..., DagsterRun]
) -> None:
    run = job()
    process, waits = run_launcher._fork(("api", "execute_run", "{}"))  # noqa: SLF001 - half a launch
    waits.close()
    process.join(SECONDS)
    assert process.exitcode == 0
    assert reloaded(instance, run).status is DagsterRunStatus.STARTING


@pytest.mark.usefixtures("warm")
def test_libraries_that_use_threads_work_after_the_fork_and_draw_other_numbers(
    instance: DagsterInstance, job: Callable[..., DagsterRun]
) -> None:
    runs = [job(COMPUTES), job(COMPUTES)]
    for run in runs:
        launch(instance, run)
        assert ended(instance, run).status is DagsterRunStatus.SUCCESS
    drawn = {
        message
        for run in runs
        for message in messages(instance, run)
        if message.startswith("drawn")
    }
    assert len(drawn) == len(runs)
    process = psutil.Process(server()._forkserver_pid)  # noqa: SLF001 - nothing else knows it
    assert process.net_connections("inet") == []
    assert process.children() == []
