"""Case `executors`: monitor runs of several products, two at a time, started in different ways.

Every side measures the same batches by the same code; only the start of a run's process differs.
Ours forks each run from a process that has imported all modules, and executes its step there. The
other sides do what Dagster does by default: each run is a fresh process, and its step is a child
process. The child is fresh too (Dagster's default), or forked from a server that the run starts
with the same imports (`forkserver` with `preload_modules`).
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg

from aipo_pipelines.assets.run_tags import PARTITION_TAG, job_name
from aipo_pipelines.dagster_internals.launching import ConfiguredLauncher, LaunchRunContext
from aipo_pipelines.resources.dagster.run_launcher import PRELOAD
from bench.dagster_internals import ReconstructableRepository
from bench.executor_location import MONITOR
from bench.feed import make_table, write_batch, yesterday
from bench.scale import Scale
from bench.stage import QUIET, Stage, new_stage, settle
from bench.timing import Row, Work, alternate

ROWS = 5_000
"""Enough for each group to be judged on the held-out part of the first batch."""
BATCH = "batch_000"
AT_ONCE = 2
"""Runs at a time, as the installation has it."""
ROUNDS = 1
"""Enough: a round of the slow sides takes a minute or more, several times as long as ours."""
PATIENCE = 600.0
OURS = "aipo_pipelines.definitions"
THEIRS = "bench.executor_location"
FORKED = {"forkserver": {"preload_modules": [PRELOAD]}}
RIVALS: dict[str, Mapping[str, Any]] = {
    "Dagster's default executor": {"max_concurrent": 1},
    "forkserver with preload": {"max_concurrent": 1, "start_method": FORKED},
}


def run(scale: Scale) -> Iterator[Row]:
    """One row per way of Dagster's."""
    names = tuple(f"product_{number:02d}" for number in range(scale.wide))
    with new_stage(names) as stage:
        scale.talk(f"executors: {scale.wide} products train their champions")
        loop = stage.loop()
        for name in names:
            write_batch(stage.folder / "feeds" / name, make_table(ROWS, 1, yesterday()), BATCH)
            settle(loop, name)
        run_all(stage, names[:1], OURS)  # the first run would wait for the imports
        for rival, config in RIVALS.items():
            scale.talk(f"executors: {scale.wide} runs, {rival}")
            medians = alternate(
                partial(_prepared, stage, names, OURS, None),
                partial(_prepared, stage, names, THEIRS, config),
                repeats=min(scale.repeats, ROUNDS),
                warm_ups=0,
            )
            yield Row(
                case="executors",
                subject=f"{scale.wide} monitor runs, {AT_ONCE} at a time",
                ours=medians.ours,
                bare=medians.bare,
                note=f"against {rival}",
            )


def _prepared(
    stage: Stage, names: tuple[str, ...], location: str, config: Mapping[str, Any] | None
) -> Work:
    return lambda: run_all(stage, names, location, config)


def run_all(
    stage: Stage, names: tuple[str, ...], location: str, config: Mapping[str, Any] | None = None
) -> None:
    """Measures a batch of each product, as a person who launches the runs by hand.

    Raises:
        RuntimeError: A run did not succeed.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # A list, because an error of a run is raised only when its result is read.
        list(pool.map(partial(_run_one, stage, location, config), names))


def _run_one(stage: Stage, location: str, config: Mapping[str, Any] | None, name: str) -> None:
    instance = stage.session.instance
    root = str(Path(__file__).parents[1])
    repository = ReconstructableRepository.for_module(location, "defs", root)
    job = repository.get_reconstructable_job(job_name(name, MONITOR))
    run = instance.create_run_for_job(
        job.get_definition(),
        run_config=QUIET if config is None else QUIET | _multiprocess(config),
        tags={PARTITION_TAG: BATCH},
        status=dg.DagsterRunStatus.STARTING,
        job_code_origin=job.get_python_origin(),
    )
    if config is None:
        instance.run_launcher.launch_run(LaunchRunContext(dagster_run=run, workspace=None))
        _await(instance, run.run_id)
    else:
        _in_fresh_process(instance, run)
    ended = instance.get_run_by_id(run.run_id)
    if ended is None or not ended.is_success:
        raise RuntimeError(f"the run {run.run_id} of {name} did not succeed: {ended}")


def _multiprocess(config: Mapping[str, Any]) -> dict[str, Any]:
    return {"execution": {"config": {"multiprocess": config}}}


def _in_fresh_process(instance: dg.DagsterInstance, dagster_run: dg.DagsterRun) -> None:
    launcher = instance.run_launcher
    assert isinstance(launcher, ConfiguredLauncher)  # noqa: S101 - the stage's is ours
    command = [sys.executable, "-m", "dagster", *launcher.command_of(dagster_run)]
    subprocess.run(command, check=False, capture_output=True)


def _await(instance: dg.DagsterInstance, run_id: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        known = instance.get_run_by_id(run_id)
        if known is None or known.is_finished:
            return
        time.sleep(0.05)
    raise RuntimeError(f"the run {run_id} has not ended within {PATIENCE:.0f} s")
