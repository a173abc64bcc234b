"""Strays: runs of ours that are open though nothing waits for them, and claims without a run.

A process can die while Postgres still stores the run that it asked for: the attempt is closed,
because no run came of it, and then the run appears. Dagster stores a run before its tags, so such a
run may not be found by them; what it is the run itself says. A run that a person started has no
attempt that could be closed, and dies without a word, too. Both are reported failed once no process
lives, so that nothing stands open in Dagster for ever and no claim believes what is written later.

A run whose attempt is the current one is none, and neither is one that somebody executes again
until it has claimed itself: what launches them may yet come to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

import dagster as dg

from aipo_pipelines.assets.run_tags import ACTION_TAG, JOBS, job_name
from aipo_pipelines.assets.running.run_lock import PARENT_TAG
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.dagster_internals.launching import is_without_process
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.runs import RunEnded
from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.state import ActionStatus, ClaimedRun, ProductState
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.resources.services import Services
from aipo_pipelines.sensors.actions import attempt_key


class Patience(Protocol):
    """Knows since when runs are seen without a living process."""

    def is_over_for_run(self, run_id: str) -> bool:
        """Whether a run without a living process has had its time, and may be closed."""

    def forget(self, key: str) -> None:
        """It lives, or it is closed."""


_OPEN = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def close_strays(
    services: Services,
    instance: dg.DagsterInstance,
    product: Product,
    state: ProductState,
    patience: Patience,
) -> None:
    """Reports the strays of a product failed and ends the claims of runs that never came to be.

    One query for open runs, and one by their ids where claims are left without an attempt.

    Args:
        services: What the pipelines talk to.
        instance: The Dagster instance.
        product: The product; whoever asks holds its lock.
        state: Its state after what was started and has no process was closed.
        patience: Says whether a run without a living process may be closed now.
    """
    claims = _left(state)
    claimed = _known(instance, claims)
    strays = [
        *(one for one in claimed if one.status in _OPEN),
        *_of_past_attempts(_open_runs(instance), state),
    ]
    for run in {one.run_id: one for one in strays}.values():
        claim = state.runs.get(run.run_id)
        by_hand = claim is not None and claim.by_hand
        if services.ledger.is_locked(run.run_id):
            patience.forget(run.run_id)
        elif _has_no_process(instance, run) if by_hand else patience.is_over_for_run(run.run_id):
            instance.report_run_failed(run, "The process of this run is gone, and nothing waits.")
            patience.forget(run.run_id)
    there = {one.run_id for one in claimed}
    for claim in claims:
        if claim.run_id not in there and not services.ledger.is_locked(claim.run_id):
            _end(services, product, claim)


def have_strays(instance: dg.DagsterInstance, states: Iterable[ProductState]) -> frozenset[str]:
    """Products with a run of a past attempt that is open; one query for all of them."""
    runs = _open_runs(instance)
    return frozenset(one.product for one in states if runs and _of_past_attempts(runs, one))


def _left(state: ProductState) -> Sequence[ClaimedRun]:
    """Claims of runs that no attempt under way is known by."""
    started = {one.run_id for one in state.actions.values() if one.status is ActionStatus.STARTED}
    return [one for one in state.runs.values() if one.run_id not in started]


def _known(instance: dg.DagsterInstance, claims: Iterable[ClaimedRun]) -> Sequence[dg.DagsterRun]:
    names = sorted(one.run_id for one in claims)
    return instance.get_runs(filters=dg.RunsFilter(run_ids=names)) if names else ()


def _open_runs(instance: dg.DagsterInstance) -> Sequence[dg.DagsterRun]:
    return instance.get_runs(filters=dg.RunsFilter(statuses=_OPEN))


def _of_past_attempts(
    runs: Iterable[dg.DagsterRun], state: ProductState
) -> Sequence[dg.DagsterRun]:
    """The runs of a product, by their job too, that are of an attempt and of none under way."""
    ours = {job_name(state.product, job) for job in JOBS.values()}
    started = (one for one in state.actions.values() if one.status is ActionStatus.STARTED)
    served = {attempt_key(one) for one in started}
    return [
        run
        for run in runs
        if run.job_name in ours
        and Attempt.parse(run.tags.get(ACTION_TAG, "")) is not None
        and run.tags[ACTION_TAG] not in served
        and PARENT_TAG not in run.tags
    ]


def _has_no_process(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether a run ended without a word, by what its launcher knows of its process.

    The missing lock says nothing: it holds none between two steps, and a step of the user's never.
    """
    if not is_without_process(instance, run):
        return False
    # Read again: it may have come to its end since it was read.
    again = instance.get_run_by_id(run.run_id)
    return again is not None and not again.is_finished


def _end(services: Services, product: Product, claim: ClaimedRun) -> None:
    """Records that Dagster knows no such run, so that nothing is to be believed of it."""

    def ask(state: ProductState, now: datetime) -> Sequence[Draft]:
        if state.runs.get(claim.run_id) != claim:
            return ()
        return [
            Draft(
                product=product.name,
                subject=str(Subject.of_run(claim.run_id)),
                actor="rule:act",
                occurred_at=now,
                key=f"run/{product.name}/{claim.run_id}/gone",
                event=RunEnded(run_id=claim.run_id),
            )
        ]

    services.consider(product, ask)
