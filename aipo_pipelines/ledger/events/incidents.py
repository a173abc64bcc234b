"""Events of an incident: it opens, its cause occurs again, it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from aipo_pipelines.evidence.outcome import Json, Severity
from aipo_pipelines.ledger.model.cause import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOpened:
    """By rule: a person must look. The entry asks for a `notify` action at the first level.

    Attributes:
        cause: Identity of the incident: a cause has at most one open incident.
        ladder: Snapshot of the charter's escalation ladder.
        owner: Name of the person who answers for it.
        subjects: Its failing columns, rules, groups or metrics; empty if not known.
    """

    kind: ClassVar[Literal["incident_opened"]] = "incident_opened"

    cause: Cause
    title: str
    summary: str
    severity: Severity
    partition: str
    owner: str
    ladder: Json
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentContinued:
    """The cause of an open incident occurred again; nobody is notified twice.

    Attributes:
        subjects: Further failing columns, rules, groups or metrics; the same people are notified
            of them.
    """

    kind: ClassVar[Literal["incident_continued"]] = "incident_continued"

    incident: int
    partition: str
    summary: str
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentResolved:
    """An incident ended: by a person, or by rule because its cause is gone.

    Attributes:
        notify_end: Whether the people who were notified of it are also notified of its end, because
            no person ended it; `tell` in the stored body.
    """

    kind: ClassVar[Literal["incident_resolved"]] = "incident_resolved"

    incident: int
    resolution: str
    # The stored name `tell` must stay, so that old entries stay readable.
    notify_end: Annotated[bool, Field(alias="tell")] = False


IncidentEvent = IncidentOpened | IncidentContinued | IncidentResolved
