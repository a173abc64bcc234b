"""Starts each run from a server process that has already imported all libraries.

Invariants:

* A run has a process of its own, forked from a server that never executes anything. Charters are
  read in the forked process, so a run sees them as they are when it starts.
* A run does nothing before its process is written into its tags. The process that launches it holds
  the other end of a pipe until then. If that process dies, the run's process ends, and the watchdog
  finds the run.
* A process is signalled only if its number and its time of start are those in the tags, because
  process numbers are used again.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

import dagster as dg
import psutil

from aipo_pipelines.dagster_internals.configuring import ConfigurableClassData
from aipo_pipelines.dagster_internals.launching import (
    CheckRunHealthResult,
    ConfiguredLauncher,
    LaunchRunContext,
    WorkerStatus,
    execute_command,
)
from aipo_pipelines.logs import LogAction, logger_of, note
from aipo_pipelines.resources.dagster.tags import PARTITION_TAG, PRODUCT_TAG

logger = logger_of(__name__)

PROCESS_TAG = "aipo/process"
"""Tag of a run with its process: host, number, and time of start in seconds since 1970."""

PRELOAD = "aipo_pipelines.preload"
_SAME_SECONDS = 5.0
"""How far two readings of one time of start may differ: some systems derive it from the clock."""

_DYING_SECONDS = 10.0
"""The longest time until the system has removed a killed server."""


class WarmRunLauncher(ConfiguredLauncher):
    """Forks a process for each run; the first run starts the server that makes the forks."""

    def __init__(self, inst_data: ConfigurableClassData | None = None) -> None:
        self._processes: dict[str, ForkServerProcess] = {}
        self._changing = threading.Lock()
        super().__init__(inst_data)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Starts the process of a run.

        Raises:
            ServiceError: The run does not name its code location.
            OSError: The server could not be started.
        """
        run = context.dagster_run
        command = self.command_of(run)
        # The daemon launches runs in several threads; forking is not safe in two at once.
        with self._changing:
            self._forget_ended()
            process, waits = _fork_patiently(command)
            self._processes[run.run_id] = process
        with waits:
            self.instance.add_run_tags(run.run_id, {PROCESS_TAG: _identity(process.pid or 0)})
            note(
                logger,
                LogAction.RUN,
                f"run {run.run_id} of {run.job_name} starts in process {process.pid}",
                product=run.tags.get(PRODUCT_TAG, ""),
                batch=run.tags.get(PARTITION_TAG, ""),
                run=run.run_id,
            )
            waits.send(None)

    def terminate(self, run_id: str) -> bool:
        """Interrupts the process of a run, from any process of this machine.

        Returns:
            Whether it was alive; a run whose process is gone is marked as cancelled.
        """
        run = self.instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        self.instance.report_run_canceling(run)
        status, pid = _look(run.tags)
        if status is WorkerStatus.RUNNING:
            # An interrupt, not a kill: the run cleans up and reports its end itself.
            os.kill(pid, signal.SIGINT)
            return True
        if status is WorkerStatus.NOT_FOUND:
            self.instance.report_run_canceled(run, "The process of this run was gone already.")
        else:
            self.instance.report_engine_event(
                "The process of this run is on another machine, or not known: end it there.",
                run,
                cls=type(self),
            )
        return False

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Whether Dagster's own run monitoring may be switched on beside our watchdog."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Whether the process of a run lives."""
        status, pid = _look(run.tags)
        return CheckRunHealthResult(status, f"process {pid}" if pid else None)

    def join(self, timeout: int = 30) -> None:
        """Waits until all runs launched here have ended.

        Raises:
            TimeoutError: Some had not after `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        for run_id, process in list(self._processes.items()):
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                raise TimeoutError(f"run {run_id} has not ended within {timeout} s")

    def _forget_ended(self) -> None:
        for run_id, process in list(self._processes.items()):
            if not process.is_alive():
                self._processes.pop(run_id).close()


def warm() -> None:
    """Starts the server in the background, so that the first run does not wait for its imports."""
    forkserver.set_forkserver_preload([PRELOAD])
    forkserver.ensure_running()


def _fork_patiently(command: tuple[str, ...]) -> tuple[ForkServerProcess, Connection]:
    """Forks a process; tries again with a new server if the first server dies."""
    # A killed server does not answer, but counts as running until the system has removed it.
    deadline = time.monotonic() + _DYING_SECONDS
    while True:
        try:
            return _fork(command)
        except (EOFError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _fork(command: tuple[str, ...]) -> tuple[ForkServerProcess, Connection]:
    """A process that waits to execute a command of Dagster, and the pipe that lets it start."""
    context = multiprocessing.get_context("forkserver")
    listens, waits = context.Pipe(duplex=False)
    with listens:
        process = context.Process(target=execute, args=(command, listens), name="aipo-run")
        try:
            warm()
            process.start()
        except (EOFError, OSError):
            waits.close()
            raise
    return process, waits


def execute(command: tuple[str, ...], listens: Connection) -> None:
    """Executes a run in this process, after a message from the process that launched it.

    Args:
        command: Dagster's command, argument by argument.
        listens: The pipe for the message. If the launching process dies, the pipe closes without a
            message, and the run is not executed.
    """
    import numpy as np

    from aipo_pipelines.dagster_internals.interrupts import capture_interrupts

    # Without a new seed, all forked processes would draw the same random numbers.
    np.random.seed()  # noqa: NPY002 - libraries may draw from it
    # A request to end may come before the run begins: it is kept until the run can end properly.
    with capture_interrupts(), listens:
        try:
            listens.recv()
        except EOFError:
            return
        sys.exit(execute_command(command))


def _identity(pid: int) -> str:
    return json.dumps({"host": socket.gethostname(), "pid": pid, "began": _began(pid)})


def _began(pid: int) -> float:
    """Time of start of a process, in seconds since 1970; 0 if it does not exist."""
    try:
        process = psutil.Process(pid)
        # A zombie has ended; its parent has only not read its exit code yet.
        return 0.0 if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.Error:
        return 0.0


def _look(tags: Mapping[str, str]) -> tuple[WorkerStatus, int]:
    """Whether the process of a run lives, and its number; 0 if that is not known."""
    try:
        known = json.loads(tags[PROCESS_TAG])
        host, pid, began = str(known["host"]), int(known["pid"]), float(known["began"])
    except (KeyError, TypeError, ValueError):
        return WorkerStatus.UNKNOWN, 0
    # A process number of another machine may belong to another process here.
    if host != socket.gethostname():
        return WorkerStatus.UNKNOWN, 0
    alive = abs(_began(pid) - began) < _SAME_SECONDS
    return (WorkerStatus.RUNNING if began and alive else WorkerStatus.NOT_FOUND), pid
