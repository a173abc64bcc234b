"""The watchdog: lets time pass, and finds what was started and has no process any more.

Dagster does not fail a run whose process was killed, and such an orphan would block its run key
for ever. A living run of ours holds a lock in the ledger's database; Postgres drops that lock
with the connection of a killed process, on whatever machine it ran.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import dagster as dg

from aipo_pipelines.assets.action import ACTION_TAG
from aipo_pipelines.charter.product import Product
from aipo_pipelines.ledger.state import Action, ActionKind, ActionStatus, ProductState
from aipo_pipelines.policy.traces import runs_of
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.actions import attempt_key, lose

GRACE = timedelta(seconds=120)
"""Time a run has from its claim until its process must hold its lock."""

_ACTIVE = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
_WAITING = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED]


def watch(
    services: Services,
    instance: dg.DagsterInstance,
    product: Product,
    *,
    grace: timedelta = GRACE,
) -> int:
    """One pass over one product: orphans are failed and lost attempts closed, then time passes.

    Args:
        services: What the pipelines talk to.
        instance: The Dagster instance.
        product: The product.
        grace: How young a claim is left alone; zero at start, when nothing can be on its way.

    Returns:
        Number of attempts that were closed.
    """
    now = services.clock.now()
    state = services.ledger.state(product.name)
    closed = sum(
        _close(services, instance, product, action, now, grace)
        for action in state.actions.values()
        if action.status is ActionStatus.STARTED
    )
    services.tick(product)
    services.runs_missed(product, missing_runs(instance, [services.ledger.state(product.name)]))
    return closed


def missing_runs(instance: dg.DagsterInstance, states: Iterable[ProductState]) -> frozenset[str]:
    """Runs the newest evidence of products names and Dagster does not know: they were deleted.

    One query for all products, because each look-up costs connections.
    """
    named = frozenset().union(*(runs_of(state) for state in states))
    if not named:
        return named
    known = instance.get_run_ids(filters=dg.RunsFilter(run_ids=sorted(named)))
    return named.difference(known)


def _close(
    services: Services,
    instance: dg.DagsterInstance,
    product: Product,
    action: Action,
    now: datetime,
    grace: timedelta,
) -> bool:
    young = action.started_at is not None and now - action.started_at < grace
    if young:
        return False
    if action.kind is ActionKind.NOTIFY:
        lose(services, product, action, "the process that was to send the notice is gone")
        return True
    runs = instance.get_runs(filters=dg.RunsFilter(tags={ACTION_TAG: attempt_key(action)}))
    if any(run.status in _WAITING or services.ledger.is_locked(run.run_id) for run in runs):
        return False
    if action.run_id and services.ledger.is_locked(action.run_id):
        return False
    orphans = [run for run in runs if run.status in _ACTIVE]
    for run in orphans:
        instance.report_run_failed(run, "The process of this run is gone; its action is repeated.")
    if runs and not orphans:
        return False  # It ended by itself: the recorder brings the news.
    lose(services, product, action, "its process is gone" if runs else "no run came of it")
    return True
