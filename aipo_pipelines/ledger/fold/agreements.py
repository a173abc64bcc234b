"""Agreements in the fold: the agreement in force, and the proposal in the files.

Invariants:

- only an adoption changes the agreement in force; a proposal and its approvals do not;
- an approval counts only for the proposal that it names: files that changed again are another
  proposal, without any approval;
- an adoption and a withdrawal end the proposal; one person counts once;
- an adoption that only informs does not change the age of the binding terms;
- an adoption that only tightens the terms does not begin the count of failures again: otherwise a
  slightly stricter limit after each failure would prevent every reaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from aipo_pipelines.charter.changes.affected_checks import Bearing, bearings, is_other_data
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.ledger.events.agreements import (
    AgreementApproved,
    AgreementProposed,
    AgreementRejected,
    AgreementWithdrawn,
    CharterAdopted,
)
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.fold.notices import ask_agreement
from aipo_pipelines.ledger.fold.sources import leave_source
from aipo_pipelines.ledger.model.agreements import AdoptedCharter, ProposedAgreement
from aipo_pipelines.ledger.model.models import Approval
from aipo_pipelines.ledger.model.state import ProductState


def adopt(state: ProductState, entry: Entry, adopted: CharterAdopted) -> ProductState:
    """An agreement came into force."""
    charter = AdoptedCharter(
        version=adopted.version,
        digest=adopted.digest,
        contract_digest=adopted.contract_digest,
        standards_digest=adopted.standards_digest,
        entry=entry.index,
        since=entry.recorded_at,
        place=adopted.place,
        standards_files=adopted.standards_files,
        judging_since=_since(state.charter, entry, adopted, AdoptedCharter.judges_since),
        counting_since=_since(
            state.charter, entry, adopted, AdoptedCharter.counts_since, ignored=Effect.TIGHTENS
        ),
        binding_since=_binding_since(state.charter, entry, adopted),
        has_texts=bool(adopted.contract and adopted.standards),
    )
    # Before the new agreement is in force: the batches so far belong to the former source.
    if state.charter is not None and is_other_data(adopted.changes, _feed(adopted)):
        state = leave_source(state, entry)
    waited = state.proposal
    # Only a proposal of exactly these files was adopted; a proposal of other files just ends.
    if waited is not None and waited.waits and waited.digests == charter.digests:
        charter = replace(charter, proposal=waited.entry)
    return replace(state, charter=charter, proposal=None)


def _feed(adopted: CharterAdopted) -> str:
    named = adopted.charter.get("feed")
    return named if isinstance(named, str) else ""


def _since(
    before: AdoptedCharter | None,
    entry: Entry,
    adopted: CharterAdopted,
    known: Callable[[AdoptedCharter, Bearing], int],
    ignored: Effect = Effect.INFORMS,
) -> Mapping[Bearing, int]:
    """Entry of the adoption that last changed the terms of each `Bearing`, without an effect."""
    # Nothing was agreed before the first agreement, so all of its terms begin with it.
    if before is None:
        return dict.fromkeys(Bearing, entry.index)
    hidden = (adopted.contract_digest, adopted.standards_digest) != before.digests[1:]
    edited = hidden or adopted.digest != before.digest
    # Without texts nobody compared contract and standards. Older programs compared no charters.
    unknown = not _compared(before, adopted) and (hidden or (edited and not adopted.changes))
    affected = bearings(change for change in adopted.changes if change.effect is not ignored)
    changed = frozenset(Bearing) if unknown else affected
    return {area: entry.index if area in changed else known(before, area) for area in Bearing}


def _binding_since(before: AdoptedCharter | None, entry: Entry, adopted: CharterAdopted) -> int:
    """Entry since which no binding term has changed; unknown texts count as changed."""
    if before is None or not _compared(before, adopted):
        return entry.index
    informs = all(change.effect is Effect.INFORMS for change in adopted.changes)
    return before.binding_since if informs else entry.index


def _compared(before: AdoptedCharter, adopted: CharterAdopted) -> bool:
    """Whether the texts of both agreements were known when the second was adopted."""
    return bool(before.has_texts and adopted.contract and adopted.standards)


def propose(state: ProductState, entry: Entry, proposed: AgreementProposed) -> ProductState:
    """The files differ from the agreement; people are notified if they must decide."""
    proposal = ProposedAgreement(
        version=proposed.version,
        digest=proposed.digest,
        contract_digest=proposed.contract_digest,
        standards_digest=proposed.standards_digest,
        entry=entry.index,
        since=entry.recorded_at,
        place=proposed.place,
        problems=proposed.problems,
        changes=proposed.changes,
        asked=proposed.asked,
    )
    state = replace(state, proposal=proposal)
    # Files that cannot be used open an incident; nobody could decide about them.
    return ask_agreement(state, entry) if proposal.waits else state


def approve(state: ProductState, entry: Entry, approved: AgreementApproved) -> ProductState:
    """A person approved the proposal; each person counts once."""
    proposal = _waiting(state, approved.proposal)
    if proposal is None or any(known.person == approved.person for known in proposal.approvals):
        return state
    approvals = (*proposal.approvals, _approval(entry, approved))
    return replace(state, proposal=replace(proposal, approvals=approvals))


def reject(state: ProductState, entry: Entry, rejected: AgreementRejected) -> ProductState:
    """A person rejected the proposal."""
    proposal = _waiting(state, rejected.proposal)
    if proposal is None:
        return state
    return replace(state, proposal=replace(proposal, rejection=_approval(entry, rejected)))


def withdraw(state: ProductState, _: Entry, withdrawn: AgreementWithdrawn) -> ProductState:
    """The proposal is over."""
    known, charter = state.proposal, state.charter
    if known is None or known.entry != withdrawn.proposal:
        return state
    # The same files may be proposed again, and that is another proposal.
    charter = replace(charter, withdrawn=known.entry) if charter is not None else None
    return replace(state, proposal=None, charter=charter)


def _waiting(state: ProductState, entry: int) -> ProposedAgreement | None:
    """The proposal of an entry, if it still waits."""
    known = state.proposal
    return known if known is not None and known.entry == entry and known.waits else None


def _approval(entry: Entry, decided: AgreementApproved | AgreementRejected) -> Approval:
    return Approval(
        person=decided.person,
        role=decided.role,
        reason=decided.reason,
        entry=entry.index,
        at=entry.recorded_at,
        signature=decided.signature,
    )
