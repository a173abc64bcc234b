"""Strays: open runs of our jobs that nothing waits for, and claims without a run.

A process can die while Postgres still stores the run that it asked for: the attempt is closed as
lost, and then the run appears. Dagster stores a run before its tags, so such a run is recognised by
the copy of the tags in the run itself. A run that a person started has no attempt that could be
closed, and can die unnoticed too. Both are reported failed once they have no living process, so
that no run stays open in Dagster and no claim makes later reports believed.

A run of the current attempt is no stray. Neither is a run that somebody executes again, until it
has claimed itself: the process that launches it may still start it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

import dagster as dg

from aipo_pipelines.assets.run_tags import ACTION_TAG, JOBS, job_name
from aipo_pipelines.assets.running.run_lock import PARENT_TAG
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.dagster_internals.launching import is_without_process
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.runs import RunEnded
from aipo_pipelines.ledger.model.actor import Actor
from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.state import Action, ActionStatus, ClaimedRun, ProductState
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.resources.services import LedgerServices
from aipo_pipelines.sensors.actions import attempt_key


class Patience(Protocol):
    """Decides when a run without a living process has had enough time."""

    def is_over_for_run(self, run_id: str) -> bool:
        """Whether a run without a living process may be closed now."""

    def forget(self, key: str) -> None:
        """Notes that a run is alive or closed."""


_OPEN = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def close_strays(
    services: LedgerServices,
    instance: dg.DagsterInstance,
    product: Product,
    state: ProductState,
    patience: Patience,
) -> None:
    """Reports the strays of a product failed, and ends the claims of runs that were never stored.

    Args:
        services: The ledger and the agreements.
        instance: The Dagster instance.
        product: The product, whose lock the caller holds.
        state: Its state after lost attempts were closed.
        patience: Says whether a run without a living process may be closed now.
    """
    # One query for open runs, and one by their ids if claims are left without an attempt: each
    # look-up takes a connection, and this happens at every look of the watchdog.
    claims = _left(state)
    claimed = _known(instance, claims)
    strays = [
        *(run for run in claimed if run.status in _OPEN),
        *_of_past_attempts(_open_runs(instance), state),
    ]
    for run in {run.run_id: run for run in strays}.values():
        if services.ledger.is_locked(run.run_id):
            patience.forget(run.run_id)
        elif _is_over(instance, state, patience, run):
            instance.report_run_failed(run, "The process of this run is gone, and nothing waits.")
            patience.forget(run.run_id)
    stored = {run.run_id for run in claimed}
    for claim in claims:
        if claim.run_id not in stored and not services.ledger.is_locked(claim.run_id):
            _end(services, product, claim)


def _is_over(
    instance: dg.DagsterInstance, state: ProductState, patience: Patience, run: dg.DagsterRun
) -> bool:
    """Whether a run without a living process may be closed now."""
    claim = state.runs.get(run.run_id)
    by_hand = claim is not None and claim.by_hand
    return _has_no_process(instance, run) if by_hand else patience.is_over_for_run(run.run_id)


def have_strays(instance: dg.DagsterInstance, states: Iterable[ProductState]) -> frozenset[str]:
    """Products with a run of a past attempt that is open; one query for all of them."""
    runs = _open_runs(instance)
    return frozenset(state.product for state in states if runs and _of_past_attempts(runs, state))


def _started(state: ProductState) -> Iterator[Action]:
    return (action for action in state.actions.values() if action.status is ActionStatus.STARTED)


def _left(state: ProductState) -> Sequence[ClaimedRun]:
    """Claims of runs that serve no attempt under way."""
    started = {action.run_id for action in _started(state)}
    return [claim for claim in state.runs.values() if claim.run_id not in started]


def _known(instance: dg.DagsterInstance, claims: Iterable[ClaimedRun]) -> Sequence[dg.DagsterRun]:
    names = sorted(claim.run_id for claim in claims)
    return instance.get_runs(filters=dg.RunsFilter(run_ids=names)) if names else ()


def _open_runs(instance: dg.DagsterInstance) -> Sequence[dg.DagsterRun]:
    return instance.get_runs(filters=dg.RunsFilter(statuses=_OPEN))


def _of_past_attempts(
    runs: Iterable[dg.DagsterRun], state: ProductState
) -> Sequence[dg.DagsterRun]:
    """The runs of a product that serve an attempt which is not under way any more."""
    # By their job too: everybody who starts a run may write tags.
    ours = {job_name(state.product, job) for job in JOBS.values()}
    served = {attempt_key(action) for action in _started(state)}
    return [
        run
        for run in runs
        if run.job_name in ours
        and Attempt.parse(run.tags.get(ACTION_TAG, "")) is not None
        and run.tags[ACTION_TAG] not in served
        and PARENT_TAG not in run.tags
    ]


def _has_no_process(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether a run has ended without reporting it, as its launcher sees its process."""
    # A missing lock proves nothing here: a run holds no lock between two steps, and a step of the
    # team's own holds no lock at all.
    if not is_without_process(instance, run):
        return False
    # Read again: it may have ended since it was read.
    again = instance.get_run_by_id(run.run_id)
    return again is not None and not again.is_finished


def _end(services: LedgerServices, product: Product, claim: ClaimedRun) -> None:
    """Records that Dagster knows no such run, so that no later report of it is believed."""

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        """The end, if the claim is still the same."""
        if state.runs.get(claim.run_id) != claim:
            return ()
        return [
            Draft(
                product=product.name,
                subject=str(Subject.of_run(claim.run_id)),
                actor=str(Actor.of_rule("act")),
                occurred_at=now,
                key=f"run/{product.name}/{claim.run_id}/gone",
                event=RunEnded(run_id=claim.run_id),
            )
        ]

    services.consider(product, ask)
