"""Times of records are read as the contract declares them, in UTC, and never guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.resources.feeds.columns import has_times, latest, read_times
from tests.unit.measures.contracts import column, contract, delivered

AGREED = contract(
    column("at", "timestamp"),
    column("day", "date", delivered_as="Tag", date_format="%d.%m.%Y"),
    column("step", "integer"),
)


def moments(*texts: str | None) -> list[str]:
    times = read_times(delivered(at=texts), AGREED, "at")
    return [str(moment) for moment in times]


def test_a_time_is_read_in_utc_to_the_microsecond() -> None:
    assert moments("2026-03-01T10:00:00.000001", "2026-03-01T10:00:00+02:00") == [
        "2026-03-01T10:00:00.000001",
        "2026-03-01T08:00:00.000000",
    ]


@pytest.mark.parametrize("cell", [None, "", "soon", "2026-02-30", "01.03.2026"])
def test_a_time_that_cannot_be_read_is_missing_and_keeps_its_place(cell: str | None) -> None:
    assert moments("2026-03-01", cell, "2026-03-02") == [
        "2026-03-01T00:00:00.000000",
        "NaT",
        "2026-03-02T00:00:00.000000",
    ]


def test_dates_after_the_year_2262_are_read() -> None:
    assert moments("9999-12-31", "2262-04-12") == [
        "9999-12-31T00:00:00.000000",
        "2262-04-12T00:00:00.000000",
    ]


def test_a_date_is_found_by_its_delivered_name_and_its_own_form() -> None:
    times = read_times(delivered(Tag=["05.09.2026", "2026-09-05"]), AGREED, "day")
    assert [str(moment) for moment in times] == ["2026-09-05T00:00:00.000000", "NaT"]


@pytest.mark.parametrize("rows", [0, 3])
def test_without_the_column_every_record_has_no_time(rows: int) -> None:
    times = read_times(delivered(id=["a"] * rows), AGREED, "at")
    assert times.dtype == np.dtype("datetime64[us]")
    assert np.isnat(times).tolist() == [True] * rows


def test_native_times_with_a_zone_are_the_same_as_their_texts() -> None:
    native = pd.DataFrame({"at": pd.to_datetime(["2026-03-01T10:00:00+02:00"])})
    assert str(read_times(native, AGREED, "at")[0]) == "2026-03-01T08:00:00.000000"


@pytest.mark.parametrize(
    ("name", "dates"),
    [("at", True), ("day", True), ("step", False), ("unknown", False), (None, False)],
)
def test_only_declared_dates_and_timestamps_date_the_records(
    name: str | None, *, dates: bool
) -> None:
    assert has_times(AGREED, name) is dates


def test_the_latest_time_is_that_of_the_newest_record_in_utc() -> None:
    table = delivered(at=["2026-03-02T01:00:00+02:00", "2026-03-01", None])
    assert latest(table, AGREED, "at") == datetime(2026, 3, 1, 23, tzinfo=UTC)


def test_a_typing_error_in_the_future_is_not_the_latest_time() -> None:
    days = [f"2026-03-{day:02d}" for day in range(1, 31)]
    table = delivered(at=[*days, "2062-03-30"])
    assert latest(table, AGREED, "at") == datetime(2026, 3, 30, tzinfo=UTC)


@pytest.mark.parametrize("cells", [[], [None], ["soon", ""]])
def test_without_a_readable_time_there_is_no_latest_time(cells: list[str | None]) -> None:
    assert latest(delivered(at=cells), AGREED, "at") is None


@pytest.mark.parametrize("name", [None, "step", "unknown"])
def test_counted_steps_have_no_latest_time(name: str | None) -> None:
    assert latest(delivered(step=["20260301"], at=["2026-03-01"]), AGREED, name) is None


@given(st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), min_size=1), st.data())
def test_the_order_of_the_records_does_not_change_their_latest_time(
    days: list[date], data: st.DataObject
) -> None:
    texts = [day.isoformat() for day in days]
    before = latest(delivered(at=texts), AGREED, "at")
    shuffled = data.draw(st.permutations(texts))
    assert latest(delivered(at=shuffled), AGREED, "at") == before
