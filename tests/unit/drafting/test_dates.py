"""Dates are read in one format only if the values allow no other."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aipo_pipelines.charter.dates.date_format import to_strptime
from aipo_pipelines.drafting.dates import read_dates

MONTHS = 12
DAYS = st.lists(
    st.dates(date(1990, 1, 1), date(2030, 12, 31)), min_size=1, max_size=60, unique=True
)


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        (["05-02-2010", "26-02-2010"], "dd-MM-yyyy"),
        (["02/05/2010", "02/26/2010"], "MM/dd/yyyy"),
        (["5.2.2010", "26.2.2010"], "d.M.yyyy"),
        (["2010/02/05", "2010/02/26"], "yyyy/MM/dd"),
        (["5 Feb 2010", "26 Feb 2010"], "d MMM yyyy"),
        (["Feb 5, 2010", "Feb 26, 2010"], "MMM d, yyyy"),
        (["26-02-2010 10:30", "05-02-2010 11:15"], "dd-MM-yyyy HH:mm"),
        (["02/26/2010 10:30 PM", "02/05/2010 11:15 AM"], "MM/dd/yyyy hh:mm a"),
    ],
)
def test_one_value_that_fits_one_way_only_decides(texts: list[str], pattern: str) -> None:
    reading = read_dates(texts)
    assert reading is not None
    assert (reading.pattern, reading.rivals) == (pattern, ())


def test_days_and_months_that_could_be_either_are_not_guessed() -> None:
    reading = read_dates(["05-02-2010", "01-12-2010", "03-04-2011"])
    assert reading is not None
    assert reading.pattern == ""
    assert set(reading.rivals) == {"dd-MM-yyyy", "MM-dd-yyyy"}


def test_values_that_read_the_same_both_ways_decide_nothing_about_those_to_come() -> None:
    reading = read_dates(["01-01-2010", "02-02-2010"])
    assert reading is not None
    assert reading.rivals


def test_a_two_digit_year_that_could_be_a_day_is_not_guessed() -> None:
    reading = read_dates(["25.12.20", "13.01.21"])
    assert reading is not None
    assert "yy.MM.dd" in reading.rivals


def test_days_first_and_months_first_in_one_column_are_no_dates() -> None:
    assert read_dates(["13-02-2010", "02-13-2010"]) is None


@pytest.mark.parametrize("texts", [[], ["85%", "90%"], ["12345678", "20991399"], ["north", "1-2"]])
def test_a_text_that_is_no_date_is_not_read_as_a_date(texts: list[str]) -> None:
    assert read_dates(texts) is None


def test_eight_digits_are_days_only_if_many_are_days_of_a_plausible_year() -> None:
    days = [(date(2026, 1, 1) + timedelta(days=day)).strftime("%Y%m%d") for day in range(30)]
    assert read_dates(days) is not None
    assert read_dates(days[:10]) is None


def test_iso_needs_no_format_and_a_time_makes_it_a_moment() -> None:
    day, moment = read_dates(["2010-02-05"]), read_dates(["2010-02-05T10:00:00Z"])
    assert day is not None
    assert moment is not None
    assert (day.pattern, day.is_day, moment.pattern, moment.is_day) == ("", True, "", False)


@given(DAYS, st.sampled_from(["%d-%m-%Y", "%m-%d-%Y", "%d/%m/%Y", "%m/%d/%Y"]))
def test_dates_are_read_as_they_were_written(days: list[date], style: str) -> None:
    # A number above twelve is no month, so it is the day.
    assume(any(day.day > MONTHS for day in days))
    reading = read_dates([day.strftime(style) for day in days])
    assert reading is not None
    assert not reading.rivals
    assert to_strptime(reading.pattern) == style
