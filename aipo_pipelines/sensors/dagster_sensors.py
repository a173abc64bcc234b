"""The sensors as Dagster runs them: one of a kind for all products.

Each takes the lock of a product while it works on it and passes a product by that another process
holds: `aipo run` beside the daemon is safe.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from aipo_pipelines.assets.graph import key
from aipo_pipelines.charter.product import Product
from aipo_pipelines.errors import AipoError
from aipo_pipelines.ledger.state import Action, ActionKind
from aipo_pipelines.policy.pending import next_actions
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.actions import (
    JOBS,
    assets_of,
    attempt_key,
    claim,
    job_name,
    run_tags,
)
from aipo_pipelines.sensors.escalation import escalate
from aipo_pipelines.sensors.intake import adopt_charter, take_in
from aipo_pipelines.sensors.recorder import record_events
from aipo_pipelines.sensors.watchdog import watch

INTERVAL = 5
"""Seconds between two looks of a sensor."""

Work = Callable[[Services, dg.DagsterInstance, Product], Sequence[dg.RunRequest]]
Job: TypeAlias = UnresolvedAssetJobDefinition
logger = logging.getLogger("aipo.sensors")


def build_sensors(
    products: Mapping[str, Product], jobs: Sequence[Job]
) -> list[dg.SensorDefinition]:
    """The sensors for all products."""
    return [
        _sensor("intake", "Takes in new batches and has them measured.", products, jobs, _intake),
        _recorder(products),
        _sensor("retraining", "Has models trained that are due.", products, jobs, _retraining),
        _sensor("release", "Moves the champion as decided.", products, jobs, _release),
        _sensor("escalation", "Tells people about incidents.", products, jobs, _escalation),
        _sensor("watchdog", "Lets time pass and finds orphans.", products, jobs, _watchdog),
    ]


def _sensor(
    name: str, description: str, products: Mapping[str, Product], jobs: Sequence[Job], work: Work
) -> dg.SensorDefinition:
    @dg.sensor(
        name=name,
        description=description,
        jobs=list(jobs),
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
        required_resource_keys={"services"},
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        requests: list[dg.RunRequest] = []
        troubles: list[str] = []
        for product in products.values():
            try:
                requests += _locked(context, product, work)
            except AipoError as error:
                # One product's trouble must not keep the others from being looked at.
                logger.warning("%s: %s", product.name, error)
                troubles.append(f"{product.name}: {error}")
        if requests:
            return dg.SensorResult(run_requests=requests)
        return dg.SkipReason("; ".join(troubles) or "nothing is pending")

    return look


def _recorder(products: Mapping[str, Product]) -> dg.SensorDefinition:
    @dg.sensor(
        name="recorder",
        description="Copies what Dagster reports into the ledger.",
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
        required_resource_keys={"services"},
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        count = record_events(context.resources.services, context.instance, products)
        return dg.SkipReason(f"{count} entries recorded")

    return look


def _locked(
    context: dg.SensorEvaluationContext, product: Product, work: Work
) -> Sequence[dg.RunRequest]:
    services: Services = context.resources.services
    with services.ledger.product_lock(product.name, wait=False) as held:
        return work(services, context.instance, product) if held else ()


def _intake(
    services: Services, instance: dg.DagsterInstance, product: Product
) -> Sequence[dg.RunRequest]:
    adopt_charter(services, product)
    take_in(services, instance, product)
    return _requests(services, product, ActionKind.MEASURE)


def _retraining(
    services: Services, instance: dg.DagsterInstance, product: Product
) -> Sequence[dg.RunRequest]:
    del instance
    return _requests(services, product, ActionKind.TRAIN)


def _release(
    services: Services, instance: dg.DagsterInstance, product: Product
) -> Sequence[dg.RunRequest]:
    del instance
    return _requests(services, product, ActionKind.RELEASE)


def _escalation(
    services: Services, instance: dg.DagsterInstance, product: Product
) -> Sequence[dg.RunRequest]:
    del instance
    escalate(services, product, services.ledger.state(product.name))
    return ()


def _watchdog(
    services: Services, instance: dg.DagsterInstance, product: Product
) -> Sequence[dg.RunRequest]:
    watch(services, instance, product)
    return ()


def _requests(services: Services, product: Product, kind: ActionKind) -> Sequence[dg.RunRequest]:
    state = services.ledger.state(product.name)
    due = next_actions(state, services.clock.now(), {kind})
    return [_request(product, action) for action in due if claim(services, product, action)]


def _request(product: Product, action: Action) -> dg.RunRequest:
    assets = assets_of(action)
    return dg.RunRequest(
        run_key=attempt_key(action),
        job_name=job_name(product.name, JOBS[action.kind]),
        partition_key=action.partition or None,
        asset_selection=[key(product.name, asset) for asset in assets] or None,
        tags=run_tags(product.name, action),
    )
