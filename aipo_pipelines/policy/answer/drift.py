"""Drift from the reference of the champion, as a part of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.drift import DataDriftDetails
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.freshness import newest_of
from aipo_pipelines.policy.facts.judged_evidence import is_former
from aipo_pipelines.policy.statements.original import DriftNotCompared

DATA_DRIFT = "drift/data_drift"
"""The check that compares the inputs of a batch with the reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftNote:
    """The newest comparison of a batch with the champion's reference.

    Attributes:
        partition: The batch; empty if no batch was compared with the data of this champion.
        evidence_at: Date of the batch; None if there is no batch.
    """

    verdict: Verdict
    partition: str
    drifted: tuple[str, ...]
    critical: tuple[str, ...]
    evidence_at: datetime | None
    summary: str | DriftNotCompared


def drift_note(charter: Charter, state: ProductState) -> DriftNote | None:
    """The newest drift result; None if nothing was compared."""
    check = state.checks.get(DATA_DRIFT)
    if check is None:
        return None
    # A comparison with the data of a former champion says nothing about this champion.
    if is_former(charter, state, DATA_DRIFT, newest_of(check).known_up_to):
        return DriftNote(
            verdict=Verdict.INSUFFICIENT,
            partition="",
            drifted=(),
            critical=(),
            evidence_at=None,
            summary=_not_compared(state, check.partition),
        )
    details = details_of(DataDriftDetails, check.details)
    return DriftNote(
        verdict=check.verdict,
        partition=check.partition,
        drifted=details.drifted,
        critical=details.critical_drifted,
        # A withdrawn batch is evidence of nothing, so its date is not shown.
        evidence_at=None if check.withdrawn else check.evidence_at,
        summary=check.summary,
    )


def _not_compared(state: ProductState, partition: str) -> DriftNotCompared:
    version = state.champion.version if state.champion else ""
    return DriftNotCompared(version=version, partition=partition)
