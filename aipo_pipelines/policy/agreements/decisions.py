"""Words of people about a changed agreement that waits, and what is shown of it.

As in `approval`, each word is asked under the ledger's lock of the product. Whoever holds a right
that a change needs (`agreement_rights`) by the agreement in force may decide about it, and nobody
whom only the change names.
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
from aipo_pipelines.policy.agreements.adoption import SUBJECT, is_in_force, stays, told_changes
from aipo_pipelines.policy.agreements.rights import deciders_of, needed_words, told_needed
from aipo_pipelines.policy.facts.decision_makers import (
    PersonalDecision,
    given_reason,
    names,
    person_named,
)
from aipo_pipelines.policy.text import moment


def approve_agreement(
    charter: Charter,
    state: ProductState,
    person: str,
    reason: str,
    now: datetime,
    *,
    seen: int | None = None,
) -> tuple[Draft, ...]:
    """A person says yes to the changed agreement that waits.

    Args:
        charter: The charter in force.
        state: State of the product.
        person: Name or e-mail address of who says so.
        reason: Why, in their words.
        now: The moment, aware UTC.
        seen: Entry of the change they looked at; None when nobody says.

    Raises:
        DecisionError: It is not theirs to say, they said so before, nothing waits, or another
            change than they saw.
    """
    proposal = awaited_agreement(state, seen)
    word = _word(charter, proposal, person, reason, now)
    for said in proposal.approvals:
        if word.holder.goes_by(said.person):
            raise DecisionError(
                f"{said.person} said yes to this change already, on {moment(said.at)} (entry "
                f"{said.entry}); it counts once, and nothing was recorded now; see: "
                f"aipo adopt {state.product}"
            )
    event = AgreementApproved(
        proposal=proposal.entry,
        person=word.holder.name,
        role=word.role.value,
        reason=word.reason,
    )
    key = f"adopt/{state.product}/{proposal.entry}/{word.holder.email.lower()}"
    return (word.draft(state.product, SUBJECT, event, key),)


def reject_agreement(
    charter: Charter,
    state: ProductState,
    person: str,
    reason: str,
    now: datetime,
    *,
    seen: int | None = None,
) -> tuple[Draft, ...]:
    """A person says no to the changed agreement that waits: one is enough.

    The arguments are those of `approve_agreement`.

    Raises:
        DecisionError: It is not theirs to say, nothing waits, or another change than they saw.
    """
    proposal = awaited_agreement(state, seen)
    word = _word(charter, proposal, person, reason, now)
    event = AgreementRejected(
        proposal=proposal.entry,
        person=word.holder.name,
        role=word.role.value,
        reason=word.reason,
    )
    key = f"adopt/{state.product}/{proposal.entry}/rejected"
    return (word.draft(state.product, SUBJECT, event, key),)


def awaited_agreement(state: ProductState, seen: int | None = None) -> ProposedAgreement:
    """The changed agreement that waits for people.

    Args:
        state: State of the product.
        seen: Entry of the change that somebody looked at; None lets any count.

    Raises:
        DecisionError: None does, or another one.
    """
    proposal = state.proposal
    if proposal is not None and proposal.waits and seen in (None, proposal.entry):
        return proposal
    if proposal is not None and proposal.waits:
        raise DecisionError(
            f"the files of {state.product} were edited since entry {seen}: the change that waits "
            f"is entry {proposal.entry} ({told_changes(proposal.changes)}), and a word counts for "
            f"what was seen; nothing was recorded now; look at it with: aipo adopt {state.product}"
        )
    if proposal is None:
        found = "the files say what is in force"
    elif proposal.rejection is not None:
        said = proposal.rejection
        found = f"{said.person} rejected the change on {moment(said.at)}: {said.reason}"
    else:
        found = " ".join(proposal.problems)
    raise DecisionError(
        f"no change of the agreement about {state.product} waits for people: {found.rstrip('.')}; "
        f"expected a change that waits; see: aipo adopt {state.product}"
    )


def agreement_notes(charter: Charter, state: ProductState) -> Iterator[str]:
    """Sentences about files that are not the agreement in force; none where they are."""
    proposal = state.proposal
    if proposal is None:
        return
    since = f"Since {moment(proposal.since)}"
    if proposal.problems and is_in_force(state):
        yield (
            f"{since} what is in force could not be adopted any more: "
            f"{' '.join(proposal.problems).rstrip('.')}. {stays(state)}"
        )
    elif proposal.problems:
        yield (
            f"{since} its files cannot be adopted: {' '.join(proposal.problems).rstrip('.')}. "
            f"{stays(state)}"
        )
    elif proposal.rejection is not None:
        said = proposal.rejection
        yield (
            f"Its files say what {said.person} rejected on {moment(said.at)} "
            f"({told_changes(proposal.changes)}). {stays(state)}"
        )
    else:
        needed = needed_words(charter, proposal.asked, proposal.approvals)
        yield (
            f"{since} a change of its agreement waits for people "
            f"({told_changes(proposal.changes)}): {told_needed(needed)}. {stays(state)} "
            f"Type: aipo adopt {state.product}"
        )


def told_change(change: Change) -> str:
    """A change on one line: `charter.drift.limit: 0.1 → 0.2 (loosens)`."""
    return f"{change.field}: {_value(change.old)} → {_value(change.new)} ({change.effect.value})"


def commands_about(product: str, entry: int) -> tuple[str, ...]:
    """What a person types to look at a changed agreement, to say yes and to say no.

    Args:
        product: Name of the product.
        entry: Entry of the change, which a word names, so that it counts for no other.
    """
    words = f'--by "YOUR NAME" --reason "WHY" --seen {entry}'
    return (
        f"aipo adopt {product}",
        f"aipo adopt {product} {words}",
        f"aipo adopt {product} --reject {words}",
    )


def _word(
    charter: Charter, proposal: ProposedAgreement, person: str, reason: str, now: datetime
) -> PersonalDecision:
    """The word of a person who may decide about a change by the agreement in force."""
    why = given_reason(reason)
    holder = person_named(charter, person)
    needed = needed_words(charter, proposal.asked, proposal.approvals)
    role = next((role for one in needed if (role := one.role_of(holder)) is not None), None)
    if role is None:
        about = " and ".join(one.about for one in needed)
        raise DecisionError(
            f"{holder.name} may not decide about this change of the agreement of "
            f"{charter.product}; expected one of: {names(deciders_of(needed))}, who decide about "
            f"{about} by the agreement in force"
        )
    return PersonalDecision(holder=holder, role=role, reason=why, now=now)


_LONGEST = 60


def _value(value: object) -> str:
    if value is None:
        return "nothing"
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
