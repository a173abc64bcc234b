"""Batches that their feed withdrew: what is evidence afterwards, and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.evidence.evaluation import Evidence, Failure
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.batches import BatchWithdrawn
from aipo_pipelines.ledger.fold.invalid_evidence import invalid
from aipo_pipelines.ledger.fold.withdrawals import withdraw
from aipo_pipelines.ledger.model.judgements import Judgement, Unmet
from aipo_pipelines.ledger.model.state import (
    ActionStatus,
    Batch,
    BatchStatus,
    CheckState,
    ProductState,
)
from aipo_pipelines.ledger.model.withdrawals import Withdrawal
from tests.unit.ledger.values import (
    CONTRACT,
    FAIL,
    INSUFFICIENT,
    PASS,
    PERFORMANCE,
    START,
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

FAILURE = Failure(known_up_to=20, share=1.0)


def week(number: int, **members: Any) -> Batch:
    return batch(f"w{number}", occurred_at=day(7 * number), entry=number, **members)


def weeks(**members: Any) -> ProductState:
    return state(week(1), week(2), week(3), **members)


def withdrawn(before: ProductState, partition: str = "w2", arrival: int = 2) -> ProductState:
    event = BatchWithdrawn(
        partition=partition, digest=f"a {partition}", arrival=arrival, reason="it is gone"
    )
    return withdraw(before, entry(event, 50, at=day(40)), event)


def reason(name: str = "w2") -> str:
    return f"Batch {name}, which it was about, was withdrawn by its feed on 2026-04-11: it is gone."


def about(known: Evidence) -> Evidence:
    """Evidence about w2 after its withdrawal."""
    return invalid(known, "w2", reason(), day(40))


def overtaken(known: Evidence) -> Evidence:
    """Evidence that is not about the newest batch any more, because w2 is withdrawn."""
    text = (
        "Batch w2 was withdrawn by its feed on 2026-04-11, and without it another batch than "
        f"{known.partition} is the newest."
    )
    return invalid(known, "w2", text, day(40))


def checked(known: CheckState) -> CheckState:
    """A check after the withdrawal of w2."""
    return withdrawn(weeks(checks={PERFORMANCE: known})).checks[PERFORMANCE]


def test_a_withdrawn_batch_stays_with_the_reason_and_without_its_verdicts() -> None:
    judgement = Judgement(
        check=CONTRACT, verdict=PASS, severity=Severity.CRITICAL, summary="", entry=9
    )
    unmet = Unmet(check=PERFORMANCE, verdict=FAIL, severity=Severity.CRITICAL, failure=FAILURE)
    known = week(2, judgements=(judgement,), unmet=(unmet,), measured_by="1")
    after = withdrawn(state(week(1), known))
    assert after.batches["w2"] == replace(
        known,
        status=BatchStatus.WITHDRAWN,
        judgements=(),
        unmet=(replace(unmet, failure=None),),
        withdrawn=Withdrawal(entry=50, at=day(40), reason="it is gone"),
    )
    assert after.batches["w1"] == week(1)


@pytest.mark.parametrize(
    ("partition", "arrival"), [("w9", 2), ("w2", 1), ("w2", 3)], ids=["unknown", "older", "newer"]
)
def test_a_withdrawal_of_an_unknown_batch_or_another_version_changes_nothing(
    partition: str, arrival: int
) -> None:
    before = weeks(checks={PERFORMANCE: check("w2")})
    assert withdrawn(before, partition, arrival) is before


def test_a_batch_is_withdrawn_once() -> None:
    once = withdrawn(weeks())
    assert withdrawn(once) is once


@pytest.mark.parametrize("status", [BatchStatus.ARRIVED, BatchStatus.QUARANTINED])
def test_a_batch_of_any_status_can_be_withdrawn(status: BatchStatus) -> None:
    after = withdrawn(state(week(2, status=status)))
    assert after.batches["w2"].status is BatchStatus.WITHDRAWN


# The checks that it had failed.


def failed(
    unmet: tuple[Unmet, ...] = (), checks: Mapping[str, CheckState] | None = None
) -> tuple[str, ...]:
    before = state(week(1), week(2, unmet=unmet), checks=checks or {})
    known = withdrawn(before).batches["w2"].withdrawn
    assert known is not None
    return known.failed


@pytest.mark.parametrize(
    ("verdict", "partition", "expected"),
    [
        (FAIL, "w2", (PERFORMANCE,)),
        (FAIL, "w1", ()),
        (PASS, "w2", ()),
        (INSUFFICIENT, "w2", ()),
    ],
)
def test_the_checks_that_a_withdrawn_batch_failed_are_noted(
    verdict: Verdict, partition: str, expected: tuple[str, ...]
) -> None:
    known = check("w1", recent=(verdict_of(partition, verdict), verdict_of("w0", PASS)))
    checks = {PERFORMANCE: known, CONTRACT: check("w2", key=CONTRACT)}
    assert failed(checks=checks) == expected


@pytest.mark.parametrize(
    ("verdict", "expected"), [(FAIL, (PERFORMANCE,)), (PASS, ()), (INSUFFICIENT, ())]
)
def test_a_failure_that_its_check_forgot_is_noted_too(
    verdict: Verdict, expected: tuple[str, ...]
) -> None:
    unmet = Unmet(check=PERFORMANCE, verdict=verdict, severity=Severity.CRITICAL)
    known = {PERFORMANCE: check("w1"), CONTRACT: check("w1", key=CONTRACT)}
    assert failed((unmet,), known) == expected


def test_a_check_that_is_not_known_any_more_is_not_noted() -> None:
    assert failed((Unmet(check="old/check", verdict=FAIL, severity=Severity.CRITICAL),)) == ()


# The checks afterwards.


def test_the_newest_evaluation_about_the_batch_is_invalid_and_no_older_takes_its_place() -> None:
    known = check("w2", FAIL, recent=(verdict_of("w1"), verdict_of("w2", FAIL)))
    after = checked(known)
    assert after.newest == about(known.newest)
    assert known.decided is not None
    assert after.decided == about(known.decided)
    assert after.recent == (verdict_of("w1"),)
    assert after.run_id == ""


def test_evidence_about_another_batch_stays_valid() -> None:
    known = check("w3", recent=(verdict_of("w1"), verdict_of("w2"), verdict_of("w3")))
    after = checked(known)
    assert after == replace(known, recent=(verdict_of("w1"), verdict_of("w3")))
    assert after.newest == known.newest


def test_undecided_evaluations_of_the_batch_are_forgotten() -> None:
    open_weeks = [evidence(f"w{n}", INSUFFICIENT) for n in (1, 2, 3)]
    known = check("w3", INSUFFICIENT, undecided=tuple(open_weeks))
    assert checked(known).undecided == (open_weeks[0], open_weeks[2])


def test_a_check_that_never_judged_the_batch_stays_as_it_is() -> None:
    known = check("w1")
    assert checked(known) == known


def test_the_last_verdict_is_invalid_if_it_was_about_the_batch() -> None:
    last = evidence("w2", FAIL)
    known = check("w3", INSUFFICIENT, decided=last, recent=(verdict_of("w2", FAIL),))
    after = checked(known)
    assert after.decided == about(last)
    assert after.newest == known.newest


def moving(*checks: CheckState) -> ProductState:
    """The withdrawal of w3: the batch `f` without a date followed it, and is before w1 then."""
    floating = batch(
        "f",
        dated=False,
        occurred_at=day(5),
        arrived_at=day(5),
        stands_at=day(21) + timedelta(microseconds=1),
        entry=4,
    )
    late = replace(week(1), placed_by=6)
    before = state(late, week(3), floating, checks={str(known.check): known for known in checks})
    return withdrawn(before, "w3", 3)


def test_evidence_that_another_judged_batch_overtakes_is_invalid() -> None:
    known = check("f", recent=(verdict_of("w1"), verdict_of("w3"), verdict_of("f")))
    after = moving(known).checks["performance"]
    assert after.recent == (verdict_of("f"), verdict_of("w1"))
    text = (
        "Batch w3 was withdrawn by its feed on 2026-04-11, and without it another batch than f is "
        "the newest."
    )
    assert after.newest == invalid(known.newest, "w3", text, day(40))
    assert after.decided == after.newest


def test_evidence_is_not_overtaken_by_a_batch_without_a_verdict() -> None:
    recent = (verdict_of("w1", INSUFFICIENT), verdict_of("w3"), verdict_of("f"))
    known = check("f", recent=recent)
    after = moving(known).checks["performance"]
    assert after.decided == known.decided
    assert after.newest != known.newest


def test_verdicts_of_no_batch_overtake_nothing() -> None:
    known = check("f", recent=(verdict_of(""), verdict_of("w3"), verdict_of("f")))
    after = moving(known).checks["performance"]
    assert after.newest == known.newest
    assert after.recent == (verdict_of(""), verdict_of("f"))


def test_undecided_evaluations_are_in_the_new_order_of_batches() -> None:
    open_ones = (evidence("w1", INSUFFICIENT), evidence("f", INSUFFICIENT))
    after = moving(check("f", INSUFFICIENT, recent=(), undecided=open_ones)).checks["performance"]
    assert after.undecided == open_ones[::-1]


# Models and actions.


def test_a_version_that_was_evaluated_on_the_batch_has_no_evidence_about_it() -> None:
    known, other = evidence("w2"), evidence("w1")
    after = withdrawn(
        weeks(
            champion=champion("1", as_live={PERFORMANCE: known}, in_service={PERFORMANCE: other}),
            candidates={"2": candidate("2", as_live={PERFORMANCE: known})},
        )
    )
    assert after.champion is not None
    assert after.champion.model.as_live == {PERFORMANCE: about(known)}
    assert after.champion.in_service == {PERFORMANCE: other}
    assert after.candidates["2"].model.as_live == {PERFORMANCE: about(known)}


def test_the_waiting_measurement_of_the_batch_is_superseded() -> None:
    waiting = actions(
        action(10, partition="w2"),
        action(11, partition="w1"),
        action(12, partition="w2", status=ActionStatus.STARTED),
        action(13, partition="w2", status=ActionStatus.GIVEN_UP),
    )
    after = withdrawn(weeks(actions=waiting)).actions
    assert {key: (known.status, known.error) for key, known in after.items()} == {
        "10": (ActionStatus.SUPERSEDED, "the batch was withdrawn by its feed"),
        "11": (ActionStatus.PENDING, ""),
        "12": (ActionStatus.STARTED, ""),
        "13": (ActionStatus.SUPERSEDED, "the batch was withdrawn by its feed"),
    }


def test_the_time_of_the_withdrawal_is_the_age_of_its_evidence() -> None:
    after = checked(check("w2"))
    assert (after.evidence_at, after.withdrawn, after.partition) == (day(40), "w2", "")
    assert after.evaluated_at == START
