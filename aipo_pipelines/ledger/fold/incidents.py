"""Incidents in the fold: they open, continue and end, and people are notified."""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.incidents import (
    IncidentContinued,
    IncidentOpened,
    IncidentResolved,
)
from aipo_pipelines.ledger.fold.notices import ask_end_notice, ask_further_notice, ask_notice
from aipo_pipelines.ledger.model.actor import Actor
from aipo_pipelines.ledger.model.state import Incident, IncidentStatus, ProductState


def open_incident(state: ProductState, entry: Entry, opened: IncidentOpened) -> ProductState:
    """An incident opened, and people must be notified of it."""
    incident = Incident(
        entry=entry.index,
        cause=opened.cause,
        title=opened.title,
        summary=opened.summary,
        severity=opened.severity,
        status=IncidentStatus.OPEN,
        owner=opened.owner,
        opened_at=entry.recorded_at,
        partitions=(opened.partition,) if opened.partition else (),
        ladder=opened.ladder,
        subjects=tuple(dict.fromkeys(opened.subjects)),
    )
    # The fold asks for the notice, and no rule: so every recorded incident has its notice.
    return ask_notice(_put(state, incident), entry)


def continue_incident(
    state: ProductState, entry: Entry, continued: IncidentContinued
) -> ProductState:
    """The cause of an incident occurred again; people are notified only of new subjects."""
    incident = state.incidents.get(str(continued.incident))
    if incident is None or not incident.is_open:
        return state
    partitions = dict.fromkeys((*incident.partitions, *filter(None, [continued.partition])))
    subjects = dict.fromkeys((*incident.subjects, *continued.subjects))
    longer = replace(incident, partitions=(*partitions,), subjects=(*subjects,))
    state = _put(state, longer)
    added = longer.subjects[len(incident.subjects) :]
    return ask_further_notice(state, entry, continued, added) if added else state


def resolve_incident(state: ProductState, entry: Entry, resolved: IncidentResolved) -> ProductState:
    """An incident ended."""
    incident = state.incidents.get(str(resolved.incident))
    if incident is None or not incident.is_open:
        return state
    ended = replace(
        incident,
        status=IncidentStatus.RESOLVED,
        resolved_at=entry.recorded_at,
        resolution=resolved.resolution,
        # Rules read this: an incident that a person ended is not escalated again.
        ended_by_hand=0 if Actor.parse(entry.actor).is_rule else entry.index,
    )
    state = _put(state, ended)
    return ask_end_notice(state, entry, incident.entry) if resolved.notify_end else state


def _put(state: ProductState, incident: Incident) -> ProductState:
    return replace(state, incidents={**state.incidents, str(incident.entry): incident})
