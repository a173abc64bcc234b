"""The content of a notice: an incident, a release or a changed agreement, read from the state."""

from __future__ import annotations

from collections.abc import Sequence

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.derived_metric import is_about_original
from aipo_pipelines.evidence.outcome import Figure, Json, Severity, Verdict
from aipo_pipelines.ledger.model.state import Action, Incident, ProductState
from aipo_pipelines.policy.agreements.adoption import agreement_in_force
from aipo_pipelines.policy.agreements.decisions import commands_about
from aipo_pipelines.policy.agreements.rights import deciders_of, needed_approvals
from aipo_pipelines.policy.answer.notice import (
    ChangeEnd,
    EndedChange,
    EndedRelease,
    IncidentNews,
    News,
    UnknownIncident,
    WaitingChange,
    WaitingRelease,
)
from aipo_pipelines.policy.facts.counted_approvals import release_tally
from aipo_pipelines.policy.facts.decision_makers import release_deciders
from aipo_pipelines.policy.facts.freshness import newest_of
from aipo_pipelines.policy.facts.gate_verdicts import gates_in_force
from aipo_pipelines.policy.facts.judged_evidence import figures_in_force
from aipo_pipelines.policy.incidents.ladder import LOG, addresses, targets
from aipo_pipelines.policy.people.approval import commands_for
from aipo_pipelines.policy.statements.wrong_cells import WrongBatch

_MOST_FIGURES = 5


def incident_of(state: ProductState, action: Action) -> Incident | None:
    """The incident that a `notify` action is about; None if it is about something different."""
    return state.incidents.get(str(action.arguments.get("incident", action.entry)))


def severity_of(incident: Incident) -> Severity | None:
    """Severity of an incident now; None if it has ended."""
    return incident.severity if incident.is_open else None


def news_of(
    charter: Charter,
    state: ProductState,
    action: Action,
    wrong_cells: Sequence[WrongBatch] = (),
) -> News:
    """The content of the notice of a `notify` action.

    It is about an incident, a release (`decision`) or a changed agreement (`agreement`).

    Args:
        charter: The charter in force.
        state: State of the product.
        action: The action.
        wrong_cells: Wrong cells of the batches of the incident, if it is about a contract.
    """
    version = action.arguments.get("decision")
    if version is not None:
        return _release(charter, state, str(version))
    if "agreement" in action.arguments:
        return _agreement(charter, state, action.arguments["agreement"])
    return _incident(charter, state, action, wrong_cells)


def _incident(
    charter: Charter, state: ProductState, action: Action, wrong_cells: Sequence[WrongBatch]
) -> UnknownIncident | IncidentNews:
    incident = incident_of(state, action)
    # Arguments are the JSON of a stored entry, so their types are checked here.
    level = action.arguments.get("level")
    at = level if isinstance(level, int) else 0
    if incident is None:
        # The ladder of the incident is not known either, so the ladder in force is used.
        return UnknownIncident(targets=targets(charter, None, at))
    also = action.arguments.get("also")
    return IncidentNews(
        incident=incident,
        also=tuple(map(str, also)) if isinstance(also, list) else (),
        batch=str(action.arguments.get("batch") or ""),
        summary=str(action.arguments.get("summary", "")),
        figures=_failing(charter, state, incident)[:_MOST_FIGURES],
        wrong=tuple(wrong_cells),
        targets=targets(charter, incident.ladder, at),
    )


def _failing(charter: Charter, state: ProductState, incident: Incident) -> tuple[Figure, ...]:
    key = str(incident.cause.check_key or "")
    check = state.checks.get(key)
    if check is None or check.partition not in incident.partitions:
        return ()
    # The original baseline only informs, so its figures never fail a check.
    figures = figures_in_force(charter, state, key, newest_of(check))
    return tuple(
        figure for figure in figures if figure.fails and not is_about_original(figure.metric)
    )


def _release(charter: Charter, state: ProductState, version: str) -> WaitingRelease | EndedRelease:
    deciders = release_deciders(charter)
    reached = addresses(deciders) or (LOG,)
    candidate = state.candidates.get(version)
    if candidate is None or not candidate.awaits_people:
        decision = state.decisions.get(version)
        return EndedRelease(
            version=version,
            rule=decision.rule if decision else "",
            person=decision.by if decision else "",
            reason=decision.reason if decision else "",
            targets=reached,
        )
    # Gates and approvals are counted now: the agreement may have changed since people were asked.
    gates = gates_in_force(charter, state, candidate)
    tally = release_tally(charter, state, candidate)
    return WaitingRelease(
        candidate=candidate,
        passed=tuple(gate.gate for gate in gates if gate.verdict is Verdict.PASS),
        quorum=tally.quorum,
        deciders=deciders,
        uncounted=tally.uncounted,
        commands=commands_for(charter.product, candidate.version),
        targets=reached,
    )


def _agreement(charter: Charter, state: ProductState, entry: Json) -> WaitingChange | EndedChange:
    proposal = state.proposal
    needed = needed_approvals(charter, proposal.asked, proposal.approvals) if proposal else ()
    # The notice must reach a person, also if the change asks nobody any more.
    deciders = deciders_of(needed) or release_deciders(charter)
    reached = addresses(deciders) or (LOG,)
    if proposal is None or proposal.entry != entry or not proposal.waits:
        return _ended_change(state, entry, reached)
    return WaitingChange(
        changes=tuple(change for change in proposal.changes if change.waits),
        since=proposal.since,
        needed=needed,
        stays=agreement_in_force(state),
        commands=commands_about(charter.product, proposal.entry),
        targets=reached,
    )


def _ended_change(state: ProductState, entry: Json, reached: tuple[str, ...]) -> EndedChange:
    adopted, proposal, remains = state.charter, state.proposal, agreement_in_force(state)
    if adopted is not None and adopted.proposal == entry:
        return EndedChange(
            end=ChangeEnd.ADOPTED,
            at=adopted.since,
            entry=adopted.entry,
            stays=remains,
            targets=reached,
        )
    rejection = proposal.rejection if proposal and proposal.entry == entry else None
    if rejection is not None:
        return EndedChange(
            end=ChangeEnd.REJECTED,
            at=rejection.at,
            person=rejection.person,
            reason=rejection.reason,
            stays=remains,
            targets=reached,
        )
    # An agreement that was adopted after the proposal, but not from it, replaced the proposal.
    if adopted is not None and isinstance(entry, int) and adopted.entry > entry:
        return EndedChange(
            end=ChangeEnd.REPLACED,
            at=adopted.since,
            entry=adopted.entry,
            stays=remains,
            targets=reached,
        )
    return EndedChange(end=ChangeEnd.UNKNOWN, stays=remains, targets=reached)
