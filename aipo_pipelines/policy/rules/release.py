"""Release: an evaluated candidate may go live by rule or by people.

The rule decides when the risk assessment of a candidate is recorded. A gate that has not passed,
also for lack of evidence, is a no-go. A candidate that passed goes live by rule if the charter's
quorum is 0. Otherwise people are asked, and enough approvals make the decision. If the champion
cannot answer any more, no comparison is possible, and people decide regardless of the quorum.

A candidate is superseded if it was compared with a version that is not in charge any more, if
another candidate is going live, or if it waits and a newer candidate passes its gates. An alias
that moves without a recorded decision opens an incident.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.evidence.metadata.training import ChampionMetadata, RiskAssessmentMetadata
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.events.overrides import ChampionStopped
from aipo_pipelines.ledger.events.releases import ChampionReleased, ReleaseDecided
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.models import Candidate
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.facts.counted_approvals import release_quorum
from aipo_pipelines.policy.facts.gate_verdicts import closed_gates
from aipo_pipelines.policy.incidents.incident import Alarm, open_incident, raised, subject_of
from aipo_pipelines.policy.rules.release_decision import (
    GATES,
    NO_GO,
    RULE,
    SUPERSEDED,
    decision_entry,
    evidence_of,
    outdated_text,
    passed_text,
    refuse,
    refuse_by_gates,
    request_of,
    version_in_charge,
)


def decide_release(context: Context) -> Iterator[Draft]:
    """Decides about a candidate with a complete evaluation: go, no-go, or a request to people."""
    event = context.event
    if not isinstance(event, AssetMaterialised):
        return
    if not isinstance(event.metadata, RiskAssessmentMetadata):
        return
    candidate = context.state.candidates.get(event.metadata.version)
    if candidate is None or candidate.assessed != context.entry.index:
        return
    # Outdated comparisons come before the gates: a gate against another champion decides nothing.
    if reason := _superseded_by(context.state, candidate):
        yield refuse(context, candidate, SUPERSEDED, reason)
        return
    closed = closed_gates(context.charter, context.state, candidate)
    if closed:
        yield from refuse_by_gates(context, candidate, closed)
        return
    # A newer candidate that passed takes the place of older candidates that wait.
    for older in _waiting(context.state, candidate):
        reason = f"Version {candidate.version} was evaluated later and passed."
        yield refuse(context, older, SUPERSEDED, reason)
    yield _go_or_request(context, candidate)


def confirm_release(context: Context) -> Iterator[Draft]:
    """Records that a decided version is champion after its alias moved.

    Any other version opens an incident.
    """
    event = context.event
    if not isinstance(event, AssetMaterialised):
        return
    if not isinstance(event.metadata, ChampionMetadata):
        return
    version = event.metadata.version or event.metadata.model_version or ""
    state = context.state
    if version == version_in_charge(state):
        return
    decision = decision_entry(state, version)
    if decision is None:
        yield from _report_undecided(context, version)
        return
    released = ChampionReleased(
        version=version, decision=decision, previous=version_in_charge(state)
    )
    yield context.draft(RULE, f"model/{version}", released, key="released")


def supersede_outdated(context: Context) -> Iterator[Draft]:
    """Supersedes candidates that were compared with a version that is not in charge any more."""
    event, state = context.event, context.state
    # Without a version in charge no comparison is valid any more.
    if isinstance(event, ChampionStopped) and state.champion is None:
        for candidate in state.candidates.values():
            yield refuse(context, candidate, SUPERSEDED, outdated_text(candidate, state))
    if not isinstance(event, ChampionReleased) or event.version != version_in_charge(state):
        return
    for candidate in state.candidates.values():
        if candidate.decision is None and candidate.against != event.version:
            yield refuse(context, candidate, SUPERSEDED, outdated_text(candidate, state))
    incident = open_incident(state, NO_GO)
    if incident is not None:
        resolved = IncidentResolved(
            incident=incident.entry, resolution=f"by rule: version {event.version} went live"
        )
        yield context.draft(RULE, subject_of(resolved), resolved, key="resolve")


def _superseded_by(state: ProductState, candidate: Candidate) -> str:
    """Why a candidate is superseded already; empty if it is not."""
    for other in state.candidates.values():
        if other.decision is not None:
            return f"Version {other.version} is going live, and it was not compared with that."
    if candidate.against != version_in_charge(state):
        return outdated_text(candidate, state)
    return ""


def _go_or_request(context: Context, candidate: Candidate) -> Draft:
    if release_quorum(context.charter, context.state, candidate):
        reason = f"{passed_text(candidate)}."
        request = request_of(context.charter, context.state, candidate, reason)
        return context.draft(RULE, f"model/{candidate.version}", request, key="request")
    decision = ReleaseDecided(
        version=candidate.version,
        go=True,
        rule=GATES,
        reason=f"{passed_text(candidate)}, and the charter lets the gates decide.",
        evidence=evidence_of(candidate),
    )
    return context.draft(RULE, f"model/{candidate.version}", decision, key="decide")


def _waiting(state: ProductState, newer: Candidate) -> Iterator[Candidate]:
    for candidate in state.candidates.values():
        undecided = candidate.decision is None and candidate.assessed is not None
        if candidate.version != newer.version and undecided:
            yield candidate


def _report_undecided(context: Context, version: str) -> Iterator[Draft]:
    alarm = Alarm(
        cause=Cause("undecided_release"),
        title=f"Model version {version or '(unnamed)'} was put in charge without a decision",
        summary="The champion asset was materialised for a version that no recorded decision "
        "allows to go live. The champion of record is unchanged; put its version back in charge "
        "or have the release decided.",
        severity=Severity.CRITICAL,
    )
    incident = raised(context.charter, context.state, alarm)
    if incident is not None:
        yield context.draft(RULE, subject_of(incident), incident, key="undecided")
