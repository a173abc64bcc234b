"""Sensors, schedules and daemons, read from Dagster's tables.

By SQL and without Dagster: a command that only looks does not wait a second for its imports. And a
sensor that looks at sensors could be stopped too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

_INSTIGATORS = b"""
SELECT i.status, i.instigator_body, i.instigator_type, ARRAY(
    SELECT t.status FROM job_ticks t
    WHERE t.selector_id = i.selector_id AND t.status <> 'STARTED'
    ORDER BY t.timestamp DESC LIMIT 2
)
FROM instigators i ORDER BY i.update_timestamp
"""
_HEARTBEATS = b"SELECT daemon_type, timestamp FROM daemon_heartbeats WHERE daemon_type = ANY(%s)"
_DAEMONS = ["SENSOR", "SCHEDULER", "QUEUED_RUN_COORDINATOR"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instigator:
    """A sensor or a schedule.

    Attributes:
        name: Its name; empty if its row cannot be read.
        is_schedule: Whether it is a schedule, otherwise a sensor.
        is_stopped: Whether somebody stopped it by hand.
        keeps_failing: Whether its last two looks failed.
    """

    name: str
    is_schedule: bool
    is_stopped: bool
    keeps_failing: bool


def read_instigators(connection: psycopg.Connection) -> Mapping[str, Instigator]:
    """All sensors and schedules by name, as the newest code location has them."""
    instigators: dict[str, Instigator] = {}
    for status, body, kind, looks in connection.execute(_INSTIGATORS).fetchall():
        name = _name(str(body))
        # Rows of an earlier code location come first, and the newest replaces them.
        instigators[name] = Instigator(
            name=name,
            is_schedule=str(kind) == "SCHEDULE",
            is_stopped=str(status) == "STOPPED",
            keeps_failing=list(looks) == ["FAILURE", "FAILURE"],
        )
    return instigators


def read_heartbeats(connection: psycopg.Connection) -> Mapping[str, datetime]:
    """When each part of the daemon last showed that it is alive, aware UTC."""
    rows = connection.execute(_HEARTBEATS, [_DAEMONS]).fetchall()
    # Dagster stores UTC without a zone.
    return {str(daemon): beat.replace(tzinfo=UTC) for daemon, beat in rows}


def _name(body: str) -> str:
    try:
        origin = json.loads(body)["origin"]
        return str(origin.get("instigator_name") or origin.get("job_name"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
