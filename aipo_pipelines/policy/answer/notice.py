"""What a notice has to say, as values; `reports/notices` writes its text.

A notice is about an incident, about a release that waits for people, or about a changed agreement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from aipo_pipelines.charter.changes.difference import Change
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Figure, Json, Severity, Verdict
from aipo_pipelines.ledger.model.models import Candidate
from aipo_pipelines.ledger.model.state import Action, Incident, ProductState
from aipo_pipelines.measures.drift.original_names import is_about_original
from aipo_pipelines.policy.agreements.adoption import stays
from aipo_pipelines.policy.agreements.decisions import commands_about
from aipo_pipelines.policy.agreements.rights import Needed, deciders_of, needed_approvals
from aipo_pipelines.policy.answer.wrong_cells import WrongBatch
from aipo_pipelines.policy.facts.counted_approvals import release_tally
from aipo_pipelines.policy.facts.decision_makers import Holder, release_deciders
from aipo_pipelines.policy.facts.freshness import newest_of
from aipo_pipelines.policy.facts.gate_verdicts import gates_in_force
from aipo_pipelines.policy.facts.judged_evidence import figures_in_force
from aipo_pipelines.policy.incidents.ladder import LOG, addresses, targets
from aipo_pipelines.policy.people.approval import commands_for

_MOST_FIGURES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice before it is sent.

    Attributes:
        title: One line.
        body: Plain text, without values of data subjects.
        targets: Apprise URLs, or `log`; each once.
    """

    title: str
    body: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownIncident:
    """An incident that the state does not know: to be safe, somebody is notified."""

    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentNews:
    """An incident as it is now.

    Attributes:
        incident: The incident.
        also: Subjects that its people were not notified about before.
        batch: Batch of those subjects; empty if the action names no batch.
        summary: What was found about those subjects.
        figures: The figures that fail, at most five.
        wrong: Wrong cells by batch; they say more than the figures of the same check.
        targets: Where the notice goes.
    """

    incident: Incident
    also: tuple[str, ...]
    batch: str
    summary: str
    figures: tuple[Figure, ...]
    wrong: tuple[WrongBatch, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRelease:
    """A release that waits for people.

    Attributes:
        candidate: The version.
        passed: The gates it passed.
        quorum: How many people must say yes.
        deciders: Who may.
        uncounted: Approvals that do not count, and why; empty if all count.
        commands: What to type.
        targets: Where the notice goes.
    """

    candidate: Candidate
    passed: tuple[str, ...]
    quorum: int
    deciders: tuple[Holder, ...]
    uncounted: str
    commands: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRelease:
    """A release that does not wait any more.

    Attributes:
        version: The version.
        rule: The rule that decided; empty if no decision is known.
        person: Who decided.
        reason: Why.
        targets: Where the notice goes.
    """

    version: str
    rule: str
    person: str
    reason: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingChange:
    """A change of an agreement that waits for people.

    Attributes:
        changes: The changed fields that wait.
        since: When the change was seen first.
        needed: The rights whose people decide.
        stays: Which agreement stays in force until then, in a sentence.
        commands: What to type.
        targets: Where the notice goes.
    """

    changes: tuple[Change, ...]
    since: datetime
    needed: tuple[Needed, ...]
    stays: str
    commands: tuple[str, ...]
    targets: tuple[str, ...]


class ChangeEnd(StrEnum):
    """The end of a change that does not wait any more."""

    ADOPTED = "adopted"
    REJECTED = "rejected"
    REPLACED = "replaced"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedChange:
    """A change of an agreement that does not wait any more.

    Attributes:
        end: How it ended.
        at: When, None if it is not known.
        entry: The entry of the agreement in force, None if none ended it.
        person: Who rejected it.
        reason: Why it was rejected.
        stays: Which agreement stays in force, in a sentence.
        targets: Where the notice goes.
    """

    end: ChangeEnd
    at: datetime | None = None
    entry: int | None = None
    person: str = ""
    reason: str = ""
    stays: str
    targets: tuple[str, ...]


News: TypeAlias = (
    UnknownIncident | IncidentNews | WaitingRelease | EndedRelease | WaitingChange | EndedChange
)


def incident_of(state: ProductState, action: Action) -> Incident | None:
    """The incident that a `notify` action is about; None if it is about something different."""
    return state.incidents.get(str(action.arguments.get("incident", action.entry)))


def severity_of(incident: Incident) -> Severity | None:
    """How severe an incident is now; None once it has ended."""
    return incident.severity if incident.is_open else None


def news_of(
    charter: Charter,
    state: ProductState,
    action: Action,
    wrong_cells: Sequence[WrongBatch] = (),
) -> News:
    """What the notice of a `notify` action is about.

    It is about an incident, a release (`decision`) or a changed agreement (`agreement`).

    Args:
        charter: The charter in force.
        state: State of the product.
        action: The action.
        wrong_cells: What was wrong in the batches of the incident, if it is about a contract.
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
    level = action.arguments.get("level")
    at = level if isinstance(level, int) else 0
    if incident is None:
        # To the ladder in force, because a snapshot of it is not known either.
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
    gates = gates_in_force(charter, state, candidate)
    tally = release_tally(charter, state, candidate)
    return WaitingRelease(
        candidate=candidate,
        passed=tuple(gate.gate for gate in gates if gate.verdict is Verdict.PASS),
        quorum=tally.quorum,
        deciders=deciders,
        uncounted=tally.uncounted(),
        commands=commands_for(charter.product, candidate.version),
        targets=reached,
    )


def _agreement(charter: Charter, state: ProductState, entry: Json) -> WaitingChange | EndedChange:
    proposal = state.proposal
    needed = needed_approvals(charter, proposal.asked, proposal.approvals) if proposal else ()
    # Somebody must be reached even if the change asks nobody any more.
    deciders = deciders_of(needed) or release_deciders(charter)
    reached = addresses(deciders) or (LOG,)
    if proposal is None or proposal.entry != entry or not proposal.waits:
        return _ended_change(state, entry, reached)
    return WaitingChange(
        changes=tuple(change for change in proposal.changes if change.waits),
        since=proposal.since,
        needed=needed,
        stays=stays(state),
        commands=commands_about(charter.product, proposal.entry),
        targets=reached,
    )


def _ended_change(state: ProductState, entry: Json, reached: tuple[str, ...]) -> EndedChange:
    adopted, proposal, remains = state.charter, state.proposal, stays(state)
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
    if adopted is not None and isinstance(entry, int) and adopted.entry > entry:
        return EndedChange(
            end=ChangeEnd.REPLACED,
            at=adopted.since,
            entry=adopted.entry,
            stays=remains,
            targets=reached,
        )
    return EndedChange(end=ChangeEnd.UNKNOWN, stays=remains, targets=reached)
