"""The sensors as Dagster runs them: one of a kind for all products.

Each holds the lock of a product while it works on it, and skips a product whose lock another
process holds: so `aipo run` beside the daemon is safe.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

import dagster as dg

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.dagster_internals.jobs import UnresolvedAssetJobDefinition
from aipo_pipelines.errors import text_of, trace_of
from aipo_pipelines.ledger.model.state import ActionKind, ProductState
from aipo_pipelines.logs import logger_of
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.fact_audit import Auditor
from aipo_pipelines.sensors.failures import readable_states, report_trouble, trouble_is_over
from aipo_pipelines.sensors.recorder import record_events
from aipo_pipelines.sensors.sensor_calls import (
    Calls,
    States,
    Waits,
    either,
    feed_changed,
    may,
    registry_changed,
    runs_left,
    runs_vanished,
    time_matters,
)
from aipo_pipelines.sensors.sensor_work import (
    Work,
    escalation_work,
    intake_work,
    release_work,
    retraining_work,
    watchdog_work,
)
from aipo_pipelines.sensors.time_limit import Patience

INTERVAL = 2
"""Seconds between two looks of a sensor whose results people wait for."""
LEISURE = 5
"""Seconds between two looks of a sensor that only watches time and notifies people."""

Job: TypeAlias = UnresolvedAssetJobDefinition
logger = logger_of(__name__)


def build_sensors(
    products: Mapping[str, Product], jobs: Sequence[Job]
) -> list[dg.SensorDefinition]:
    """The sensors for all products."""
    plans = (
        Plan(
            "intake",
            "Takes in new batches and has them measured.",
            feed_changed,
            intake_work,
            patience=Patience(),
        ),
        Plan(
            "retraining", "Has models trained that are due.", may(ActionKind.TRAIN), retraining_work
        ),
        Plan("release", "Moves the champion as decided.", may(ActionKind.RELEASE), release_work),
        Plan(
            "escalation",
            "Notifies people of incidents and decisions that wait.",
            may(ActionKind.NOTIFY),
            escalation_work,
            interval=LEISURE,
        ),
        Plan(
            "watchdog",
            "Lets time pass; finds orphans, deleted runs, altered facts, models changed by hand.",
            time_matters,
            watchdog_work({}),
            either(runs_vanished, runs_left, registry_changed, Auditor()),
            LEISURE,
        ),
    )
    return [_recorder(products), *(_sensor(plan, products, jobs) for plan in plans)]


class Plan(NamedTuple):
    """A sensor: what it does, and for which products there is something to do.

    Attributes:
        waits: Looks at a product's state without a lock; the state of all products is one query.
        work: Does it, under the product's lock.
        calls: Finds further products with something to do, by one look-up for all of them.
        interval: Seconds between two looks.
        patience: Limits looks that may take long, because they read sources of other people.
    """

    name: str
    description: str
    waits: Waits
    work: Work
    calls: Calls = lambda *_: ()
    interval: int = INTERVAL
    patience: Patience | None = None


def _sensor(
    plan: Plan, products: Mapping[str, Product], jobs: Sequence[Job]
) -> dg.SensorDefinition:
    @dg.sensor(
        name=plan.name,
        description=plan.description,
        jobs=list(jobs),
        minimum_interval_seconds=plan.interval,
        default_status=dg.DefaultSensorStatus.RUNNING,
        required_resource_keys={"services"},
    )
    def tick(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        """One look at all products."""
        services: Services = context.resources.services
        # The watchdog gives claims time to become runs only while a process shows this.
        services.ledger.show_launcher()
        states = readable_states(services, products)
        troubles: list[str] = []
        agreed = _agreed(plan, services, products, states, troubles)
        called = _called(plan, services, context.instance, agreed, states)
        requests: list[dg.RunRequest] = []
        for product in agreed.values():
            state = states.get(product.name) or ProductState(product=product.name)
            try:
                is_called = product.name in called
                look = partial(_look, plan, services, context.instance, product, state, is_called)
                requests += _patiently(plan, services, product.name, look)
            except Exception as error:  # noqa: BLE001 - boundary: a sensor's tick
                # The trouble of one product must not keep the others from being looked at.
                troubles.append(report_trouble(services, product, plan.name, error))
            else:
                trouble_is_over(services, product, state, plan.name)
        if requests:
            return dg.SensorResult(run_requests=requests)
        return dg.SkipReason("; ".join(troubles) or "nothing is pending")

    return tick


def _look(
    plan: Plan,
    services: Services,
    instance: dg.DagsterInstance,
    product: Product,
    state: ProductState,
    is_called: bool,
    /,
) -> Sequence[dg.RunRequest]:
    if is_called or plan.waits(services, product, state):
        return _locked(services, instance, product, plan.work)
    return ()


def _patiently(
    plan: Plan, services: Services, product: str, look: Callable[[], Sequence[dg.RunRequest]]
) -> Sequence[dg.RunRequest]:
    if plan.patience is None:
        return look()
    most = Bounds.of(services.feeds.environ).seconds
    return plan.patience.look(product, look, most)


def _agreed(
    plan: Plan,
    services: Services,
    products: Mapping[str, Product],
    states: States,
    troubles: list[str],
) -> Mapping[str, Product]:
    """Each product under the agreement in force now."""
    # Looked up at every tick: another process may have adopted a new agreement since the last.
    agreed: dict[str, Product] = {}
    for name, product in products.items():
        try:
            agreed[name] = services.in_force(product, states.get(name))
        except Exception as error:  # noqa: BLE001 - boundary: a sensor's tick
            troubles.append(report_trouble(services, product, plan.name, error))
    return agreed


def _called(
    plan: Plan,
    services: Services,
    instance: dg.DagsterInstance,
    products: Mapping[str, Product],
    states: States,
) -> Collection[str]:
    try:
        return plan.calls(services, instance, products, states)
    except Exception as error:  # noqa: BLE001 - boundary: a sensor's tick
        # A look-up for all products that breaks leaves the looks at each product.
        logger.error("%s: %s\n%s", plan.name, text_of(error), trace_of(error))  # noqa: TRY400
        return ()


def _recorder(products: Mapping[str, Product]) -> dg.SensorDefinition:
    @dg.sensor(
        name="recorder",
        description="Copies what Dagster reports into the ledger.",
        minimum_interval_seconds=INTERVAL,
        default_status=dg.DefaultSensorStatus.RUNNING,
        required_resource_keys={"services"},
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        """One reading of the event log."""
        count = record_events(context.resources.services, context.instance, products)
        return dg.SkipReason(f"{count} entries recorded")

    return look


def _locked(
    services: Services, instance: dg.DagsterInstance, product: Product, work: Work
) -> Sequence[dg.RunRequest]:
    # Not waited for: the process that holds it does the work, and the next look comes in seconds.
    with services.ledger.product_lock(product.name, wait=False) as held:
        return work(services, instance, product) if held else ()
