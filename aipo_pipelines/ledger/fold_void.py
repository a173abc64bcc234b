"""What was said about a batch that counts no more: void, and still there to say why."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from aipo_pipelines.ledger.evidence import Evidence
from aipo_pipelines.ledger.state import CheckState
from aipo_pipelines.measures.outcome import Verdict


def void(said: Evidence, batch: str, why: str, at: datetime) -> Evidence:
    """Evidence without what it said; it belongs to no batch and stands before every other one.

    Args:
        said: What was said.
        batch: The batch that counts no more.
        why: What became of it, as a sentence.
        at: When.
    """
    return replace(
        said,
        partition="",
        verdict=Verdict.INSUFFICIENT,
        summary=why,
        figures=(),
        evidence_at=at,
        stood_at=None,
        withdrawn=batch,
    )


def with_void(check: CheckState, newest: Evidence) -> CheckState:
    """A check whose newest evaluation is void."""
    return replace(
        check,
        partition=newest.partition,
        verdict=newest.verdict,
        summary=newest.summary,
        figures=newest.figures,
        evidence_at=newest.evidence_at,
        run_id="",
        details={},
        withdrawn=newest.withdrawn,
    )
