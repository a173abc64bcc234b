"""The approvals that count, and the reasons why the others do not.

An approval counts only for the things that the person saw: the agreement in force, the files of
the model and the evaluation. If one of these has changed, the person must look again. An
agreement that was adopted since and changed only explanations is the same agreement. A stop is
about a version, not about terms: approvals of a stop count while the charter gives the person the
right to stop a version. Only this count decides whether there are enough approvals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.persons import Holder, holders_of, release_deciders
from aipo_pipelines.ledger.model.agreements import AdoptedCharter
from aipo_pipelines.ledger.model.models import Approval, Candidate
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.decision_makers import quorum_for
from aipo_pipelines.policy.statements.approvals import (
    ApprovedAlready,
    BeforeAgreement,
    CountedApproval,
    ForOtherEvaluation,
    ForOtherFiles,
    NotCounted,
    NotEntitled,
    UnderOtherParts,
    UnderOtherText,
    UnderOtherVersion,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The approvals of one decision.

    Attributes:
        quorum: How many people must say yes.
        approvals: All approvals, in order.
    """

    quorum: int
    approvals: tuple[CountedApproval, ...]

    @property
    def counted(self) -> tuple[CountedApproval, ...]:
        """The approvals that count."""
        return tuple(approval for approval in self.approvals if approval.counts)

    @property
    def missing(self) -> int:
        """How many more people must say yes."""
        return max(self.quorum - len(self.counted), 0)

    def has(self, holder: Holder) -> bool:
        """Whether an approval of this person counts already."""
        return any(holder.goes_by(approval.person) for approval in self.counted)

    @property
    def uncounted(self) -> tuple[CountedApproval, ...]:
        """The approvals that do not count."""
        return tuple(approval for approval in self.approvals if not approval.counts)


def release_tally(charter: Charter, state: ProductState, candidate: Candidate) -> Tally:
    """The approvals of the release of a candidate, by the charter in force."""
    deciders = release_deciders(charter)
    # A yes counts for the evaluation and the files that the person saw, so these come first.
    approvals = (
        (approval, _not_for(candidate, approval) or _not_now(state, approval))
        for approval in candidate.approvals
    )
    return _tally(release_quorum(charter, state, candidate), deciders, approvals)


def release_quorum(charter: Charter, state: ProductState, candidate: Candidate) -> int:
    """How many people must say yes to the release of a candidate.

    After a stop that left no version in charge at least one person must say yes, even if the
    charter lets the gates decide: a rule alone does not undo the stop of a person.
    """
    agreed = quorum_for(charter, candidate.not_compared)
    stopped = state.stop is not None and state.champion is None
    return max(agreed, 1) if stopped else agreed


def override_tally(charter: Charter, state: ProductState, given: Iterable[Approval]) -> Tally:
    """The approvals of an act that needs the right to override, by the charter in force."""
    right = charter.decision_rights.override
    approvals = ((approval, _not_now(state, approval)) for approval in given)
    return _tally(right.quorum, holders_of(charter, right), approvals)


def stop_tally(charter: Charter, approvals: Iterable[Approval]) -> Tally:
    """The approvals of a stop by the people who may override, by the charter in force.

    The first approval has already stopped the version. A person who makes a limit stricter in the
    meantime needs no approval, and does not make the approvals about a harmful version invalid.
    """
    right = charter.decision_rights.override
    # A stop is about a version that does harm, so no agreement makes its approvals outdated.
    undoubted = ((approval, None) for approval in approvals)
    return _tally(right.quorum, holders_of(charter, right), undoubted)


def _tally(
    quorum: int, entitled: Sequence[Holder], approvals: Iterable[tuple[Approval, NotCounted | None]]
) -> Tally:
    counted: list[CountedApproval] = []
    counted_people: list[Holder] = []
    for approval, outdated in approvals:
        why_not: NotCounted | None = outdated
        # One person counts once, under every name and every role.
        holder = next((holder for holder in entitled if holder.goes_by(approval.person)), None)
        if holder is None:
            why_not = NotEntitled()
        elif holder in counted_people:
            why_not = ApprovedAlready()
        if holder is not None and why_not is None:
            counted_people.append(holder)
        counted.append(
            CountedApproval(
                person=approval.person,
                role=approval.role,
                reason=approval.reason,
                entry=approval.entry,
                at=approval.at,
                signature=approval.signature,
                charter_version=approval.charter_version,
                counts=why_not is None,
                why_not=why_not,
            )
        )
    return Tally(quorum=quorum, approvals=tuple(counted))


def _not_for(candidate: Candidate, approval: Approval) -> NotCounted | None:
    """Why an approval is not about the version that would go live; None if it is."""
    if approval.evaluation is not None and approval.evaluation != candidate.evaluated:
        return ForOtherEvaluation(given=approval.evaluation, now=candidate.evaluated)
    if approval.model_digest and approval.model_digest != candidate.model.model_digest:
        return ForOtherFiles()
    return None


def _not_now(state: ProductState, approval: Approval) -> NotCounted | None:
    """Why an approval does not belong to the agreement in force; None if it does."""
    agreed = state.charter
    if agreed is None:
        return None
    # Edits that bind nobody, such as explanations, leave earlier approvals valid.
    if 0 <= agreed.binding_since < approval.entry or _under(agreed, approval):
        return None
    if not approval.charter_digest:
        # Entries of earlier versions do not say which charter was in force: their order does.
        return BeforeAgreement(version=agreed.version)
    if (approval.charter_version, approval.charter_digest) == (agreed.version, agreed.digest):
        return UnderOtherParts(parts=_other_parts(agreed, approval))
    if approval.charter_version == agreed.version:
        return UnderOtherText(version=agreed.version)
    return UnderOtherVersion(given=approval.charter_version, in_force=agreed.version)


def _under(agreed: AdoptedCharter, approval: Approval) -> bool:
    """Whether an approval was given under the agreement in force, as far as it is recorded."""
    if not approval.charter_digest:
        return approval.entry > agreed.entry
    if not approval.contract_digest:
        # Approvals of earlier program versions name only the charter.
        return (approval.charter_version, approval.charter_digest) == (
            agreed.version,
            agreed.digest,
        )
    return approval.digests == agreed.digests


def _other_parts(agreed: AdoptedCharter, approval: Approval) -> tuple[str, ...]:
    parts = {
        "contract": approval.contract_digest == agreed.contract_digest,
        "standards": approval.standards_digest == agreed.standards_digest,
    }
    return tuple(part for part, same in parts.items() if not same)
