"""The releases that wait for a decision of people, with their evidence.

Pure reading of charter and state. The agreement in force decides about gates and approvals.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.metadata.holdout_place import HeldOutPlace
from aipo_pipelines.ledger.model.models import Candidate
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.facts.counted_approvals import Tally, release_tally
from aipo_pipelines.policy.facts.decision_makers import Holder, release_deciders, role_text
from aipo_pipelines.policy.facts.gate_verdicts import GateVerdict, closed_gates, gates_in_force
from aipo_pipelines.policy.people.approval import commands_for
from aipo_pipelines.policy.statements.approvals import CountedApproval


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """A person who may decide.

    Attributes:
        roles: All roles of the person, in words.
        approved: Whether the person has approved already.
    """

    name: str
    email: str
    roles: tuple[str, ...]
    approved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A release that waits for people.

    Attributes:
        since: When people were asked; aware UTC.
        age: Time since then.
        trigger: Trigger of its training; `trigger_reason` is the reason in words.
        choice: The window of the charter that it was trained on; `window` has the batches.
        held_out: The place of the records of its evaluation.
        against: Version of the champion in the comparison; empty if there was no champion.
        not_compared: Why that champion could not answer; empty if it could.
        evaluation: Entry of the evaluation, which an approval names.
        risk: Its risk assessment in words.
        quorum: Number of approvals for the release.
        missing: Number of approvals that are missing.
        approvals: The approvals so far, and whether they count by the agreement in force.
        closed: The gates that forbid it by the agreement in force.
        risk_is_older: Whether the charter was changed after the risk was written.
        commands: The commands for the decision.
    """

    product: str
    title: str
    version: str
    since: datetime
    age: timedelta
    trigger: Trigger
    trigger_reason: str
    choice: str
    window: tuple[str, ...]
    held_out: HeldOutPlace
    against: str
    not_compared: str
    evaluation: int | None
    gates: tuple[GateVerdict, ...]
    risk: str
    quorum: int
    missing: int
    may_decide: tuple[Decider, ...]
    approvals: tuple[CountedApproval, ...]
    closed: tuple[str, ...]
    risk_is_older: bool
    commands: tuple[str, ...]


def waiting(charter: Charter, state: ProductState, now: datetime) -> tuple[Waiting, ...]:
    """The releases of a product that wait for people, longest first."""
    candidates = [candidate for candidate in state.candidates.values() if candidate.awaits_people]
    candidates.sort(key=lambda candidate: candidate.entry)
    return tuple(_waiting(charter, state, candidate, now) for candidate in candidates)


def _waiting(charter: Charter, state: ProductState, candidate: Candidate, now: datetime) -> Waiting:
    tally = release_tally(charter, state, candidate)
    training = state.trainings.get(str(candidate.training))
    since = candidate.requested_at or candidate.model.trained_at
    return Waiting(
        product=state.product,
        title=charter.title,
        version=candidate.version,
        since=since,
        age=max(now - since, timedelta(0)),
        trigger=training.trigger if training else candidate.model.trigger,
        trigger_reason=training.reason if training else "",
        choice=candidate.model.choice,
        window=candidate.model.window,
        held_out=candidate.model.held_out,
        against=candidate.against,
        not_compared=candidate.not_compared,
        evaluation=candidate.evaluated,
        gates=gates_in_force(charter, state, candidate),
        risk=candidate.model.risk,
        quorum=tally.quorum,
        missing=tally.missing,
        may_decide=tuple(_decider(holder, tally) for holder in release_deciders(charter)),
        # Approvals that do not count any more are shown with the reason, so that people know why
        # they are asked again.
        approvals=tally.approvals,
        closed=tuple(gate.gate for gate in closed_gates(charter, state, candidate)),
        risk_is_older=_risk_is_older(state, candidate),
        commands=commands_for(state.product, candidate.version),
    )


def _decider(holder: Holder, tally: Tally) -> Decider:
    return Decider(
        name=holder.name,
        email=holder.email,
        roles=tuple(map(role_text, holder.roles)),
        approved=tally.has(holder),
    )


def _risk_is_older(state: ProductState, candidate: Candidate) -> bool:
    # Gates are judged when they are read, but the risk is a text of the evaluation.
    adopted = state.charter.entry if state.charter else -1
    return candidate.evaluated is not None and candidate.evaluated < adopted
