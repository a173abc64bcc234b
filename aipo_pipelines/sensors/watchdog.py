"""The watchdog: lets time pass, and finds what was started and has no process any more.

It also finds facts that were altered outside the ledger.

Dagster does not fail a run whose process was killed, and such an orphan would block its run key
for ever. A living run of ours holds a lock in the ledger's database; Postgres drops that lock
with the connection of a killed process, on whatever machine it ran.

Whoever launches runs for others (the sensors of a daemon) shows it by a lock too. While one lives,
a claim may be on its way: it is given time to become a run, and a run time to end. Where none
lives nothing is on its way, and what has no living process is closed at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from aipo_pipelines.sensors.asked_rules import (
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
"""Since when attempts are seen without a living process; kept by who looks again and again."""

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
        services: What the pipelines talk to.
        instance: The Dagster instance.
        product: The product.
        suspects: What earlier passes of the same caller saw; changed by this one.

    Returns:
        Number of attempts that were closed.
    """
    state = services.ledger.state(product.name)
    started = [one for one in state.actions.values() if one.status is ActionStatus.STARTED]
    patience = _Patience(
        now=services.clock.now(),
        someone_launches=services.ledger.has_launcher(),
        suspects={} if suspects is None else suspects,
    )
    closed = sum(_close(services, instance, product, action, patience) for action in started)
    if closed:
        state = services.ledger.state(product.name)
    close_strays(services, instance, product, state, patience)
    if services.ledger.altered([product.name]):
        facts_altered(services, product)
    time_passed(services, product)
    state = services.ledger.state(product.name)
    runs_looked_for(services, product, missing_runs(instance, [state]))
    for found in registered(services, {product.name: state}).values():
        registry_looked_at(services, product, found)
    return closed


def registered(services: Services, states: Mapping[str, ProductState]) -> Mapping[str, Registered]:
    """What the model registry holds of products, by one look-up for all of them.

    Nothing when it does not answer: that a service is away says nothing about what it holds.
    """
    asked = {name: counted_on(state) for name, state in states.items() if state.charter}
    if not asked:
        return {}
    try:
        return services.tracker.registered(asked)
    except TrackerError as error:
        logger.warning("the model registry was not looked at: %s", error)
        return {}


def missing_runs(instance: dg.DagsterInstance, states: Iterable[ProductState]) -> frozenset[str]:
    """Runs the newest evidence of products names and Dagster does not know: they were deleted.

    One query for all products, because each look-up costs connections.
    """
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
        if action.started_at is None or not self.someone_launches:
            return True
        if not action.run_id:
            # Started in the future: a clock was ahead, and nothing tells how long ago it was.
            return not -CLOCK_TOLERANCE <= self.now - action.started_at < GRACE
        # Its process did live once: only the news of its end can be on its way.
        return self._seen_long_enough(attempt_key(action))

    def is_over_for_run(self, run_id: str) -> bool:
        """The same for a run that no attempt waits for."""
        return not self.someone_launches or self._seen_long_enough(run_id)

    def forget(self, key: str) -> None:
        """It lives, or it is closed."""
        self.suspects.pop(key, None)

    def _seen_long_enough(self, key: str) -> bool:
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
        # Notices are sent under the product's lock, which whoever asks this holds.
        return lose(services, product, action, "the process that was to send the notice is gone")
    # The product too: a ledger made anew beside an old Dagster database counts entries again.
    tagged = instance.get_runs(filters=dg.RunsFilter(tags=run_tags(product.name, action)))
    runs = [run for run in tagged if _is_of(run, product, action)]
    names = {run.run_id for run in runs} | ({action.run_id} if action.run_id else set())
    if any(services.ledger.is_locked(name) for name in names):
        patience.forget(attempt_key(action))
        return False
    if patience.someone_launches and any(run.status in _WAITING for run in runs):
        return False
    orphans = [run for run in runs if run.status in (*_ACTIVE, *_WAITING)]
    if runs and not orphans:
        return False  # It ended by itself: the recorder brings the news.
    if not patience.is_over(action):
        return False
    for run in orphans:
        instance.report_run_failed(run, "The process of this run is gone; its action is repeated.")
    patience.forget(attempt_key(action))
    return lose(services, product, action, "its process is gone" if runs else "no run came of it")


def _is_of(run: dg.DagsterRun, product: Product, action: Action) -> bool:
    """Whether a run with an attempt's tags is that attempt's: tags alone anybody can write."""
    if action.run_id:
        return run.run_id == action.run_id
    return asks_for(action, product.name, run.job_name, run.tags)
