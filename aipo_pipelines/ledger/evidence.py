"""One evaluation as evidence: what was said, about which batch, on which entry it rests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.measures.outcome import Json, Severity, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One evaluation of a check.

    Attributes:
        evidence_at: Date of the data, never later than the entry that recorded the evaluation.
        entry: Entry of the evaluation.
    """

    partition: str
    verdict: Verdict
    severity: Severity
    summary: str
    figures: tuple[Json, ...]
    evidence_at: datetime
    entry: int
