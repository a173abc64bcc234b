"""A changed agreement on the command line: what is in force, what its files would change."""

from __future__ import annotations

from rich.console import Console

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.cli.times import show_time
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.model.agreements import AdoptedCharter
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.decisions import agreement_notes, change_text, commands_about
from aipo_pipelines.policy.agreements.moved_files import standards_notes
from aipo_pipelines.policy.agreements.rights import Needed, deciders_of, needed_approvals
from aipo_pipelines.policy.answer.as_json import plain
from aipo_pipelines.policy.facts.decision_makers import names, release_deciders


def show_agreement(
    out: Console, agreed: Product, state: ProductState, *, former: AdoptedCharter | None
) -> None:
    """Writes what is in force about a product, and what its files would change.

    Args:
        out: Where to.
        agreed: The agreement in force.
        state: State of the product.
        former: The agreement that was in force when the command began.
    """
    in_force, proposal = state.charter, state.proposal
    if in_force is not None:
        since = f"since {show_time(in_force.since)}, entry {in_force.entry}"
        head = f"{agreed.charter.title} ({agreed.name}): {_news(agreed, in_force, former)}"
        out.print(f"{head}, {since}", style="bold", markup=False)
    for note in standards_notes(state):
        out.print(f"  {note}", markup=False)
    if proposal is None:
        out.print("  Its files say what is in force.")
        return
    for note in agreement_notes(agreed.charter, state):
        out.print(f"  {note}", markup=False)
    if proposal.problems and not proposal.digest:
        out.print("  Every problem with its line: aipo check", markup=False)
    for change in proposal.changes:
        out.print(f"    - {change_text(change)}", markup=False)
    for said in proposal.approvals:
        line = f"  Yes by {said.person} ({said.role}) on {show_time(said.at)}: {said.reason}"
        out.print(line, markup=False)
    if proposal.waits:
        out.print("  Type one of:")
        for command in commands_about(agreed.name, proposal.entry)[1:]:
            out.print(f"    {command}", markup=False)


def _news(agreed: Product, in_force: AdoptedCharter, former: AdoptedCharter | None) -> str:
    """What is in force, or which parts of it have just come into force."""
    versions = {
        "charter": in_force.version,
        "contract": agreed.contract.version,
        "standards": agreed.standards.version,
    }
    if former is None or former.entry == in_force.entry:
        new = "adopted now" if former is None else "in force"
        beside = f"with contract version {versions['contract']}"
        return f"charter version {in_force.version} is {new}, {beside}"
    pairs = zip(versions, former.digests, in_force.digests, strict=True)
    changed = [f"{part} version {versions[part]}" for part, old, new in pairs if old != new]
    verb = "are" if len(changed) > 1 else "is"
    return f"{' and '.join(changed) or 'the same text'} {verb} adopted now"


def agreement_json(agreed: Product, state: ProductState) -> dict[str, Json]:
    """What waits, with who may decide, as JSON."""
    charter, proposal = agreed.charter, state.proposal
    waits = proposal is not None and proposal.waits
    needed = needed_approvals(charter, proposal.asked, proposal.approvals) if proposal else ()
    return {
        "product": agreed.name,
        "in_force": plain(state.charter),
        "proposal": plain(proposal),
        "note": " ".join(agreement_notes(charter, state)),
        "may_decide": names(deciders_of(needed) or release_deciders(charter)),
        "quorum": max((one.quorum for one in needed), default=0),
        "missing": max((one.missing for one in needed), default=0) if waits else 0,
        "needed": [_needed_json(one) for one in needed] if waits else [],
    }


def _needed_json(needed: Needed) -> dict[str, Json]:
    return {
        "right": needed.name,
        "may_decide": names(needed.deciders),
        "quorum": needed.quorum,
        "missing": needed.missing,
    }
