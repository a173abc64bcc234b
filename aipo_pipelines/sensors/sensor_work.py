"""The work of each sensor for one product, under the lock of the product."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import dagster as dg

from aipo_pipelines.assets.reporting.specs import key
from aipo_pipelines.assets.run_tags import JOBS, assets_of, job_name
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.ledger.model.state import Action, ActionKind
from aipo_pipelines.policy.queue import next_actions
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.actions import attempt_key, claim, run_tags
from aipo_pipelines.sensors.adoption import adopt_charter
from aipo_pipelines.sensors.escalation import escalate
from aipo_pipelines.sensors.intake import take_in
from aipo_pipelines.sensors.watchdog import Suspects, watch

Work = Callable[[Services, dg.DagsterInstance, Product], Sequence[dg.RunRequest]]


def intake_work(
    services: Services, instance: dg.DagsterInstance, product: Product
) -> Sequence[dg.RunRequest]:
    """Adopts the agreement, takes in new batches and asks for measurements."""
    adopt_charter(services, product)
    product = services.in_force(product)
    # Read before the look: a delivery that comes during the look is found by the next look.
    mark = services.feeds.mark(product, services.clock.now())
    if not take_in(services, instance, product).unsettled:
        services.feeds.looked(product, mark)
    return _requests(services, product, ActionKind.MEASURE)


def retraining_work(
    services: Services, instance: dg.DagsterInstance, product: Product
) -> Sequence[dg.RunRequest]:
    """Asks for trainings that are due."""
    del instance
    return _requests(services, product, ActionKind.TRAIN)


def release_work(
    services: Services, instance: dg.DagsterInstance, product: Product
) -> Sequence[dg.RunRequest]:
    """Asks for releases that are decided."""
    del instance
    return _requests(services, product, ActionKind.RELEASE)


def escalation_work(
    services: Services, instance: dg.DagsterInstance, product: Product
) -> Sequence[dg.RunRequest]:
    """Sends notices that are due."""
    del instance
    escalate(services, product, services.ledger.state(product.name))
    return ()


def watchdog_work(suspects: Suspects) -> Work:
    """Lets time pass for a product, with the suspects of earlier looks."""

    def look(
        services: Services, instance: dg.DagsterInstance, product: Product
    ) -> Sequence[dg.RunRequest]:
        """One look of the watchdog."""
        watch(services, instance, product, suspects)
        return ()

    return look


def _requests(services: Services, product: Product, kind: ActionKind) -> Sequence[dg.RunRequest]:
    state = services.ledger.state(product.name)
    due = next_actions(state, services.clock.now(), {kind})
    # Claimed before Dagster gets the request: if this process dies now, the watchdog finds it.
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
