"""A pass that later events have made outdated: it does not answer any more.

A batch may be delivered again with an earlier date. Other batches are last then. Their verdicts did
not count while they were before this batch, so they are measured again, in order. Until then the
pass of the moved batch does not count. A pass of replaced records or labels does not count either,
if the new version is in quarantine or could not be measured: the batch does not hold these records
any more.
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


def why_outdated(state: ProductState, key: str, evidence: Evidence) -> str:
    """Why a pass of a check, `asset/check`, is outdated, as a sentence; empty if it is not."""
    batch = state.batches.get(evidence.partition)
    if batch is None or evidence.verdict is not Verdict.PASS:
        return ""
    if is_muted(state, key, evidence.partition):
        return f"It passed, and batch {batch.partition} is in quarantine now."
    if why_not := replaced(state, key, evidence):
        return f"It passed, and {why_not}."
    # The batch that is last now must answer, and it is not measured again yet.
    later = outdated_by(state, key, evidence.partition)
    if not later:
        return ""
    batches = f"Batch {later[0]} is" if len(later) == 1 else f"Batches {listed([*later])} are"
    return (
        f"{batches} after it since one of them has another date, or has its earlier content again; "
        f"{AGAIN}."
    )


def replaced(state: ProductState, key: str, evidence: Evidence) -> str:
    """Why evidence is about replaced records or labels of its batch; empty if it is not."""
    batch = state.batches.get(evidence.partition)
    if batch is None or evidence.known_up_to >= batch.changed(CheckKey.parse(key).asset):
        return ""
    # The version before answers while the new version waits for its measurement. An approved
    # version is not a measured version: the model may not have been evaluated on it.
    if is_being_measured(state, batch.partition):
        return ""
    if evidence.known_up_to < batch.entry:
        return (
            f"batch {batch.partition} was delivered again since; that version has not been "
            "measured, or has nothing to be measured on"
        )
    return (
        f"other labels of batch {batch.partition} came since; it has not been measured by them, or "
        "has nothing to be measured on"
    )


def outdated_by(state: ProductState, key: str, partition: str) -> tuple[str, ...]:
    """Judged batches that are after a given batch since it moved, or since they moved."""
    batch, check = state.batches.get(partition), state.checks.get(key)
    if batch is None or check is None:
        return ()
    # The last batch answers. So a failing batch after a batch that answers has moved there itself,
    # since its own measurement.
    fails = {
        verdict.partition
        for verdict in verdicts_in_force(state, key)
        if verdict.verdict is Verdict.FAIL
    }
    return tuple(
        verdict.partition
        for verdict in check.recent
        if _is_after(state, key, verdict, batch)
        and ((verdict.known_up_to or 0) < batch.moved or verdict.partition in fails)
    )


def is_being_measured(state: ProductState, partition: str = "") -> bool:
    """Whether a measurement of a batch is requested or running; of any batch without a name."""
    return any(
        action.kind is ActionKind.MEASURE
        and partition in ("", action.partition)
        and action.status in _UNDER_WAY
        for action in state.actions.values()
    )


def _is_after(state: ProductState, key: str, verdict: BatchVerdict, batch: Batch) -> bool:
    other = state.batches.get(verdict.partition)
    if other is None or other.partition == batch.partition:
        return False
    former = state.champion is not None and (verdict.known_up_to or 0) < state.champion.since
    if former and CheckKey.parse(key).asset in OF_MODEL:
        return False
    return other.position > batch.position and not is_muted(state, key, verdict.partition)
