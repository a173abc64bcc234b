"""The watchdog: lets time pass, and finds started attempts that have no process any more.

It also finds facts that were altered outside the ledger, deleted runs and changed models.

Dagster does not fail a run whose process was killed, and such an orphan would block its run key
forever. A living run of our jobs holds a lock in the ledger's database; Postgres releases that lock
together with the connection of a killed process, on any machine.

A process that launches runs for others (the sensors of a daemon) shows it by a lock too. While such
a process lives, a claim may still become a run, and the news of an end may still come: both get
time. If no such process lives, an attempt without a living process is closed at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg

from aipo_pipelines.assets.run_tags import asks_for
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import TrackerError
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus, ProductState
from aipo_pipelines.logs import logger_of
from aipo_pipelines.policy.rules.deleted_run import runs_of
from aipo_pipelines.policy.rules.registry import Registered, counted_on
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.actions import attempt_key, lose, run_tags
from aipo_pipelines.sensors.periodic_rules import (
    facts_altered,
    registry_looked_at,
    runs_looked_for,
    time_passed,
)
from aipo_pipelines.sensors.stray_runs import close_strays

logger = logger_of(__name__)

GRACE = timedelta(seconds=120)
"""Time a run has from its claim until its process must hold its lock."""

ENDING = timedelta(seconds=10)
"""Time a run has from giving up its lock until Dagster must know how it ended."""

Suspects = dict[str, datetime]
"""Since when attempts are seen without a living process; kept from one look to the next."""

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
    suspects: Suspects | None = None,
) -> int:
    """One pass over one product: orphans are failed and lost attempts closed, then time passes.

    Args:
        services: What sensors talk to.
        instance: The Dagster instance.
        product: The product, whose lock the caller holds.
        suspects: Suspects that earlier passes of the same caller saw; this pass changes them.

    Returns:
        Number of attempts that were closed.
    """
    state = services.ledger.state(product.name)
    # 1. Attempts without a process end first: time and rules then see them as they are.
    started = [action for action in state.actions.values() if action.status is ActionStatus.STARTED]
    patience = _Patience(
        now=services.clock.now(),
        someone_launches=services.ledger.has_launcher(),
        suspects={} if suspects is None else suspects,
    )
    closed = sum(_close(services, instance, product, action, patience) for action in started)
    # 2. Runs that nothing waits for any more, by the state after that.
    if closed:
        state = services.ledger.state(product.name)
    close_strays(services, instance, product, state, patience)
    # 3. Facts before time passes: the rules of time decide by them.
    if services.ledger.altered([product.name]):
        facts_altered(services, product)
    time_passed(services, product)
    # 4. Evidence and models that somebody changed outside the ledger, by the newest state.
    state = services.ledger.state(product.name)
    runs_looked_for(services, product, missing_runs(instance, [state]))
    for registry in registered(services, {product.name: state}).values():
        registry_looked_at(services, product, registry)
    return closed


def registered(services: Services, states: Mapping[str, ProductState]) -> Mapping[str, Registered]:
    """The models of products in the registry, by one look-up for all; empty if it is silent."""
    expected = {name: counted_on(state) for name, state in states.items() if state.charter}
    if not expected:
        return {}
    try:
        return services.tracker.registered(expected)
    except TrackerError as error:
        # A service that does not answer says nothing about its content: no incident is opened.
        logger.warning("the model registry was not looked at: %s", error)
        return {}


def missing_runs(instance: dg.DagsterInstance, states: Iterable[ProductState]) -> frozenset[str]:
    """Runs that the newest evidence names and Dagster does not know: they were deleted."""
    # One query for all products, because each look-up takes a connection.
    named = frozenset().union(*(runs_of(state) for state in states))
    if not named:
        return named
    known = instance.get_run_ids(filters=dg.RunsFilter(run_ids=sorted(named)))
    return named.difference(known)


@dataclass(frozen=True, kw_only=True)
class _Patience:
    """Whether an attempt without a living process may still be on its way."""

    now: datetime
    someone_launches: bool
    suspects: Suspects

    def is_over(self, action: Action) -> bool:
        """Whether an attempt without a living process has had its time."""
        if action.started_at is None or not self.someone_launches:
            return True
        if not action.run_id:
            # A start in the future means that a clock was ahead: nobody knows how long ago it was.
            return not -CLOCK_TOLERANCE <= self.now - action.started_at < GRACE
        # Its process was alive once: only the news of its end can still come.
        return self._seen_long_enough(attempt_key(action))

    def is_over_for_run(self, run_id: str) -> bool:
        """The same for a run that no attempt waits for."""
        return not self.someone_launches or self._seen_long_enough(run_id)

    def forget(self, key: str) -> None:
        """Notes that an attempt or a run is alive or closed."""
        self.suspects.pop(key, None)

    def _seen_long_enough(self, key: str) -> bool:
        # The earlier of both: a clock that was set back must not make a suspect wait longer.
        since = self.suspects[key] = min(self.suspects.get(key, self.now), self.now)
        return self.now - since >= ENDING


def _close(
    services: Services,
    instance: dg.DagsterInstance,
    product: Product,
    action: Action,
    patience: _Patience,
) -> bool:
    if action.kind is ActionKind.NOTIFY:
        # Notices are sent under the product's lock. The caller holds it, so nobody sends it now.
        return lose(services, product, action, "the process that was to send the notice is gone")
    runs = _runs_of(instance, product, action)
    names = {run.run_id for run in runs} | ({action.run_id} if action.run_id else set())
    if any(services.ledger.is_locked(name) for name in names):
        patience.forget(attempt_key(action))
        return False
    if _may_still_run(runs, action, patience):
        return False
    for run in _orphans(runs):
        instance.report_run_failed(run, "The process of this run is gone; its action is repeated.")
    patience.forget(attempt_key(action))
    return lose(services, product, action, "its process is gone" if runs else "no run was started")


def _runs_of(instance: dg.DagsterInstance, product: Product, action: Action) -> list[dg.DagsterRun]:
    """The runs that serve an attempt."""
    # By the product too: a new ledger beside an old Dagster database counts its entries again.
    tagged = instance.get_runs(filters=dg.RunsFilter(tags=run_tags(product.name, action)))
    return [run for run in tagged if _serves(run, product, action)]


def _orphans(runs: Iterable[dg.DagsterRun]) -> list[dg.DagsterRun]:
    return [run for run in runs if run.status in (*_ACTIVE, *_WAITING)]


def _may_still_run(runs: Sequence[dg.DagsterRun], action: Action, patience: _Patience) -> bool:
    """Whether a run may still start, has ended by itself, or has time left to do so."""
    if patience.someone_launches and any(run.status in _WAITING for run in runs):
        return True
    if runs and not _orphans(runs):
        # The recorder brings the news of its end.
        return True
    return not patience.is_over(action)


def _serves(run: dg.DagsterRun, product: Product, action: Action) -> bool:
    """Whether a run with an attempt's tags is that attempt's."""
    # Tags alone prove nothing: everybody who starts a run may write them.
    if action.run_id:
        return run.run_id == action.run_id
    return asks_for(action, product.name, run.job_name, run.tags)
