"""Batches that move to an earlier place, and keep their failures."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.fold.places import arrive
from aipo_pipelines.ledger.model.state import Batch, IncidentStatus, ProductState
from tests.unit.ledger.values import (
    FAIL,
    INSUFFICIENT,
    PASS,
    PERFORMANCE,
    arrived,
    batch,
    check,
    day,
    entry,
    evidence,
    incident,
    state,
)


def week(number: int, **members: Any) -> Batch:
    return batch(f"w{number}", occurred_at=day(7 * number), entry=number, **members)


def after(before: ProductState, event: BatchArrived, index: int = 30) -> ProductState:
    return arrive(before, entry(event, index, at=day(30)), event)


def redated(before: ProductState, to: float, index: int = 30) -> ProductState:
    """The state after a new version of w2, dated day 14 so far."""
    return after(before, arrived("w2", digest=f"version {index}", batch_date=day(to)), index)


def stood_at(known: ProductState, key: str = PERFORMANCE) -> Any:
    decided = known.checks[key].decided
    assert decided is not None
    return decided.stood_at


def failing(verdict: Verdict = FAIL, partition: str = "w2", **members: Any) -> ProductState:
    last = evidence(partition, verdict, **members)
    return state(week(1), week(2), week(3), checks={PERFORMANCE: check(decided=last)})


def test_a_failed_batch_with_an_earlier_date_keeps_its_former_place() -> None:
    known = redated(failing(), 3)
    assert stood_at(known) == day(14)
    assert known.batches["w2"].moved == 30


@pytest.mark.parametrize("to", [14, 20])
def test_a_batch_with_the_same_or_a_later_place_has_not_moved(to: float) -> None:
    known = redated(failing(), to)
    assert stood_at(known) is None
    assert known.batches["w2"].moved == 0


@pytest.mark.parametrize(("verdict", "expected"), [(INSUFFICIENT, day(14)), (PASS, None)])
def test_only_a_pass_keeps_no_place(verdict: Verdict, expected: Any) -> None:
    assert stood_at(redated(failing(verdict), 3)) == expected


def test_the_failure_of_another_batch_does_not_move() -> None:
    assert stood_at(redated(failing(partition="w3"), 3)) is None


def test_a_batch_that_moves_twice_keeps_its_last_place() -> None:
    known = redated(redated(failing(), 10), 3, 31)
    assert stood_at(known) == day(14)
    assert stood_at(redated(failing(stood_at=day(12)), 3)) == day(14)
    assert stood_at(redated(failing(stood_at=day(20)), 3)) == day(20)


def test_a_check_without_a_last_verdict_has_no_place() -> None:
    known = state(week(2), checks={PERFORMANCE: check("w2", INSUFFICIENT)})
    assert redated(known, 3).checks[PERFORMANCE].decided is None


def reached(known: ProductState, number: int = 40) -> Any:
    return known.incidents[str(number)].reached


def test_an_open_incident_of_a_batch_that_moves_reaches_to_its_former_place() -> None:
    incidents = {
        "40": incident(40, partitions=("w1", "w2")),
        "41": incident(41, partitions=("w1",)),
        "42": incident(42, partitions=("w2",), status=IncidentStatus.RESOLVED),
        "43": incident(43, partitions=("w2",), status=IncidentStatus.ACKNOWLEDGED),
    }
    known = redated(state(week(1), week(2), incidents=incidents), 3)
    assert [reached(known, number) for number in (40, 41, 42, 43)] == [
        day(14),
        None,
        None,
        day(14),
    ]


@pytest.mark.parametrize(("before", "expected"), [(day(12), day(14)), (day(20), day(20))])
def test_an_incident_never_reaches_less_far(before: Any, expected: Any) -> None:
    known = {"40": incident(40, partitions=("w2",), reached=before)}
    assert reached(redated(state(week(2), incidents=known), 3)) == expected


def test_parts_that_did_not_change_stay_the_same_objects() -> None:
    before = state(week(1), week(2), checks={PERFORMANCE: check("w1")}, incidents={})
    known = redated(before, 3)
    assert known.checks is before.checks
    assert known.incidents is before.incidents
    assert known.batches["w1"] is before.batches["w1"]


def test_an_unchanged_delivery_moves_nothing() -> None:
    before = failing()
    assert after(before, arrived("w2", batch_date=day(3))) is before


def test_a_first_arrival_has_not_moved() -> None:
    known = after(failing(), arrived("w9", batch_date=day(2)))
    assert [name for name, each in known.batches.items() if each.moved] == []


# Batches without a date.


def undated(**members: Any) -> Batch:
    """A batch without a date, behind the dated batch of day 21."""
    return batch("w2", occurred_at=day(25), dated=False, entry=4, **members)


def with_undated(*known: Batch, **members: Any) -> ProductState:
    last = evidence("w2", FAIL)
    return state(*known, undated(**members), checks={PERFORMANCE: check(decided=last)})


def test_a_batch_without_a_date_keeps_at_most_the_place_of_the_last_dated_batch() -> None:
    assert stood_at(redated(with_undated(week(1), week(3)), 3)) == day(21)


def test_a_batch_without_a_date_among_such_batches_keeps_its_own_place() -> None:
    other = batch("u", occurred_at=day(28), dated=False, entry=5)
    assert stood_at(redated(with_undated(other), 3)) == day(25)


def test_a_place_before_the_last_dated_batch_is_kept_as_it_is() -> None:
    known = with_undated(week(3), stands_at=day(16))
    assert stood_at(redated(known, 3)) == day(16)


def test_a_batch_that_another_batch_passes_is_noted_as_moved_and_keeps_no_place() -> None:
    last = evidence("u", FAIL)
    floating = batch("u", occurred_at=day(25), dated=False, entry=4)
    before = state(week(1), floating, checks={PERFORMANCE: check(decided=last)})
    known = after(before, arrived("w9", batch_date=day(24)))
    assert known.batches["u"].position < known.batches["w9"].position
    assert known.batches["u"].moved == 30
    assert known.batches["w9"].moved == 0
    assert stood_at(known) is None
