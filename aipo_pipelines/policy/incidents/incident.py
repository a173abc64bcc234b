"""Raising an alarm: there is at most one open incident per cause, regardless of the alarms.

An alarm with the cause of an open incident opens no second incident, so that nobody is notified
twice. There are two exceptions. An alarm that is more severe ends the open incident and opens a new
incident. An alarm about a batch or a subject that the incident did not have yet continues the
incident, and the same people are notified about it once.
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
        partition: Batch that shows it, empty if no batch does.
        subjects: The columns, rules or groups that it is about; empty if it is always about the
            same thing.
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
    """The event by which an alarm is recorded.

    Returns:
        A new incident with the ladder of the charter in force, if no incident of this cause is open
        or if the open incident is less severe. The continuation of the open incident, if the alarm
        has a batch or a subject that the incident does not have yet. Otherwise None.
    """
    incident = open_incident(state, alarm.cause)
    # People were notified about the lesser severity: only a new incident starts the ladder again.
    if incident is None or _is_more_severe(alarm.severity, incident.severity):
        return IncidentOpened(
            cause=alarm.cause,
            title=alarm.title,
            summary=alarm.summary,
            severity=alarm.severity,
            partition=alarm.partition,
            # Owner and ladder are frozen here: later edits of the charter do not change who is
            # notified about an incident that is open.
            owner=incident_owner(charter),
            ladder=freeze(charter),
            subjects=alarm.subjects,
        )
    # People are notified about new subjects only.
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
    """Subject of an entry about an incident: its number, or its cause if it has no number yet."""
    if isinstance(event, IncidentOpened):
        return str(Subject.of_incident(event.cause))
    return str(Subject.of_incident(event.incident))


def incident_owner(charter: Charter) -> str:
    """Name of the person who answers for incidents; the product's owner if nobody is named."""
    person = charter.people.get(Role.INCIDENT_OWNER) or charter.owner
    return person.name


def _is_more_severe(severity: Severity, other: Severity) -> bool:
    return _WEIGHTS[severity] > _WEIGHTS[other]


_WEIGHTS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}
