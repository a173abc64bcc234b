"""Moments on the command line: read and shown in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from aipo_pipelines.cli.output import talk
from aipo_pipelines.resources.clock import Clock

_YEARS = range(1970, 3000)
"""Years that the command line accepts: days counted from other years can leave the calendar."""


class Moment(click.ParamType[datetime]):
    """An ISO date or time; without a zone it is UTC, and a date alone means its first instant."""

    name = "time"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Reads the text or fails as a usage error."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r} is not a time; expected ISO 8601 such as 2026-11-23 or "
                "2026-11-23T14:00Z",
                param,
                ctx,
            )
        if moment.year not in _YEARS:
            self.fail(
                f"{value!r} is a time in the year {moment.year}; expected a year from "
                f"{_YEARS[0]} to {_YEARS[-1]}",
                param,
                ctx,
            )
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


MOMENT = Moment()


def note_simulated(clock: Clock) -> None:
    """Prints the time of a simulated clock; prints nothing for a real clock."""
    if clock.simulated:
        talk().print(f"simulated, the time is {show_time(clock.now())}", markup=False)


def show_time(moment: datetime | None) -> str:
    """A moment to the minute in UTC, or a dash."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}Z" if moment else "-"


def show_age(age: timedelta | None) -> str:
    """An age in its largest unit: `3 days`."""
    if age is None:
        return "-"
    seconds = max(age.total_seconds(), 0.0)
    # Months and years are left out, because their lengths differ.
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = int(seconds // size)
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"
