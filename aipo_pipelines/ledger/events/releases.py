"""Events of a release: its request, its approvals, its decision, its champion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from aipo_pipelines.evidence.outcome import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequested:
    """By rule: a candidate passed its gates, and people must decide. The entry asks for a notice.

    Attributes:
        roles: Roles that may decide.
        quorum: Number of people with these roles who must approve.
    """

    kind: ClassVar[Literal["release_requested"]] = "release_requested"

    version: str
    reason: str
    roles: tuple[str, ...]
    quorum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseApproved:
    """A person approved a release. The approvals of the quorum make a decision.

    Attributes:
        evaluation: Entry of the evaluation that the person saw.
        signature: `unsigned`, or the signature over the evidence.
        charter_version: Version of the charter in force when the person decided. It and the digests
            are empty if not known.
        charter_digest: Digest of that charter.
        contract_digest: Digest of the contract in force with it.
        standards_digest: Digest of the standards in force with it.
        model_digest: Digest of the files of the version.
    """

    kind: ClassVar[Literal["release_approved"]] = "release_approved"

    version: str
    person: str
    role: str
    reason: str
    evaluation: int
    signature: str = "unsigned"
    charter_version: str = ""
    charter_digest: str = ""
    contract_digest: str = ""
    standards_digest: str = ""
    model_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDecided:
    """A version may go live, or may not. A go asks for a `release` action.

    Attributes:
        rule: Basis of the decision: `gates`, `approved`, `rejected`, `superseded`, `rollback`,
            `restored`.
        signature: Of the person who decided; empty for a rule.
    """

    kind: ClassVar[Literal["release_decided"]] = "release_decided"

    version: str
    go: bool
    rule: str
    reason: str
    evidence: dict[str, Json]
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChampionReleased:
    """The alias was moved: this version is the champion now."""

    kind: ClassVar[Literal["champion_released"]] = "champion_released"

    version: str
    decision: int
    previous: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalNamed:
    """A person named the original baseline, against which drift and performance are measured.

    Attributes:
        signature: `unsigned`, or the signature over the evidence.
    """

    kind: ClassVar[Literal["original_named"]] = "original_named"

    version: str
    person: str
    role: str
    reason: str
    signature: str = "unsigned"


ReleaseEvent = (
    ReleaseRequested | ReleaseApproved | ReleaseDecided | ChampionReleased | OriginalNamed
)
