"""Case `sensors`: one tick of each sensor while nothing is new, for all products at once.

The bare side is what a sensor of a bare Dagster project does at least: it asks the instance for the
newest materialisation of the products' assets, in one query for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import dagster as dg
from dagster._core.definitions.partitions.context import partition_loading_context

from aipo_pipelines.definitions import build_definitions
from bench.feed import make_table, write_batch, yesterday
from bench.scale import Scale
from bench.stage import Stage, new_stage, settle
from bench.timing import Row, Work, alternate

ROWS = 200


def run(scale: Scale) -> Iterator[Row]:
    """One row per sensor."""
    names = tuple(f"product_{number:03d}" for number in range(scale.products))
    with new_stage(names, with_model=False) as stage:
        scale.talk(f"sensors: {scale.products} products measure a batch each")
        loop = stage.loop()
        for name in names:
            write_batch(stage.folder / "feeds" / name, make_table(ROWS, 1, yesterday()), "batch_0")
            settle(loop, name)
        definitions = build_definitions(stage.products, stage.session.services)
        names_of_sensors = [sensor.name for sensor in definitions.sensors or ()]
        sensors = [definitions.resolve_sensor_def(name) for name in names_of_sensors]
        for sensor in sensors:
            tick(stage, definitions, sensor)
        keys = [dg.AssetKey([name, "dataset"]) for name in names]
        for sensor in sensors:
            scale.talk(f"sensors: {sensor.name}")
            medians = alternate(
                partial(_tick, stage, definitions, sensor),
                partial(_look_up, stage, keys),
                repeats=scale.repeats,
            )
            yield Row(
                case="sensors",
                subject=f"{sensor.name}, {scale.products} products",
                ours=medians.ours * 1000,
                bare=medians.bare * 1000,
                unit="ms",
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
