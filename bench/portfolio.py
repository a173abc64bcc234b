"""Case `portfolio`: many products in one installation without new data.

Each sensor ticks once, compared with the agreed limit for a tick. The note shows the least cost of
a bare project: one query of the instance for the newest materialisation of every product. Then
`aipo status` answers for all products, timed from the start of its process until it ends. The bare
side is a fresh process that asks the same instance for the newest materialisations and check
results. It knows no charter, no limits and no reasons.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import dagster as dg

from aipo_pipelines.cli.output import EXIT_NO, EXIT_UNKNOWN, EXIT_YES
from aipo_pipelines.definitions import build_definitions
from bench.dagster_internals import partition_loading_context
from bench.feed import make_table, write_batch, yesterday
from bench.scale import Scale
from bench.stage import Stage, new_stage, settle
from bench.timing import Row, Work, alternate

ROWS = 200
LIMIT = 200.0
"""Milliseconds a tick may take."""
CHECKS = ("schema", "freshness", "volume")
_BARE = """
import sys
import dagster as dg
instance = dg.DagsterInstance.from_config(FOLDER)
datasets = [dg.AssetKey([name, "dataset"]) for name in NAMES]
checks = [dg.AssetCheckKey(key, check) for key in datasets for check in CHECKS]
newest = instance.get_latest_materialization_events(datasets)
results = instance.event_log_storage.get_latest_asset_check_execution_by_key(checks)
sys.exit(0 if all(newest.values()) and len(results) == len(checks) else 1)
"""


def run(scale: Scale) -> Iterator[Row]:
    """One row per sensor, and one for the status."""
    names = tuple(f"product_{number:03d}" for number in range(scale.products))
    with new_stage(names, with_model=False) as stage:
        scale.talk(f"portfolio: {scale.products} products measure a batch each")
        loop = stage.loop()
        table = make_table(ROWS, 1, yesterday())
        for name in names:
            write_batch(stage.folder / "feeds" / name, table, "batch_0")
            settle(loop, name)
        yield from _ticks(stage, names, scale)
        scale.talk(f"portfolio: aipo status, {scale.products} products")
        yield _status(stage, names, scale)


def _ticks(stage: Stage, names: tuple[str, ...], scale: Scale) -> Iterator[Row]:
    definitions = build_definitions(stage.products, stage.session.services)
    sensors = [definitions.resolve_sensor_def(sensor.name) for sensor in definitions.sensors or ()]
    # A first tick handles what the settling left. The timed ticks then find nothing new.
    for sensor in sensors:
        tick(stage, definitions, sensor)
    keys = [dg.AssetKey([name, "dataset"]) for name in names]
    for sensor in sensors:
        scale.talk(f"portfolio: {sensor.name}")
        medians = alternate(
            partial(_tick, stage, definitions, sensor),
            partial(_look_up, stage, keys),
            repeats=scale.repeats,
        )
        yield Row(
            case="portfolio",
            subject=f"{sensor.name}, {len(names)} products",
            ours=medians.ours * 1000,
            bare=LIMIT,
            unit="ms",
            goal=1.0,
            note=f"beside the limit; a bare query takes {medians.bare * 1000:.0f} ms",
        )


def tick(stage: Stage, definitions: dg.Definitions, sensor: dg.SensorDefinition) -> object:
    """One evaluation, as the code server makes it for the daemon."""
    context = dg.build_sensor_context(
        instance=stage.session.instance,
        definitions=definitions,
        resources={"services": stage.session.services},
    )
    with context, partition_loading_context(dynamic_partitions_store=stage.session.instance):
        return sensor.evaluate_tick(context)


def _tick(stage: Stage, definitions: dg.Definitions, sensor: dg.SensorDefinition) -> Work:
    return lambda: tick(stage, definitions, sensor)


def _look_up(stage: Stage, keys: list[dg.AssetKey]) -> Work:
    return lambda: stage.session.instance.get_latest_materialization_events(keys)


def _status(stage: Stage, names: tuple[str, ...], scale: Scale) -> Row:
    aipo = str(Path(sys.executable).with_name("aipo"))
    ours = [aipo, "status", "--products", str(stage.folder / "products"), "--json"]
    home = stage.session.environ["DAGSTER_HOME"]
    given = f"FOLDER, NAMES, CHECKS = {home!r}, {names!r}, {CHECKS!r}\n"
    bare = [sys.executable, "-c", given + _BARE]
    # Each of the three is an answer; only an error stops the case.
    answers = (EXIT_YES, EXIT_NO, EXIT_UNKNOWN)
    medians = alternate(
        lambda: partial(_succeeds, ours, answers),
        lambda: partial(_succeeds, bare, (0,)),
        repeats=scale.repeats,
    )
    return Row(
        case="portfolio",
        subject=f"aipo status, {len(names)} products",
        ours=medians.ours,
        bare=medians.bare,
        note="with the start of the process",
    )


def _succeeds(command: list[str], codes: tuple[int, ...]) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode not in codes:
        raise RuntimeError(done.stderr)
