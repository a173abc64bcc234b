"""For which products a sensor has something to do: looks without a lock, and cheap.

A look is made at every tick for every product. Those that ask a database or a service do it once
for all products.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

import dagster as dg

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.ledger.model.state import ActionKind, ProductState
from aipo_pipelines.policy.queue import in_flight, next_actions
from aipo_pipelines.policy.rules.deleted_run import on_missing_runs
from aipo_pipelines.policy.rules.passage_of_time import on_tick
from aipo_pipelines.policy.rules.registry import on_registry
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.stray_runs import have_strays
from aipo_pipelines.sensors.watchdog import missing_runs, registered

States: TypeAlias = Mapping[str, ProductState]
Waits = Callable[[Services, Product, ProductState], bool]
Calls = Callable[[Services, dg.DagsterInstance, Mapping[str, Product], States], Collection[str]]


def may(kind: ActionKind) -> Waits:
    """Waits for actions of a kind that may start."""

    def waits(services: Services, product: Product, state: ProductState) -> bool:
        """Whether an action of that kind may start."""
        del product
        return bool(next_actions(state, services.clock.now(), {kind}))

    return waits


def feed_changed(services: Services, product: Product, state: ProductState) -> bool:
    """Whether the feed or the files of a product changed, or a measurement may start."""
    return (
        services.feeds.changed(product, services.clock.now())
        or services.agreements.changed(product, services.clock.now().date())
        or state.charter is None
        or bool(next_actions(state, services.clock.now(), {ActionKind.MEASURE}))
    )


def time_matters(services: Services, product: Product, state: ProductState) -> bool:
    """Whether time leads to something, or an attempt or a claim must be looked after."""
    # A claim that remains although nothing is under way belongs to a run that died.
    return bool(
        state.runs or in_flight(state) or on_tick(product.charter, state, services.clock.now())
    )


def runs_vanished(
    services: Services,
    instance: dg.DagsterInstance,
    products: Mapping[str, Product],
    states: States,
) -> Collection[str]:
    """Products whose newest evidence names runs that Dagster does not know."""
    missing, now = missing_runs(instance, states.values()), services.clock.now()
    return {
        name
        for name, product in products.items()
        if name in states and on_missing_runs(product.charter, states[name], missing, now)
    }


def runs_left(
    _: Services, instance: dg.DagsterInstance, products: Mapping[str, Product], states: States
) -> Collection[str]:
    """Products with an open run that nothing waits for."""
    return have_strays(instance, states.values()) & products.keys()


def either(*looks: Calls) -> Calls:
    """Products that any of the look-ups finds."""

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


def registry_changed(
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
