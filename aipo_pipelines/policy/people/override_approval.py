"""The decision of a person with the right to override: its check, its entry and its refusal."""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.persons import holders_of
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.events.overrides import OverrideApproved
from aipo_pipelines.ledger.model.models import OverrideAct
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.counted_approvals import Tally
from aipo_pipelines.policy.facts.decision_makers import (
    PersonalDecision,
    given_reason,
    names,
    person_named,
    role_text,
)
from aipo_pipelines.policy.facts.stopped_model import return_failure
from aipo_pipelines.policy.people.terms import UNSIGNED, terms_of
from aipo_pipelines.policy.text import moment
from aipo_pipelines.policy.wording.verdict import remedy_text, return_failure_text


def override_decision(
    charter: Charter, person: str, reason: str, now: datetime
) -> PersonalDecision:
    """The decision of a person who has the right to override.

    Raises:
        DecisionError: The person may not override, or gives no reason.
    """
    reason = given_reason(reason)
    holder = person_named(charter, person)
    right = charter.decision_rights.override
    role = holder.role_in(right)
    if role is None:
        raise DecisionError(
            f"{holder.name} ({', '.join(map(role_text, holder.roles))}) may not override the "
            f"decisions about {charter.product}; expected one of: "
            f"{names(holders_of(charter, right))}; the charter's decision_rights.override names "
            "them"
        )
    return PersonalDecision(holder=holder, role=role, reason=reason, now=now)


def override_event(
    state: ProductState, decision: PersonalDecision, act: OverrideAct, version: str, tally: Tally
) -> OverrideApproved:
    """The event of an approval.

    Args:
        state: State of the product.
        decision: The decision of the person.
        act: What is approved.
        version: The version in charge, or the stopped version.
        tally: The approvals before.
    """
    terms = terms_of(state)
    return OverrideApproved(
        act=act,
        version=version,
        person=decision.holder.name,
        role=decision.role.value,
        reason=decision.reason,
        # The tally does not contain this approval: if one is missing, this approval completes it.
        completes=tally.missing <= 1,
        charter_version=terms.charter_version,
        charter_digest=terms.charter_digest,
        contract_digest=terms.contract_digest,
        standards_digest=terms.standards_digest,
        signature=UNSIGNED,
    )


def refuse_repetition(state: ProductState, tally: Tally, decision: PersonalDecision) -> None:
    """Refuses the second approval of the same person.

    Raises:
        DecisionError: An approval of the person counts already.
    """
    earlier = next(
        (given for given in tally.counted if decision.holder.goes_by(given.person)), None
    )
    if earlier is not None:
        raise DecisionError(
            f"{earlier.person} approved it already, on {moment(earlier.at)} (entry "
            f"{earlier.entry}); it counts once, {tally.missing} of {tally.quorum} approvals are "
            f"missing, and nothing was recorded now; see: aipo decisions {state.product}"
        )


def nothing_in_charge(state: ProductState, act: str) -> str:
    """A message that no version is in charge, with the reason after a stop, and the next step.

    Args:
        state: State of the product.
        act: What cannot be done, as in *there is nothing to stop*.
    """
    failed = return_failure(state)
    because = f" ({return_failure_text(failed)})" if failed else ""
    return (
        f"no version of {state.product} is in charge{because}, so there is nothing to {act}; "
        f"{remedy_text(state.product, failed)}"
    )
