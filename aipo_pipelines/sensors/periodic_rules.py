"""Rules that are asked without an event: because time passed, or because something was looked at.

Each function asks one rule of the agreement in force and records the answer. An answer that was
recorded before is not recorded again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.rules.altered_facts import on_altered_facts
from aipo_pipelines.policy.rules.deleted_run import on_missing_runs
from aipo_pipelines.policy.rules.passage_of_time import on_tick
from aipo_pipelines.policy.rules.registry import Registered, on_registry
from aipo_pipelines.policy.rules.unreadable_feed import on_look
from aipo_pipelines.resources.services import LedgerServices


def time_passed(services: LedgerServices, product: Product) -> tuple[Entry, ...]:
    """Appends what has become due by now."""

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        """What the rule says now."""
        return on_tick(services.in_force(product, state).charter, state, now)

    return services.consider(product, ask)


def feed_looked_at(
    services: LedgerServices, product: Product, problems: Sequence[str]
) -> tuple[Entry, ...]:
    """Records the incident that the problems of a look at a feed lead to, or its end."""

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        """What the rule says now."""
        return on_look(services.in_force(product, state).charter, state, problems, now)

    return services.consider(product, ask)


def runs_looked_for(
    services: LedgerServices, product: Product, missing: Collection[str]
) -> tuple[Entry, ...]:
    """Records the incident that deleted runs lead to, or its end."""

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        """What the rule says now."""
        return on_missing_runs(services.in_force(product, state).charter, state, missing, now)

    return services.consider(product, ask)


def facts_altered(services: LedgerServices, product: Product) -> tuple[Entry, ...]:
    """Records the incident that altered facts of a product lead to."""

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        """What the rule says now."""
        return on_altered_facts(services.in_force(product, state).charter, state, now)

    return services.consider(product, ask)


def registry_looked_at(
    services: LedgerServices, product: Product, registry: Registered
) -> tuple[Entry, ...]:
    """Records the incident that the model registry leads to, or its end."""

    # By the product as given: its caller looked at the registry under the agreement in force.
    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        """What the rule says now."""
        return on_registry(product.charter, state, registry, now)

    return services.consider(product, ask)
