"""A run shows that it is alive: it holds its lock in the ledger's database until it ends.

Before it works it makes sure, under the lock that appends, that it is claimed: its reports count as
evidence from then on. A run that serves an attempt becomes the owner of that attempt. A late run
whose attempt was closed as lost does nothing, because another run does its work. A run that a
person started records an entry of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import dagster as dg

from aipo_pipelines.assets.reporting.specs import monitored_assets
from aipo_pipelines.assets.run_tags import ACTION_TAG, asks_for, assets_of
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import RunOvertakenError, UsageError
from aipo_pipelines.ledger.events.actions import ActionStarted
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.runs import RunClaimed
from aipo_pipelines.ledger.model.actor import Actor
from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus, ProductState
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.resources.services import LedgerServices

PARENT_TAG = "dagster/parent_run_id"
"""Dagster's tag of a run that a person executes again; the run copies the tags of its parent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The run a step is part of, as its own process sees it.

    Attributes:
        job: Name of its job in Dagster.
        assets: Last parts of the keys of the assets it was asked to make.
    """

    run_id: str
    job: str
    tags: Mapping[str, str]
    assets: frozenset[str]

    @classmethod
    def of(cls, context: dg.AssetExecutionContext) -> Self:
        """The run of a step."""
        return cls(
            run_id=context.run.run_id,
            job=context.run.job_name,
            tags=context.run.tags,
            assets=frozenset(chosen.path[-1] for chosen in context.selected_asset_keys),
        )


@contextmanager
def present(services: LedgerServices, run_id: str) -> Iterator[None]:
    """Holds the lock of a run while the block lasts."""
    # `aipo run` launches runs in its own process, and holds their locks already.
    if services.ledger.is_locked(run_id):
        yield
        return
    with services.ledger.run_lock(run_id):
        yield


def confirm(services: LedgerServices, product: Product, run: Running) -> None:
    """Records that the reports of this run are evidence; called within `present`, before them.

    Raises:
        RunOvertakenError: The attempt was closed as lost, or belongs to another run.
        UsageError: The run has the tag of an action that asks for other work.
    """
    attempt = Attempt.parse(run.tags.get(ACTION_TAG, ""))
    # A run that is executed again has the tag of an attempt that ended with its parent.
    if attempt is None or PARENT_TAG in run.tags:
        _claim(services, product, run)
    else:
        _take(services, product, run, attempt)


def _claim(services: LedgerServices, product: Product, run: Running) -> None:
    """Claims a run that a person started or executes again."""

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        """The claim, for the action that its tags name if it does the same work."""
        served = run.tags.get(ACTION_TAG, "")
        attempt = Attempt.parse(served)
        action = state.actions.get(str(attempt.entry)) if attempt else None
        # A repeated run serves the action of its parent only if it does all of its work.
        again = action is not None and _does(product, action, run)
        event = RunClaimed(run_id=run.run_id, job=run.job, action=served if again else "")
        return [
            Draft(
                product=product.name,
                subject=str(Subject.of_run(run.run_id)),
                actor="unknown",
                occurred_at=now,
                key=f"run/{product.name}/{run.run_id}/claimed",
                event=event,
            )
        ]

    services.consider(product, ask)


def _take(services: LedgerServices, product: Product, run: Running, attempt: Attempt) -> None:
    """Makes this run the owner of the attempt that it was launched for."""
    # Filled while the ledger is locked, and judged afterwards: an error in between would
    # look like an error of the ledger.
    owners: list[str] = []
    strangers: list[Action] = []

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        """The run's name for the attempt, if the attempt is under way and has no run yet."""
        action = state.actions.get(str(attempt.entry))
        if action is None or action.attempt != attempt.number:
            return ()
        if action.status is not ActionStatus.STARTED:
            return ()
        if not _does(product, action, run):
            strangers.append(action)
            return ()
        # The first run that asks gets the attempt: a late run meets the name of another run.
        owners.append(action.run_id or run.run_id)
        if action.run_id:
            return ()
        event = ActionStarted(
            action=attempt.entry, attempt=attempt.number, action_kind=action.kind, run_id=run.run_id
        )
        return [
            Draft(
                product=product.name,
                subject=str(Subject.of_action(attempt.entry)),
                actor=str(Actor.of_rule("act")),
                occurred_at=now,
                key=f"action/{attempt}/run/{run.run_id}",
                event=event,
            )
        ]

    services.consider(product, ask)
    if strangers:
        raise UsageError(
            f"found the tag {ACTION_TAG} of entry {attempt.entry} of {product.name} on a run of "
            f"{run.job!r}, expected a run that does what the entry asks for ({strangers[0].kind} "
            f"{strangers[0].partition}); start it without the tag"
        )
    if owners != [run.run_id]:
        raise RunOvertakenError(
            f"attempt {attempt.number} of entry {attempt.entry} of {product.name} is no longer "
            "this run's: it was closed as lost, and another run does its work; nothing needs to be "
            "done"
        )


def _does(product: Product, action: Action, run: Running) -> bool:
    """Whether this run does all the work of an action."""
    assets = assets_of(action)
    # A run of a part would leave the other checks of the batch old, under a finished action.
    if action.kind is ActionKind.MEASURE and not assets:
        assets = monitored_assets(product)
    return run.assets.issuperset(assets) and asks_for(action, product.name, run.job, run.tags)
