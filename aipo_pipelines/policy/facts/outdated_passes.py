"""A pass that events have overtaken: it was said, and is no answer any more.

Of a batch that was delivered again with an earlier date, others stand last now. What was said of
them was put aside when they stood before it: they are measured again, in order, and until then the
pass of the batch that moved says nothing. Nor does the pass of a version, or by labels, that were
replaced by what is in quarantine or could not be measured: that is not what the batch holds.
"""

from __future__ import annotations

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.fold.recent import is_muted
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.ledger.model.state import (
    ActionKind,
    ActionStatus,
    Batch,
    BatchVerdict,
    ProductState,
)
from aipo_pipelines.policy.facts.figure_verdict import AGAIN
from aipo_pipelines.policy.facts.responses import OF_MODEL, verdicts_in_force
from aipo_pipelines.policy.text import listed

_UNDER_WAY = (ActionStatus.PENDING, ActionStatus.STARTED)


def why_outdated(state: ProductState, key: str, said: Evidence) -> str:
    """Why a pass of a check, `asset/check`, is no answer any more, a sentence; empty if it is."""
    batch = state.batches.get(said.partition)
    if batch is None or said.verdict is not Verdict.PASS:
        return ""
    if is_muted(state, key, said.partition):
        return f"It passed, and batch {batch.partition} is in quarantine since."
    if why_not := replaced(state, key, said):
        return f"It passed, and {why_not}."
    later = outdated_by(state, key, said.partition)
    if not later:
        return ""
    stand = "stands" if len(later) == 1 else "stand"
    return (
        f"Batch {listed([*later])} {stand} after it since one of them has another date, or holds "
        f"what it held before; {AGAIN}."
    )


def replaced(state: ProductState, key: str, said: Evidence) -> str:
    """Why evidence is about records or labels that its batch has no more, in words; empty if not.

    While what replaced them waits to be measured, or is being measured, the evidence speaks. An
    approved version is no measured one: its model may not have been asked.
    """
    batch = state.batches.get(said.partition)
    if batch is None or said.known_up_to >= batch.changed(CheckKey.parse(key).asset):
        return ""
    if is_being_measured(state, batch.partition):
        return ""
    if said.known_up_to < batch.entry:
        return (
            f"batch {batch.partition} was delivered again since; that version has not been "
            "measured, or has nothing to be measured on"
        )
    return (
        f"other labels of batch {batch.partition} came since; it has not been measured by them, or "
        "has nothing to be measured on"
    )


def outdated_by(state: ProductState, key: str, partition: str) -> tuple[str, ...]:
    """Batches that stand after one that has moved, or moved behind it, and were judged before."""
    batch, check = state.batches.get(partition), state.checks.get(key)
    if batch is None or check is None:
        return ()
    # The batch that stands last speaks: a failing one behind it has come there since.
    fails = {
        verdict.partition
        for verdict in verdicts_in_force(state, key)
        if verdict.verdict is Verdict.FAIL
    }
    return tuple(
        verdict.partition
        for verdict in check.recent
        if _stands_after(state, key, verdict, batch)
        and ((verdict.known_up_to or 0) < batch.moved or verdict.partition in fails)
    )


def is_being_measured(state: ProductState, partition: str = "") -> bool:
    """Whether a measurement of a batch, of any without its name, is asked for or under way."""
    return any(
        action.kind is ActionKind.MEASURE
        and partition in ("", action.partition)
        and action.status in _UNDER_WAY
        for action in state.actions.values()
    )


def _stands_after(state: ProductState, key: str, one: BatchVerdict, batch: Batch) -> bool:
    other = state.batches.get(one.partition)
    if other is None or other.partition == batch.partition:
        return False
    former = state.champion is not None and (one.known_up_to or 0) < state.champion.since
    if former and CheckKey.parse(key).asset in OF_MODEL:
        return False
    return other.position > batch.position and not is_muted(state, key, one.partition)
