"""Verdicts of checks on one batch: parts of the fact of that batch."""

from __future__ import annotations

from dataclasses import dataclass

from aipo_pipelines.evidence.evaluation import Failure
from aipo_pipelines.evidence.outcome import Severity, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Verdict of a check of the data on the newest version of one batch.

    Attributes:
        check: `asset/check`.
        entry: Entry of the evaluation.
    """

    check: str
    verdict: Verdict
    severity: Severity
    summary: str
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmet:
    """A check that a batch does not pass in its newest evaluation.

    Attributes:
        check: `asset/check`.
        failure: As in `BatchVerdict`.
    """

    check: str
    verdict: Verdict
    severity: Severity
    failure: Failure | None = None
