"""The newest real date of a batch counts; a typing error does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.measures.data.newest_date import newest_real

MONDAY = np.datetime64("2026-11-02", "us")
WEEK = MONDAY + np.arange(700).astype("timedelta64[m]") * 14


def with_slips(*dates: str) -> np.ndarray:
    return np.concatenate([np.array(dates, "datetime64[us]"), WEEK])


@pytest.mark.parametrize("slip", ["2062-11-03", "2026-12-03", "2026-11-17", "9999-12-31"])
def test_one_record_far_after_all_others_dates_no_batch(slip: str) -> None:
    assert newest_real(with_slips(slip)) == (WEEK.max(), 1)


def test_a_date_long_ago_does_not_make_one_far_ahead_real() -> None:
    assert newest_real(with_slips("1970-01-01", "2026-12-03")) == (WEEK.max(), 1)


def test_several_slips_are_all_counted() -> None:
    assert newest_real(with_slips("2026-12-03", "2027-11-03")) == (WEEK.max(), 2)


def test_a_day_or_two_later_is_no_slip() -> None:
    later = np.datetime64("2026-11-10T12:00", "us")
    assert newest_real(with_slips("2026-11-10T12:00")) == (later, 0)


def test_more_than_one_in_a_hundred_are_no_slips() -> None:
    assert newest_real(with_slips(*["2026-12-03"] * 10))[1] == 0


def test_of_three_records_nobody_can_say_which_is_the_slip() -> None:
    few = np.array(["2026-11-02", "2026-11-03", "2026-12-24"], "datetime64[us]")
    assert newest_real(few) == (few.max(), 0)


@pytest.mark.parametrize(
    ("records", "slip"),
    [(19, "2026-11-17"), (12, "2026-12-03"), (8, "2027-01-09"), (5, "2028-11-03")],
)
def test_a_small_batch_is_dated_without_a_record_that_is_far_enough_away(
    records: int, slip: str
) -> None:
    days = MONDAY + np.linspace(0, 6, records - 1).astype("timedelta64[D]")
    moments = np.append(days, np.datetime64(slip, "us"))
    assert newest_real(moments) == (days.max(), 1)


def test_among_records_of_a_day_a_record_a_week_later_is_no_typing_error() -> None:
    moments = np.array(["2026-11-02"] * 5 + ["2026-11-12"], "datetime64[us]")
    assert newest_real(moments) == (moments.max(), 0)
    month = np.array(["2026-11-02"] * 5 + ["2026-12-02"], "datetime64[us]")
    assert newest_real(month) == (np.datetime64("2026-11-02", "us"), 1)


@pytest.mark.parametrize("records", [3, 4, 6, 10, 15, 19])
def test_times_drawn_evenly_are_hardly_ever_taken_for_slips(records: int) -> None:
    """As seldom as of 20: once in 2¹⁸."""
    drawn = np.random.default_rng(records).integers(0, 365 * 86400, (5_000, records))
    slips = [newest_real(MONDAY + row.astype("timedelta64[s]"))[1] for row in drawn]
    assert sum(slips) <= 2


def test_records_without_a_time_have_no_newest() -> None:
    assert newest_real(np.array(["NaT"], "datetime64[us]")) == (None, 0)


@given(st.lists(st.integers(0, 6 * 86400), min_size=1, max_size=300))
def test_within_a_week_the_newest_record_always_counts(seconds: list[int]) -> None:
    moments = MONDAY + np.array(seconds).astype("timedelta64[s]")
    assert newest_real(moments) == (moments.max(), 0)
