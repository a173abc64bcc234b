"""Dates that do not give their batch its position."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from aipo_pipelines.ledger.model.state import AHEAD, Batch, BatchStatus
from aipo_pipelines.policy.answer.unusable_dates import unusable_dates
from aipo_pipelines.policy.statements.batches import DatedBatch
from aipo_pipelines.policy.statements.dates import (
    DateCaveat,
    DatedAhead,
    RecordsBeforeFirstWindow,
    UndatedBatches,
    UnusedDate,
)
from tests.unit.policy.story import START, charter

MONDAYS = {"by": "time", "column": "at", "every": "7d", "starting": "2026-03-02"}
LATER = timedelta(days=10)


def batch(name: str, entry: int, **changes: Any) -> Batch:
    """A batch that is dated on the day of its arrival."""
    content = Batch(
        partition=name,
        digest=name,
        versions=(name,),
        occurred_at=START,
        arrived_at=START,
        status=BatchStatus.APPROVED,
        entry=entry,
        first_entry=entry,
    )
    return replace(content, **changes)


def ahead(name: str, entry: int, **changes: Any) -> Batch:
    """A batch that is dated ten days after its arrival."""
    return batch(name, entry, occurred_at=START + LATER, early=True, **changes)


def noted(*batches: Batch, **agreed: Any) -> list[DateCaveat]:
    return list(unusable_dates(charter(**agreed), batches))


def test_usable_dates_need_no_caveat() -> None:
    assert noted() == []
    assert noted(batch("w1", 1), batch("w2", 2)) == []


def test_records_before_the_first_window_are_those_of_the_newest_arrival() -> None:
    old, new = batch("w1", 1, before_first=9), batch("w2", 2, before_first=4)
    assert noted(new, old, batches=MONDAYS) == [
        RecordsBeforeFirstWindow(records=4, starting=date(2026, 3, 2))
    ]
    assert noted(old, replace(new, before_first=0), batches=MONDAYS) == []
    assert noted(old, replace(new, before_first=None), batches=MONDAYS) == []


def test_batches_by_file_have_no_first_window() -> None:
    assert noted(batch("w1", 1, before_first=9)) == []


def test_a_date_far_after_its_arrival_is_not_used() -> None:
    at_bound = batch("w1", 1, occurred_at=START + AHEAD)
    beyond = batch("w2", 2, occurred_at=START + AHEAD + timedelta(seconds=1))
    assert noted(at_bound) == []
    assert noted(beyond) == [
        UnusedDate(partition="w2", dated=beyond.occurred_at, is_among_plans=False)
    ]


def test_a_date_further_ahead_than_those_of_other_plans_is_not_used() -> None:
    (unused,) = noted(batch("w1", 1, ahead=True))
    assert unused == UnusedDate(partition="w1", dated=START, is_among_plans=True)


def test_batches_dated_ahead_are_named_with_their_days() -> None:
    first, second, third = batch("w1", 1), ahead("w2", 2), ahead("w3", 3)
    assert noted(first, second, third) == [
        DatedAhead(
            batches=(
                DatedBatch(partition="w2", day=date(2026, 3, 12)),
                DatedBatch(partition="w3", day=date(2026, 3, 12)),
            )
        )
    ]


def test_a_single_batch_hides_no_other_batch() -> None:
    assert noted(ahead("w1", 1)) == []


def test_three_plans_in_a_row_show_that_the_feed_holds_plans() -> None:
    plans = [ahead(f"w{number}", number) for number in range(1, 4)]
    assert noted(*plans) == []
    assert noted(*plans, batch("w4", 4)) != []
    # Only the last three arrivals decide, in the order of their entries.
    assert noted(batch("w0", 0), *reversed(plans)) == []


def test_a_date_that_the_last_arrival_has_reached_is_not_ahead_any_more() -> None:
    reached = batch("w2", 2, arrived_at=START + LATER, occurred_at=START + LATER)
    assert noted(ahead("w1", 1), reached) == []
    earlier = replace(reached, arrived_at=START + LATER - timedelta(seconds=1))
    assert [type(caveat) for caveat in noted(ahead("w1", 1), earlier)] == [DatedAhead]


def test_a_copy_and_a_batch_without_a_date_are_no_dated_batches() -> None:
    copy = ahead("w2", 2, copy_of="w1")
    assert noted(ahead("w1", 1), copy) == []


def test_a_batch_without_a_date_is_named_among_dated_batches() -> None:
    undated = batch("orders", 2, dated=False)
    assert noted(batch("w1", 1), undated) == [UndatedBatches(partitions=("orders",))]
    assert noted(undated) == []
    assert noted(batch("w1", 1), replace(undated, copy_of="w1")) == []


def test_the_position_of_a_batch_in_quarantine_matters_to_no_figure() -> None:
    undated = batch("orders", 2, dated=False, status=BatchStatus.QUARANTINED)
    assert noted(batch("w1", 1), undated) == []
    dated = batch("w1", 1, status=BatchStatus.QUARANTINED)
    assert noted(dated, batch("orders", 2, dated=False)) == []
