"""The sensors as Dagster runs them: one of a kind for all products.

Each holds the lock of a product while it works on it, and skips a product whose lock another
process holds: so `aipo run` beside the daemon is safe.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

import dagster as dg

from aipo_pipelines.assets.reporting.specs import key
from aipo_pipelines.assets.run_tags import JOBS, assets_of, job_name
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.dagster_internals.jobs import UnresolvedAssetJobDefinition
from aipo_pipelines.errors import told_of, trace_of
from aipo_pipelines.ledger.model.state import Action, ActionKind, ProductState
from aipo_pipelines.logs import logger_of
from aipo_pipelines.policy.queue import in_flight, next_actions
from aipo_pipelines.policy.rules.deleted_run import on_missing_runs
from aipo_pipelines.policy.rules.passage_of_time import on_tick
from aipo_pipelines.policy.rules.registry import on_registry
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.actions import attempt_key, claim, run_tags
from aipo_pipelines.sensors.adoption import adopt_charter
from aipo_pipelines.sensors.escalation import escalate
from aipo_pipelines.sensors.fact_audit import Auditor
from aipo_pipelines.sensors.failures import readable_states, report_trouble, trouble_is_over
from aipo_pipelines.sensors.intake import take_in
from aipo_pipelines.sensors.recorder import record_events
from aipo_pipelines.sensors.stray_runs import have_strays
from aipo_pipelines.sensors.time_limit import Patience
from aipo_pipelines.sensors.watchdog import Suspects, missing_runs, registered, watch

INTERVAL = 2
"""Seconds between two looks of a sensor whose results people wait for."""
LEISURE = 5
"""Seconds between two looks of a sensor that only watches time and notifies people."""

States: TypeAlias = Mapping[str, ProductState]
Work = Callable[[Services, dg.DagsterInstance, Product], Sequence[dg.RunRequest]]
Waits = Callable[[Services, Product, ProductState], bool]
Calls = Callable[[Services, dg.DagsterInstance, Mapping[str, Product], States], Collection[str]]
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
            _feed_changed,
            _intake,
            patience=Patience(),
        ),
        Plan("retraining", "Has models trained that are due.", _may(ActionKind.TRAIN), _retraining),
        Plan("release", "Moves the champion as decided.", _may(ActionKind.RELEASE), _release),
        Plan(
            "escalation",
            "Notifies people of incidents and decisions that wait.",
            _may(ActionKind.NOTIFY),
            _escalation,
            interval=LEISURE,
        ),
        Plan(
            "watchdog",
            "Lets time pass; finds orphans, deleted runs, altered facts, models changed by hand.",
            _time_matters,
            _watchdog({}),
            _either(_runs_vanished, _runs_left, _registry_changed, Auditor()),
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
        logger.error("%s: %s\n%s", plan.name, told_of(error), trace_of(error))  # noqa: TRY400
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


def _may(kind: ActionKind) -> Waits:
    def waits(services: Services, product: Product, state: ProductState) -> bool:
        """Whether an action of that kind may start."""
        del product
        return bool(next_actions(state, services.clock.now(), {kind}))

    return waits


def _feed_changed(services: Services, product: Product, state: ProductState) -> bool:
    return (
        services.feeds.changed(product, services.clock.now())
        or services.agreements.changed(product, services.clock.now().date())
        or state.charter is None
        or bool(next_actions(state, services.clock.now(), {ActionKind.MEASURE}))
    )


def _time_matters(services: Services, product: Product, state: ProductState) -> bool:
    # A claim that remains although nothing is under way belongs to a run that died.
    return bool(
        state.runs or in_flight(state) or on_tick(product.charter, state, services.clock.now())
    )


def _runs_vanished(
    services: Services,
    instance: dg.DagsterInstance,
    products: Mapping[str, Product],
    states: States,
) -> Collection[str]:
    missing, now = missing_runs(instance, states.values()), services.clock.now()
    return {
        name
        for name, product in products.items()
        if name in states and on_missing_runs(product.charter, states[name], missing, now)
    }


def _runs_left(
    _: Services, instance: dg.DagsterInstance, products: Mapping[str, Product], states: States
) -> Collection[str]:
    return have_strays(instance, states.values()) & products.keys()


def _either(*looks: Calls) -> Calls:
    def look(
        services: Services,
        instance: dg.DagsterInstance,
        products: Mapping[str, Product],
        states: States,
    ) -> Collection[str]:
        """Names that any of the looks finds."""
        names = (find(services, instance, products, states) for find in looks)
        return frozenset().union(*names)

    return look


def _registry_changed(
    services: Services,
    _: dg.DagsterInstance,
    products: Mapping[str, Product],
    states: States,
) -> Collection[str]:
    """Products whose alias or versions in MLflow differ from those in the ledger."""
    ours = {name: state for name, state in states.items() if name in products}
    now = services.clock.now()
    return {
        name
        for name, registry in registered(services, ours).items()
        if on_registry(products[name].charter, ours[name], registry, now)
    }


def _intake(
    services: Services, instance: dg.DagsterInstance, product: Product
) -> Sequence[dg.RunRequest]:
    adopt_charter(services, product)
    product = services.in_force(product)
    # Read before the look: a delivery that comes during the look is found by the next look.
    mark = services.feeds.mark(product, services.clock.now())
    if not take_in(services, instance, product).unsettled:
        services.feeds.looked(product, mark)
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


def _watchdog(suspects: Suspects) -> Work:
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
