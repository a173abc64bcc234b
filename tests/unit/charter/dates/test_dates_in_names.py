"""Dates in names of files and folders: the end of the one period that a name says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.charter.dates.dates_in_names import date_in


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("2026-09-30", at(2026, 10, 1)),
        ("orders_20260930", at(2026, 10, 1)),
        ("orders-2026_12_31-final", at(2027, 1, 1)),
        ("orders.2026.09.30", at(2026, 10, 1)),
        ("2026/09/30", at(2026, 10, 1)),
        ("2026-09-30T06:00", at(2026, 10, 1)),
        ("orders_20260930_120000", at(2026, 10, 1)),
        ("2024-02-29", at(2024, 3, 1)),
        ("2026-W40", at(2026, 10, 5)),
        ("2026w01", at(2026, 1, 5)),
        ("sales_2026_W53", at(2027, 1, 4)),
        ("2026-09", at(2026, 10, 1)),
        ("2026/12", at(2027, 1, 1)),
        ("2026-Q3", at(2026, 10, 1)),
        ("2026q4_sales", at(2027, 1, 1)),
        ("2026-09-30/orders_20260930", at(2026, 10, 1)),
    ],
)
def test_a_name_says_the_end_of_its_period(name: str, end: datetime) -> None:
    assert date_in(name) == end


@pytest.mark.parametrize(
    "name",
    [
        "w1",
        "orders",
        "0001",
        "2026",
        "202609",
        "orders_12345678",
        "2026-02-30",
        "2026-13-01",
        "2026-13",
        "2026-00",
        "2025-W53",
        "2026-Q5",
        "20260930120000",
        "120260930",
        "05.09.2026",
        "09-30-2026",
        "2026-W40-3",
        "2026-09-3",
        "2026-09_30",
        "2026-09-01_2026-09-30",
        "2026-09-30_2026-W40",
        "",
    ],
)
def test_a_name_of_no_period_or_of_several_says_no_date(name: str) -> None:
    assert date_in(name) is None


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["", "-", "_", ".", "/"]))
def test_every_day_of_the_calendar_is_read_with_any_separator(day: date, sign: str) -> None:
    name = f"orders_{day.year}{sign}{day.month:02}{sign}{day.day:02}"
    after = day + timedelta(days=1)
    assert date_in(name) == at(after.year, after.month, after.day)


@given(st.dates(date(1900, 1, 8), date(2099, 12, 1)))
def test_every_week_is_read_and_ends_after_its_sunday(day: date) -> None:
    year, week, _ = day.isocalendar()
    end = date_in(f"{year}-W{week:02}")
    assert end is not None
    assert end.weekday() == 0
    assert timedelta(0) < end.date() - day <= timedelta(days=7)


@given(st.text())
def test_no_name_is_too_strange_to_be_looked_at(name: str) -> None:
    moments = [moment for moment in (date_in(name),) if moment is not None]
    assert [moment.tzinfo for moment in moments] == [UTC] * len(moments)
