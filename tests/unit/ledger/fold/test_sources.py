"""Another source of the feed is agreed: batches of the former source are history."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.ledger.events.agreements import AgreementWithdrawn
from aipo_pipelines.ledger.fold.invalid_evidence import invalid
from aipo_pipelines.ledger.fold.sources import leave_source
from aipo_pipelines.ledger.model.state import ActionStatus, BatchStatus, ProductState
from tests.unit.ledger.values import (
    CONTRACT,
    FAIL,
    INSUFFICIENT,
    PERFORMANCE,
    action,
    actions,
    batch,
    candidate,
    champion,
    check,
    day,
    entry,
    evidence,
    state,
    verdict_of,
)

ADOPTED = entry(AgreementWithdrawn(proposal=1, reason="another source"), 50, at=day(40))


def left(before: ProductState) -> ProductState:
    return leave_source(before, ADOPTED)


def no_evidence(known: Evidence) -> Evidence:
    """Evidence about a batch of the former source."""
    text = (
        f"Batch {known.partition}, which it was about, came from a source that is not agreed any "
        "more since 2026-04-11. No batch of the agreed source is judged yet."
    )
    return invalid(known, known.partition, text, day(40))


def test_all_batches_so_far_belong_to_the_former_source() -> None:
    known = [batch("w1"), batch("w2", status=BatchStatus.QUARANTINED)]
    assert left(state(*known)).batches == {
        each.partition: replace(each, former=True) for each in known
    }


def test_a_withdrawn_batch_keeps_the_reason_why_it_is_no_evidence() -> None:
    withdrawn = batch("w1", status=BatchStatus.WITHDRAWN)
    assert left(state(withdrawn)).batches["w1"] is withdrawn


def test_the_series_of_every_check_begins_again() -> None:
    known = check(
        "w2",
        FAIL,
        recent=(verdict_of("w1"), verdict_of("w2", FAIL)),
        undecided=(evidence("w2", INSUFFICIENT),),
    )
    after = left(state(batch("w1"), batch("w2"), checks={PERFORMANCE: known})).checks[PERFORMANCE]
    assert known.decided is not None
    assert after.newest == no_evidence(known.newest)
    assert after.decided == no_evidence(known.decided)
    assert (after.recent, after.undecided, after.run_id) == ((), (), "")


def test_evidence_about_no_batch_stays() -> None:
    sufficient = check("", key="training_set/sufficient")
    before = state(batch("w1"), checks={"training_set/sufficient": sufficient})
    assert left(before).checks == {"training_set/sufficient": sufficient}


def test_evidence_about_a_batch_that_never_arrived_stays() -> None:
    known = check("w9", key=CONTRACT, undecided=(evidence("w9", INSUFFICIENT),))
    after = left(state(batch("w1"), checks={CONTRACT: known})).checks[CONTRACT]
    assert after == replace(known, undecided=())


def test_a_check_without_a_verdict_has_no_last_verdict_afterwards() -> None:
    known = check("w1", INSUFFICIENT)
    after = left(state(batch("w1"), checks={PERFORMANCE: known})).checks[PERFORMANCE]
    assert after.decided is None
    assert after.verdict is INSUFFICIENT
    assert after.withdrawn == "w1"


def test_a_last_verdict_about_another_batch_than_the_newest_is_invalid_by_itself() -> None:
    known = check("", decided=evidence("w1"))
    after = left(state(batch("w1"), checks={PERFORMANCE: known})).checks[PERFORMANCE]
    assert after.decided == no_evidence(evidence("w1"))
    assert after.newest == known.newest


def test_evaluations_of_models_on_such_batches_are_invalid() -> None:
    known, elsewhere = evidence("w1"), evidence("held out")
    before = state(
        batch("w1"),
        champion=champion("1", as_live={PERFORMANCE: known, CONTRACT: elsewhere}),
        predecessor=champion("0", in_service={PERFORMANCE: known}),
        candidates={"2": candidate("2", as_live={PERFORMANCE: known})},
    )
    after = left(before)
    assert after.champion is not None
    assert after.predecessor is not None
    assert after.champion.model.as_live == {PERFORMANCE: no_evidence(known), CONTRACT: elsewhere}
    assert after.predecessor.in_service == {PERFORMANCE: no_evidence(known)}
    assert after.candidates["2"].model.as_live == {PERFORMANCE: no_evidence(known)}


@pytest.mark.parametrize(
    ("status", "expected", "error"),
    [
        (ActionStatus.PENDING, ActionStatus.SUPERSEDED, "its source is not agreed any more"),
        (ActionStatus.GIVEN_UP, ActionStatus.SUPERSEDED, "its source is not agreed any more"),
        (ActionStatus.STARTED, ActionStatus.STARTED, ""),
    ],
)
def test_batches_of_the_former_source_are_not_measured_any_more(
    status: ActionStatus, expected: ActionStatus, error: str
) -> None:
    before = state(batch("w1"), actions=actions(action(10, status=status)))
    known = left(before).actions["10"]
    assert (known.status, known.error) == (expected, error)


def test_leaving_a_source_twice_is_as_leaving_it_once() -> None:
    once = left(state(batch("w1"), checks={PERFORMANCE: check("w1", FAIL)}))
    assert left(once) == once
