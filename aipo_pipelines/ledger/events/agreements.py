"""Events of the agreement with the people: what is in force, what is proposed, who said what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.model.models import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class CharterAdopted:
    """A charter, its contract or the standards came into force.

    Attributes:
        charter: The whole charter as JSON, without secrets.
        contract: Its text without secrets; empty if not kept.
        standards: Text of the standards; empty if not kept.
        place: Folder of the charter as seen from the folder of all products; `.` if it is the same,
            empty if not known.
        standards_files: Files of the standards as seen from `place`, the organisation's last.
        changes: What differs from the agreement before, field by field.
        adopted_by: Account of the operating system under which it was adopted.
        approvals: Entries of the approvals by people that let it come into force.
    """

    kind: ClassVar[Literal["charter_adopted"]] = "charter_adopted"

    version: str
    digest: str
    contract_version: str
    contract_digest: str
    standards_version: str
    standards_digest: str
    charter: dict[str, Json]
    contract: str = ""
    standards: str = ""
    place: str = ""
    standards_files: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    adopted_by: str = ""
    approvals: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementProposed:
    """Files differ from the agreement in force and are not adopted, or not yet.

    Attributes:
        digest: Digest of the charter; empty if the files cannot be used, like the next three.
        contract_digest: Digest of the contract.
        standards_digest: Digest of the standards.
        place: Folder of the charter as seen from the folder of all products.
        problems: Why they cannot be adopted as they are; empty if they wait for people.
        changes: What differs from the agreement in force, field by field.
        roles: Who may decide by the agreement in force.
        quorum: How many of them must decide.
        source_roles: Who may decide about what it approves or authorises about sources.
        source_quorum: How many of them must decide.
        asked: Whose words it needs.
        proposed_by: Account of the operating system under which they were found.
    """

    kind: ClassVar[Literal["agreement_proposed"]] = "agreement_proposed"

    version: str
    digest: str
    contract_digest: str
    standards_digest: str
    problems: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    roles: tuple[str, ...] = ()
    quorum: int = 0
    source_roles: tuple[str, ...] = ()
    source_quorum: int = 0
    asked: Asked = field(default_factory=Asked)
    proposed_by: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementApproved:
    """A person said yes to a proposed agreement; enough of them let it come into force.

    Attributes:
        proposal: Entry of the proposal they saw.
        signature: `unsigned`, or the signature over the evidence.
    """

    kind: ClassVar[Literal["agreement_approved"]] = "agreement_approved"

    proposal: int
    person: str
    role: str
    reason: str
    signature: str = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRejected:
    """A person said no to a proposed agreement: the one in force stays."""

    kind: ClassVar[Literal["agreement_rejected"]] = "agreement_rejected"

    proposal: int
    person: str
    role: str
    reason: str
    signature: str = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementWithdrawn:
    """The files say again what is in force: nothing is proposed any more."""

    kind: ClassVar[Literal["agreement_withdrawn"]] = "agreement_withdrawn"

    proposal: int
    reason: str


AgreementEvent = (
    CharterAdopted | AgreementProposed | AgreementApproved | AgreementRejected | AgreementWithdrawn
)
