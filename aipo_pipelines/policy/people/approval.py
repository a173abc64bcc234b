"""Decisions of people about releases: a word becomes drafts, or is refused with a reason.

Each function is asked under the ledger's lock of the product, so of two words given at once the
second sees the first. What holds:

- only a version that no gate forbids, that waits for people and is the newest to do so is approved;
- what is approved was compared with the champion that is still in charge;
- one person counts once, whatever roles they hold, and never where duties are separated;
- a yes counts for the charter, the evaluation and the files it was given for (see `counting`);
- an approval decides nothing by itself: the rules count it, and release at the quorum;
- what was decided stays decided.
"""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.errors import DecisionError
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.releases import ReleaseApproved, ReleaseDecided
from aipo_pipelines.ledger.model.models import Candidate, ReleaseDecision
from aipo_pipelines.ledger.model.state import ActionKind, ActionStatus, ProductState
from aipo_pipelines.policy.facts.counted_approvals import release_quorum, release_tally
from aipo_pipelines.policy.facts.decision_makers import (
    PersonalDecision,
    answers_for_training,
    given_reason,
    names,
    person_named,
    release_deciders,
    role_text,
)
from aipo_pipelines.policy.facts.gate_verdicts import closed_gates
from aipo_pipelines.policy.text import listed, moment

UNSIGNED = "unsigned"
"""How a word is signed as long as nobody has keys."""

REJECTED = "rejected"


def approve(
    charter: Charter, state: ProductState, version: str, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """A person says yes to the release of a version.

    Args:
        charter: The charter in force.
        state: State of the product.
        version: The version that waits.
        person: Name or e-mail address of who says so.
        reason: Why, in their words.
        now: The moment, aware UTC.

    Raises:
        DecisionError: It is not theirs to say, they said so before, or the version cannot go live.
    """
    word = _word(charter, person, reason, now)
    candidate = awaited(charter, state, version)
    _refuse_stale_comparison(state, candidate)
    refuse_while(state, ActionKind.RELEASE, "approved")
    for said in release_tally(charter, state, candidate).counted:
        if word.holder.goes_by(said.person):
            raise DecisionError(
                f"{said.person} approved version {version} already, on {moment(said.at)} (entry "
                f"{said.entry}); it counts once, and nothing was recorded now; see: "
                f"aipo decisions {state.product}"
            )
    agreed = state.charter
    event = ReleaseApproved(
        version=version,
        person=word.holder.name,
        role=word.role.value,
        reason=word.reason,
        evaluation=candidate.evaluated or 0,
        signature=UNSIGNED,
        charter_version=agreed.version if agreed else "",
        charter_digest=agreed.digest if agreed else "",
        contract_digest=agreed.contract_digest if agreed else "",
        standards_digest=agreed.standards_digest if agreed else "",
        model_digest=candidate.model_digest,
    )
    who = word.holder.email.lower()
    under = agreed.entry if agreed else "none"
    key = f"approve/{state.product}/{version}/{candidate.evaluated}/{under}/{who}"
    return (word.draft(state.product, f"model/{version}", event, key),)


def reject(
    charter: Charter, state: ProductState, version: str, person: str, reason: str, now: datetime
) -> tuple[Draft, ...]:
    """A person says no: one holder of the right is enough, and it is final.

    The arguments are those of `approve`.

    Raises:
        DecisionError: It is not theirs to say, or the version does not wait for a decision.
    """
    word = _word(charter, person, reason, now)
    candidate = awaited(charter, state, version)
    event = ReleaseDecided(
        version=version,
        go=False,
        rule=REJECTED,
        reason=word.reason,
        evidence=_evidence(candidate),
        signature=UNSIGNED,
    )
    key = f"reject/{state.product}/{version}/{candidate.evaluated}"
    return (word.draft(state.product, f"model/{version}", event, key),)


def commands_for(product: str, version: str) -> tuple[str, ...]:
    """What a person types to look at a version that waits, to approve and to reject it."""
    words = '--by "YOUR NAME" --reason "WHY"'
    return (
        f"aipo decisions {product}",
        f"aipo approve {product} {version} {words}",
        f"aipo reject {product} {version} {words}",
    )


def awaited(charter: Charter, state: ProductState, version: str) -> Candidate:
    """The candidate people may decide about.

    Raises:
        DecisionError: The version is unknown, decided, unfit, superseded, or nobody was asked.
    """
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
            f"no version {version!r} of {state.product} is known; expected one that waits: "
            f"{_waiting(state)}; see: aipo decisions {state.product}"
        )
    _refuse_unfit(charter, state, candidate)
    if candidate.requested is None:
        raise DecisionError(_not_asked(charter, state, candidate))
    newer = [one for one in state.candidates.values() if _supersedes(one, candidate)]
    if newer:
        raise DecisionError(
            f"version {version} is superseded by the newer version {newer[0].version}, which "
            f"passed its gates too; decide about that one: aipo decisions {state.product}"
        )
    return candidate


def refuse_while(state: ProductState, kind: ActionKind, what: str) -> None:
    """Refuses a word about models while work of a kind waits or runs.

    Raises:
        DecisionError: It does.
    """
    live = (ActionStatus.PENDING, ActionStatus.STARTED)
    for action in state.actions.values():
        if action.kind is kind and action.status in live:
            noun = "release" if kind is ActionKind.RELEASE else "training"
            raise DecisionError(
                f"a {noun} of {state.product} is under way (entry {action.entry}, "
                f"{action.status.value}), so nothing can be {what} now; let it end first: "
                f"aipo run {state.product}"
            )


def _word(charter: Charter, person: str, reason: str, now: datetime) -> PersonalDecision:
    """The word of a person who may decide about a release."""
    why = given_reason(reason)
    holder = person_named(charter, person)
    role = holder.role_in(charter.decision_rights.release)
    expected = f"expected one of: {names(release_deciders(charter))}"
    if role is None:
        raise DecisionError(
            f"{holder.name} ({', '.join(map(role_text, holder.roles))}) may not decide about "
            f"releases of {charter.product}; {expected}; the charter's decision_rights.release "
            "names them"
        )
    if answers_for_training(charter, holder):
        raise DecisionError(
            f"{holder.name} answers for the training as model steward, and separation of duties "
            f"keeps them from deciding about releases of {charter.product}, also in another role; "
            f"{expected}"
        )
    return PersonalDecision(holder=holder, role=role, reason=why, now=now)


def _refuse_unfit(charter: Charter, state: ProductState, candidate: Candidate) -> None:
    version = candidate.version
    if candidate.evaluated is None or not candidate.gates:
        raise DecisionError(
            f"version {version} has not been evaluated, so there is no evidence to decide on; "
            "expected what its gates say; let its retrain run end"
        )
    held_up = [one.gate for one in closed_gates(charter, state, candidate)]
    if held_up:
        raise DecisionError(
            f"version {version} did not pass its gates ({listed(held_up)}); expected a pass of "
            "each: no person can let it through, train a new one"
        )


def _refuse_stale_comparison(state: ProductState, candidate: Candidate) -> None:
    in_charge = state.champion.version if state.champion else ""
    if candidate.against != in_charge:
        raise DecisionError(
            f"version {candidate.version} was compared with {_champion(candidate.against)}, but "
            f"{_champion(in_charge)} is in charge now; expected evidence against that one: reject "
            f"this version and type: aipo retrain {state.product}"
        )


def _champion(version: str) -> str:
    return f"version {version}" if version else "no version"


def _supersedes(one: Candidate, other: Candidate) -> bool:
    return one.awaits_people and one.entry > other.entry


def _decided(state: ProductState, decision: ReleaseDecision) -> str:
    """What was decided about a version, by whom and when, and what follows from it."""
    verb = "allowed to go live" if decision.go else _NO.get(decision.rule, "turned down")
    follows = (
        f"it goes live, or did before; see: aipo decisions {state.product} --all"
        if decision.go
        else f"that is final; train a new one with: aipo retrain {state.product}"
    )
    return (
        f"version {decision.version} of {state.product} was {verb} by {decision.by} on "
        f"{moment(decision.at)} (entry {decision.entry}: {decision.reason.rstrip('.')}); {follows}"
    )


_NO = {
    "gates": "turned down because its gates did not pass",
    REJECTED: "rejected",
    "superseded": "superseded",
}


def _not_asked(charter: Charter, state: ProductState, candidate: Candidate) -> str:
    version = candidate.version
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
    waiting = [key for key, one in state.candidates.items() if one.awaits_people]
    return listed(waiting) or "none does"


def _evidence(candidate: Candidate) -> dict[str, Json]:
    """What a person had before them when they decided."""
    return {
        "evaluation": candidate.evaluated,
        "against": candidate.against,
        "not_compared": candidate.not_compared,
        "gates": [{"gate": one.gate, "verdict": one.verdict} for one in candidate.gates],
        "approvals": [
            {"person": one.person, "role": one.role, "entry": one.entry}
            for one in candidate.approvals
        ],
    }
