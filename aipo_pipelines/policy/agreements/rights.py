"""The rights whose people must approve a changed agreement.

Pure. The agreement in force grants every right: a person that only the change names has no right.
`affected_rights` finds the rights that a change touches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.people import DecisionRight, Role
from aipo_pipelines.charter.privacy.permission import authorisation_right
from aipo_pipelines.ledger.model.models import Approval, Asked
from aipo_pipelines.policy.facts.decision_makers import Holder, holders_of, release_deciders
from aipo_pipelines.policy.statements.agreements import MissingApprovals

RELEASE = "release"
DATA_SOURCE = "data_source"
AUTHORISATION = "authorisation"

# `Asked.rights` has this order, so that a proposal on record equals the same proposal today.
RIGHTS: Mapping[str, str] = MappingProxyType(
    {
        RELEASE: "releases",
        DATA_SOURCE: "data sources",
        AUTHORISATION: "authorisations of data categories",
        "override": "overrides",
        "incident": "critical incidents",
        "sunset": "the end of the product",
    }
)
"""The rights that a change can touch, and what their people decide about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """One right whose people must approve a changed agreement.

    Attributes:
        name: One of `RIGHTS`.
        quorum: The number of approvals: at least one, and at most one from each person.
        approvals: Entries of the approvals that count.
        missing_signers: People in whose name the change gives something, and who have not approved.
    """

    name: str
    right: DecisionRight
    deciders: tuple[Holder, ...]
    quorum: int
    approvals: tuple[int, ...]
    missing_signers: tuple[Holder, ...] = ()

    @property
    def missing(self) -> int:
        """The number of approvals that are missing."""
        return max(self.quorum - len(self.approvals), len(self.missing_signers))

    @property
    def about(self) -> str:
        """What the people of the right decide about, in words."""
        return RIGHTS[self.name]

    def role_of(self, holder: Holder) -> Role | None:
        """The role by which a person decides; None if the person does not decide."""
        return holder.role_in(self.right) if holder in self.deciders else None


def needed_approvals(
    charter: Charter, request: Asked, approvals: Sequence[Approval] = ()
) -> tuple[Needed, ...]:
    """The rights whose people must approve a change; empty if nobody is asked.

    If all people of a right are undecided, the right asks nobody. If separation of duties excludes
    all people of a right, these people are asked.

    Args:
        charter: The charter in force.
        request: The rights and the signers that the change asks.
        approvals: The approvals so far.
    """
    needed = (_needed(charter, name, request, approvals) for name in request.rights)
    return tuple(right for right in needed if right.quorum)


def right_named(charter: Charter, name: str) -> DecisionRight:
    """One of `RIGHTS` as the charter grants it."""
    if name == AUTHORISATION:
        return authorisation_right(charter)
    right: DecisionRight = getattr(charter.decision_rights, name)
    return right


def holders_named(charter: Charter, name: str) -> tuple[Holder, ...]:
    """The people who have a right of `RIGHTS`; separation of duties counts for releases."""
    if name == RELEASE:
        return release_deciders(charter)
    return holders_of(charter, right_named(charter, name))


def asked_for(charter: Charter, name: str) -> tuple[Holder, ...]:
    """The people who are asked about a change by one of `RIGHTS`; empty if all are undecided."""
    decided = charter.model_copy(update={"undecided": ()})
    if holders_named(decided, name):
        return holders_named(charter, name)
    # An older program adopted charters in which separation of duties excludes every person with
    # the right. A rule alone must not adopt a change of such a charter, so these people are asked.
    return holders_of(charter, right_named(charter, name))


def deciders_of(needed: Sequence[Needed]) -> tuple[Holder, ...]:
    """Every person who may decide about a change, each once."""
    return tuple(dict.fromkeys(holder for right in needed for holder in right.deciders))


def missing_approvals(needed: Sequence[Needed]) -> tuple[MissingApprovals, ...]:
    """The missing approvals by right; all rights if no approval is missing."""
    missing = [right for right in needed if right.missing] or needed
    return tuple(
        MissingApprovals(
            missing=right.missing,
            quorum=right.quorum,
            deciders=right.deciders,
            # The people of releases decide about the agreement as a whole, so nothing is named.
            about="" if right.name == RELEASE else right.about,
            signers=tuple(holder.name for holder in right.missing_signers),
        )
        for right in missing
    )


def _needed(charter: Charter, name: str, request: Asked, approvals: Sequence[Approval]) -> Needed:
    right, deciders = right_named(charter, name), asked_for(charter, name)
    # Signers give approvals of sources and authorisations; the other rights know no signer.
    names_of_signers = request.signers if name in (DATA_SOURCE, AUTHORISATION) else ()
    signers = (holder for holder in deciders if any(map(holder.goes_by, names_of_signers)))
    return Needed(
        name=name,
        right=right,
        deciders=deciders,
        # A quorum of 0 leaves releases to rules, but no rule may loosen an agreement alone. A
        # quorum above the number of people could never be reached.
        quorum=min(max(right.quorum, 1), len(deciders)),
        approvals=tuple(
            approval.entry
            for approval in approvals
            if any(holder.goes_by(approval.person) for holder in deciders)
        ),
        missing_signers=tuple(
            holder
            for holder in signers
            if not any(holder.goes_by(approval.person) for approval in approvals)
        ),
    )
