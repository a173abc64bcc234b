"""Decisions of people about a changed agreement that waits, and the notes about it.

As in `approval`, each function is called under the ledger's lock of the product. People may decide
about a change if the agreement in force gives them a right that the change needs (`rights`). A
person that only the change names may not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events.agreements import AgreementApproved, AgreementRejected
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.model.agreements import ProposedAgreement
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.agreements.adoption import agreement_in_force, is_in_force
from aipo_pipelines.policy.agreements.proposal import SUBJECT, changed_fields
from aipo_pipelines.policy.agreements.rights import deciders_of, missing_approvals, needed_approvals
from aipo_pipelines.policy.facts.decision_makers import (
    PersonalDecision,
    given_reason,
    names,
    person_named,
)
from aipo_pipelines.policy.statements.agreements import (
    AgreementNote,
    ChangeRejected,
    ChangeWaits,
    FilesRefused,
)
from aipo_pipelines.policy.text import listed, moment


def approve_agreement(
    charter: Charter,
    state: ProductState,
    person: str,
    reason: str,
    now: datetime,
    *,
    seen: int | None = None,
) -> tuple[Draft, ...]:
    """The approval of the changed agreement that waits, by one person.

    Args:
        charter: The charter in force.
        state: State of the product.
        person: Name or e-mail address of the person.
        reason: The reason that the person gives.
        now: The moment, aware UTC.
        seen: Entry of the change that the person looked at; None if it is not known.

    Raises:
        DecisionError: The person may not decide, has approved before, nothing waits, or another
            change waits than the person saw.
    """
    proposal = awaited_agreement(state, seen)
    decision = _decision_of(charter, proposal, person, reason, now)
    for approval in proposal.approvals:
        if decision.holder.goes_by(approval.person):
            raise DecisionError(
                f"{approval.person} said yes to this change already, on {moment(approval.at)} "
                f"(entry {approval.entry}); it counts once, and nothing was recorded now; see: "
                f"aipo adopt {state.product}"
            )
    event = AgreementApproved(
        proposal=proposal.entry,
        person=decision.holder.name,
        role=decision.role.value,
        reason=decision.reason,
    )
    key = f"adopt/{state.product}/{proposal.entry}/{decision.holder.email.lower()}"
    return (decision.draft(state.product, SUBJECT, event, key),)


def reject_agreement(
    charter: Charter,
    state: ProductState,
    person: str,
    reason: str,
    now: datetime,
    *,
    seen: int | None = None,
) -> tuple[Draft, ...]:
    """The rejection of the changed agreement that waits: one person is enough.

    The arguments are the arguments of `approve_agreement`.

    Raises:
        DecisionError: The person may not decide, nothing waits, or another change waits than the
            person saw.
    """
    proposal = awaited_agreement(state, seen)
    decision = _decision_of(charter, proposal, person, reason, now)
    event = AgreementRejected(
        proposal=proposal.entry,
        person=decision.holder.name,
        role=decision.role.value,
        reason=decision.reason,
    )
    key = f"adopt/{state.product}/{proposal.entry}/rejected"
    return (decision.draft(state.product, SUBJECT, event, key),)


def awaited_agreement(state: ProductState, seen: int | None = None) -> ProposedAgreement:
    """The changed agreement that waits for people.

    Args:
        state: State of the product.
        seen: Entry of the change that the person looked at; None accepts every change.

    Raises:
        DecisionError: No change waits, or another change waits.
    """
    proposal = state.proposal
    if proposal is not None and proposal.waits and seen in (None, proposal.entry):
        return proposal
    if proposal is not None and proposal.waits:
        # An approval counts for exactly the change that its person saw.
        raise DecisionError(
            f"the files of {state.product} were edited after entry {seen}: the change that waits "
            f"is entry {proposal.entry} ({listed(changed_fields(proposal.changes))}). A decision "
            "counts for one change only, so nothing was recorded now. See the change with: "
            f"aipo adopt {state.product}"
        )
    raise DecisionError(
        f"no change of the agreement about {state.product} waits for people: "
        f"{_why_nothing_waits(proposal).rstrip('.')}; expected a change that waits; see: "
        f"aipo adopt {state.product}"
    )


def _why_nothing_waits(proposal: ProposedAgreement | None) -> str:
    if proposal is None:
        return "the files are equal to the agreement in force"
    if proposal.rejection is not None:
        rejection = proposal.rejection
        return (
            f"{rejection.person} rejected the change on {moment(rejection.at)}: {rejection.reason}"
        )
    return " ".join(proposal.problems)


def agreement_notes(charter: Charter, state: ProductState) -> Iterator[AgreementNote]:
    """Notes about files that differ from the agreement in force."""
    proposal, stays = state.proposal, agreement_in_force(state)
    if proposal is None:
        return
    if proposal.problems:
        yield FilesRefused(
            since=proposal.since,
            problems=tuple(proposal.problems),
            is_in_force=is_in_force(state),
            stays=stays,
        )
    elif proposal.rejection is not None:
        yield ChangeRejected(
            person=proposal.rejection.person,
            at=proposal.rejection.at,
            fields=changed_fields(proposal.changes),
            stays=stays,
        )
    else:
        needed = needed_approvals(charter, proposal.asked, proposal.approvals)
        yield ChangeWaits(
            product=state.product,
            since=proposal.since,
            fields=changed_fields(proposal.changes),
            approvals=missing_approvals(needed),
            stays=stays,
        )


def change_text(change: Change) -> str:
    """A change on one line: `charter.drift.limit: 0.1 → 0.2 (loosens)`."""
    return f"{change.field}: {_value(change.old)} → {_value(change.new)} ({change.effect.value})"


def commands_about(product: str, entry: int) -> tuple[str, ...]:
    """The commands to look at a changed agreement, to approve it and to reject it.

    Args:
        product: Name of the product.
        entry: Entry of the change. A decision names it, so it counts for no other change.
    """
    options = f'--by "YOUR NAME" --reason "WHY" --seen {entry}'
    return (
        f"aipo adopt {product}",
        f"aipo adopt {product} {options}",
        f"aipo adopt {product} --reject {options}",
    )


def _decision_of(
    charter: Charter, proposal: ProposedAgreement, person: str, reason: str, now: datetime
) -> PersonalDecision:
    """The decision of a person, checked by the agreement in force.

    Raises:
        DecisionError: The person may not decide about the change.
    """
    reason = given_reason(reason)
    holder = person_named(charter, person)
    needed = needed_approvals(charter, proposal.asked, proposal.approvals)
    role = next((role for right in needed if (role := right.role_of(holder)) is not None), None)
    if role is None:
        about = " and ".join(right.about for right in needed)
        raise DecisionError(
            f"{holder.name} may not decide about this change of the agreement of "
            f"{charter.product}; expected one of: {names(deciders_of(needed))}, who decide about "
            f"{about} by the agreement in force"
        )
    return PersonalDecision(holder=holder, role=role, reason=reason, now=now)


_LONGEST = 60


def _value(value: object) -> str:
    if value is None:
        return "nothing"
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
