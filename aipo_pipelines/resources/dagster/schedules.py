"""Checks whether Dagster works by itself: its sensors, its schedule and its daemon.

A sensor counts as failing only if its last two ticks failed. If the services are stopped during a
tick, one failed tick is left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from aipo_pipelines.dagster_internals.instigators import (
    Instigator,
    read_heartbeats,
    read_instigators,
)
from aipo_pipelines.resources.databases.connecting import connect, doing

LEFT_UNDONE: Mapping[str, str] = MappingProxyType(
    {
        "recorder": "the results of runs are not recorded",
        "intake": "new batches are not taken in",
        "retraining": "models that are due are not trained",
        "release": "decided releases do not go live",
        "escalation": "nobody is notified of incidents and decisions",
        "watchdog": "nothing becomes due or stale, and lost runs are not found",
        "report_schedule": "the pages for people are not renewed",
    }
)
"""The work that is not done while a sensor or the schedule is stopped, by name."""

# Several heartbeats long: a busy machine may delay one or two of them.
_SILENT = timedelta(minutes=3)
"""A daemon writes a heartbeat twice a minute."""


def standing_still(dagster_url: str) -> tuple[str, ...]:
    """A sentence on each sensor and schedule that a person stopped, or that fails.

    Raises:
        DatabaseError: Dagster's database did not answer.
    """
    with connect(dagster_url) as connection, doing("looking at Dagster's sensors"):
        instigators = read_instigators(connection)
    # In the order of the table, so that the same trouble always reads the same.
    sentences = (_sentence(instigators[name]) for name in LEFT_UNDONE if name in instigators)
    return tuple(filter(None, sentences))


def silent_daemons(dagster_url: str, now: datetime) -> tuple[str, ...]:
    """A sentence on each part of Dagster's daemon without a heartbeat for some minutes.

    Raises:
        DatabaseError: Dagster's database did not answer.
    """
    with connect(dagster_url) as connection, doing("looking at Dagster's daemon"):
        beats = read_heartbeats(connection)
    return tuple(_silences(beats, now))


def _silences(beats: Mapping[str, datetime], now: datetime) -> Iterator[str]:
    for daemon, beat in sorted(beats.items()):
        if now - beat > _SILENT:
            name = daemon.lower().replace("_", " ")
            yield (
                f"Dagster's {name} daemon has not shown since {beat:%Y-%m-%d %H:%M} UTC that it "
                "lives: nothing is done by itself. Stop aipo up and start it again."
            )


def _sentence(instigator: Instigator) -> str:
    noun = "schedule" if instigator.is_schedule else "sensor"
    name = instigator.name
    # Stopped first: the last failures of a stopped sensor no longer matter.
    if instigator.is_stopped:
        return (
            f"The {noun} {name} was stopped by hand: {LEFT_UNDONE[name]} by itself. Start it in "
            "Dagster under Automation."
        )
    if instigator.keeps_failing:
        return (
            f"The {noun} {name} fails: {LEFT_UNDONE[name]}. Its error is in Dagster under "
            "Automation."
        )
    return ""
