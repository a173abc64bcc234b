"""The order of batches: dates, batches without a date, plans, slips of the pen, copies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.ledger.fold.batch_order import (
    back_in_place,
    has_date,
    placed,
    placed_again,
    position_of,
)
from aipo_pipelines.ledger.model.state import AHEAD, Batch, BatchStatus, ProductState
from tests.unit.ledger.values import batch, day, state

JUST = timedelta(microseconds=1)


def arrives(
    before: ProductState, name: str, arrived: float, occurred: float | None = None, **members: Any
) -> ProductState:
    """The state after the arrival of a batch; without a date if no date is given."""
    known: dict[str, Any] = {
        "entry": len(before.batches) + 1,
        "arrived_at": day(arrived),
        "occurred_at": day(arrived if occurred is None else occurred),
        "dated": occurred is not None,
    }
    return placed(before, batch(name, **{**known, **members}), day(arrived))


def lived(*arrivals: tuple[str, float, float | None]) -> ProductState:
    """The state after several arrivals, each with its day and the day of its data."""
    known = state()
    for name, arrived, occurred in arrivals:
        known = arrives(known, name, arrived, occurred)
    return known


def order(known: ProductState) -> str:
    """The names of the batches in their order."""
    return " ".join(sorted(known.batches, key=lambda name: known.batches[name].position))


def withdrawn(known: ProductState, name: str) -> ProductState:
    absent = replace(known.batches[name], status=BatchStatus.WITHDRAWN)
    return placed_again(replace(known, batches={**known.batches, name: absent}))


def test_the_place_of_a_batch_is_its_date_and_then_its_arrival() -> None:
    known = state(batch("w1", occurred_at=day(7), entry=3))
    assert position_of(known, "w1") == (day(7), 3)


def test_an_unknown_batch_comes_before_all_batches() -> None:
    first = batch("w1", occurred_at=datetime.min.replace(tzinfo=UTC), entry=1)
    assert position_of(state(first), "") < position_of(state(first), "w1")


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, True),
        ({"dated": False}, False),
        ({"ahead": True}, False),
        ({"occurred_at": day(5) + AHEAD, "arrived_at": day(5)}, True),
        ({"occurred_at": day(5) + AHEAD + JUST, "arrived_at": day(5)}, False),
    ],
)
def test_a_slip_of_the_pen_is_no_date(members: dict[str, Any], *, expected: bool) -> None:
    assert has_date(batch("w1", **members)) is expected


# Batches without a date.


def test_dates_give_the_order_and_not_the_order_of_arrival() -> None:
    assert order(lived(("b", 20, 14), ("c", 21, 20), ("a", 22, 7))) == "a b c"


def test_without_any_date_the_order_of_arrival_counts() -> None:
    assert order(lived(("b", 1, None), ("c", 2, None), ("a", 2, None))) == "b c a"


def test_a_batch_without_a_date_is_the_last_when_it_arrives() -> None:
    known = lived(("a", 4.5, 5), ("undated", 4.6, None))
    assert order(known) == "a undated"
    assert known.batches["undated"].stands_at == day(5) + JUST


def test_a_batch_without_a_date_needs_no_other_place_if_it_is_the_last_anyway() -> None:
    known = lived(("a", 1, 1), ("undated", 2, None))
    assert known.batches["undated"].stands_at is None


def test_a_newer_dated_batch_passes_the_batches_without_a_date() -> None:
    known = lived(("undated", 10, None), ("a", 11, 9))
    assert order(known) == "undated a"
    assert known.batches["undated"].stands_at == day(9) - JUST


def test_an_older_dated_batch_passes_no_batch_without_a_date() -> None:
    known = lived(("a", 8, 8), ("undated", 10, None), ("b", 11, 7))
    assert order(known) == "b a undated"


@pytest.mark.parametrize(("newer", "expected"), [(9.5, "a b undated"), (12, "b undated a")])
def test_only_dates_that_have_come_keep_a_batch_from_passing(newer: float, expected: str) -> None:
    known = lived(("b", 9.5, newer), ("undated", 9.7, None), ("a", 10, 9))
    assert order(known) == expected


def test_a_dated_batch_of_the_same_date_passes_too() -> None:
    assert order(lived(("a", 1, 1), ("undated", 5, None), ("b", 6, 1))) == "undated a b"


def test_a_withdrawn_batch_or_one_of_a_former_source_is_not_the_last() -> None:
    for members in ({"status": BatchStatus.WITHDRAWN}, {"former": True}):
        known = arrives(state(batch("a", occurred_at=day(30), **members)), "undated", 2)
        assert known.batches["undated"].stands_at is None


def test_dates_of_batches_that_do_not_count_are_not_newer() -> None:
    absent = batch("away", occurred_at=day(9), entry=1, status=BatchStatus.WITHDRAWN)
    known = arrives(arrives(state(absent), "undated", 10), "a", 11, 8)
    assert known.batches["undated"].position < known.batches["a"].position


def test_the_first_moment_has_no_moment_before_it() -> None:
    first = datetime.min.replace(tzinfo=UTC)
    known = placed(
        state(batch("undated", dated=False, occurred_at=day(1), entry=1)),
        batch("a", occurred_at=first, arrived_at=day(2), entry=2),
        day(2),
    )
    assert known.batches["undated"].stands_at == first


def test_a_new_version_with_a_date_leaves_its_place_behind_the_others() -> None:
    known = lived(("a", 4.5, 5), ("undated", 4.6, None))
    again = replace(
        known.batches["undated"], occurred_at=day(3), arrived_at=day(6), dated=True, entry=9
    )
    after = placed(known, again, day(6))
    assert order(after) == "undated a"
    assert (after.batches["undated"].stands_at, after.batches["undated"].placed_by) == (None, 9)


def test_a_new_version_without_a_date_keeps_its_place() -> None:
    known = lived(("a", 4.5, 5), ("undated", 4.6, None), ("b", 9, 20))
    again = replace(known.batches["undated"], digest="b", entry=9)
    assert placed(known, again, day(10)).batches["undated"] == again


# Plans.


def test_a_plan_does_not_hide_the_batches_that_arrive_later() -> None:
    known = lived(("plan", 1, 20), ("a", 3, 3), ("b", 5, 5))
    assert order(known) == "plan a b"
    assert known.batches["plan"].early


@pytest.mark.parametrize(("occurred", "early"), [(2, False), (2.01, True)])
def test_a_date_is_ahead_if_it_lies_more_than_a_day_beyond_the_arrival(
    occurred: float, early: bool
) -> None:
    assert lived(("a", 1, occurred)).batches["a"].early is early


def test_dates_give_the_order_of_plans() -> None:
    assert order(lived(("p2", 1, 20), ("p1", 2, 15))) == "p1 p2"


def test_a_plan_passes_the_batches_without_a_date_but_no_other_plan() -> None:
    known = lived(("undated", 1, None), ("p1", 2, 20), ("p2", 3, 22))
    assert order(known) == "undated p1 p2"


def test_an_older_plan_passes_no_batch_without_a_date() -> None:
    known = lived(("p1", 1, 25), ("undated", 2, None), ("p2", 3, 20))
    assert order(known) == "p2 p1 undated"


def test_a_batch_that_is_older_than_others_passes_no_plan() -> None:
    assert order(lived(("a", 1, 1), ("plan", 2, 20), ("b", 3, 0.5))) == "b a plan"


def test_a_plan_that_is_delivered_again_later_remains_a_plan() -> None:
    known = lived(("plan", 1, 20), ("a", 3, 3))
    again = replace(known.batches["plan"], arrived_at=day(19.5), entry=9, digest="b")
    assert placed(known, again, day(19.5)).batches["plan"].early
    corrected = replace(again, occurred_at=day(19))
    assert not placed(known, corrected, day(19.5)).batches["plan"].early


def test_a_withdrawn_plan_is_no_plan_when_it_is_back() -> None:
    known = lived(("plan", 1, 20), ("a", 3, 3))
    absent = replace(known.batches["plan"], status=BatchStatus.WITHDRAWN)
    known = replace(known, batches={**known.batches, "plan": absent})
    again = replace(absent, status=BatchStatus.ARRIVED, arrived_at=day(19.5), entry=9)
    assert not placed(known, again, day(19.5)).batches["plan"].early


# Slips of the pen.


def test_a_slip_is_the_last_batch_until_another_batch_arrives() -> None:
    known = lived(("a", 7, 7), ("b", 14, 14), ("slip", 15, 40))
    assert known.batches["slip"].ahead
    assert order(known) == "a b slip"
    assert order(arrives(known, "c", 21, 21)) == "a b slip c"


def test_a_slip_notes_the_arrival_that_gave_it_its_place() -> None:
    known = lived(("a", 7, 7), ("b", 14, 14))
    slip = arrives(known, "slip", 15, 40, entry=8, placed_by=3).batches["slip"]
    assert (slip.placed_by, slip.stands_at) == (8, None)


def test_a_slip_that_arrives_before_the_last_date_is_after_that_batch() -> None:
    known = lived(("a", 7, 7), ("b", 14, 14.9), ("slip", 14.5, 40))
    slip = known.batches["slip"]
    assert (slip.stands_at, slip.placed_by) == (day(14.9) + JUST, 3)


def test_a_date_that_turns_out_to_be_a_plan_is_before_the_batches_that_came_later() -> None:
    known = lived(("a", 7, 7), ("b", 14, 14), ("plan", 15, 40), ("c", 21, 21))
    assert order(known) == "a b plan c"
    second = arrives(known, "plan2", 22, 48)
    assert not second.batches["plan"].ahead
    assert order(second) == "a b plan c plan2"
    assert second.batches["plan"].stands_at == day(21) - JUST


def test_a_plan_that_was_taken_for_a_slip_keeps_its_date_before_a_newer_date() -> None:
    known = lived(("a", 7, 7), ("b", 14, 14), ("plan", 15, 40), ("c", 39.5, 40.4))
    assert known.batches["plan"].ahead
    after = arrives(known, "plan2", 39.6, 66)
    assert order(after) == "a b plan c plan2"
    plan = after.batches["plan"]
    assert (plan.ahead, plan.stands_at) == (False, None)


def test_a_slip_stays_a_slip_while_no_other_batch_lies_as_far_ahead() -> None:
    known = arrives(lived(("a", 7, 7), ("b", 14, 14), ("slip", 15, 40)), "c", 21, 21)
    assert known.batches["slip"].stands_at is None
    assert known.batches["slip"].position[0] == day(15)


# Copies.


def test_a_copy_moves_no_other_batch() -> None:
    known = lived(("undated", 1, None))
    after = arrives(known, "copy", 5, 0.5, copy_of="a")
    assert after.batches["undated"] is known.batches["undated"]


def test_a_copy_without_a_date_keeps_the_place_of_its_original() -> None:
    known = lived(("a", 1, 9))
    copy = arrives(known, "copy", 5, copy_of="a", occurred_at=day(3)).batches["copy"]
    assert copy.stands_at is None
    assert copy.position[0] == day(3)


# Withdrawals: the order is as if the batch had never arrived.


def test_without_a_batch_that_floats_no_place_can_change() -> None:
    known = lived(("a", 5, 5), ("b", 6, 6))
    assert placed_again(known) is known


def test_a_withdrawn_batch_has_no_effect_on_the_places_of_the_others() -> None:
    known = lived(("a", 4.5, 5), ("undated", 4.6, None), ("b", 9, 20))
    assert order(known) == "a undated b"
    after = withdrawn(known, "b")
    assert after.batches["undated"].stands_at == day(5) + JUST
    after = withdrawn(withdrawn(known, "a"), "b")
    assert after.batches["undated"].stands_at is None


def test_the_order_of_the_names_stays_although_places_change() -> None:
    known = lived(("b", 4.5, 5), ("undated", 4.6, None), ("a", 9, 20))
    assert list(withdrawn(known, "b").batches) == ["b", "undated", "a"]


ARRIVALS = st.lists(
    st.tuples(st.integers(0, 3), st.none() | st.integers(-9, 3), st.booleans()),
    min_size=1,
    max_size=7,
)


@given(ARRIVALS)
def test_the_order_after_withdrawals_is_that_without_the_withdrawn_batches(
    arrivals: list[tuple[int, int | None, bool]],
) -> None:
    """Each arrival: days after the last arrival, the date relative to it, whether it is withdrawn.

    Dates lie at most three days ahead, so that none is a slip: slips depend on all batches.
    """
    known, without, now = state(), state(), 0
    absent = []
    for number, (pause, lead, is_withdrawn) in enumerate(arrivals, start=1):
        now += pause
        occurred = None if lead is None else now + min(lead, 1)
        name = f"b{number}"
        known = arrives(known, name, now, occurred, entry=number)
        if is_withdrawn:
            absent.append(name)
        else:
            without = arrives(without, name, now, occurred, entry=number)
    for name in absent:
        known = withdrawn(known, name)
    remaining = {name: each for name, each in known.batches.items() if name not in absent}
    assert order(replace(known, batches=remaining)) == order(without)


@given(ARRIVALS)
def test_placing_again_without_a_withdrawal_changes_no_order(
    arrivals: list[tuple[int, int | None, bool]],
) -> None:
    known, now = state(), 0
    for number, (pause, lead, _) in enumerate(arrivals, start=1):
        now += pause
        occurred = None if lead is None else now + min(lead, 1)
        known = arrives(known, f"b{number}", now, occurred)
    assert order(placed_again(known)) == order(known)


# Former content that is back.


def back(known: ProductState, name: str, arrived: float, **members: Any) -> ProductState:
    again = replace(known.batches[name], former=False, **members)
    return back_in_place(known, again, day(arrived))


def test_former_content_returns_to_its_place_and_passes_no_batch() -> None:
    known = lived(("undated", 10, None), ("a", 11, 9), ("b", 12, 30))
    assert order(known) == "undated a b"
    assert order(back(known, "a", 40)) == "undated a b"


def test_a_dated_batch_that_is_back_has_the_place_of_its_date() -> None:
    known = lived(("a", 5, 5), ("b", 6, 6))
    moved = replace(known.batches["a"], stands_at=day(30))
    known = replace(known, batches={**known.batches, "a": moved})
    assert back(known, "a", 40).batches["a"].stands_at is None


def test_a_plan_that_is_back_keeps_the_place_that_it_was_given() -> None:
    known = lived(("plan", 1, 20), ("a", 3, 3))
    after = back(known, "plan", 40)
    assert after.batches["plan"].stands_at == day(3) - JUST


def returned() -> ProductState:
    """A dated batch whose content is back after its feed withdrew it; `undated` came after it."""
    known = lived(("a", 4.5, 5), ("undated", 4.6, None))
    known = withdrawn(known, "a")
    assert order(known) == "undated a"
    return back(known, "a", 40, status=BatchStatus.ARRIVED, entry=9)


def test_a_batch_that_came_after_former_content_is_after_it_again_and_measured_again() -> None:
    after = returned()
    assert order(after) == "a undated"
    assert after.batches["a"].moved == 9


def test_content_that_is_back_before_no_other_batch_is_not_noted_as_moved() -> None:
    known = lived(("undated", 2, None), ("a", 3, 5))
    after = back(withdrawn(known, "a"), "a", 40, status=BatchStatus.ARRIVED, entry=9)
    assert after.batches["a"].moved == 0


def test_a_copy_that_is_back_puts_no_batch_after_it() -> None:
    known = lived(("a", 4.5, 5), ("undated", 4.6, None))
    known = withdrawn(known, "a")
    after = back(known, "a", 40, status=BatchStatus.ARRIVED, entry=9, copy_of="x")
    assert after.batches["a"].moved == 0


def test_a_copy_that_came_after_former_content_is_not_put_after_it() -> None:
    known = lived(("a", 4.5, 5))
    known = arrives(known, "copy", 4.6, copy_of="x")
    known = withdrawn(known, "a")
    after = back(known, "a", 40, status=BatchStatus.ARRIVED, entry=9)
    assert after.batches["a"].moved == 0


def test_the_order_of_two_equal_batches_is_that_of_their_first_arrivals() -> None:
    known: tuple[Batch, ...] = (batch("b", entry=2), batch("a", entry=3))
    assert order(state(*known[::-1])) == "b a"
