"""Writes the agreement in force about a product, and the changes that its files propose."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.cli.times import show_time
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.model.agreements import AdoptedCharter, ProposedAgreement
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.decisions import agreement_notes, change_text, commands_about
from aipo_pipelines.policy.agreements.moved_files import standards_notes
from aipo_pipelines.policy.agreements.rights import Needed, deciders_of, needed_approvals
from aipo_pipelines.policy.answer.as_json import plain
from aipo_pipelines.policy.facts.decision_makers import names, release_deciders
from aipo_pipelines.policy.wording.agreements import agreement_sentence, files_sentence


def show_agreement(
    out: Console, agreed: Product, state: ProductState, *, former: AdoptedCharter | None
) -> None:
    """Writes the agreement in force about a product, and the changes that its files propose.

    Args:
        out: The console to write to.
        agreed: The agreement in force.
        state: State of the product.
        former: The agreement that was in force when the command began.
    """
    in_force, proposal = state.charter, state.proposal
    if in_force is not None:
        since = f"since {show_time(in_force.since)}, entry {in_force.entry}"
        head = f"{agreed.charter.title} ({agreed.name}): {_news(agreed, in_force, former)}"
        out.print(f"{head}, {since}", style="bold", markup=False)
    for standards in standards_notes(state):
        out.print(f"  {files_sentence(standards)}", markup=False)
    if proposal is None:
        out.print("  Its files match the agreement in force.")
        return
    for note in agreement_notes(agreed.charter, state):
        out.print(f"  {agreement_sentence(note)}", markup=False)
    # Without a digest the files could not be read, and the notes do not list every problem.
    if proposal.problems and not proposal.digest:
        out.print("  Every problem with its line: aipo check", markup=False)
    for line in _proposal_lines(agreed.name, proposal):
        out.print(line, markup=False)


def _proposal_lines(product: str, proposal: ProposedAgreement) -> Iterator[str]:
    """The changes, the approvals so far, and the commands that decide."""
    for change in proposal.changes:
        yield f"    - {change_text(change)}"
    for approval in proposal.approvals:
        yield (
            f"  Approved by {approval.person} ({approval.role}) on {show_time(approval.at)}: "
            f"{approval.reason}"
        )
    if proposal.waits:
        yield "  Type one of:"
        # The first command only shows the change again.
        yield from (f"    {command}" for command in commands_about(product, proposal.entry)[1:])


def _news(agreed: Product, in_force: AdoptedCharter, former: AdoptedCharter | None) -> str:
    """The version in force, or the parts of the agreement that came into force just now."""
    versions = {
        "charter": in_force.version,
        "contract": agreed.contract.version,
        "standards": agreed.standards.version,
    }
    if former is None or former.entry == in_force.entry:
        new = "adopted now" if former is None else "in force"
        beside = f"with contract version {versions['contract']}"
        return f"charter version {in_force.version} is {new}, {beside}"
    # A change may be in the contract or the standards alone, with the same version of the charter.
    pairs = zip(versions, former.digests, in_force.digests, strict=True)
    changed = [f"{part} version {versions[part]}" for part, old, new in pairs if old != new]
    verb = "are" if len(changed) > 1 else "is"
    return f"{' and '.join(changed) or 'the same text'} {verb} adopted now"


def agreement_json(agreed: Product, state: ProductState) -> dict[str, Json]:
    """The change that waits, and the people who may decide, as JSON."""
    charter, proposal = agreed.charter, state.proposal
    waits = proposal is not None and proposal.waits
    needed = needed_approvals(charter, proposal.asked, proposal.approvals) if proposal else ()
    return {
        "product": agreed.name,
        "in_force": plain(state.charter),
        "proposal": plain(proposal),
        "note": " ".join(map(agreement_sentence, agreement_notes(charter, state))),
        "may_decide": names(deciders_of(needed) or release_deciders(charter)),
        "quorum": max((right.quorum for right in needed), default=0),
        "missing": max((right.missing for right in needed), default=0) if waits else 0,
        "needed": [_needed_json(right) for right in needed] if waits else [],
    }


def _needed_json(needed: Needed) -> dict[str, Json]:
    return {
        "right": needed.name,
        "may_decide": names(needed.deciders),
        "quorum": needed.quorum,
        "missing": needed.missing,
    }
