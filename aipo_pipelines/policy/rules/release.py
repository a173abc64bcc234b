"""Release: what was evaluated may go live, by rule or by people; anything else is a finding.

A candidate is decided on when its risk assessment is recorded. Gates not passed, also for lack of
evidence, are a no-go. A passing one goes live by rule where the charter's quorum is 0; otherwise
people are asked, and enough of them make the decision. Where the champion cannot answer any more,
so that no comparison is possible, people decide whatever the quorum. A candidate that was compared
with another champion than the one in charge, or that waits while a newer one asks for a decision,
is superseded.

A decision is no promise: until the alias moves, the agreement in force must give it. When the
charter changes before, and once more by the run that moves the alias, gates and words are asked
again; what they no longer give is taken back, and people are asked again when it is theirs to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.metadata.training import ChampionMetadata, RiskAssessmentMetadata
from aipo_pipelines.evidence.outcome import Json, Severity
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.events.overrides import ChampionStopped
from aipo_pipelines.ledger.events.releases import (
    ChampionReleased,
    ReleaseApproved,
    ReleaseDecided,
    ReleaseRequested,
)
from aipo_pipelines.ledger.fold.models import ROLLBACK
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.models import Candidate, Champion
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, ProductState
from aipo_pipelines.measures.gates.terms import CHAMPION
from aipo_pipelines.policy.context import Context, draft
from aipo_pipelines.policy.facts.counted_approvals import release_quorum, release_tally
from aipo_pipelines.policy.facts.gate_verdicts import GateVerdict, closed_gates
from aipo_pipelines.policy.incidents.incident import Alarm, open_incident, raised, subject_of

RULE = "release"
GATES, APPROVED, SUPERSEDED = "gates", "approved", "superseded"
NO_GO = Cause("no_go")


def decide_release(context: Context) -> Iterator[Draft]:
    """A candidate is complete: go, no-go, or people are asked."""
    event = context.event
    if not isinstance(event, AssetMaterialised):
        return
    if not isinstance(event.metadata, RiskAssessmentMetadata):
        return
    candidate = context.state.candidates.get(event.metadata.version)
    if candidate is None or candidate.assessed != context.entry.index:
        return
    going = [
        candidate
        for candidate in context.state.candidates.values()
        if candidate.decision is not None
    ]
    if going:
        reason = f"Version {going[0].version} is going live, and it was not compared with that."
        yield _no_go(context, candidate, SUPERSEDED, reason)
        return
    if candidate.against != _in_charge(context.state):
        yield _no_go(context, candidate, SUPERSEDED, _outdated(candidate, context.state))
        return
    closed = closed_gates(context.charter, context.state, candidate)
    if closed:
        yield _no_go(context, candidate, GATES, _reasons(context.state, closed))
        yield from _report_no_go(context, candidate, closed)
        return
    for older in _waiting(context.state, candidate):
        reason = f"Version {candidate.version} was evaluated later and passed."
        yield _no_go(context, older, SUPERSEDED, reason)
    yield _go_or_ask(context, candidate)


def count_approvals(context: Context) -> Iterator[Draft]:
    """Somebody said yes, or the agreement changed: what it gives by now, and no more, is given."""
    if isinstance(context.event, CharterAdopted):
        for candidate in context.state.candidates.values():
            yield from _agreed_anew(context, candidate)
    elif isinstance(context.event, ReleaseApproved):
        known = context.state.candidates.get(context.event.version)
        if known is not None and known.awaits_people:
            yield from _count(context, known)


def _agreed_anew(context: Context, candidate: Candidate) -> Iterator[Draft]:
    """The charter changed while a candidate waited for people, or to go live."""
    if candidate.decision is not None:
        if _has_begun(context.state, candidate.version):
            return  # The run asks by itself before it moves anything.
        withdrawn = withdrawal(context.charter, context.state, candidate)
        if withdrawn is not None:
            yield _withdraw(context, candidate, withdrawn)
    elif candidate.awaits_people:
        closed = closed_gates(context.charter, context.state, candidate)
        if closed:
            yield _no_go(context, candidate, GATES, _reasons(context.state, closed))
            yield from _report_no_go(context, candidate, closed)
            return
        counted = list(_count(context, candidate))
        tally = release_tally(context.charter, context.state, candidate)
        if not counted and tally.uncounted():
            yield _withdraw(
                context, candidate, _asked_again(context.charter, context.state, candidate)
            )
        yield from counted


def _withdraw(
    context: Context, candidate: Candidate, event: ReleaseDecided | ReleaseRequested
) -> Draft:
    key = f"withdraw/{candidate.version}"
    return context.draft(RULE, f"model/{candidate.version}", event, key=key)


def withdrawal(
    charter: Charter, state: ProductState, candidate: Candidate
) -> ReleaseDecided | ReleaseRequested | None:
    """What takes back a decision that the agreement in force does not give; None when it does.

    Args:
        charter: The charter in force.
        state: State of the product.
        candidate: One that a recorded decision lets go live.
    """
    if candidate.against != _in_charge(state):
        return _no(candidate, SUPERSEDED, _outdated(candidate, state))
    closed = closed_gates(charter, state, candidate)
    if closed:
        return _no(candidate, GATES, _reasons(state, closed))
    if release_tally(charter, state, candidate).missing:
        return _asked_again(charter, state, candidate)
    return None


def may_go_live(charter: Charter, state: ProductState, version: str) -> str:
    """Why a version may not go live at this moment, in words; empty when it may.

    Asked under the ledger's lock by the run that moves the alias, right before it does. The
    champion and what a rollback returns to may: they were released before. The empty version stands
    for none, after a stop.
    """
    champion, candidate = state.champion, state.candidates.get(version)
    if not version:
        return "" if champion is None else f"version {champion.version} is in charge by now"
    if champion is not None and champion.version == version:
        return ""
    if candidate is None:
        return "" if _decided(state, version) is not None else "no recorded decision lets it"
    if candidate.decision is None:
        return "no recorded decision lets it"
    withdrawn = withdrawal(charter, state, candidate)
    return withdrawn.reason if withdrawn is not None else ""


def decision_withdrawn(
    charter: Charter, state: ProductState, version: str, now: datetime
) -> tuple[Draft, ...]:
    """What the run that may not move the alias records instead; nothing for what nobody decided."""
    candidate = state.candidates.get(version)
    if candidate is None or candidate.decision is None:
        return ()
    event = withdrawal(charter, state, candidate)
    if event is None:
        return ()
    key = f"release/{state.product}/{version}/{candidate.decision}/withdraw"
    return (draft(state.product, key, RULE, f"model/{version}", event, now),)


def _count(context: Context, candidate: Candidate) -> Iterator[Draft]:
    """The decision on a candidate, when enough of those who may decide by now said yes."""
    if closed_gates(context.charter, context.state, candidate):
        return
    tally = release_tally(context.charter, context.state, candidate)
    if tally.missing:
        return
    names = ", ".join(approval.person for approval in tally.counted)
    decision = ReleaseDecided(
        version=candidate.version,
        go=True,
        rule=APPROVED if names else GATES,
        reason=f"{_passed(candidate)}; approved by {names}."
        if names
        else f"{_passed(candidate)}, and the charter now lets the gates decide.",
        evidence={
            **_evidence(candidate),
            "approvals": [approval.entry for approval in tally.counted],
        },
        signature=" ".join(dict.fromkeys(approval.signature for approval in tally.counted)),
    )
    key = f"approved/{candidate.version}"
    yield context.draft(RULE, f"model/{candidate.version}", decision, key=key)


def confirm_release(context: Context) -> Iterator[Draft]:
    """The alias was moved: the decided version is champion; any other opens an incident."""
    event = context.event
    if not isinstance(event, AssetMaterialised):
        return
    if not isinstance(event.metadata, ChampionMetadata):
        return
    version = event.metadata.version or event.metadata.model_version or ""
    state = context.state
    if version == _in_charge(state):
        return
    decided = _decided(state, version)
    if decided is None:
        yield from _report_undecided(context, version)
        return
    released = ChampionReleased(version=version, decision=decided, previous=_in_charge(state))
    yield context.draft(RULE, f"model/{version}", released, key="released")


def supersede_outdated(context: Context) -> Iterator[Draft]:
    """A champion was released or stopped: what was compared with another is superseded."""
    event, state = context.event, context.state
    if isinstance(event, ChampionStopped) and state.champion is None:
        for candidate in state.candidates.values():
            yield _no_go(context, candidate, SUPERSEDED, _outdated(candidate, state))
    if not isinstance(event, ChampionReleased) or event.version != _in_charge(state):
        return
    for candidate in state.candidates.values():
        if candidate.decision is None and candidate.against != event.version:
            yield _no_go(context, candidate, SUPERSEDED, _outdated(candidate, state))
    refused = open_incident(state, NO_GO)
    if refused is not None:
        resolved = IncidentResolved(
            incident=refused.entry, resolution=f"by rule: version {event.version} went live"
        )
        yield context.draft(RULE, subject_of(resolved), resolved, key="resolve")


def _go_or_ask(context: Context, candidate: Candidate) -> Draft:
    if release_quorum(context.charter, context.state, candidate):
        reason = f"{_passed(candidate)}."
        request = _request(context.charter, context.state, candidate, reason)
        return context.draft(RULE, f"model/{candidate.version}", request, key="request")
    decision = ReleaseDecided(
        version=candidate.version,
        go=True,
        rule=GATES,
        reason=f"{_passed(candidate)}, and the charter lets the gates decide.",
        evidence=_evidence(candidate),
    )
    return context.draft(RULE, f"model/{candidate.version}", decision, key="decide")


def _request(
    charter: Charter, state: ProductState, candidate: Candidate, reason: str
) -> ReleaseRequested:
    return ReleaseRequested(
        version=candidate.version,
        reason=reason,
        roles=tuple(role.value for role in charter.decision_rights.release.roles),
        quorum=release_quorum(charter, state, candidate),
    )


def _asked_again(charter: Charter, state: ProductState, candidate: Candidate) -> ReleaseRequested:
    """The request to people whose words do not count any more, or who had not been asked."""
    version = state.charter.version if state.charter else charter.version
    tally = release_tally(charter, state, candidate)
    stale = tally.uncounted()
    why = f" The word of {stale}." if stale else ""
    reason = f"Charter version {version} is in force by now, and asks for {tally.missing} words."
    return _request(charter, state, candidate, f"{_passed(candidate)}. {reason}{why}")


def _passed(candidate: Candidate) -> str:
    if not candidate.not_compared:
        return f"All {len(candidate.gates)} gates passed"
    return (
        f"All gates passed but {CHAMPION}: version {candidate.against} cannot answer any more, "
        "so there is no comparison with it"
    )


def _no_go(context: Context, candidate: Candidate, rule: str, reason: str) -> Draft:
    key = f"{rule}/{candidate.version}"
    decision = _no(candidate, rule, reason)
    return context.draft(RULE, f"model/{candidate.version}", decision, key=key)


def _no(candidate: Candidate, rule: str, reason: str) -> ReleaseDecided:
    return ReleaseDecided(
        version=candidate.version,
        go=False,
        rule=rule,
        reason=reason,
        evidence=_evidence(candidate),
    )


def _reasons(state: ProductState, closed: tuple[GateVerdict, ...]) -> str:
    said = [gate.summary for gate in closed]
    if not all(gate.measured for gate in closed):
        said.append(f"Only a new version is measured by that; type: aipo retrain {state.product}")
    return " ".join(said)


def _report_no_go(
    context: Context, candidate: Candidate, closed: tuple[GateVerdict, ...]
) -> Iterator[Draft]:
    names = ", ".join(gate.gate for gate in closed)
    alarm = Alarm(
        cause=NO_GO,
        title=f"Version {candidate.version} may not go live: {names}",
        summary=_reasons(context.state, closed),
        severity=Severity.WARNING,
    )
    incident = raised(context.charter, context.state, alarm)
    if incident is not None:
        yield context.draft(RULE, subject_of(incident), incident, key=str(NO_GO))


def _waiting(state: ProductState, newer: Candidate) -> Iterator[Candidate]:
    for candidate in state.candidates.values():
        if (
            candidate.version != newer.version
            and candidate.decision is None
            and candidate.assessed is not None
        ):
            yield candidate


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
    former = f"version {candidate.against}" if candidate.against else "no version"
    if state.champion is None:
        return f"It was compared with {former}, and no version is in charge any more."
    return f"It was compared with {former}; by now version {state.champion.version} is in charge."


def _has_begun(state: ProductState, version: str) -> bool:
    return any(
        action.kind is ActionKind.RELEASE
        and action.status is ActionStatus.STARTED
        and action.arguments.get("version") == version
        for action in state.actions.values()
    )


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
