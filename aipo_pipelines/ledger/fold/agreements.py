"""The fold's part about agreements: which one is in force, and what its files propose instead.

Invariants:

- only an adoption changes what is in force; a proposal, and words about it, do not;
- words count for the proposal they name and for no other: a file that was changed once more is
  another proposal, without any words;
- an adoption and a withdrawal end the proposal; one person counts once;
- an adoption that only informs leaves what binds as old as it was;
- one that only tightens leaves what may be counted together as it was: whoever makes a limit a
  little stricter after each failure does not begin the count anew.
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
            state.charter, entry, adopted, AdoptedCharter.counts_since, but=Effect.TIGHTENS
        ),
        binding_since=_binding_since(state.charter, entry, adopted),
        has_texts=bool(adopted.contract and adopted.standards),
    )
    # Before the new agreement is in force: the batches so far belong to the source of the former.
    if state.charter is not None and is_other_data(adopted.changes, _feed(adopted)):
        state = leave_source(state, entry)
    waited = state.proposal
    # Only a proposal of these very files leads here; another one ends without being adopted.
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
    but: Effect = Effect.INFORMS,
) -> Mapping[Bearing, int]:
    """Entry of the adoption that last changed what each bearing is about, `but` for an effect."""
    if before is None:
        return dict.fromkeys(Bearing, entry.index)
    hidden = (adopted.contract_digest, adopted.standards_digest) != before.digests[1:]
    edited = hidden or adopted.digest != before.digest
    # Without texts nobody compared contract and standards, and older programs not even charters.
    unknown = not _compared(before, adopted) and (hidden or (edited and not adopted.changes))
    told = bearings(change for change in adopted.changes if change.effect is not but)
    changed = frozenset(Bearing) if unknown else told
    return {one: entry.index if one in changed else known(before, one) for one in Bearing}


def _binding_since(before: AdoptedCharter | None, entry: Entry, adopted: CharterAdopted) -> int:
    """Entry since which nothing that binds has changed; of unknown texts no change is known."""
    if before is None or not _compared(before, adopted):
        return entry.index
    informs = all(change.effect is Effect.INFORMS for change in adopted.changes)
    return before.binding_since if informs else entry.index


def _compared(before: AdoptedCharter, adopted: CharterAdopted) -> bool:
    """Whether the whole text of both agreements was known when one followed the other."""
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
    # Files that cannot be used open an incident; a notice about a decision would ask in vain.
    return ask_agreement(state, entry) if proposal.waits else state


def approve(state: ProductState, entry: Entry, said: AgreementApproved) -> ProductState:
    """A person said yes to the proposal; the same person counts once."""
    proposal = _meant(state, said.proposal)
    if proposal is None or any(approval.person == said.person for approval in proposal.approvals):
        return state
    approvals = (*proposal.approvals, _word(entry, said))
    return replace(state, proposal=replace(proposal, approvals=approvals))


def reject(state: ProductState, entry: Entry, said: AgreementRejected) -> ProductState:
    """A person said no to the proposal."""
    proposal = _meant(state, said.proposal)
    if proposal is None:
        return state
    return replace(state, proposal=replace(proposal, rejection=_word(entry, said)))


def withdraw(state: ProductState, _: Entry, gone: AgreementWithdrawn) -> ProductState:
    """Nothing is proposed any more."""
    known, charter = state.proposal, state.charter
    if known is None or known.entry != gone.proposal:
        return state
    # The same files may be proposed once more, and that is another proposal.
    charter = replace(charter, withdrawn=known.entry) if charter is not None else None
    return replace(state, proposal=None, charter=charter)


def _meant(state: ProductState, entry: int) -> ProposedAgreement | None:
    """The proposal a word is about, if it still waits."""
    known = state.proposal
    return known if known is not None and known.entry == entry and known.waits else None


def _word(entry: Entry, said: AgreementApproved | AgreementRejected) -> Approval:
    return Approval(
        person=said.person,
        role=said.role,
        reason=said.reason,
        entry=entry.index,
        at=entry.recorded_at,
        signature=said.signature,
    )
