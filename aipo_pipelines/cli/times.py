"""Moments on the command line: read and shown in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from aipo_pipelines.cli.output import talk
from aipo_pipelines.resources.clock import Clock

_YEARS = range(1970, 3000)
"""Moments that the command line takes: beyond them, counting days leaves the calendar."""


class Moment(click.ParamType[datetime]):
    """An ISO date or time; without a zone it is UTC, and a bare date means its first instant."""

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
                f"{value!r} is no time; expected ISO 8601 such as 2026-11-23 or 2026-11-23T14:00Z",
                param,
                ctx,
            )
        if moment.year not in _YEARS:
            self.fail(
                f"{value!r} is a time of the year {moment.year}; expected one from "
                f"{_YEARS[0]} to {_YEARS[-1]}",
                param,
                ctx,
            )
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


MOMENT = Moment()


def tell_simulated(clock: Clock) -> None:
    """Says that times are those of a simulated clock, where they are, and where it stands."""
    if clock.simulated:
        talk().print(f"simulated, stands at {show_time(clock.now())}", markup=False)


def show_time(moment: datetime | None) -> str:
    """A moment to the minute in UTC, or a dash."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}Z" if moment else "-"


def show_age(age: timedelta | None) -> str:
    """An age in its largest unit: `3 days`."""
    if age is None:
        return "-"
    seconds = max(age.total_seconds(), 0.0)
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = int(seconds // size)
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"
