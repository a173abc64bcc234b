"""Release: what was evaluated may go live, by rule or by people; anything else is a finding.

A candidate is decided on when its risk assessment is recorded. Gates not passed, also for lack of
evidence, are a no-go. A passing one goes live by rule where the charter's quorum is 0; otherwise
people are asked, and enough of them make the decision. Where the champion cannot answer any more,
so that no comparison is possible, people decide whatever the quorum. A candidate that was compared
with another champion than the one in charge, or that waits while a newer one asks for a decision,
is superseded.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.ledger.entry import Draft
from aipo_pipelines.ledger.events import (
    AssetMaterialised,
    ChampionReleased,
    CharterAdopted,
    IncidentResolved,
    ReleaseApproved,
    ReleaseDecided,
    ReleaseRequested,
)
from aipo_pipelines.ledger.fold_models import ROLLBACK
from aipo_pipelines.ledger.model_state import Candidate, Champion, Gate
from aipo_pipelines.ledger.state import ProductState
from aipo_pipelines.measures.outcome import Json, Severity, Verdict
from aipo_pipelines.policy.alarm import Alarm, open_incident, raised, subject_of
from aipo_pipelines.policy.deciders import quorum_for, release_deciders
from aipo_pipelines.policy.occasion import Occasion

RULE = "release"
GATES, APPROVED, SUPERSEDED = "gates", "approved", "superseded"
NO_GO = "no_go"
COMPARISON = "champion"
"""The gate that compares a candidate with the champion."""


def decide_release(occasion: Occasion) -> Iterator[Draft]:
    """A candidate is complete: go, no-go, or people are asked."""
    event = occasion.event
    if not isinstance(event, AssetMaterialised) or event.asset != "risk_assessment":
        return
    candidate = occasion.state.candidates.get(str(event.metadata.get("version")))
    if candidate is None or candidate.assessed != occasion.entry.index:
        return
    going = [one for one in occasion.state.candidates.values() if one.decision is not None]
    if going:
        reason = f"Version {going[0].version} is going live, and it was not compared with that."
        yield _no_go(occasion, candidate, SUPERSEDED, reason)
        return
    if candidate.against != _in_charge(occasion.state):
        yield _no_go(occasion, candidate, SUPERSEDED, _outdated(candidate, occasion.state))
        return
    closed = closed_gates(candidate)
    if closed:
        reason = " ".join(gate.summary for gate in closed)
        yield _no_go(occasion, candidate, GATES, reason)
        yield from _tell_no_go(occasion, candidate, closed)
        return
    for older in _waiting(occasion.state, candidate):
        reason = f"Version {candidate.version} was evaluated later and passed."
        yield _no_go(occasion, older, SUPERSEDED, reason)
    yield _go_or_ask(occasion, candidate)


def count_approvals(occasion: Occasion) -> Iterator[Draft]:
    """Somebody said yes, or the charter changed who must: with enough of them it is decided."""
    if not isinstance(occasion.event, ReleaseApproved | CharterAdopted):
        return
    for candidate in occasion.state.candidates.values():
        if candidate.requested is not None and candidate.decision is None:
            yield from _count(occasion, candidate)


def _count(occasion: Occasion, candidate: Candidate) -> Iterator[Draft]:
    """The decision on a candidate, where enough of those who may decide by now said yes."""
    deciders = release_deciders(occasion.charter)
    approvals = [
        one for one in candidate.approvals if any(who.goes_by(one.person) for who in deciders)
    ]
    if len(approvals) < quorum_for(occasion.charter, candidate.not_compared):
        return
    names = ", ".join(one.person for one in approvals)
    decision = ReleaseDecided(
        version=candidate.version,
        go=True,
        rule=APPROVED if approvals else GATES,
        reason=f"{_passed(candidate)}; approved by {names}."
        if approvals
        else f"{_passed(candidate)}, and the charter now lets the gates decide.",
        evidence={**_evidence(candidate), "approvals": [one.entry for one in approvals]},
        signature=" ".join(dict.fromkeys(one.signature for one in approvals)),
    )
    key = f"approved/{candidate.version}"
    yield occasion.draft(RULE, f"model/{candidate.version}", decision, key=key)


def confirm_release(occasion: Occasion) -> Iterator[Draft]:
    """The alias was moved: the decided version is champion; any other opens an incident."""
    event = occasion.event
    if not isinstance(event, AssetMaterialised) or event.asset != "champion":
        return
    version = str(event.metadata.get("version") or event.metadata.get("model_version") or "")
    state = occasion.state
    if version == _in_charge(state):
        return
    decided = _decided(state, version)
    if decided is None:
        yield from _report_undecided(occasion, version)
        return
    released = ChampionReleased(version=version, decision=decided, previous=_in_charge(state))
    yield occasion.draft(RULE, f"model/{version}", released, key="released")


def clear_the_way(occasion: Occasion) -> Iterator[Draft]:
    """A champion was released: what was compared with its predecessor is superseded."""
    event, state = occasion.event, occasion.state
    if not isinstance(event, ChampionReleased) or event.version != _in_charge(state):
        return
    for candidate in state.candidates.values():
        if candidate.decision is None and candidate.against != event.version:
            yield _no_go(occasion, candidate, SUPERSEDED, _outdated(candidate, state))
    refused = open_incident(state, NO_GO)
    if refused is not None:
        resolved = IncidentResolved(
            incident=refused.entry, resolution=f"by rule: version {event.version} went live"
        )
        yield occasion.draft(RULE, subject_of(resolved), resolved, key="resolve")


def closed_gates(candidate: Candidate) -> tuple[Gate, ...]:
    """The gates that forbid a release; without any gate it was not evaluated at all.

    A comparison that is not possible forbids none: people decide whether to do without it.
    """
    unjudged = Gate(
        gate="evaluation", verdict=Verdict.INSUFFICIENT, summary="It was not evaluated."
    )
    gates = candidate.gates or (unjudged,)
    spared = COMPARISON if candidate.not_compared else ""
    return tuple(one for one in gates if one.verdict != Verdict.PASS and one.gate != spared)


def _go_or_ask(occasion: Occasion, candidate: Candidate) -> Draft:
    right, quorum = (
        occasion.charter.decision_rights.release,
        quorum_for(occasion.charter, candidate.not_compared),
    )
    if quorum:
        request = ReleaseRequested(
            version=candidate.version,
            reason=f"{_passed(candidate)}.",
            roles=tuple(role.value for role in right.roles),
            quorum=quorum,
        )
        return occasion.draft(RULE, f"model/{candidate.version}", request, key="request")
    decision = ReleaseDecided(
        version=candidate.version,
        go=True,
        rule=GATES,
        reason=f"{_passed(candidate)}, and the charter lets the gates decide.",
        evidence=_evidence(candidate),
    )
    return occasion.draft(RULE, f"model/{candidate.version}", decision, key="decide")


def _passed(candidate: Candidate) -> str:
    if not candidate.not_compared:
        return f"All {len(candidate.gates)} gates passed"
    return (
        f"All gates passed but {COMPARISON}: version {candidate.against} cannot answer any more, "
        "so there is no comparison with it"
    )


def _no_go(occasion: Occasion, candidate: Candidate, rule: str, reason: str) -> Draft:
    decision = ReleaseDecided(
        version=candidate.version,
        go=False,
        rule=rule,
        reason=reason,
        evidence=_evidence(candidate),
    )
    key = f"{rule}/{candidate.version}"
    return occasion.draft(RULE, f"model/{candidate.version}", decision, key=key)


def _tell_no_go(
    occasion: Occasion, candidate: Candidate, closed: tuple[Gate, ...]
) -> Iterator[Draft]:
    names = ", ".join(gate.gate for gate in closed)
    alarm = Alarm(
        cause=NO_GO,
        title=f"Version {candidate.version} may not go live: {names}",
        summary=" ".join(gate.summary for gate in closed),
        severity=Severity.WARNING,
    )
    incident = raised(occasion.charter, occasion.state, alarm)
    if incident is not None:
        yield occasion.draft(RULE, subject_of(incident), incident, key=NO_GO)


def _waiting(state: ProductState, newer: Candidate) -> Iterator[Candidate]:
    for one in state.candidates.values():
        if one.version != newer.version and one.decision is None and one.assessed is not None:
            yield one


def _evidence(candidate: Candidate) -> dict[str, Json]:
    return {
        "evaluation": candidate.evaluated,
        "risk_assessment": candidate.assessed,
        "against": candidate.against,
        "not_compared": candidate.not_compared,
        "model_digest": candidate.model_digest,
        "mlflow_run_id": candidate.run_id,
        "gates": {gate.gate: gate.verdict for gate in candidate.gates},
    }


def _outdated(candidate: Candidate, state: ProductState) -> str:
    former = f"version {candidate.against}" if candidate.against else "no champion"
    return f"It was compared with {former}; by now version {_in_charge(state)} is in charge."


def _in_charge(state: ProductState) -> str:
    champion: Champion | None = state.champion
    return champion.version if champion else ""


def _decided(state: ProductState, version: str) -> int | None:
    """Entry of the decision that lets a version go live now."""
    candidate, decision = state.candidates.get(version), state.decisions.get(version)
    if candidate is not None:
        return candidate.decision
    before = state.predecessor
    if before is None or before.version != version or decision is None:
        return None
    return decision.entry if decision.go and decision.rule == ROLLBACK else None


def _report_undecided(occasion: Occasion, version: str) -> Iterator[Draft]:
    alarm = Alarm(
        cause="undecided_release",
        title=f"Model version {version or '(unnamed)'} was put in charge without a decision",
        summary="The champion asset was materialised for a version that no recorded decision "
        "allows to go live. The champion of record is unchanged; put its version back in charge "
        "or have the release decided.",
        severity=Severity.CRITICAL,
    )
    incident = raised(occasion.charter, occasion.state, alarm)
    if incident is not None:
        yield occasion.draft(RULE, subject_of(incident), incident, key="undecided")
