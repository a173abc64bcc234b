"""The sensors in one process, until nothing is pending: what `aipo run` does.

No daemon is needed, and a running daemon is not interrupted: claims and locks are the same.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC

import dagster as dg

from aipo_pipelines.assets.reporting.specs import key
from aipo_pipelines.assets.run_tags import JOBS, assets_of, job_name
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.ledger.model.state import Action, ActionKind
from aipo_pipelines.logs import LogAction, logger_of, note
from aipo_pipelines.policy.queue import RUNS, in_flight, next_actions, next_due
from aipo_pipelines.resources.feeds import Look
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.actions import claim, renew, run_tags
from aipo_pipelines.sensors.adoption import adopt_charter
from aipo_pipelines.sensors.escalation import escalate
from aipo_pipelines.sensors.intake import take_in
from aipo_pipelines.sensors.recorder import record_events
from aipo_pipelines.sensors.watchdog import Suspects, watch

logger = logger_of(__name__)

SETTLING = 5
"""How many times a file that is still being written is looked at again."""

LOOKING = 1.0
"""Seconds between two looks at a run that another process has launched."""

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Configuration of runs in this process: their messages are in Dagster's event log already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One run that ended, for display.

    Attributes:
        left: How many runs wait by now.
        error: Why it failed, without values of records; empty if it succeeded.
    """

    product: str
    action: Action
    success: bool
    left: int
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The result of a pass over a product.

    Attributes:
        runs: Number of runs made.
        failed: How many of them failed.
        problems: Sentences on deliveries that could not be read.
    """

    runs: int
    failed: int
    problems: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Loop:
    """Drives products in this process.

    Attributes:
        job: Finds the job definition of a name.
        show: Called after every run.
        wait: Lets seconds pass until a failed attempt may be repeated.
        report: Called with a sentence when another process has to be waited for.
    """

    services: Services
    instance: dg.DagsterInstance
    products: Mapping[str, Product]
    job: Callable[[str], dg.JobDefinition]
    show: Callable[[Progress], None]
    wait: Callable[[float], None] = time.sleep
    report: Callable[[str], None] = lambda _: None

    def run(self, name: str) -> Done:
        """Takes in new batches of a product and acts until nothing is pending.

        Raises:
            SourceError: The feed's location names an environment variable that is not set.
            LedgerError: The ledger refused an entry.
        """
        # 1. The agreement first: it decides how the feed is read and which actions there are.
        # 2. Then the news of earlier runs, so that no batch is measured twice.
        # 3. Then the feed, and every action that is due, until none is left.
        product = self.products[name]
        with self._held(name):
            adopt_charter(self.services, product, self.wait)
            product = self.services.in_force(product)
            watch(self.services, self.instance, product)
            record_events(self.services, self.instance, self.products)
            look = self._look(product)
            # A person who runs a product by hand has fixed the cause, or wants to see it again.
            renew(self.services, product)
            results = list(self._steps(product))
        return Done(
            runs=len(results),
            failed=results.count(False),
            problems=tuple(str(problem) for problem in look.problems),
        )

    @contextmanager
    def _held(self, name: str) -> Iterator[None]:
        ledger = self.services.ledger
        # First without waiting, so that the person at the terminal learns why nothing happens.
        with ledger.product_lock(name, wait=False) as held:
            if held:
                yield
                return
        since = ledger.product_held_since(name)
        for_long = f" since {since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if since else ""
        self.report(
            f"waiting for another process that works on {name}{for_long}; if it does nothing any "
            "more (a stopped aipo run, say), continue or end it"
        )
        with ledger.product_lock(name):
            yield

    def _look(self, product: Product) -> Look:
        look = take_in(self.services, self.instance, product)
        for _ in range(SETTLING):
            if not look.unsettled:
                break
            self.wait(self.services.feeds.settle_seconds)
            look = take_in(self.services, self.instance, product)
        return look

    def _steps(self, product: Product) -> Iterator[bool]:
        suspects: Suspects = {}
        awaited = ""
        while True:
            state = self.services.ledger.state(product.name)
            if escalate(self.services, product, state):
                state = self.services.ledger.state(product.name)
            now = self.services.clock.now()
            pending = next_actions(state, now, RUNS)
            due = next_due(state, frozenset(ActionKind))
            # Two runs of a product at once could release two models: the other ends first.
            if under_way := in_flight(state):
                awaited = self._named(under_way[0], awaited)
                self._await_others(product, suspects)
                continue
            if due is None:
                return
            if not pending:
                self.wait(max((due - now).total_seconds(), 0.0))
                continue
            success = self._perform(product, pending[0])
            if success is not None:
                yield success

    def _named(self, other: Action, awaited: str) -> str:
        """Says once which run of another process is waited for."""
        if (key := f"{other.entry}:{other.attempt}") != awaited:
            since = f" since {other.started_at:%Y-%m-%d %H:%M:%S} UTC" if other.started_at else ""
            run = f" (run {other.run_id})" if other.run_id else ""
            self.report(f"waiting for {other.kind} {other.partition}{run} under way{since}")
        return key

    def _await_others(self, product: Product, suspects: Suspects) -> None:
        """A run of this product that a daemon has launched is under way, or died."""
        self.wait(LOOKING)
        record_events(self.services, self.instance, self.products)
        watch(self.services, self.instance, product, suspects)

    def _perform(self, product: Product, action: Action) -> bool | None:
        # Named here, so that claim and lock name the run before Dagster knows it.
        run_id = str(uuid.uuid4())
        with self.services.ledger.run_lock(run_id):
            if not claim(self.services, product, action, run_id):
                return None
            task = f"{action.kind} {action.partition}".strip()
            self._note(product.name, action, run_id, f"run {run_id} ({task}) starts")
            success = self._execute(product, action, run_id).success
            self._note(
                product.name, action, run_id, f"run {run_id} {'succeeded' if success else 'failed'}"
            )
        record_events(self.services, self.instance, self.products)
        state = self.services.ledger.state(product.name)
        left = sum(pending.kind in RUNS for pending in state.actions.values())
        ended = state.actions.get(str(action.entry))
        error = ended.error if ended and not success else ""
        self.show(
            Progress(product=product.name, action=action, success=success, left=left, error=error)
        )
        return success

    def _note(self, product: str, action: Action, run_id: str, sentence: str) -> None:
        # Before and after the run: what is logged within a step goes into the file of the step.
        note(
            logger,
            LogAction.RUN,
            f"{product}: {sentence}",
            product=product,
            batch=action.partition,
            run=run_id,
            entry=action.entry,
        )

    def _execute(self, product: Product, action: Action, run_id: str) -> dg.ExecuteInProcessResult:
        job = self.job(job_name(product.name, JOBS[action.kind]))
        assets = assets_of(action)
        return job.execute_in_process(
            instance=self.instance,
            partition_key=action.partition or None,
            asset_selection=[key(product.name, asset) for asset in assets] or None,
            tags=run_tags(product.name, action),
            run_config=QUIET,
            run_id=run_id,
            raise_on_error=False,
        )
