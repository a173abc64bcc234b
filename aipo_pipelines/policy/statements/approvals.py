"""Approvals, why some of them do not count, and the overrides that wait for more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from aipo_pipelines.ledger.model.models import OverrideAct


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEntitled:
    """The charter in force does not let the person decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedAlready:
    """The same person has approved already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForOtherEvaluation:
    """It was given for another evaluation.

    Attributes:
        given: Entry of the evaluation that the person saw.
        now: Entry of the evaluation now.
    """

    given: int
    now: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForOtherFiles:
    """It was given for other files of the version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeAgreement:
    """It was given before the agreement in force, by an entry that names no agreement."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderOtherParts:
    """It was given under another contract or other standards.

    Attributes:
        parts: `contract`, `standards` or both.
    """

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderOtherText:
    """It was given under another text of the same version of the charter."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderOtherVersion:
    """It was given under another version of the charter."""

    given: str
    in_force: str


NotCounted: TypeAlias = (
    NotEntitled
    | ApprovedAlready
    | ForOtherEvaluation
    | ForOtherFiles
    | BeforeAgreement
    | UnderOtherParts
    | UnderOtherText
    | UnderOtherVersion
)
"""Why an approval does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedApproval:
    """An approval, and whether it counts.

    Attributes:
        signature: `unsigned`, or the signature over the evidence.
        charter_version: Version of the charter in force at that moment; empty if it is not on
            record.
        counts: Whether it counts towards the quorum.
        why_not: Why it does not count; None if it counts.
    """

    person: str
    role: str
    reason: str
    entry: int
    at: datetime
    signature: str
    charter_version: str
    counts: bool
    why_not: NotCounted | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """An override that waits for approvals.

    Attributes:
        version: The version in charge, or the stopped version.
        instead: Version that comes back, or came back; empty if no version does.
        since: When the first person approved.
        words: The approvals, also the approvals that do not count.
        confirm_by: When a stop must be confirmed; None for a rollback or a restoration.
        late: Whether that moment has passed.
        command: The command for the next person.
    """

    product: str
    act: OverrideAct
    version: str
    instead: str
    since: datetime
    quorum: int
    missing: int
    # `aipo decisions --json` has this key.
    words: tuple[CountedApproval, ...]
    confirm_by: datetime | None
    late: bool
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRelease:
    """A version that waits for people."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingOverride:
    """An override of a version that waits for approvals."""

    act: OverrideAct
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingAgreement:
    """A changed agreement that waits for people."""

    version: str


AlsoWaiting: TypeAlias = PendingOverride | PendingAgreement
Pending: TypeAlias = PendingRelease | AlsoWaiting
"""Something that waits for people."""
