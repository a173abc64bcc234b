"""The open incidents, as a part of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.model.state import IncidentStatus, ProductState


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentNote:
    """An incident that is not resolved."""

    entry: int
    cause: str
    title: str
    summary: str
    severity: Severity
    status: IncidentStatus
    owner: str
    opened_at: datetime
    age: timedelta
    partitions: tuple[str, ...]
    subjects: tuple[str, ...] = ()


def incident_notes(state: ProductState, now: datetime) -> tuple[IncidentNote, ...]:
    """The incidents that are not resolved, oldest first."""
    return tuple(
        IncidentNote(
            entry=incident.entry,
            cause=str(incident.cause),
            title=incident.title,
            summary=incident.summary,
            severity=incident.severity,
            status=incident.status,
            owner=incident.owner,
            opened_at=incident.opened_at,
            # A clock that was ahead may have dated it in the future: no age is below zero.
            age=max(now - incident.opened_at, timedelta(0)),
            partitions=incident.partitions,
            subjects=incident.subjects,
        )
        for incident in sorted(state.incidents.values(), key=lambda incident: incident.entry)
        if incident.is_open
    )
