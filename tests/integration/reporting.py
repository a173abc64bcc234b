"""Reports to Dagster's event log, made as our runs make them and as a stranger makes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import dagster as dg

from aipo_pipelines.assets.reporting.specs import MONITORED
from aipo_pipelines.assets.run_tags import PRODUCT_TAG
from aipo_pipelines.assets.running.run_lock import Running, confirm
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.measurements import AssetMaterialised, CheckEvaluated
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.recorder import record_events
from tests.dagster_internals import DagsterEvent, StepMaterializationData
from tests.world import World

KEY = dg.AssetKey(["sample", "dataset"])
RUN = "7" * 32
GOVERNED = {AssetMaterialised.kind, CheckEvaluated.kind, RunFailed.kind}


def emptied(world: World, instance: dg.DagsterInstance) -> World:
    """A world on the event log of an instance, which is empty afterwards."""
    instance.event_log_storage.wipe()
    instance.run_storage.wipe()
    world.instance = instance
    return world


def record(world: World) -> int:
    return record_events(world.services, world.instance, world.products)


def governed(world: World) -> list[Entry]:
    return world.ledger.entries("sample", GOVERNED, limit=10_000)


def happen(world: World, *, count: int = 1, key: dg.AssetKey = KEY) -> None:
    """So many materialisations reported within a run that was claimed."""
    claim(world, RUN)
    for number in range(count):
        event = dg.AssetMaterialization(key, partition=f"w{number}", metadata={"number": number})
        materialise(world, event)


def materialise(world: World, event: dg.AssetMaterialization, run_id: str = RUN) -> None:
    """One materialisation, as the process of a run reports it."""
    world.instance.report_dagster_event(
        DagsterEvent(
            "ASSET_MATERIALIZATION",
            job_name="sample__monitor",
            event_specific_data=StepMaterializationData(event),
        ),
        run_id=run_id,
    )


def claim(
    world: World,
    run_id: str,
    tags: Mapping[str, str] | None = None,
    *,
    services: Services | None = None,
) -> None:
    """The first event of the process of a claimed run."""
    job = "sample__monitor"
    running = Running(run_id=run_id, job=job, tags=tags or {}, assets=frozenset(MONITORED))
    confirm(services or world.services, world.product, running)


def declared(
    *, key: dg.AssetKey = KEY, fails: bool = False, severity: dg.AssetCheckSeverity | None = None
) -> dg.AssetsDefinition:
    """An asset with a check that a team declared, or with a check that breaks."""

    @dg.asset(
        key=key,
        check_specs=[dg.AssetCheckSpec("mine", asset=key)],
        required_resource_keys={"begin"},
    )
    def dataset() -> Iterator[Any]:
        context = dg.AssetExecutionContext.get()
        context.resources.begin(context.run.run_id, context.run.tags)
        if fails:
            raise ValueError("Zelda Fitzgerald")
        yield dg.Output(None)
        yield dg.AssetCheckResult(
            passed=severity is None,
            check_name="mine",
            severity=severity or dg.AssetCheckSeverity.WARN,
            description="Zelda Fitzgerald",
            metadata={"who": "Zelda Fitzgerald", "share": 0.2},
        )

    return dataset


def run(
    world: World,
    asset: dg.AssetsDefinition,
    tags: Mapping[str, str] | None = None,
    *,
    claims: bool = True,
) -> dg.ExecuteInProcessResult:
    """A run, which is claimed by its own process as those of our jobs are."""
    begin = partial(claim, world) if claims else lambda *_: None
    return dg.materialize(
        [asset],
        instance=world.instance,
        tags={PRODUCT_TAG: "sample", **(tags or {})},
        resources={"begin": dg.ResourceDefinition.hardcoded_resource(begin)},
        raise_on_error=False,
    )
