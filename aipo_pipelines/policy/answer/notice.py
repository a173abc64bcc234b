"""The content of a notice as values; `reports/notices` writes its text.

A notice is about an incident, about a release that waits for people, or about a changed agreement.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.ledger.model.models import Candidate
from aipo_pipelines.ledger.model.state import Incident
from aipo_pipelines.policy.agreements.rights import Needed
from aipo_pipelines.policy.facts.decision_makers import Holder
from aipo_pipelines.policy.statements.agreements import AgreementInForce
from aipo_pipelines.policy.statements.approvals import CountedApproval
from aipo_pipelines.policy.statements.wrong_cells import WrongBatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice before it is sent.

    Attributes:
        title: One line.
        body: Plain text, without values of data subjects.
        targets: Apprise URLs, or `log`; each once.
    """

    title: str
    body: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownIncident:
    """An incident that the state does not know: to be safe, people are notified."""

    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentNews:
    """An incident as it is now.

    Attributes:
        incident: The incident.
        also: Subjects that its people were not notified about before.
        batch: Batch of those subjects; empty if the action names no batch.
        summary: The finding about those subjects.
        figures: The figures that fail, at most five.
        wrong: Wrong cells by batch, with more details than the figures of the same check.
        targets: Where the notice goes.
    """

    incident: Incident
    also: tuple[str, ...]
    batch: str
    summary: str
    figures: tuple[Figure, ...]
    wrong: tuple[WrongBatch, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRelease:
    """A release that waits for people.

    Attributes:
        candidate: The version.
        passed: The gates it passed.
        quorum: Number of approvals for the release.
        deciders: The people who may decide.
        uncounted: Approvals that do not count.
        commands: The commands for the decision.
        targets: Where the notice goes.
    """

    candidate: Candidate
    passed: tuple[str, ...]
    quorum: int
    deciders: tuple[Holder, ...]
    uncounted: tuple[CountedApproval, ...]
    commands: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRelease:
    """A release that does not wait any more.

    Attributes:
        version: The version.
        rule: The rule that decided; empty if no decision is known.
        person: The person who decided.
        reason: The reason of the decision.
        targets: Where the notice goes.
    """

    version: str
    rule: str
    person: str
    reason: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingChange:
    """A change of an agreement that waits for people.

    Attributes:
        changes: The changed fields that wait.
        since: When the change was seen first.
        needed: The rights whose people decide.
        stays: The agreement that stays in force until then; None without an agreement.
        commands: The commands for the decision.
        targets: Where the notice goes.
    """

    changes: tuple[Change, ...]
    since: datetime
    needed: tuple[Needed, ...]
    stays: AgreementInForce | None
    commands: tuple[str, ...]
    targets: tuple[str, ...]


class ChangeEnd(StrEnum):
    """The end of a change that does not wait any more."""

    ADOPTED = "adopted"
    REJECTED = "rejected"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedChange:
    """A change of an agreement that does not wait any more.

    Attributes:
        end: How it ended.
        at: When it ended; None if it is not known.
        entry: Entry of the agreement that ended it; None if no agreement did.
        person: The person who rejected it.
        reason: The reason of the rejection.
        stays: The agreement that stays in force; None without an agreement.
        targets: Where the notice goes.
    """

    end: ChangeEnd
    at: datetime | None = None
    entry: int | None = None
    person: str = ""
    reason: str = ""
    stays: AgreementInForce | None
    targets: tuple[str, ...]


News: TypeAlias = (
    UnknownIncident | IncidentNews | WaitingRelease | EndedRelease | WaitingChange | EndedChange
)
