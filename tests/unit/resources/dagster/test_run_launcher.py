"""What the launcher reports about a run's process, without starting a process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator

import psutil
import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus

from aipo_pipelines.dagster_internals.launching import LaunchRunContext, WorkerStatus
from aipo_pipelines.errors import ServiceError
from aipo_pipelines.resources.dagster.run_launcher import PROCESS_TAG, WarmRunLauncher
from tests.dagster_internals import create_run_for_test

HERE = socket.gethostname()


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def launcher(instance: DagsterInstance) -> WarmRunLauncher:
    launcher = WarmRunLauncher()
    launcher.register_instance(instance)
    return launcher


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    # A program that needs no time to begin: interrupted while it loads, Python ends otherwise.
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def run_of(
    instance: DagsterInstance, pid: int, *, host: str = HERE, began: float | None = None
) -> DagsterRun:
    since = psutil.Process(pid).create_time() if began is None else began
    tag = json.dumps({"host": host, "pid": pid, "began": since})
    return run_with(instance, {PROCESS_TAG: tag})


def run_with(instance: DagsterInstance, tags: dict[str, str]) -> DagsterRun:
    run: DagsterRun = create_run_for_test(instance, status=DagsterRunStatus.STARTED, tags=tags)
    return run


def status_of(instance: DagsterInstance, run: DagsterRun) -> DagsterRunStatus:
    now = instance.get_run_by_id(run.run_id)
    assert now is not None
    return now.status


def test_a_living_process_is_interrupted(
    launcher: WarmRunLauncher, instance: DagsterInstance, sleeper: subprocess.Popen[bytes]
) -> None:
    run = run_of(instance, sleeper.pid)
    assert launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
    assert launcher.terminate(run.run_id)
    assert sleeper.wait(30) == -signal.SIGINT
    assert status_of(instance, run) is DagsterRunStatus.CANCELING


def test_another_process_of_the_same_number_is_left_alone(
    launcher: WarmRunLauncher, instance: DagsterInstance, sleeper: subprocess.Popen[bytes]
) -> None:
    run = run_of(instance, sleeper.pid, began=psutil.Process(sleeper.pid).create_time() - 60)
    assert not launcher.terminate(run.run_id)
    assert sleeper.poll() is None


def test_a_run_whose_process_is_gone_is_cancelled_at_once(
    launcher: WarmRunLauncher, instance: DagsterInstance, sleeper: subprocess.Popen[bytes]
) -> None:
    run = run_of(instance, sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    assert not launcher.terminate(run.run_id)
    assert status_of(instance, run) is DagsterRunStatus.CANCELED


def test_a_dead_process_that_nobody_has_buried_counts_as_gone(
    launcher: WarmRunLauncher, instance: DagsterInstance, sleeper: subprocess.Popen[bytes]
) -> None:
    run = run_of(instance, sleeper.pid)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert launcher.check_run_worker_health(run).status is WorkerStatus.NOT_FOUND


def test_a_process_of_another_machine_is_not_signalled(
    launcher: WarmRunLauncher, instance: DagsterInstance, sleeper: subprocess.Popen[bytes]
) -> None:
    run = run_of(instance, sleeper.pid, host="elsewhere")
    assert not launcher.terminate(run.run_id)
    assert sleeper.poll() is None
    assert status_of(instance, run) is DagsterRunStatus.CANCELING


@pytest.mark.parametrize("process_tag", ["", "[]", "{}", '{"host": null, "pid": "x", "began": 1}'])
def test_a_run_that_does_not_name_its_process_is_unknown(
    launcher: WarmRunLauncher, instance: DagsterInstance, process_tag: str
) -> None:
    run = run_with(instance, {PROCESS_TAG: process_tag})
    assert launcher.check_run_worker_health(run).status is WorkerStatus.UNKNOWN
    assert not launcher.terminate(run.run_id)


def test_a_finished_run_is_not_terminated(
    launcher: WarmRunLauncher, instance: DagsterInstance, sleeper: subprocess.Popen[bytes]
) -> None:
    run = run_of(instance, sleeper.pid)
    instance.report_run_failed(run)
    assert not launcher.terminate(run.run_id)
    assert sleeper.poll() is None


def test_a_run_without_code_is_refused(
    launcher: WarmRunLauncher, instance: DagsterInstance
) -> None:
    run = run_with(instance, {})
    with pytest.raises(ServiceError, match="does not say where its code is"):
        launcher.launch_run(LaunchRunContext(dagster_run=run, workspace=None))


def test_nothing_launched_is_waited_for_at_once(launcher: WarmRunLauncher) -> None:
    launcher.join(timeout=0)
