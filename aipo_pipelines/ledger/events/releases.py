"""Events of a release: who is asked, who approved, what was decided, what went live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from aipo_pipelines.evidence.outcome import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequested:
    """By rule: a candidate passed its gates, and people must decide. Asks for a notice.

    Attributes:
        roles: Who may decide.
        quorum: How many of them must say yes.
    """

    kind: ClassVar[Literal["release_requested"]] = "release_requested"

    version: str
    reason: str
    roles: tuple[str, ...]
    quorum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseApproved:
    """A person said yes to a release; enough of them make a decision.

    Attributes:
        evaluation: Entry of the evaluation they saw.
        signature: `unsigned`, or the signature over the evidence.
        charter_version: Version of the charter in force, by which they judged; empty if not known,
            like the digests.
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
    """A version was allowed to go live, or not. A go asks for a `release` action.

    Attributes:
        rule: By what it was decided: `gates`, `approved`, `rejected`, `superseded`, `rollback`,
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
    """A person named the version that drift and performance are measured against for good.

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
