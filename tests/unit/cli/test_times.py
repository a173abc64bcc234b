from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import click
import pytest

from aipo_pipelines.cli.times import MOMENT, show_age, show_time


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("2026-11-23T14:30", datetime(2026, 11, 23, 14, 30, tzinfo=UTC)),
        ("2026-11-23T14:30Z", datetime(2026, 11, 23, 14, 30, tzinfo=UTC)),
        ("2026-11-23T14:30+02:00", datetime(2026, 11, 23, 12, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_utc_unless_it_names_a_zone(text: str, moment: datetime) -> None:
    converted = MOMENT.convert(text, None, None)
    assert (converted, converted.utcoffset()) == (moment, timedelta(0))


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "23.11.2026"])
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="2026-11-23T14:00Z"):
        MOMENT.convert(text, None, None)


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31T23:59:59-12:00", "1969-12-31"])
def test_a_time_at_the_end_of_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(click.UsageError, match="expected a year from 1970 to 2999"):
        MOMENT.convert(text, None, None)


def test_a_moment_is_shown_in_utc_to_the_minute() -> None:
    east = timezone(timedelta(hours=2))
    assert show_time(datetime(2026, 1, 2, 3, 4, 59, tzinfo=east)) == "2026-01-02 01:04Z"
    assert show_time(None) == "-"


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (None, "-"),
        (timedelta(seconds=-5), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=12.9), "12 days"),
    ],
)
def test_an_age_is_shown_in_its_largest_unit(age: timedelta | None, shown: str) -> None:
    assert show_age(age) == shown
