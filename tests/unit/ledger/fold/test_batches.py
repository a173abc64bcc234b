"""Batches: arrivals, new versions, late labels, copies, approval and quarantine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.evidence.evaluation import Failure
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.batches import BatchApproved, BatchArrived, BatchQuarantined
from aipo_pipelines.ledger.fold.batches import approve, arrive, quarantine
from aipo_pipelines.ledger.model.arrivals import Arrival
from aipo_pipelines.ledger.model.judgements import Judgement, Unmet
from aipo_pipelines.ledger.model.state import (
    AHEAD,
    ActionStatus,
    Batch,
    BatchStatus,
    ProductState,
)
from aipo_pipelines.ledger.model.withdrawals import Withdrawal
from tests.unit.ledger.values import (
    CONTRACT,
    FAIL,
    PASS,
    action,
    actions,
    arrived,
    batch,
    day,
    entry,
    state,
)

JUDGEMENT = Judgement(
    check=CONTRACT, verdict=PASS, severity=Severity.CRITICAL, summary="It passes.", entry=9
)
UNMET = Unmet(
    check=CONTRACT,
    verdict=FAIL,
    severity=Severity.CRITICAL,
    failure=Failure(known_up_to=9, share=0.0),
)
MEASURED = batch(
    "w1",
    measured_by="1",
    judged="sha256:records",
    labels_digest="labels",
    judgements=(JUDGEMENT,),
    unmet=(UNMET,),
    records=("records",),
)
WITHDRAWN = replace(
    MEASURED,
    status=BatchStatus.WITHDRAWN,
    withdrawn=Withdrawal(entry=20, at=day(2), reason="it is gone"),
)


def after(
    before: ProductState, event: BatchArrived, index: int = 30, at: float = 7
) -> ProductState:
    return arrive(before, entry(event, index, at=day(at)), event)


def delivered(before: ProductState, name: str = "w1", at: float = 7, **members: Any) -> Batch:
    """A batch after another delivery."""
    return after(before, arrived(name, **members), at=at).batches[name]


def measurements(known: ProductState) -> list[tuple[int, str, Any]]:
    """The waiting measurements: entry, batch and named assets."""
    return [
        (action.entry, action.partition, action.arguments.get("assets"))
        for action in known.actions.values()
        if action.status is ActionStatus.PENDING
    ]


# A first arrival.


def test_a_first_arrival_is_a_batch_with_everything_that_its_entry_says() -> None:
    event = arrived(
        "w1",
        labels_digest="labels",
        batch_date=day(6),
        cells="cells",
        records="records",
        before_first=3,
    )
    known = after(state(), event)
    assert known.batches["w1"] == Batch(
        partition="w1",
        digest="a w1",
        versions=("a w1",),
        occurred_at=day(6),
        arrived_at=day(7),
        status=BatchStatus.ARRIVED,
        labels_digest="labels",
        dated=True,
        entry=30,
        first_entry=30,
        rows=100,
        cells="cells",
        records=("records",),
        arrivals=(Arrival(entry=30, at=day(7)),),
        placed_by=30,
        before_first=3,
    )
    assert measurements(known) == [(30, "w1", None)]


def test_a_batch_without_a_date_is_as_old_as_its_arrival() -> None:
    known = delivered(state())
    assert (known.occurred_at, known.dated) == (day(7), False)


def test_labels_of_an_unknown_batch_are_no_batch() -> None:
    before = state(batch("w2"))
    assert after(before, arrived("w1", labels_only=True)) is before


# A delivery without another content.


def test_an_unchanged_delivery_changes_nothing() -> None:
    before = state(MEASURED)
    assert after(before, arrived("w1", labels_digest="labels")) is before


@pytest.mark.parametrize("labels_only", [False, True])
def test_other_labels_leave_the_records_and_measure_performance(labels_only: bool) -> None:
    event = arrived("w1", digest="a w1", labels_digest="new", labels_only=labels_only)
    known = after(state(MEASURED), event)
    assert known.batches["w1"] == replace(MEASURED, labels_digest="new", relabelled=30)
    assert measurements(known) == [(30, "w1", ["performance"])]


def test_late_labels_never_bring_another_content() -> None:
    event = arrived("w1", digest="other", labels_digest="new", labels_only=True)
    assert after(state(MEASURED), event).batches["w1"].digest == "a w1"


def relabelled(known: Batch, *running: ActionStatus) -> ProductState:
    waiting = [action(20 + n, status=status) for n, status in enumerate(running)]
    before = state(known, actions=actions(*waiting))
    return after(before, arrived("w1", labels_digest="new", labels_only=True))


@pytest.mark.parametrize(
    "members", [{"status": BatchStatus.WITHDRAWN}, {"former": True}], ids=["withdrawn", "former"]
)
def test_labels_of_a_batch_that_does_not_count_are_kept_and_not_measured(
    members: dict[str, Any],
) -> None:
    known = relabelled(batch("w1", **members))
    assert known.batches["w1"].labels_digest == "new"
    assert measurements(known) == []


@pytest.mark.parametrize(
    ("running", "measured"),
    [
        ((), False),
        ((ActionStatus.STARTED,), True),
        ((ActionStatus.GIVEN_UP,), False),
        ((ActionStatus.FINISHED, ActionStatus.STARTED), True),
    ],
)
def test_labels_of_a_batch_in_quarantine_are_measured_only_if_a_run_has_begun(
    running: tuple[ActionStatus, ...], measured: bool
) -> None:
    known = relabelled(batch("w1", status=BatchStatus.QUARANTINED), *running)
    assert (measurements(known) == [(30, "w1", ["performance"])]) is measured


def test_a_run_of_another_batch_does_not_measure_the_labels_of_a_batch_in_quarantine() -> None:
    quarantined = batch("w1", status=BatchStatus.QUARANTINED)
    running = actions(action(20, partition="w2", status=ActionStatus.STARTED))
    before = state(quarantined, actions=running)
    known = after(before, arrived("w1", labels_digest="new", labels_only=True))
    assert measurements(known) == []


# Another version.


def test_another_version_is_not_judged_yet_and_keeps_the_history() -> None:
    event = arrived("w1", digest="b", rows=90, cells="cells", records="other", before_first=4)
    known = after(state(replace(MEASURED, due=9, relabelled=8)), event)
    assert known.batches["w1"] == replace(
        MEASURED,
        due=9,
        relabelled=8,
        digest="b",
        versions=("a w1", "b"),
        records=("records", "other"),
        arrivals=(Arrival(entry=1, at=day(0)), Arrival(entry=30, at=day(7))),
        arrived_at=day(7),
        status=BatchStatus.ARRIVED,
        labels_digest="",
        measured_by="",
        judged="",
        judgements=(),
        entry=30,
        rows=90,
        cells="cells",
        before_first=4,
        placed_by=30,
    )
    assert measurements(known) == [(30, "w1", None)]


def test_a_version_without_a_date_keeps_the_date_and_a_version_with_a_date_replaces_it() -> None:
    before = state(batch("w1", occurred_at=day(1)))
    assert delivered(before, digest="b").occurred_at == day(1)
    assert delivered(before, digest="b", batch_date=day(2)).occurred_at == day(2)


@pytest.mark.parametrize(
    ("was_dated", "batch_date", "dated"),
    [(False, None, False), (True, None, True), (False, day(2), True)],
)
def test_a_batch_that_once_had_a_date_is_dated(
    was_dated: bool, batch_date: Any, dated: bool
) -> None:
    before = state(batch("w1", dated=was_dated))
    assert delivered(before, digest="b", batch_date=batch_date).dated is dated


def undated(**members: Any) -> Batch:
    """A batch without a date whose place is not its arrival."""
    return batch("w1", dated=False, stands_at=day(4), **members)


def test_another_version_without_a_date_keeps_the_place_of_the_batch() -> None:
    known = delivered(state(undated()), digest="b")
    assert (known.stands_at, known.placed_by) == (day(4), 1)


def test_content_that_is_back_keeps_the_place_that_it_gave_to_the_batch() -> None:
    before = after(state(undated()), arrived("w1", digest="b"))
    known = delivered(before, digest="a w1", at=14)
    assert known.placed_by == 1


def test_content_that_is_back_leaves_the_place_that_later_content_gave_to_the_batch() -> None:
    withdrawn = undated(status=BatchStatus.WITHDRAWN)
    before = after(state(withdrawn), arrived("w1", digest="b"))
    assert before.batches["w1"].placed_by == 30
    known = after(before, arrived("w1", digest="a w1"), 40, 14).batches["w1"]
    assert (known.placed_by, known.stands_at) == (1, None)


def test_content_that_is_back_without_a_date_is_no_newer_than_its_first_arrival() -> None:
    before = after(state(batch("w1", dated=False)), arrived("w1", digest="b", batch_date=day(5)))
    assert delivered(before, digest="a w1", at=14).occurred_at == day(0)
    assert delivered(before, digest="c", at=14).occurred_at == day(5)


def test_content_that_is_back_is_as_old_as_when_it_arrived_first() -> None:
    before = after(state(batch("w1", occurred_at=day(0))), arrived("w1", digest="b"), at=7)
    known = delivered(before, digest="a w1", at=14)
    assert (known.arrived_at, known.arrivals[-1]) == (day(0), Arrival(entry=1, at=day(0)))
    assert known.versions == ("a w1", "b", "a w1")


def test_records_in_another_order_are_content_that_is_back() -> None:
    before = after(state(MEASURED), arrived("w1", digest="b", records="other"))
    known = delivered(before, digest="c", records="records", at=14)
    assert known.arrivals[-1] == Arrival(entry=1, at=day(0))


def test_versions_without_a_digest_of_records_are_not_the_same_records() -> None:
    before = state(batch("w1", records=("",)))
    assert delivered(before, digest="b", records="").arrivals[-1].entry == 30


def test_an_empty_version_is_never_an_earlier_content() -> None:
    before = after(state(batch("w1", digest="empty", rows=0)), arrived("w1", digest="b"))
    assert delivered(before, digest="empty", rows=0, at=14).arrivals[-1].at == day(14)


def test_a_version_of_the_agreed_source_has_no_failure_of_the_former_source() -> None:
    former = replace(MEASURED, former=True)
    known = delivered(state(former), digest="b", records="other")
    assert known.unmet == (replace(UNMET, failure=None),)
    assert not known.former


def test_the_same_records_of_another_source_keep_their_failure() -> None:
    former = replace(MEASURED, former=True)
    assert delivered(state(former), digest="b", records="records").unmet == (UNMET,)
    withdrawn = replace(former, status=BatchStatus.WITHDRAWN)
    known = delivered(state(withdrawn), digest="b", records="records")
    assert known.unmet == (replace(UNMET, failure=None),)


def test_a_batch_of_the_former_source_that_arrives_unchanged_counts_and_is_measured() -> None:
    former = replace(MEASURED, former=True)
    known = after(state(former), arrived("w1", labels_digest="new"), at=14)
    assert known.batches["w1"] == replace(
        MEASURED,
        labels_digest="new",
        status=BatchStatus.ARRIVED,
        measured_by="",
        judged="",
        judgements=(),
        entry=30,
    )
    assert measurements(known) == [(30, "w1", None)]


def test_labels_alone_do_not_bring_a_batch_of_the_former_source_back() -> None:
    former = replace(MEASURED, former=True)
    known = after(state(former), arrived("w1", labels_digest="new", labels_only=True))
    assert known.batches["w1"].former
    assert measurements(known) == []


# A withdrawn batch that is back.


def test_a_withdrawn_batch_that_is_delivered_again_is_always_measured() -> None:
    known = after(state(WITHDRAWN), arrived("w1"))
    assert measurements(known) == [(30, "w1", None)]
    assert (known.batches["w1"].status, known.batches["w1"].withdrawn) == (
        BatchStatus.ARRIVED,
        None,
    )


def test_former_content_returns_with_its_first_entry_and_other_content_with_a_later_entry() -> None:
    assert delivered(state(WITHDRAWN)).first_entry == 1
    assert delivered(state(WITHDRAWN), digest="b", records="other").first_entry == 30


# Copies.


def original(**members: Any) -> Batch:
    return batch("w0", **{"occurred_at": day(1), "entry": 2, "records": ("records",), **members})


def copied(known: Batch, **members: Any) -> Batch:
    """A batch that is delivered with the content of another batch."""
    return delivered(state(known), "w1", **{"digest": "a w0", **members})


def test_a_copy_has_the_date_of_its_original_and_moves_no_batch() -> None:
    known = copied(original(), batch_date=day(6))
    assert (known.copy_of, known.occurred_at, known.dated) == ("w0", day(1), True)
    assert known.evidence_at == day(1)


def test_the_same_records_in_another_order_are_a_copy() -> None:
    assert copied(original(), digest="b", records="records").copy_of == "w0"
    assert copied(original(), digest="b", records="other").copy_of == ""


def test_a_batch_without_a_record_is_no_copy() -> None:
    assert copied(original(rows=0), rows=0).copy_of == ""


def test_a_dated_copy_of_a_batch_without_a_date_keeps_its_own_date_if_it_is_older() -> None:
    undated = original(dated=False, occurred_at=day(3), arrived_at=day(3))
    older = copied(undated, batch_date=day(2))
    assert (older.occurred_at, older.dated) == (day(2), True)
    newer = copied(undated, batch_date=day(6))
    assert (newer.occurred_at, newer.dated) == (day(3), True)


def test_a_copy_without_a_date_of_a_batch_without_a_date_has_its_place() -> None:
    undated = original(dated=False, occurred_at=day(3), arrived_at=day(3), stands_at=day(4))
    known = copied(undated)
    assert (known.occurred_at, known.dated, known.stands_at) == (day(3), False, day(4))


def test_of_several_originals_the_first_arrival_counts() -> None:
    first, second = original(entry=3), batch("w9", entry=2, digest="a w0", occurred_at=day(2))
    known = after(state(first, second), arrived("w1", digest="a w0")).batches["w1"]
    assert (known.copy_of, known.occurred_at) == ("w9", day(2))


def test_a_batch_that_had_the_content_first_is_no_copy() -> None:
    copy = batch("w9", entry=5, digest="a w1", copy_of="w1")
    before = after(state(batch("w1", entry=1), copy), arrived("w1", digest="b"))
    assert delivered(before, digest="a w1", at=14).copy_of == ""


def test_a_copy_of_former_content_is_as_old_as_that_content() -> None:
    known = replace(
        original(),
        digest="new",
        versions=("a w0", "new"),
        records=("old records", "records"),
        arrivals=(Arrival(entry=2, at=day(0.5)), Arrival(entry=4, at=day(3))),
        arrived_at=day(3),
    )
    assert copied(known).occurred_at == day(0.5)
    later = replace(known, arrivals=(Arrival(entry=2, at=day(2)), *known.arrivals[1:]))
    assert copied(later).occurred_at == day(1)


def test_a_copy_of_former_content_under_a_slip_of_the_pen_is_as_old_as_its_arrival() -> None:
    far = day(3) + AHEAD + timedelta(days=1)
    known = replace(
        original(),
        digest="new",
        versions=("a w0", "new"),
        records=("old records", "records"),
        arrivals=(Arrival(entry=2, at=day(5)), Arrival(entry=4, at=day(3))),
        occurred_at=far,
        arrived_at=day(3),
    )
    assert copied(known, batch_date=day(6)).occurred_at == day(3)


def test_a_copy_of_the_present_records_in_another_order_is_as_old_as_the_batch() -> None:
    known = replace(
        original(),
        digest="new",
        versions=("old", "new"),
        records=("records", "records"),
        arrivals=(Arrival(entry=2, at=day(0)), Arrival(entry=2, at=day(0))),
    )
    assert copied(known, digest="third", records="records").occurred_at == day(1)


def test_a_copy_that_is_replaced_by_content_of_its_own_is_no_copy_any_more() -> None:
    copy = batch("w1", copy_of="w0", occurred_at=day(1), stands_at=day(2), placed_by=1)
    known = delivered(state(original(), copy), digest="b", records="own")
    assert (known.copy_of, known.occurred_at, known.dated) == ("", day(7), False)
    assert (known.stands_at, known.placed_by) == (None, 30)


# Approval and quarantine.


def judged(known: ProductState, digest: str = "a w1", name: str = "w1") -> list[ProductState]:
    """The state after an approval, and after a quarantine."""
    approved = BatchApproved(partition=name, digest=digest, evaluation=9)
    broken = BatchQuarantined(partition=name, digest=digest, checks=(CONTRACT,), summary="")
    return [
        approve(known, entry(approved), approved),
        quarantine(known, entry(broken), broken),
    ]


def test_a_decision_about_a_batch_ends_the_judgements_that_led_to_it() -> None:
    waiting = replace(MEASURED, status=BatchStatus.ARRIVED)
    approved, quarantined = judged(state(waiting))
    assert approved.batches["w1"] == replace(waiting, status=BatchStatus.APPROVED, judgements=())
    assert quarantined.batches["w1"] == replace(
        waiting, status=BatchStatus.QUARANTINED, judgements=()
    )


@pytest.mark.parametrize(
    ("known", "digest", "name"),
    [(MEASURED, "older", "w1"), (WITHDRAWN, "a w1", "w1"), (MEASURED, "a w1", "w9")],
    ids=["another version", "withdrawn", "unknown"],
)
def test_a_decision_about_another_version_or_a_withdrawn_batch_does_not_count(
    known: Batch, digest: str, name: str
) -> None:
    before = state(known)
    assert [each is before for each in judged(before, digest, name)] == [True, True]
