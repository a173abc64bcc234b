"""Evidence about batches that do not count any more."""

from __future__ import annotations

import pytest

from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.details.drift import DataDriftDetails
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.fold.invalid_evidence import (
    invalid,
    invalid_if_gone,
    with_evidence_of_models,
    with_newest,
)
from aipo_pipelines.ledger.model.state import Batch, BatchStatus
from tests.unit.ledger.values import (
    DRIFT,
    FAIL,
    INSUFFICIENT,
    PERFORMANCE,
    batch,
    candidate,
    champion,
    check,
    day,
    evidence,
    state,
)

KNOWN = evidence("w1", FAIL, entry=21, began=18, stood_at=day(9))


def test_invalid_evidence_has_no_verdict_no_figure_and_no_batch() -> None:
    assert invalid(KNOWN, "w2", "It is gone.", day(4)) == Evidence(
        partition="",
        verdict=INSUFFICIENT,
        severity=Severity.CRITICAL,
        summary="It is gone.",
        figures=(),
        evidence_at=day(4),
        entry=21,
        began=18,
        stood_at=None,
        withdrawn="w2",
    )


@pytest.mark.parametrize("known", [None, batch("w1"), batch("w1", status=BatchStatus.QUARANTINED)])
def test_evidence_about_a_batch_that_counts_or_is_not_known_stays(known: Batch | None) -> None:
    assert invalid_if_gone(KNOWN, known, day(4)) is KNOWN


@pytest.mark.parametrize(
    ("known", "change"),
    [
        (batch("w1", status=BatchStatus.WITHDRAWN), "was withdrawn"),
        (batch("w1", status=BatchStatus.WITHDRAWN, former=True), "was withdrawn"),
        (batch("w1", former=True), "came from a source that was not agreed any more"),
    ],
)
def test_the_reason_says_why_a_batch_did_not_count_when_the_version_was_evaluated(
    known: Batch, change: str
) -> None:
    reason = f"Batch w1, which it was about, {change} when the version was evaluated."
    assert invalid_if_gone(KNOWN, known, day(4)) == invalid(KNOWN, "w1", reason, day(4))


def test_a_check_with_invalid_evidence_shows_no_run_and_no_detail_of_it() -> None:
    known = check(key=DRIFT, details=DataDriftDetails(drifted=("x1",)), evaluated_at=day(1))
    newest = invalid(known.newest, "w1", "It is gone.", day(4))
    after = with_newest(known, newest)
    assert after.newest == newest
    assert (after.run_id, after.details) == ("", DataDriftDetails())
    assert (after.evaluated_at, after.recent, after.decided) == (
        day(1),
        known.recent,
        known.decided,
    )


def test_a_check_without_details_has_none_afterwards() -> None:
    assert with_newest(check(), invalid(KNOWN, "w1", "It is gone.", day(4))).details == NO_DETAILS


def test_the_evidence_about_every_model_is_changed() -> None:
    before = state(
        champion=champion("2", as_live={"a": KNOWN}, in_service={"b": KNOWN}),
        predecessor=champion("1", as_live={"c": KNOWN}, in_service={"d": KNOWN}),
        candidates={"3": candidate("3", as_live={"e": KNOWN, "f": evidence("w2")})},
    )
    after = with_evidence_of_models(
        before,
        lambda known: (
            invalid(known, "w1", "It is gone.", day(4)) if known.partition == "w1" else known
        ),
    )
    expected = invalid(KNOWN, "w1", "It is gone.", day(4))
    assert after == state(
        champion=champion("2", as_live={"a": expected}, in_service={"b": expected}),
        predecessor=champion("1", as_live={"c": expected}, in_service={"d": expected}),
        candidates={"3": candidate("3", as_live={"e": expected, "f": evidence("w2")})},
    )


def test_a_state_without_models_has_no_evidence_about_them() -> None:
    before = state(checks={PERFORMANCE: check()})
    assert with_evidence_of_models(before, lambda known: known) == before
