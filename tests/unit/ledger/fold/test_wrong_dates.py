"""Dates that lie further ahead than a feed dates its batches."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from aipo_pipelines.ledger.fold.wrong_dates import with_slips
from aipo_pipelines.ledger.model.state import AHEAD, Batch, BatchStatus
from tests.unit.ledger.values import batch, day

NOW = day(100)
SECOND = timedelta(seconds=1)


def dated(name: str, occurred: float, arrived: float, **members: Any) -> Batch:
    entry = members.pop("entry", int(arrived) + 1)
    return batch(name, occurred_at=day(occurred), arrived_at=day(arrived), entry=entry, **members)


def slips(arriving: Batch, *known: Batch, now: datetime = NOW) -> list[str]:
    """Names of the batches whose dates are slips of the pen when a batch arrives."""
    marked = with_slips({each.partition: each for each in known}, arriving, now)
    assert marked.keys() == {arriving.partition, *(each.partition for each in known)}
    return [name for name, each in marked.items() if each.ahead]


WEEKLY = (dated("w1", 79, 79), dated("w2", 86, 86), dated("w3", 93, 93))
"""Batches that arrive on their dates, one week apart."""


@pytest.mark.parametrize(
    ("lead", "expected"), [(0, []), (-5, []), (1, []), (7, []), (7.01, ["w4"]), (30, ["w4"])]
)
def test_a_date_may_lie_as_far_ahead_as_two_batches_lie_apart(
    lead: float, expected: list[str]
) -> None:
    assert slips(dated("w4", 100 + lead, 100), *WEEKLY) == expected


@pytest.mark.parametrize(("lead", "expected"), [(12, []), (12.01, ["p4"])])
def test_a_date_may_lie_further_ahead_by_the_furthest_plan_so_far(
    lead: float, expected: list[str]
) -> None:
    plans = [dated("p1", 84, 79), dated("p2", 91, 86), dated("p3", 98, 93)]
    assert slips(dated("p4", 100 + lead, 100), *plans) == expected


def test_batches_that_arrived_after_their_dates_do_not_shorten_the_bound() -> None:
    late = [dated("w1", 49, 79), dated("w2", 56, 86), dated("w3", 63, 93)]
    assert slips(dated("w4", 107, 100), *late) == []
    assert slips(dated("w4", 107.01, 100), *late) == ["w4"]


@pytest.mark.parametrize(("lead", "expected"), [(1, []), (1.01, ["w4"])])
def test_batches_that_are_hours_apart_may_still_name_the_day_that_begins(
    lead: float, expected: list[str]
) -> None:
    hourly = [dated(f"h{n}", 99 + n / 24, 99 + n / 24, entry=n + 1) for n in range(5)]
    assert slips(dated("w4", 100 + lead, 100), *hourly) == expected


@pytest.mark.parametrize(("lead", "expected"), [(2, []), (2.01, ["w9"])])
def test_the_usual_distance_counts_and_not_the_longest(lead: float, expected: list[str]) -> None:
    known = [dated(f"w{n}", at, at) for n, at in enumerate((50, 52, 54, 80, 90))]
    assert slips(dated("w9", 100 + lead, 100), *known) == expected


def test_of_two_usual_distances_the_shorter_counts() -> None:
    known = [dated("w1", 90, 90), dated("w2", 92, 92), dated("w3", 97, 97)]
    assert slips(dated("w4", 102.01, 100), *known) == ["w4"]


@pytest.mark.parametrize("known", [WEEKLY[:0], WEEKLY[:1]])
def test_two_other_dated_batches_are_needed(known: tuple[Batch, ...]) -> None:
    assert slips(dated("w4", 130, 100), *known) == []
    assert slips(dated("w4", 130, 100), *WEEKLY[:2]) == ["w4"]


def test_batches_of_the_same_date_have_no_distance() -> None:
    same = [dated("a", 90, 90), dated("b", 90, 91)]
    assert slips(dated("w4", 130, 100), *same) == []


def test_two_batches_that_lie_equally_far_ahead_are_no_slips() -> None:
    first = dated("w4", 115, 98)
    assert slips(first, *WEEKLY) == ["w4"]
    assert slips(dated("w5", 120, 100), *WEEKLY, replace(first, ahead=True)) == []


@pytest.mark.parametrize(
    "members",
    [
        {"dated": False},
        {"copy_of": "w1"},
        {"status": BatchStatus.WITHDRAWN},
    ],
)
def test_batches_without_a_date_of_their_own_say_nothing_about_the_feed(
    members: dict[str, Any],
) -> None:
    other = dated("far", 130, 100, entry=90, **members)
    assert slips(dated("w5", 125, 100), *WEEKLY, other) == ["w5"]


def test_a_date_beyond_the_bound_of_all_plans_says_nothing_about_the_feed() -> None:
    beyond = batch("far", occurred_at=day(98) + AHEAD + SECOND, arrived_at=day(98), entry=90)
    assert slips(dated("w5", 125, 100), *WEEKLY, beyond) == ["w5"]
    within = batch("far", occurred_at=day(98) + AHEAD, arrived_at=day(98), entry=90)
    assert slips(dated("w5", 125, 100), *WEEKLY, within) == []


def test_only_the_newest_neighbours_show_how_far_a_feed_looks_ahead() -> None:
    plans = [dated(f"p{n:02}", n + 20.0, n) for n in range(5)]
    days = [dated(f"d{n:02}", n, n) for n in range(10, 42)]
    assert slips(dated("w5", 120, 100), *plans, *days) == ["w5"]
    assert slips(dated("w5", 120, 100), *plans, *days[1:]) == []


def test_the_arriving_batch_is_not_its_own_neighbour() -> None:
    former = dated("w4", 130, 98)
    assert slips(dated("w4", 130, 100), *WEEKLY, former) == ["w4"]


def test_each_arrival_decides_earlier_slips_again_until_their_dates_have_come() -> None:
    slip = dated("s", 125, 98, ahead=True)
    other = dated("w4", 100, 100)
    assert slips(other, *WEEKLY, slip) == ["s"]
    # When the date has come, the mark stays as it was decided last.
    assert slips(other, *WEEKLY, slip, now=day(126)) == ["s"]
    plan = dated("p", 124, 99, entry=120)
    assert slips(other, *WEEKLY, slip, plan) == []
    assert slips(other, *WEEKLY, slip, plan, now=day(126)) == ["s"]


def test_a_date_that_is_no_slip_any_more_gives_the_batch_its_place() -> None:
    slip = dated("s", 125, 98, ahead=True, stands_at=day(98))
    known = {each.partition: each for each in (*WEEKLY, slip, dated("p", 124, 99, entry=120))}
    after = with_slips(known, dated("w4", 100, 100), NOW)
    assert (after["s"].ahead, after["s"].stands_at) == (False, None)


def test_a_slip_that_remains_a_slip_keeps_its_place() -> None:
    slip = dated("s", 125, 98, ahead=True, stands_at=day(98))
    after = with_slips({"s": slip}, dated("w4", 100, 100), NOW)
    assert after["s"] is not slip
    assert (after["s"].ahead, after["s"].stands_at) == (False, None)
    known = {each.partition: each for each in (*WEEKLY, slip)}
    assert with_slips(known, dated("w4", 100, 100), NOW)["s"] is slip


def test_the_arriving_batch_is_marked_without_its_former_mark() -> None:
    arriving = dated("w4", 100, 100, ahead=True)
    assert slips(arriving, *WEEKLY) == []


def test_a_batch_without_a_date_cannot_have_a_slip() -> None:
    assert slips(dated("w4", 130, 100, dated=False), *WEEKLY) == []


# Copies.


@pytest.mark.parametrize(("occurred", "expected"), [(125, ["s", "copy"]), (124, ["s"])])
def test_a_copy_with_the_date_of_its_original_has_the_same_slip(
    occurred: float, expected: list[str]
) -> None:
    slip = dated("s", 125, 98)
    copy = dated("copy", occurred, 99, copy_of="s", entry=99)
    assert sorted(slips(dated("w4", 100, 100), *WEEKLY, slip, copy)) == sorted(expected)


def test_a_copy_loses_the_slip_with_its_original() -> None:
    slip = dated("s", 125, 98, ahead=True)
    copy = dated("copy", 125, 99, copy_of="s", entry=99, ahead=True)
    plan = dated("p", 124, 99, entry=120)
    assert slips(dated("w4", 100, 100), *WEEKLY, slip, copy, plan) == []


def test_a_copy_of_an_unknown_batch_stays_as_it_is() -> None:
    copy = dated("copy", 125, 99, copy_of="lost", entry=99, ahead=True)
    slip = dated("s", 125, 98)
    assert sorted(slips(dated("w4", 100, 100), *WEEKLY, slip, copy)) == ["copy", "s"]


def test_a_copy_whose_date_has_come_stays_as_it_is() -> None:
    copy = dated("copy", 90, 99, copy_of="w1", entry=99, ahead=True)
    original = dated("w1", 90, 79)
    slip = dated("s", 125, 98)
    known = (original, *WEEKLY[1:], slip, copy)
    assert sorted(slips(dated("w4", 100, 100), *known)) == ["copy", "s"]
