"""The entries of a release decision, and the facts that they rest on."""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Json, Severity
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.releases import ReleaseDecided, ReleaseRequested
from aipo_pipelines.ledger.fold.models import ROLLBACK
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.models import Candidate
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.measures.gates.terms import CHAMPION
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.facts.counted_approvals import release_quorum, release_tally
from aipo_pipelines.policy.facts.gate_verdicts import GateVerdict
from aipo_pipelines.policy.incidents.incident import Alarm, raised, subject_of
from aipo_pipelines.policy.wording.approvals import uncounted_text

RULE = "release"
GATES, APPROVED, SUPERSEDED = "gates", "approved", "superseded"
NO_GO = Cause("no_go")


def version_in_charge(state: ProductState) -> str:
    """The version in charge; empty if no version is."""
    return state.champion.version if state.champion else ""


def decision_entry(state: ProductState, version: str) -> int | None:
    """Entry of the decision that allows a version to go live now; None without one."""
    candidate, decision = state.candidates.get(version), state.decisions.get(version)
    if candidate is not None:
        return candidate.decision
    before = state.predecessor
    if before is None or before.version != version or decision is None:
        return None
    # An old release allows no return: only a rollback puts the predecessor back in charge.
    return decision.entry if decision.go and decision.rule == ROLLBACK else None


def evidence_of(candidate: Candidate) -> dict[str, Json]:
    """The evidence that a decision about a candidate names."""
    return {
        "evaluation": candidate.evaluated,
        "risk_assessment": candidate.assessed,
        "against": candidate.against,
        "not_compared": candidate.not_compared,
        "model_digest": candidate.model.model_digest,
        "mlflow_run_id": candidate.model.run_id,
        "gates": {gate.gate: gate.verdict for gate in candidate.model.gates},
    }


def passed_text(candidate: Candidate) -> str:
    """Which gates passed, without a full stop."""
    if not candidate.not_compared:
        return f"All {len(candidate.model.gates)} gates passed"
    return (
        f"All gates passed except {CHAMPION}: version {candidate.against} cannot answer any more, "
        "so there is no comparison with it"
    )


def outdated_text(candidate: Candidate, state: ProductState) -> str:
    """Why the comparison of a candidate is outdated: another version is in charge by now."""
    former = f"version {candidate.against}" if candidate.against else "no version"
    if state.champion is None:
        return f"It was compared with {former}, and no version is in charge any more."
    return f"It was compared with {former}; by now version {state.champion.version} is in charge."


def closed_text(state: ProductState, closed: tuple[GateVerdict, ...]) -> str:
    """Why gates are closed, and what to do if they were never measured in this way."""
    # A retrained version is the only way out if a gate was never measured in this way.
    sentences = [gate.summary for gate in closed]
    if not all(gate.measured for gate in closed):
        command = f"aipo retrain {state.product}"
        sentences.append(f"Only a new version is measured by that; type: {command}")
    return " ".join(sentences)


def refusal(candidate: Candidate, rule: str, reason: str) -> ReleaseDecided:
    """The decision that a candidate may not go live."""
    return ReleaseDecided(
        version=candidate.version,
        go=False,
        rule=rule,
        reason=reason,
        evidence=evidence_of(candidate),
    )


def refuse(context: Context, candidate: Candidate, rule: str, reason: str) -> Draft:
    """The entry of this decision, made by a rule."""
    key = f"{rule}/{candidate.version}"
    decision = refusal(candidate, rule, reason)
    return context.draft(RULE, f"model/{candidate.version}", decision, key=key)


def refuse_by_gates(
    context: Context, candidate: Candidate, closed: tuple[GateVerdict, ...]
) -> Iterator[Draft]:
    """The decision that closed gates make, and its incident."""
    reason = closed_text(context.state, closed)
    yield refuse(context, candidate, GATES, reason)
    alarm = Alarm(
        cause=NO_GO,
        title=f"Version {candidate.version} may not go live: "
        f"{', '.join(gate.gate for gate in closed)}",
        summary=reason,
        severity=Severity.WARNING,
    )
    incident = raised(context.charter, context.state, alarm)
    if incident is not None:
        yield context.draft(RULE, subject_of(incident), incident, key=str(NO_GO))


def request_of(
    charter: Charter, state: ProductState, candidate: Candidate, reason: str
) -> ReleaseRequested:
    """The request to the people who decide about a release."""
    return ReleaseRequested(
        version=candidate.version,
        reason=reason,
        roles=tuple(role.value for role in charter.decision_rights.release.roles),
        quorum=release_quorum(charter, state, candidate),
    )


def new_request_of(charter: Charter, state: ProductState, candidate: Candidate) -> ReleaseRequested:
    """The request to people whose approvals do not count any more, or who had no request yet."""
    version = state.charter.version if state.charter else charter.version
    tally = release_tally(charter, state, candidate)
    outdated = uncounted_text(tally.approvals)
    approvals = f" {outdated}." if outdated else ""
    reason = (
        f"Charter version {version} is in force by now, and {tally.missing} more people must "
        "approve."
    )
    return request_of(charter, state, candidate, f"{passed_text(candidate)}. {reason}{approvals}")
