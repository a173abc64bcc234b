"""Events of the agreement with the people: the agreement in force, proposals and approvals."""

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
        contract: Text of the contract without secrets; empty if not kept.
        standards: Text of the standards; empty if not kept.
        place: Folder of the charter, relative to the folder of all products; `.` if it is the same
            folder, empty if not known.
        standards_files: Files of the standards, relative to `place`. The file of the organisation
            is the last.
        changes: The differences from the agreement before, field by field.
        adopted_by: Account of the operating system under which it was adopted.
        approvals: Entries of the approvals by which it came into force.
    """

    kind: ClassVar[Literal["charter_adopted"]] = "charter_adopted"

    version: str
    digest: str
    contract_version: str
    contract_digest: str
    standards_version: str
    standards_digest: str
    charter: dict[str, Json]
    # The texts are in the entry, because files can be changed or lost after the adoption.
    contract: str = ""
    standards: str = ""
    place: str = ""
    standards_files: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    adopted_by: str = ""
    approvals: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementProposed:
    """Files differ from the agreement in force and are not adopted yet.

    Attributes:
        digest: Digest of the charter. It and the next three are empty if the files cannot be used.
        contract_digest: Digest of the contract.
        standards_digest: Digest of the standards.
        place: Folder of the charter, relative to the folder of all products.
        problems: Reasons why they cannot be adopted as they are; empty if they wait for people.
        changes: The differences from the agreement in force, field by field.
        roles: Roles that may decide by the agreement in force.
        quorum: Number of people with these roles who must approve.
        source_roles: Roles that may decide about approvals and authorisations of sources.
        source_quorum: Number of people with these roles who must approve.
        asked: The rights and the people whose approval the proposal needs.
        proposed_by: Account of the operating system that found the difference.
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
    """A person approved a proposed agreement. It comes into force with the quorum.

    Attributes:
        proposal: Entry of the proposal that the person saw.
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
    """A person rejected a proposed agreement: the agreement in force does not change."""

    kind: ClassVar[Literal["agreement_rejected"]] = "agreement_rejected"

    proposal: int
    person: str
    role: str
    reason: str
    signature: str = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementWithdrawn:
    """The files are again those of the agreement in force: the proposal is over."""

    kind: ClassVar[Literal["agreement_withdrawn"]] = "agreement_withdrawn"

    proposal: int
    reason: str


AgreementEvent = (
    CharterAdopted | AgreementProposed | AgreementApproved | AgreementRejected | AgreementWithdrawn
)
