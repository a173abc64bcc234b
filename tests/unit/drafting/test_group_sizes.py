"""The second largest group decides, and a message has sizes of groups and never the groups."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.drafting.batch_windows import FirstBatches
from aipo_pipelines.drafting.group_sizes import GroupSizes, group_sizes

FIRST = FirstBatches(count=1, rows=1_000)


def sizes(*batch: int, count: int = 1) -> GroupSizes:
    return GroupSizes(batch=batch, first=replace(FIRST, count=count))


def test_the_counts_of_a_sample_are_shares_of_a_usual_batch() -> None:
    assert group_sizes(FIRST, (60, 40), 100).batch == (600, 400)
    assert group_sizes(FIRST, (2, 1), 3).batch == (666, 333)
    assert group_sizes(FIRST, (), 0).batch == ()


def test_held_out_records_come_from_all_first_batches() -> None:
    assert sizes(600, 400).held_out == (180, 120)
    assert sizes(600, 400, count=3).held_out == (540, 360)


@pytest.mark.parametrize(
    ("batch", "decisive", "deciding_group"),
    [
        ((), 0, "a second group"),
        ((600,), 0, "a second group"),
        ((600, 400), 400, "the smaller group"),
        ((600, 300, 100), 300, "the second largest of 3 groups"),
    ],
)
def test_the_second_largest_group_decides(
    batch: tuple[int, ...], decisive: int, deciding_group: str
) -> None:
    groups = sizes(*batch)
    assert (groups.decisive, groups.deciding_group) == (decisive, deciding_group)


@pytest.mark.parametrize(
    ("batch", "shown", "held"),
    [
        ((6_000, 400), "6,000, 400", "1,800, 120"),
        ((50, 40, 30, 20), "50, 40, 30, 20", "15, 12, 9, 6"),
        ((50, 40, 30, 20, 11), "50, 40, 30, 20 and 1 smaller", "15, 12, 9, 6 and 1 smaller"),
        ((50, 40, 30, 20, 11, 9), "50, 40, 30, 20 and 2 smaller", "15, 12, 9, 6 and 2 smaller"),
    ],
)
def test_at_most_four_sizes_are_shown(batch: tuple[int, ...], shown: str, held: str) -> None:
    assert sizes(*batch).in_words() == (
        f"groups of a usual batch: {shown} records, held out of the first batch: {held}"
    )


def test_groups_with_enough_records_are_not_too_small() -> None:
    assert not sizes(200, 100).too_small(30)
    assert sizes(200, 100).too_small(31)


def test_one_group_is_compared_with_no_other_group() -> None:
    assert not sizes(10).too_small(100)


def test_the_small_groups_and_the_batches_that_would_be_enough_are_named() -> None:
    assert sizes(500, 400, 10).too_small(30) == (
        "1 of 3 groups is smaller than the 30 held-out records that each needs; first_batches: 10 "
        "(about 10,000 records) would be enough"
    )
    assert sizes(500, 20, 10).too_small(30).startswith("2 of 3 groups are smaller than the 30")


def test_a_group_that_no_usual_batch_has_never_becomes_large_enough() -> None:
    assert sizes(500, 20, 0).too_small(30).endswith("; a usual batch has none of them")


@given(st.integers(1, 5_000), st.integers(1, 2_000))
def test_the_batches_that_would_be_enough_are_enough_and_one_less_is_not(
    smallest: int, sample: int
) -> None:
    text = sizes(10_000, smallest).too_small(sample)
    if not text:
        assert FIRST.held_out(smallest) >= sample
        return
    count = int(text.split("first_batches: ")[1].split(" ", maxsplit=1)[0])
    assert replace(FIRST, count=count).held_out(smallest) >= sample
    assert replace(FIRST, count=count - 1).held_out(smallest) < sample


def test_the_batches_that_are_just_enough_are_enough() -> None:
    assert replace(FIRST, count=2).held_out(55) == 33
    assert "first_batches: 2 (" in sizes(55, 55).too_small(33)
