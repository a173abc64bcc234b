"""Whether what Dagster is to do by itself is done: its sensors, its schedule, its daemon.

Read from Dagster's database, so that what looks is no sensor that may be stopped too, and without
Dagster, which takes a second to import. A sensor counts as failing only where its last two looks
failed: whoever stops the services in the middle of a look leaves one failure behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from aipo_pipelines.resources.databases.connecting import connect, doing

LEFT_UNDONE: Mapping[str, str] = MappingProxyType(
    {
        "recorder": "what runs find is not recorded",
        "intake": "new batches are not taken in",
        "retraining": "models that are due are not trained",
        "release": "decided releases do not go live",
        "escalation": "nobody is told of incidents and decisions",
        "watchdog": "nothing becomes due or stale, and lost runs are not found",
        "report_schedule": "the pages for people are not written anew",
    }
)
"""What does not happen while a sensor or the schedule stands still, by name."""

_LOOKS = b"""
SELECT i.status, i.instigator_body, i.instigator_type, ARRAY(
    SELECT t.status FROM job_ticks t
    WHERE t.selector_id = i.selector_id AND t.status <> 'STARTED'
    ORDER BY t.timestamp DESC LIMIT 2
)
FROM instigators i ORDER BY i.update_timestamp
"""
_BEATS = b"SELECT daemon_type, timestamp FROM daemon_heartbeats WHERE daemon_type = ANY(%s)"
_DAEMONS = ["SENSOR", "SCHEDULER", "QUEUED_RUN_COORDINATOR"]
_SILENT = timedelta(minutes=3)
"""A daemon shows twice a minute that it lives."""


def standing_still(dagster_url: str) -> tuple[str, ...]:
    """Sentences on sensors and schedules that were turned off by hand or fail, one for each.

    Raises:
        DatabaseError: Dagster's database did not answer.
    """
    with connect(dagster_url) as connection, doing("looking at Dagster's sensors"):
        rows = connection.execute(_LOOKS).fetchall()
    found = {}
    for status, body, kind, looks in rows:
        name = _name(str(body))
        if name in LEFT_UNDONE:
            # Rows of an earlier code location come first and give way to the newest.
            found[name] = _said(name, str(status), str(kind), list(looks))
    return tuple(said for name in LEFT_UNDONE if (said := found.get(name, "")))


def silent_daemons(dagster_url: str, now: datetime) -> tuple[str, ...]:
    """Sentences on parts of Dagster's daemon that have not shown for minutes that they live.

    Raises:
        DatabaseError: Dagster's database did not answer.
    """
    with connect(dagster_url) as connection, doing("looking at Dagster's daemon"):
        rows = connection.execute(_BEATS, [_DAEMONS]).fetchall()
    return tuple(_silences({str(daemon): beat for daemon, beat in rows}, now))


def _silences(beats: Mapping[str, datetime], now: datetime) -> Iterator[str]:
    for daemon, beat in sorted(beats.items()):
        # Dagster stores UTC without a zone.
        if now - beat.replace(tzinfo=UTC) > _SILENT:
            told = daemon.lower().replace("_", " ")
            yield (
                f"Dagster's {told} daemon has not shown since {beat:%Y-%m-%d %H:%M} UTC that it "
                "lives: nothing is done by itself. Stop aipo up and start it again."
            )


def _name(body: str) -> str:
    try:
        origin = json.loads(body)["origin"]
        return str(origin.get("instigator_name") or origin.get("job_name"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def _said(name: str, status: str, kind: str, looks: list[str]) -> str:
    noun = "schedule" if kind == "SCHEDULE" else "sensor"
    if status == "STOPPED":
        return (
            f"The {noun} {name} was stopped by hand: {LEFT_UNDONE[name]} by itself. Start it in "
            "Dagster under Automation."
        )
    if looks == ["FAILURE", "FAILURE"]:
        return (
            f"The {noun} {name} fails: {LEFT_UNDONE[name]}. Its error stands in Dagster under "
            "Automation."
        )
    return ""
