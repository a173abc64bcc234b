"""An evaluation as evidence: its verdict, its batch, and the entry that recorded it."""

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
        began: Entry that claimed its run: the run knows no agreement that was adopted later. 0 if
            no run is recorded, and in facts of older programs.
        stood_at: Place of its batch at the failure, if the batch was delivered again later with an
            earlier date: no evidence before that place replaces it. None for a batch that did not
            move.
        withdrawn: Its batch, if the feed has withdrawn this batch. The evidence then belongs to no
            batch and says nothing, and `evidence_at` is the time of the withdrawal. Empty for a
            batch that is still in its feed.
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
        """The newest entry whose agreement can be behind its verdict."""
        # A run reads the agreement when it begins. An adoption during the run has no effect on it.
        return self.began or self.entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The failure of a batch in a check, until the batch passes with other content.

    Attributes:
        known_up_to: As in `Evidence`, for the evaluation that failed.
        share: Share of its records with a known truth at the failure; 0 for a check that needs no
            truth.
        labelled: Number of those records, of the version with most of them; 0 for a check that
            needs no truth, and in facts of older programs.
    """

    known_up_to: int
    share: float
    labelled: int = 0
