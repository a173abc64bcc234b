"""What waits for a decision of people, with the evidence for it.

Pure reading of charter and state. Gates and words are those of the agreement in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.model.models import Candidate
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.counted_approvals import CountedApproval, Tally, release_tally
from aipo_pipelines.policy.facts.decision_makers import Holder, release_deciders, role_text
from aipo_pipelines.policy.facts.gate_verdicts import GateVerdict, closed_gates, gates_in_force
from aipo_pipelines.policy.people.approval import commands_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Somebody who may decide.

    Attributes:
        roles: All roles they hold, in words.
        approved: Whether they said yes already.
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
        age: How long ago that is.
        trigger: What made its training due, and its reason in words.
        choice: Window of the charter it was trained on; `window` are its batches.
        held_out: Partition, digest, first row and number of the records it was judged on.
        against: Version of the champion it was compared with; empty where there was none.
        not_compared: Why that champion could not answer; empty where it did.
        evaluation: Entry of the evaluation, which an approval names.
        risk: Its risk assessment in words.
        quorum: How many people must say yes.
        missing: How many more.
        approvals: Who said yes, and whether it counts by the agreement in force.
        closed: The gates that forbid it by the agreement in force.
        caution: What a decider should know besides; empty where there is nothing.
        commands: What they type.
    """

    product: str
    title: str
    version: str
    since: datetime
    age: timedelta
    trigger: str
    trigger_reason: str
    choice: str
    window: tuple[str, ...]
    held_out: Mapping[str, Json]
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
    caution: str
    commands: tuple[str, ...]


def waiting(charter: Charter, state: ProductState, now: datetime) -> tuple[Waiting, ...]:
    """The releases of a product that wait for people, longest first."""
    found = [one for one in state.candidates.values() if one.awaits_people]
    return tuple(
        _waiting(charter, state, one, now) for one in sorted(found, key=lambda one: one.entry)
    )


def _waiting(charter: Charter, state: ProductState, one: Candidate, now: datetime) -> Waiting:
    tally = release_tally(charter, state, one)
    training = state.trainings.get(str(one.training))
    since = one.requested_at or one.trained_at
    return Waiting(
        product=state.product,
        title=charter.title,
        version=one.version,
        since=since,
        age=max(now - since, timedelta(0)),
        trigger=str(training.trigger) if training else one.trigger,
        trigger_reason=training.reason if training else "",
        choice=one.choice,
        window=one.window,
        held_out=one.held_out,
        against=one.against,
        not_compared=one.not_compared,
        evaluation=one.evaluated,
        gates=gates_in_force(charter, state, one),
        risk=one.risk,
        quorum=tally.quorum,
        missing=tally.missing,
        may_decide=tuple(_decider(holder, tally) for holder in release_deciders(charter)),
        approvals=tally.approvals,
        closed=tuple(gate.gate for gate in closed_gates(charter, state, one)),
        caution=_caution(state, one),
        commands=commands_for(state.product, one.version),
    )


def _decider(holder: Holder, tally: Tally) -> Decider:
    return Decider(
        name=holder.name,
        email=holder.email,
        roles=tuple(map(role_text, holder.roles)),
        approved=tally.has(holder),
    )


def _caution(state: ProductState, candidate: Candidate) -> str:
    adopted = state.charter.entry if state.charter else -1
    if candidate.evaluated is not None and candidate.evaluated < adopted:
        return (
            "The charter was changed after the evaluation: gates are judged by the one in force, "
            "the risk in words was written before."
        )
    return ""
