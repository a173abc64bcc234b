"""One evaluation as evidence: which agreement it can have been judged by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Severity, Verdict

EVIDENCE = Evidence(
    partition="w1",
    verdict=Verdict.PASS,
    severity=Severity.WARNING,
    summary="Fine.",
    figures=(),
    evidence_at=datetime(2026, 3, 2, tzinfo=UTC),
    entry=9,
)


def test_an_evaluation_knows_no_agreement_newer_than_the_claim_of_its_run() -> None:
    assert replace(EVIDENCE, began=5).known_up_to == 5


def test_an_evaluation_without_a_run_on_record_knows_all_up_to_its_own_entry() -> None:
    assert EVIDENCE.known_up_to == 9
