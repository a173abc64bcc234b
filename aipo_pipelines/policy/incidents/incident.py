"""Raising an alarm: one open incident per cause, whoever raises it and however often.

An open incident swallows what follows it, so that nobody is told twice. It never swallows something
graver than what people were told: that ends it and opens a new one. Nor something else than they
were told: what it was not about before continues it, and the same people hear of it, once.
"""

from __future__ import annotations

from dataclasses import dataclass

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.incidents import (
    IncidentContinued,
    IncidentOpened,
    IncidentResolved,
)
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import Incident, ProductState
from aipo_pipelines.ledger.model.subject import Subject
from aipo_pipelines.policy.incidents.ladder import freeze


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that somebody must look at.

    Attributes:
        cause: Identity of the incident.
        title: One line.
        summary: One or two sentences, without values of data subjects.
        partition: Batch it shows on, empty if none.
        subjects: What it is about, if it can be about one thing or another: columns, rules, groups.
    """

    cause: Cause
    title: str
    summary: str
    severity: Severity
    partition: str = ""
    subjects: tuple[str, ...] = ()


def open_incident(state: ProductState, cause: Cause) -> Incident | None:
    """The open incident of a cause, if there is one."""
    for incident in state.incidents.values():
        if incident.cause == cause and incident.is_open:
            return incident
    return None


def raised(
    charter: Charter, state: ProductState, alarm: Alarm
) -> IncidentOpened | IncidentContinued | None:
    """What an alarm is recorded as.

    Returns:
        A new incident with the ladder as it stands now, also where the open one is less grave; the
        continuation of an open one by a batch or a subject it did not yet have; None where the
        open incident has all of it already.
    """
    incident = open_incident(state, alarm.cause)
    if incident is None or _is_graver(alarm.severity, incident.severity):
        return IncidentOpened(
            cause=alarm.cause,
            title=alarm.title,
            summary=alarm.summary,
            severity=alarm.severity,
            partition=alarm.partition,
            owner=incident_owner(charter),
            ladder=freeze(charter),
            subjects=alarm.subjects,
        )
    added = tuple(subject for subject in alarm.subjects if subject not in incident.subjects)
    if not added and (not alarm.partition or alarm.partition in incident.partitions):
        return None
    return IncidentContinued(
        incident=incident.entry,
        partition=alarm.partition,
        summary=alarm.summary,
        subjects=added,
    )


def subject_of(event: IncidentOpened | IncidentContinued | IncidentResolved) -> str:
    """Subject of an entry about an incident: its number, or its cause while it has none."""
    if isinstance(event, IncidentOpened):
        return str(Subject.of_incident(event.cause))
    return str(Subject.of_incident(event.incident))


def incident_owner(charter: Charter) -> str:
    """Name of the person who answers for incidents; the product's owner where nobody is named."""
    person = charter.people.get(Role.INCIDENT_OWNER) or charter.owner
    return person.name


def _is_graver(one: Severity, other: Severity) -> bool:
    return _WEIGHTS[one] > _WEIGHTS[other]


_WEIGHTS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
