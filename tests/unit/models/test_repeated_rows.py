"""Rows that are alike in two deliveries: by chance, or repeated records."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from aipo_pipelines.models.repeated_rows import Looks, exceeds_chance

Rows = NDArray[np.uint64]

rows = st.lists(st.integers(0, 20), min_size=1, max_size=60)


def _came_again(mine: Rows, earlier: Rows) -> bool:
    return exceeds_chance(Looks.of(mine), Looks.of(earlier))


def _coarse(seed: int, count: int) -> Rows:
    """Rows of a few coarse columns: many rows occur once, a few occur often."""
    numbers = np.random.default_rng(seed).zipf(1.3, count)
    return np.minimum(numbers, 10**6).astype(np.uint64)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_honest_deliveries_of_coarse_rows_share_no_more_than_chance_gives(share: float) -> None:
    """Once in a thousand would be by design; two hundred deliveries leave room for two."""
    exceeding = []
    for seed in range(200):
        whole = _coarse(seed, 2000)
        cut = int(share * len(whole))
        exceeding.append(_came_again(whole[:cut], whole[cut:]))
    assert sum(exceeding) <= 2


@pytest.mark.parametrize("again", [200, 300, 1000])
def test_coarse_rows_delivered_again_are_noticed_in_part_and_as_a_whole(again: int) -> None:
    earlier, new = _coarse(1, 2000), _coarse(2, 1000)
    assert _came_again(np.concatenate([earlier[:again], new[again:]]), earlier)


def test_deliveries_that_differ_share_less_than_chance_never_more() -> None:
    winter, summer = _coarse(1, 1000), _coarse(2, 1000) + np.uint64(3)
    assert np.isin(summer, winter).any()
    assert not _came_again(summer, winter)


def test_a_file_with_each_row_twice_is_recognised_when_it_is_delivered_again() -> None:
    twice = np.repeat(np.arange(300, dtype=np.uint64), 2)
    assert _came_again(twice, twice)
    assert not _came_again(twice + np.uint64(1000), twice)


@pytest.mark.parametrize("again", [20, 100, 600])
def test_new_rows_written_twice_hide_no_repeated_row(again: int) -> None:
    earlier = np.arange(600, dtype=np.uint64)
    new = np.arange(1000, 1600, dtype=np.uint64)
    assert _came_again(np.concatenate([earlier[:again], new, new]), earlier)


def test_new_rows_written_twice_hide_nothing_if_the_earlier_rows_were_written_twice() -> None:
    earlier = np.arange(600, dtype=np.uint64)
    new = np.arange(1000, 1600, dtype=np.uint64)
    assert _came_again(np.concatenate([earlier, new, new]), np.repeat(earlier, 2))


def test_a_few_rows_written_twice_on_both_sides_do_not_explain_a_repeated_month() -> None:
    earlier = np.arange(600, dtype=np.uint64)
    new = np.arange(1000, 1600, dtype=np.uint64)
    before = np.concatenate([earlier, earlier[:10]])
    assert _came_again(np.concatenate([earlier, new, new]), before)


def test_if_no_row_repeats_inside_a_delivery_no_repeat_counts_as_chance() -> None:
    assert _came_again(np.array([7, 8], dtype=np.uint64), np.arange(8, dtype=np.uint64))


@pytest.mark.parametrize(
    ("shared", "is_repeated"), [(1, False), (10, False), (11, True), (1000, True)]
)
def test_rows_so_few_that_no_figure_turns_on_them_may_be_chance_that_was_not_seen_inside(
    shared: int, is_repeated: bool
) -> None:
    earlier, mine = np.arange(1000, dtype=np.uint64), np.arange(1000, dtype=np.uint64)
    mine[shared:] += np.uint64(10_000)
    assert _came_again(mine, earlier) is is_repeated


def test_a_little_of_each_of_many_deliveries_is_much_of_all_of_them_together() -> None:
    earlier = np.arange(10_000, dtype=np.uint64)
    mine = np.concatenate([earlier[::1000] + np.uint64(at) for at in range(10)])
    mine = np.concatenate([mine, np.arange(20_000, 20_900, dtype=np.uint64)])
    assert all(not _came_again(mine, part) for part in np.split(earlier, 10))
    assert _came_again(mine, earlier)


def test_categories_that_every_record_shares_are_no_repeated_delivery() -> None:
    three = np.arange(300, dtype=np.uint64) % np.uint64(3)
    assert not _came_again(three, three)


@settings(deadline=None)
@given(rows, rows)
def test_neither_the_order_of_rows_nor_of_deliveries_counts(
    left: list[int], right: list[int]
) -> None:
    mine, earlier = np.array(left, dtype=np.uint64), np.array(right, dtype=np.uint64)
    assert _came_again(mine, earlier) == _came_again(earlier[::-1], mine)
