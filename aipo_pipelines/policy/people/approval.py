"""Decisions of people about releases: a decision becomes drafts, or is refused with a reason.

Each function is called under the ledger's lock of the product. If two people decide at once, the
second decision sees the first. The rules are:

- People can approve only the newest version that waits for them, and no gate may forbid it.
- The version was compared with the champion that is still in charge.
- One person has one vote with any number of roles, and no vote if duties are separated.
- An approval counts for its charter, evaluation and files (see `counted_approvals`).
- An approval decides nothing. The rules count approvals, and release at the quorum.
- A decision is final.
"""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.releases import ReleaseApproved, ReleaseDecided
from aipo_pipelines.ledger.model.models import Candidate
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, ProductState
from aipo_pipelines.policy.facts.counted_approvals import release_tally
from aipo_pipelines.policy.facts.decision_makers import (
    PersonalDecision,
    answers_for_training,
    given_reason,
    names,
    person_named,
    release_deciders,
    role_text,
)
from aipo_pipelines.policy.people.candidate import REJECTED, awaited, refuse_stale_comparison
from aipo_pipelines.policy.people.terms import UNSIGNED, agreement_entry, terms_of
from aipo_pipelines.policy.text import moment


def approve(
    charter: Charter, state: ProductState, version: str, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """The approval of the release of a version, by one person.

    Args:
        charter: The charter in force.
        state: State of the product.
        version: The version that waits.
        person: Name or e-mail address of the person.
        reason: The reason that the person gives.
        now: The moment, aware UTC.

    Raises:
        DecisionError: The person may not decide, has approved before, or the version cannot go
            live.
    """
    decision = _decision_of(charter, person, reason, now)
    candidate = awaited(charter, state, version)
    # Only current evidence is approved: otherwise people would approve a comparison that they never
    # saw. A rejection needs no such check, because it releases nothing.
    refuse_stale_comparison(state, candidate)
    # The release under way may put another version in charge.
    refuse_while(state, ActionKind.RELEASE, "approved")
    for approval in release_tally(charter, state, candidate).counted:
        if decision.holder.goes_by(approval.person):
            raise DecisionError(
                f"{approval.person} approved version {version} already, on {moment(approval.at)} "
                f"(entry {approval.entry}); it counts once, and nothing was recorded now; see: "
                f"aipo decisions {state.product}"
            )
    terms = terms_of(state)
    event = ReleaseApproved(
        version=version,
        person=decision.holder.name,
        role=decision.role.value,
        reason=decision.reason,
        evaluation=candidate.evaluated or 0,
        signature=UNSIGNED,
        charter_version=terms.charter_version,
        charter_digest=terms.charter_digest,
        contract_digest=terms.contract_digest,
        standards_digest=terms.standards_digest,
        model_digest=candidate.model.model_digest,
    )
    # Another evaluation or another agreement makes another key: then the person approves again.
    seen = f"{candidate.evaluated}/{agreement_entry(state)}"
    key = f"approve/{state.product}/{version}/{seen}/{decision.holder.email.lower()}"
    return (decision.draft(state.product, f"model/{version}", event, key),)


def reject(
    charter: Charter, state: ProductState, version: str, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """The rejection of a release: one person is enough, and it is final.

    The arguments are the arguments of `approve`.

    Raises:
        DecisionError: The person may not decide, or the version does not wait for a decision.
    """
    decision = _decision_of(charter, person, reason, now)
    candidate = awaited(charter, state, version)
    event = ReleaseDecided(
        version=version,
        go=False,
        rule=REJECTED,
        reason=decision.reason,
        evidence=_evidence(candidate),
        signature=UNSIGNED,
    )
    key = f"reject/{state.product}/{version}/{candidate.evaluated}"
    return (decision.draft(state.product, f"model/{version}", event, key),)


def commands_for(product: str, version: str) -> tuple[str, ...]:
    """The commands to look at a version that waits, to approve it and to reject it."""
    options = '--by "YOUR NAME" --reason "WHY"'
    return (
        f"aipo decisions {product}",
        f"aipo approve {product} {version} {options}",
        f"aipo reject {product} {version} {options}",
    )


def refuse_while(state: ProductState, kind: ActionKind, decision: str) -> None:
    """Refuses a decision about models while work of a kind waits or runs.

    Args:
        state: State of the product.
        kind: The kind of work.
        decision: The decision, as in *nothing can be approved now*.

    Raises:
        DecisionError: Such work waits or runs.
    """
    live = (ActionStatus.PENDING, ActionStatus.STARTED)
    for action in state.actions.values():
        if action.kind is kind and action.status in live:
            noun = "release" if kind is ActionKind.RELEASE else "training"
            raise DecisionError(
                f"a {noun} of {state.product} is under way (entry {action.entry}, "
                f"{action.status.value}), so nothing can be {decision} now; let it end first: "
                f"aipo run {state.product}"
            )


def _decision_of(charter: Charter, person: str, reason: str, now: datetime) -> PersonalDecision:
    """The decision of a person who may decide about a release.

    Raises:
        DecisionError: The person may not decide, or gives no reason.
    """
    reason = given_reason(reason)
    holder = person_named(charter, person)
    role = holder.role_in(charter.decision_rights.release)
    expected = f"expected one of: {names(release_deciders(charter))}"
    if role is None:
        raise DecisionError(
            f"{holder.name} ({', '.join(map(role_text, holder.roles))}) may not decide about "
            f"releases of {charter.product}; {expected}; the charter's decision_rights.release "
            "names them"
        )
    # One person has one vote with any number of roles, so another role does not help (decision
    # 0023).
    if answers_for_training(charter, holder):
        raise DecisionError(
            f"{holder.name} answers for the training as model steward, and separation of duties "
            f"keeps them from deciding about releases of {charter.product}, also in another role; "
            f"{expected}"
        )
    return PersonalDecision(holder=holder, role=role, reason=reason, now=now)


def _evidence(candidate: Candidate) -> dict[str, Json]:
    """The evidence that a person saw when they decided."""
    return {
        "evaluation": candidate.evaluated,
        "against": candidate.against,
        "not_compared": candidate.not_compared,
        "gates": [{"gate": gate.gate, "verdict": gate.verdict} for gate in candidate.model.gates],
        "approvals": [
            {"person": approval.person, "role": approval.role, "entry": approval.entry}
            for approval in candidate.approvals
        ],
    }
