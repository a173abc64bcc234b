"""Rolling back, and giving the champion of record its alias back.

Each approval comes from a person with the right to override, under the ledger's lock of the
product. The approval that reaches the quorum also brings the decision. An approval counts only for
the charter in force (see `counted_approvals`), and once, for the decision that it led to.
"""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.releases import ReleaseDecided
from aipo_pipelines.ledger.fold.models import RESTORED, ROLLBACK
from aipo_pipelines.ledger.model.models import Champion, OverrideAct
from aipo_pipelines.ledger.model.state import ActionKind, ProductState
from aipo_pipelines.policy.facts.counted_approvals import Tally, override_tally
from aipo_pipelines.policy.facts.decision_makers import PersonalDecision
from aipo_pipelines.policy.facts.stopped_model import return_failure
from aipo_pipelines.policy.people.approval import refuse_while
from aipo_pipelines.policy.people.override_approval import (
    nothing_in_charge,
    override_decision,
    override_event,
    refuse_repetition,
)
from aipo_pipelines.policy.people.terms import UNSIGNED, agreement_entry


def rollback(
    charter: Charter, state: ProductState, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """A person with the right to override approves the return of the predecessor.

    Raises:
        DecisionError: The person may not override, has approved before, there is no predecessor,
            or work on models is under way.
    """
    decision = override_decision(charter, person, reason, now)
    champion, predecessor = state.champion, state.predecessor
    if champion is None and return_failure(state):
        raise DecisionError(nothing_in_charge(state, "roll back"))
    # There is one step back: a rollback is not rolled back (decision 0023).
    if champion is None or predecessor is None:
        in_charge = f"version {champion.version} is in charge" if champion else "none is in charge"
        raise DecisionError(
            f"rollback with no predecessor: {in_charge} of {state.product}, and there is no "
            "champion before it to return to (a rollback is not rolled back). Train a new version "
            f"with: aipo retrain {state.product}, or take it out of charge with: "
            f"aipo stop {state.product}"
        )
    # Both can end with another champion or predecessor while people approve.
    refuse_while(state, ActionKind.RELEASE, "rolled back")
    refuse_while(state, ActionKind.TRAIN, "rolled back")
    return _approved(charter, state, decision, OverrideAct.ROLLBACK, champion, predecessor.version)


def restore(
    charter: Charter,
    state: ProductState,
    person: str,
    reason: str,
    now: datetime,
    *,
    alias: str | None = None,
) -> tuple[Draft, ...]:
    """A person with the right to override approves that the champion gets its MLflow alias back.

    Args:
        charter: The charter in force.
        state: State of the product.
        person: Name or e-mail address of the person.
        reason: The reason that the person gives.
        now: The moment, aware UTC.
        alias: Version that has the alias in MLflow; empty if no version has it; None if MLflow was
            not asked.

    Raises:
        DecisionError: The person may not override, has approved before, no version is in charge,
            its alias is in place, or a release is under way.
    """
    decision = override_decision(charter, person, reason, now)
    if state.champion is None:
        raise DecisionError(nothing_in_charge(state, "put back"))
    refuse_while(state, ActionKind.RELEASE, "put back")
    version = state.champion.version
    if alias == version:
        raise DecisionError(
            f"the alias champion of {state.product} is where it belongs, at version {version}, so "
            "there is nothing to put back and nothing was recorded; to return to the version "
            f"before: aipo rollback {state.product}"
        )
    return _approved(charter, state, decision, OverrideAct.RESTORE, state.champion, version)


def _approved(
    charter: Charter,
    state: ProductState,
    decision: PersonalDecision,
    act: OverrideAct,
    champion: Champion,
    version: str,
) -> tuple[Draft, ...]:
    """The approval, and with the last approval of the quorum the decision."""
    tally = override_tally(charter, state, champion.overrides.get(act, ()))
    refuse_repetition(state, tally, decision)
    event = override_event(state, decision, act, champion.version, tally)
    # If a release was given up, people may approve it again. Its key contains the decision before,
    # so the new approvals are new entries.
    before = state.decisions.get(version)
    last = before.entry if before else champion.decision
    agreement = agreement_entry(state)
    key = f"{act}/{state.product}/{champion.decision}/{version}/{last}/{agreement}"
    subject = f"model/{champion.version}"
    drafts = [
        decision.draft(state.product, subject, event, f"{key}/{decision.holder.email.lower()}")
    ]
    if event.completes:
        release = ReleaseDecided(
            version=version,
            go=True,
            rule=ROLLBACK if act is OverrideAct.ROLLBACK else RESTORED,
            reason=decision.reason,
            evidence=_evidence(champion, tally, decision),
            signature=UNSIGNED,
        )
        drafts.append(decision.draft(state.product, f"model/{version}", release, key))
    return tuple(drafts)


def _evidence(champion: Champion, tally: Tally, decision: PersonalDecision) -> dict[str, Json]:
    people: list[Json] = [approval.person for approval in tally.counted]
    people.append(decision.holder.name)
    # Stored entries have these keys.
    return {"gives_way": champion.version, "its_decision": champion.decision, "words": people}
