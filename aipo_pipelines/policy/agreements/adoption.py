"""Adoption: the files of a product become its agreement, wait for people, or are refused.

Pure. A file is a proposal. A rule adopts the first agreement, and each change that only informs or
tightens. A change that binds needs a raised version. Other changes wait for the people who decide
about them by the agreement in force (`affected_rights`). These are changes that loosen, and changes
that bind without a known direction. They need the quorum of each right, at least one person. Until
then the agreement in force stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from aipo_pipelines.charter.changes.difference import Change, unraised
from aipo_pipelines.charter.changes.effects import Effect
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.agreements import (
    AgreementProposed,
    AgreementWithdrawn,
    CharterAdopted,
)
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.affected_rights import request_of
from aipo_pipelines.policy.agreements.moved_files import changes_to, move_text
from aipo_pipelines.policy.agreements.proposal import (
    ProductFiles,
    adopted,
    is_on_record,
    proposed,
    withdrawn,
)
from aipo_pipelines.policy.agreements.rights import needed_approvals
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.incidents.incident import Alarm, open_incident, raised, subject_of
from aipo_pipelines.policy.statements.agreements import AgreementInForce
from aipo_pipelines.policy.text import listed
from aipo_pipelines.policy.wording.agreements import stays_sentence

CAUSE = Cause("agreement")


def on_files(
    agreed: Product | None, state: ProductState, files: ProductFiles, now: datetime
) -> tuple[Draft, ...]:
    """The entries that follow from the files of a product.

    Args:
        agreed: The agreement in force; None if no agreement was adopted yet.
        state: State of the product.
        files: The files of the product.
        now: When the files were read, aware UTC.
    """
    product = files.product
    if agreed is None or state.charter is None:
        return (adopted(state, product, files.account, (), now),) if product else ()
    if product is None:
        if files.digests == state.charter.digests and not state.charter.has_texts:
            # An older program adopted these files: newer rules do not apply to them.
            return withdrawn(state, now)
        return proposed(agreed, state, files, (), files.problems, now)
    changes = changes_to(agreed, product, state.charter)
    # An edit that changes no field, such as a comment, is adopted too: approvals count for digests.
    if not changes and product.digests == state.charter.digests:
        return withdrawn(state, now)
    return _on_change(agreed, product, state, files, changes, now)


def respond_to_proposal(context: Context) -> Iterator[Draft]:
    """Files that cannot be adopted open an incident.

    It ends if they can be adopted, or are equal to the agreement in force.
    """
    event, state = context.event, context.state
    if isinstance(event, AgreementProposed) and event.problems:
        alarm = Alarm(
            cause=CAUSE,
            title=(
                f"The agreement about {context.charter.title} could not be adopted again"
                if is_in_force(state)
                else f"The files of {context.charter.title} are not the agreement in force"
            ),
            summary=f"{' '.join(event.problems)} {stays_sentence(agreement_in_force(state))}",
            severity=Severity.WARNING,
        )
        incident = raised(context.charter, state, alarm)
        if incident is not None:
            yield context.draft(str(CAUSE), subject_of(incident), incident, key="open")
    elif isinstance(event, AgreementProposed | AgreementWithdrawn | CharterAdopted):
        known = open_incident(state, CAUSE)
        if known is not None:
            resolution = f"by rule: {_RESOLUTIONS[type(event)]}"
            resolved = IncidentResolved(incident=known.entry, resolution=resolution)
            yield context.draft(str(CAUSE), subject_of(resolved), resolved, key="resolve")


_RESOLUTIONS = {
    AgreementProposed: "the files can be adopted, if people approve",
    AgreementWithdrawn: "the files are equal to the agreement in force again",
    CharterAdopted: "the files were adopted",
}


def is_in_force(state: ProductState) -> bool:
    """True if the files that cannot be adopted are the agreement in force.

    This happens if an exception ended, or if the installation lists its code no more.
    """
    agreement, proposal = state.charter, state.proposal
    if agreement is None or proposal is None or proposal.digests != agreement.digests:
        return False
    # Agreements of older programs recorded no place: equal digests are enough for them.
    return not proposal.place or not agreement.place or proposal.place == agreement.place


def agreement_in_force(state: ProductState) -> AgreementInForce | None:
    """The agreement that stays in force; None if no agreement was adopted."""
    agreement = state.charter
    if agreement is None:
        return None
    return AgreementInForce(version=agreement.version, since=agreement.since)


def _on_change(
    agreed: Product,
    product: Product,
    state: ProductState,
    files: ProductFiles,
    changes: tuple[Change, ...],
    now: datetime,
) -> tuple[Draft, ...]:
    problems = tuple(_unraised(changes, unraised(agreed, product, changes)))
    if problems:
        moved = move_text(agreed, product, changes)
        problems = (moved, *problems) if moved else problems
        return proposed(agreed, state, files, changes, problems, now)
    request = request_of(agreed, product, changes)
    if not needed_approvals(agreed.charter, request):
        return (adopted(state, product, files.account, changes, now),)
    proposal = state.proposal
    if proposal is None or not is_on_record(proposal, product, product.digests, (), request):
        return proposed(agreed, state, files, changes, (), now)
    needed = needed_approvals(agreed.charter, request, proposal.approvals)
    if proposal.rejection is not None or any(right.missing for right in needed):
        return ()
    # One person can have several rights: each approval is named once.
    approvals = sorted({approval for right in needed for approval in right.approvals})
    return (adopted(state, product, files.account, changes, now, tuple(approvals)),)


def _unraised(changes: Sequence[Change], parts: Sequence[str]) -> Iterator[str]:
    """A problem for each part of the agreement with a binding change and the old version."""
    for part in parts:
        binding = [
            change.field
            for change in changes
            if change.part == part and change.effect is not Effect.INFORMS
        ]
        yield (
            f"Binding fields of the {part} changed ({listed(binding)}), but its version did not "
            f"rise; raise `version` in the {part}."
        )
