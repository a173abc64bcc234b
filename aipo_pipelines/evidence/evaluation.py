"""One evaluation as evidence: what was said, about which batch, on which entry it rests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.evidence.outcome import Figures, Severity, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One evaluation of a check.

    Attributes:
        evidence_at: Date of the data, never later than the entry that recorded the evaluation.
        entry: Entry of the evaluation.
        began: Entry that claimed its run, which knew no agreement adopted later; 0 if no run is on
            record, and in facts of older programs.
        stood_at: Place of its batch when it failed, if the batch was delivered again with an
            earlier date since: no evidence before that place replaces it. None for a batch that
            did not move.
        withdrawn: Batch that it was about, if its feed withdrew that batch since; then the
            evidence belongs to no batch and says nothing, and `evidence_at` is the time of the
            withdrawal. Empty for a batch that is still in its feed.
    """

    partition: str
    verdict: Verdict
    severity: Severity
    summary: str
    figures: Figures
    evidence_at: datetime
    entry: int
    began: int = 0
    stood_at: datetime | None = None
    withdrawn: str = ""

    @property
    def known_up_to(self) -> int:
        """The newest entry whose agreement it can have been judged by."""
        return self.began or self.entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """That a batch failed a check, until it passes on content of its own.

    Attributes:
        known_up_to: Of the evaluation that failed, as in `Evidence`.
        share: Share of its records whose truth it failed on; 0 for a check that asks for none.
        labelled: Number of those records, of the version that had most; 0 for a check that asks for
            none, and in facts of older programs.
    """

    known_up_to: int
    share: float
    labelled: int = 0
