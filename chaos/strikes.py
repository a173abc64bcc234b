"""Who is killed, and when: every choice is drawn from the random numbers of the round."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from random import Random

from aipo_pipelines.embedded_postgres import postmaster
from aipo_pipelines.embedded_postgres.layout import Layout
from chaos.stage import LATER, MODEL, PRODUCTS, Stage
from tests.acceptance.forked import Forked
from tests.acceptance.place import AIPO, SECONDS
from tests.acceptance.services import answers, free_port, processes_of

_MOST_SECONDS = 9.0
"""An uninterrupted run of a product takes less on an idle machine."""

_UP_SECONDS = 30.0
_LOOK_SECONDS = 0.2
_MOST_STRIKES = 3
_SERVICES = {
    "the daemon": "aipo_pipelines.resources.dagster.daemon",
    "MLflow": "aipo_pipelines.door.mlflow_server",
    "the webserver": "aipo_pipelines.door.dagster_webserver",
    "the door": "aipo_pipelines.door --port",
    "the code location": "--location-name",
}
_UP = {**_SERVICES, "a run": "multiprocessing.forkserver"}
"""The processes to kill below `aipo up`, with a part of their command lines.

A run has the command line of its server; both exist from the first run on.
"""

Scene = Callable[[Stage, Random], str]
"""Works and kills; returns what was killed, and when."""


def killed_run(stage: Stage, random: Random) -> str:
    """Runs of one product or of both are killed on their way."""
    names = random.choice(([MODEL], [MODEL], list(PRODUCTS), [*PRODUCTS, MODEL]))
    runs = [stage.begin("run", name) for name in names]
    seconds = _wait(random, _MOST_SECONDS)
    # The groups, because the children of a run would finish its work.
    for run in runs:
        _kill_group(run.pid)
    _ended(runs)
    return f"run of {' and '.join(names)} after {seconds:.2f} s"


def killed_server(stage: Stage, random: Random) -> str:
    """The Postgres server is killed below a run, which may go on or end."""
    run = stage.begin("run", random.choice(list(PRODUCTS)))
    seconds = _wait(random, _MOST_SECONDS)
    return f"{_kill_server(stage)} after {seconds:.2f} s; the run {_code(run)}"


def killed_both(stage: Stage, random: Random) -> str:
    """The server and, a moment later, the run."""
    run = stage.begin("run", MODEL)
    seconds = _wait(random, _MOST_SECONDS)
    message = _kill_server(stage)
    # Sometimes the run notices first that its server is gone, sometimes it does not.
    time.sleep(random.uniform(0.0, 0.5))
    _kill_group(run.pid)
    _ended([run])
    return f"{message} and its run after {seconds:.2f} s"


def killed_up(stage: Stage, random: Random) -> str:
    """Below `aipo up`, with files dropped meanwhile, one process, the server or all are killed."""
    port = free_port()
    process = stage.start([*AIPO, "up", "--port", str(port)])
    # The start itself is not the target here: a strike needs a process that exists.
    _await_all(stage, process, port)
    struck = []
    for name in LATER:
        for product in PRODUCTS:
            stage.drop(product, name)
        seconds = _wait(random, _UP_SECONDS / len(LATER))
        struck.append(f"{_kill_below(stage, process, random)} after {seconds:.2f} s")
    _wait(random, _UP_SECONDS)
    struck.append(_end_up(stage, process, random))
    return f"aipo up: {', '.join(struck)}"


SCENES: tuple[tuple[Scene, int], ...] = (
    (killed_run, 5),
    (killed_server, 2),
    (killed_both, 2),
    (killed_up, 1),
)
"""Scenes and how often they are drawn."""


def play(stage: Stage, random: Random) -> list[str]:
    """Plays one scene or a few; returns what was done."""
    scenes, weights = zip(*SCENES, strict=True)
    first: Scene = random.choices(scenes, weights)[0]
    # It plays alone, because it takes longest and delivers the later batches itself.
    if first is killed_up:
        return [first(stage, random)]
    more = random.choices(scenes[:-1], weights[:-1], k=random.randrange(_MOST_STRIKES))
    return [scene(stage, random) for scene in (first, *more)]


def _await_all(stage: Stage, process: subprocess.Popen[str], port: int) -> None:
    """Waits until all processes exist, so that every strike kills a process."""
    began = time.monotonic()
    missing: list[str] = []
    while not answers(port) or (missing := _missing(stage)):
        if process.poll() is not None:
            raise RuntimeError(f"aipo up has ended: {process.communicate()}")
        if time.monotonic() - began > SECONDS:
            raise TimeoutError(f"not among the processes of aipo up: {missing}")
        time.sleep(_LOOK_SECONDS)


def _missing(stage: Stage) -> list[str]:
    lines = processes_of(stage).values()
    return [name for name, words in _SERVICES.items() if not any(words in line for line in lines)]


def _wait(random: Random, most: float) -> float:
    seconds = random.uniform(0.0, most)
    time.sleep(seconds)
    return seconds


def _kill_server(stage: Stage) -> str:
    server = postmaster.find(Layout(stage.home.postgres).data)
    if server is None:
        return "no server yet"
    _kill(server.pid)
    return "the server"


def _kill_below(stage: Stage, process: subprocess.Popen[str], random: Random) -> str:
    name = random.choice([*_UP, "the server"])
    if name == "the server":
        return _kill_server(stage)
    processes = [
        pid
        for pid, words in processes_of(stage).items()
        if _UP[name] in words and pid != process.pid
    ]
    if not processes:
        return f"{name} (not there)"
    # Sorted, so that the same random number means the same process again.
    _kill(random.choice(sorted(processes)))
    return name


def _end_up(stage: Stage, process: subprocess.Popen[str], random: Random) -> str:
    how = random.choice(("asked to end", "killed", "killed with all it started"))
    if how == "asked to end":
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=SECONDS)
            return how
    _kill(process.pid)
    if how == "killed with all it started":
        for pid, words in processes_of(stage).items():
            # The server stays, because the next command must find it as a crash leaves it.
            if "postgres" not in words:
                _kill(pid)
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=SECONDS)
    return how


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _ended(runs: list[Forked]) -> None:
    for run in runs:
        run.communicate(SECONDS)


def _code(run: Forked) -> str:
    return f"ended with {run.ended(SECONDS).returncode}"
