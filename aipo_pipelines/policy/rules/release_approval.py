"""Approvals of a release, and decisions that the agreement in force does not support any more.

A decision is no promise: the agreement in force must support it until the alias moves. Gates and
approvals are checked again when the charter changes, and by the run that moves the alias. A
decision without support is withdrawn. If people have to decide, they are asked again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.releases import ReleaseApproved, ReleaseDecided, ReleaseRequested
from aipo_pipelines.ledger.model.models import Candidate
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, ProductState
from aipo_pipelines.policy.context import Context, draft
from aipo_pipelines.policy.facts.counted_approvals import release_tally
from aipo_pipelines.policy.facts.gate_verdicts import closed_gates
from aipo_pipelines.policy.rules.release_decision import (
    APPROVED,
    GATES,
    RULE,
    SUPERSEDED,
    closed_text,
    decision_entry,
    evidence_of,
    new_request_of,
    outdated_text,
    passed_text,
    refusal,
    refuse_by_gates,
    version_in_charge,
)

_UNDECIDED = "no recorded decision allows it"


def count_approvals(context: Context) -> Iterator[Draft]:
    """Counts the approvals of a release after a new approval, or after the agreement changed."""
    if isinstance(context.event, CharterAdopted):
        for candidate in context.state.candidates.values():
            yield from _check_again(context, candidate)
    elif isinstance(context.event, ReleaseApproved):
        known = context.state.candidates.get(context.event.version)
        if known is not None and known.awaits_people:
            yield from _count(context, known)


def withdrawal(
    charter: Charter, state: ProductState, candidate: Candidate
) -> ReleaseDecided | ReleaseRequested | None:
    """The event that withdraws a decision without support; None if the agreement supports it.

    Args:
        charter: The charter in force.
        state: State of the product.
        candidate: A candidate that a recorded decision allows to go live.
    """
    if candidate.against != version_in_charge(state):
        return refusal(candidate, SUPERSEDED, outdated_text(candidate, state))
    closed = closed_gates(charter, state, candidate)
    if closed:
        return refusal(candidate, GATES, closed_text(state, closed))
    if release_tally(charter, state, candidate).missing:
        return new_request_of(charter, state, candidate)
    return None


def may_go_live(charter: Charter, state: ProductState, version: str) -> str:
    """Why a version may not go live at this moment, as text; empty if it may.

    The run that moves the alias asks this under the ledger's lock, right before it moves the alias.
    The champion and the target of a rollback may go live: they were released before. The empty
    version means that no version is in charge, after a stop.
    """
    champion, candidate = state.champion, state.candidates.get(version)
    if not version:
        return "" if champion is None else f"version {champion.version} is in charge by now"
    if champion is not None and champion.version == version:
        return ""
    if candidate is None:
        return "" if decision_entry(state, version) is not None else _UNDECIDED
    if candidate.decision is None:
        return _UNDECIDED
    event = withdrawal(charter, state, candidate)
    return event.reason if event is not None else ""


def decision_withdrawn(
    charter: Charter, state: ProductState, version: str, now: datetime
) -> tuple[Draft, ...]:
    """The entry of the run that may not move the alias; empty without a recorded decision."""
    candidate = state.candidates.get(version)
    if candidate is None or candidate.decision is None:
        return ()
    event = withdrawal(charter, state, candidate)
    if event is None:
        return ()
    key = f"release/{state.product}/{version}/{candidate.decision}/withdraw"
    return (draft(state.product, key, RULE, f"model/{version}", event, now),)


def _check_again(context: Context, candidate: Candidate) -> Iterator[Draft]:
    """Checks a candidate again that waited for people, or to go live, when the charter changed."""
    if candidate.decision is not None:
        # A run that has begun checks again by itself before it moves the alias.
        if _has_begun(context.state, candidate.version):
            return
        event = withdrawal(context.charter, context.state, candidate)
        if event is not None:
            yield _withdraw(context, candidate, event)
    elif candidate.awaits_people:
        closed = closed_gates(context.charter, context.state, candidate)
        if closed:
            yield from refuse_by_gates(context, candidate, closed)
            return
        decisions = list(_count(context, candidate))
        tally = release_tally(context.charter, context.state, candidate)
        if not decisions and tally.uncounted:
            request = new_request_of(context.charter, context.state, candidate)
            yield _withdraw(context, candidate, request)
        yield from decisions


def _withdraw(
    context: Context, candidate: Candidate, event: ReleaseDecided | ReleaseRequested
) -> Draft:
    key = f"withdraw/{candidate.version}"
    return context.draft(RULE, f"model/{candidate.version}", event, key=key)


def _count(context: Context, candidate: Candidate) -> Iterator[Draft]:
    """The decision about a candidate, if enough people with the right have approved."""
    if closed_gates(context.charter, context.state, candidate):
        return
    tally = release_tally(context.charter, context.state, candidate)
    if tally.missing:
        return
    names = ", ".join(approval.person for approval in tally.counted)
    # Without names the charter now has a quorum of 0: the gates decide.
    decision = ReleaseDecided(
        version=candidate.version,
        go=True,
        rule=APPROVED if names else GATES,
        reason=f"{passed_text(candidate)}; approved by {names}."
        if names
        else f"{passed_text(candidate)}, and the charter now lets the gates decide.",
        evidence={
            **evidence_of(candidate),
            "approvals": [approval.entry for approval in tally.counted],
        },
        signature=" ".join(dict.fromkeys(approval.signature for approval in tally.counted)),
    )
    key = f"approved/{candidate.version}"
    yield context.draft(RULE, f"model/{candidate.version}", decision, key=key)


def _has_begun(state: ProductState, version: str) -> bool:
    return any(
        action.kind is ActionKind.RELEASE
        and action.status is ActionStatus.STARTED
        and action.arguments.get("version") == version
        for action in state.actions.values()
    )
