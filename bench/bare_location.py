"""A bare code location with as many definitions as ours has for the same number of products.

Assets, checks, jobs and sensors are built in plain loops; there is no YAML, no validation and no
text of more than a few words.
"""

import warnings
from collections.abc import Iterator

import dagster as dg

from aipo_pipelines.assets.reporting.specs import MONITORED, TRAINED
from aipo_pipelines.dagster_internals.jobs import UnresolvedAssetJobDefinition
from bench.product import checks

STEPS = {"monitor": MONITORED, "retrain": TRAINED, "release": ("champion",)}
PAGES = ("charter", "model_card")
REPORT = "report"
SENSORS = ("recorder", "intake", "retraining", "release", "escalation", "watchdog")


def bare_definitions(products: int) -> dg.Definitions:
    """One source, three multi-assets and three jobs a product; the pages, and six sensors."""
    names = [f"product_{number:03d}" for number in range(products)]
    jobs = [
        dg.define_asset_job(
            f"{name}__{step}",
            selection=dg.AssetSelection.assets(*(dg.AssetKey([name, key]) for key in assets)),
        )
        for name in names
        for step, assets in STEPS.items()
    ]
    pages = [dg.AssetKey([name, page]) for name in names for page in PAGES]
    pages.append(dg.AssetKey(["portfolio"]))
    report = dg.define_asset_job(REPORT, selection=dg.AssetSelection.assets(*pages))
    return dg.Definitions(
        assets=[*(asset for name in names for asset in _assets(name)), _pages(pages)],
        jobs=[*jobs, report],
        schedules=[dg.ScheduleDefinition(job_name=REPORT, cron_schedule="30 5 * * *")],
        sensors=[_sensor(name, jobs) for name in SENSORS],
        executor=dg.in_process_executor,
    )


def _assets(name: str) -> Iterator[dg.AssetsDefinition | dg.AssetSpec]:
    yield dg.AssetSpec(dg.AssetKey([name, "source"]), group_name=name)
    for step, assets in STEPS.items():
        yield _step(name, step, assets)


def _pages(keys: list[dg.AssetKey]) -> dg.AssetsDefinition:
    @dg.multi_asset(name="pages", specs=[dg.AssetSpec(key) for key in keys])
    def nothing() -> Iterator[dg.MaterializeResult[None]]:
        """Reports nothing: only loading is measured."""
        yield from ()

    return nothing


def _step(name: str, step: str, assets: tuple[str, ...]) -> dg.AssetsDefinition:
    partitions = dg.DynamicPartitionsDefinition(name=name) if step == "monitor" else None

    @dg.multi_asset(
        name=f"{name}__{step}_step",
        specs=[
            dg.AssetSpec(dg.AssetKey([name, asset]), group_name=name, partitions_def=partitions)
            for asset in assets
        ],
        check_specs=bare_check_specs(name, assets, partitions),
    )
    def nothing() -> Iterator[dg.MaterializeResult[None]]:
        """Reports nothing: only loading is measured."""
        yield from ()

    return nothing


def bare_check_specs(
    name: str, assets: tuple[str, ...], partitions: dg.PartitionsDefinition | None
) -> list[dg.AssetCheckSpec]:
    """As many checks as ours on assets of a name."""
    # Checks with partitions are a preview in Dagster. It would print a warning for each of
    # thousands of checks, and the time of printing would count.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return [
            dg.AssetCheckSpec(check, asset=dg.AssetKey([name, asset]), partitions_def=partitions)
            for asset in assets
            for check in checks(asset)
        ]


def _sensor(name: str, jobs: list[UnresolvedAssetJobDefinition]) -> dg.SensorDefinition:
    @dg.sensor(name=name, jobs=jobs)
    def nothing() -> dg.SkipReason:
        """Skips every tick."""
        return dg.SkipReason("nothing is pending")

    return nothing
