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
        began: Entry that claimed its run, which knew no agreement adopted later; 0 where no run is
            on record, and in facts of older programs.
        withdrawn: Batch that it was about, which its feed withdrew since; then it belongs to no
            batch and says nothing, and `evidence_at` is when that was recorded. Empty for what
            stands.
    """

    partition: str
    verdict: Verdict
    severity: Severity
    summary: str
    figures: tuple[Json, ...]
    evidence_at: datetime
    entry: int
    began: int = 0
    withdrawn: str = ""

    @property
    def known_up_to(self) -> int:
        """The newest entry whose agreement it can have been judged by."""
        return self.began or self.entry
