"""Runs in the fold: the claimed runs, whose reports count.

An attempt claims the run that serves it. The process of a run by hand claims the run when it
begins. The claim lasts until the end of the run is recorded. A lost attempt keeps its claim: the
last reports of its run may still arrive. The end of a later attempt ends the claim.
"""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.ledger.events.actions import ActionFailed, ActionFinished, ActionStarted
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.runs import RunClaimed, RunEnded, RunFailed
from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.state import ClaimedRun, ProductState

End = RunEnded | RunFailed | ActionFinished | ActionFailed
"""The events that end a run."""


def claimed(state: ProductState, entry: Entry, claim: RunClaimed) -> ProductState:
    """A run without an attempt of its own has begun."""
    # A second claim must not make the run younger: its reports since the first claim count.
    if claim.run_id in state.runs:
        return state
    run = ClaimedRun(
        run_id=claim.run_id, job=claim.job, action=claim.action, by_hand=True, entry=entry.index
    )
    return replace(state, runs={**state.runs, run.run_id: run})


def attempted(state: ProductState, entry: Entry, start: ActionStarted) -> ProductState:
    """An attempt became a run; the handler of the attempt itself is called before."""
    action = state.actions.get(str(start.action))
    is_its_run = action is not None and (action.attempt, action.run_id) == (
        start.attempt,
        start.run_id,
    )
    if not start.run_id or not is_its_run or start.run_id in state.runs:
        return state
    attempt = str(Attempt(start.action, start.attempt))
    run = ClaimedRun(run_id=start.run_id, job="", action=attempt, by_hand=False, entry=entry.index)
    return replace(state, runs={**state.runs, run.run_id: run})


def ended(state: ProductState, _: Entry, end: End) -> ProductState:
    """A run ended: it succeeded, failed or was cancelled."""
    attempt = _attempt(end)
    # The end of an attempt also ends the runs of earlier attempts: they were lost, and their
    # reports would count for years.
    left = {
        key: run
        for key, run in state.runs.items()
        if key != end.run_id and not (attempt and _is_of_earlier(run, attempt))
    }
    return state if len(left) == len(state.runs) else replace(state, runs=left)


def _attempt(end: End) -> Attempt | None:
    if isinstance(end, ActionFinished | ActionFailed):
        return Attempt(end.action, end.attempt)
    return Attempt.parse(end.action) if isinstance(end, RunFailed) else None


def _is_of_earlier(run: ClaimedRun, attempt: Attempt) -> bool:
    served = None if run.by_hand else Attempt.parse(run.action)
    return served is not None and served.entry == attempt.entry and served.number <= attempt.number
