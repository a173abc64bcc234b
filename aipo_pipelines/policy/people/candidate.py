"""The candidate that people may decide about, or the reason why they may not."""

from __future__ import annotations

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.ledger.model.models import Candidate, ReleaseDecision
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.counted_approvals import release_quorum
from aipo_pipelines.policy.facts.gate_verdicts import closed_gates
from aipo_pipelines.policy.text import listed, moment

REJECTED = "rejected"
"""The rule of a decision by which a person rejected a version."""


def awaited(charter: Charter, state: ProductState, version: str) -> Candidate:
    """The candidate of a version, if people may decide about it.

    Raises:
        DecisionError: The version is in charge, decided, unknown, unfit or superseded, or nobody
            was asked about it.
    """
    # The order matters: the first reason that applies is the reason that helps the person most.
    if state.champion is not None and state.champion.version == version:
        since = moment(state.champion.released_at)
        raise DecisionError(
            f"version {version} of {state.product} is in charge since {since}; expected a version "
            f"that waits: {_waiting(state)}"
        )
    if version in state.decisions:
        raise DecisionError(_decided(state, state.decisions[version]))
    candidate = state.candidates.get(version)
    if candidate is None:
        raise DecisionError(
            f"no version {version!r} of {state.product} is known; expected a version that waits: "
            f"{_waiting(state)}; see: aipo decisions {state.product}"
        )
    _refuse_unfit(charter, state, candidate)
    if candidate.requested is None:
        raise DecisionError(_not_asked(charter, state, candidate))
    # Only the newest evidence that passed is approved (decision 0023).
    newer = [other for other in state.candidates.values() if _supersedes(other, candidate)]
    if newer:
        raise DecisionError(
            f"version {version} is superseded by the newer version {newer[0].version}, which "
            f"passed its gates too; decide about version {newer[0].version}: "
            f"aipo decisions {state.product}"
        )
    return candidate


def refuse_stale_comparison(state: ProductState, candidate: Candidate) -> None:
    """Refuses an approval if the candidate was compared with a former champion.

    Raises:
        DecisionError: Another version is in charge now.
    """
    in_charge = state.champion.version if state.champion else ""
    if candidate.against != in_charge:
        raise DecisionError(
            f"version {candidate.version} was compared with {_champion(candidate.against)}, but "
            f"{_champion(in_charge)} is in charge now; expected a comparison with the champion: "
            f"reject this version and type: aipo retrain {state.product}"
        )


def _champion(version: str) -> str:
    return f"version {version}" if version else "no version"


def _refuse_unfit(charter: Charter, state: ProductState, candidate: Candidate) -> None:
    version = candidate.version
    if candidate.evaluated is None or not candidate.model.gates:
        raise DecisionError(
            f"version {version} has not been evaluated, so there is no evidence to decide on; "
            "expected the verdicts of its gates; let its retrain run end"
        )
    # No person can overrule a gate: that would be used too easily (decision 0023).
    closed = [gate.gate for gate in closed_gates(charter, state, candidate)]
    if closed:
        raise DecisionError(
            f"version {version} did not pass its gates ({listed(closed)}); expected a pass of "
            "each: no person can overrule them, so train a new version"
        )


def _supersedes(other: Candidate, candidate: Candidate) -> bool:
    return other.awaits_people and other.entry > candidate.entry


def _decided(state: ProductState, decision: ReleaseDecision) -> str:
    """The decision about a version with its person and its date, and the next step."""
    verb = "allowed to go live" if decision.go else _NO.get(decision.rule, "turned down")
    next_step = (
        f"it goes live, or went live before; see: aipo decisions {state.product} --all"
        if decision.go
        else f"that is final; train a new version with: aipo retrain {state.product}"
    )
    return (
        f"version {decision.version} of {state.product} was {verb} by {decision.by} on "
        f"{moment(decision.at)} (entry {decision.entry}: {decision.reason.rstrip('.')}); "
        f"{next_step}"
    )


_NO = {
    "gates": "turned down because its gates did not pass",
    REJECTED: "rejected",
    "superseded": "superseded",
}


def _not_asked(charter: Charter, state: ProductState, candidate: Candidate) -> str:
    version = candidate.version
    # With a quorum of 0 the gates decide alone (decision 0023).
    if release_quorum(charter, state, candidate) == 0:
        return (
            f"nobody is asked about version {version}: the charter leaves releases of "
            f"{state.product} to its rules (decision_rights.release.quorum is 0); it goes live "
            f"with: aipo run {state.product}"
        )
    return (
        f"nobody has been asked about version {version} yet; expected a version that waits: "
        f"{_waiting(state)}; let its retrain run end with: aipo run {state.product}"
    )


def _waiting(state: ProductState) -> str:
    waiting = [
        version for version, candidate in state.candidates.items() if candidate.awaits_people
    ]
    return listed(waiting) or "none does"
