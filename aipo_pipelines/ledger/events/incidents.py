"""Events of an incident: it opens, its cause occurs again, it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from aipo_pipelines.evidence.outcome import Json, Severity
from aipo_pipelines.ledger.model.cause import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOpened:
    """By rule: a person must look. Asks for a `notify` action at the first level.

    Attributes:
        cause: Identity of the incident: the same cause never opens a second one while open.
        ladder: Snapshot of the charter's escalation ladder.
        owner: Name of the person who answers for it.
        subjects: What it is about: failing columns, rules, groups or metrics; empty if not known.
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
        subjects: What it was not about before; the same people are notified of that.
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
        tell: Whether those who were notified of it are notified of its end, because no person
            ended it.
    """

    kind: ClassVar[Literal["incident_resolved"]] = "incident_resolved"

    incident: int
    resolution: str
    tell: bool = False


IncidentEvent = IncidentOpened | IncidentContinued | IncidentResolved
