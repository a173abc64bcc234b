"""The fold's part about models: trainings, candidates, decisions, the champion.

A candidate exists as soon as its `challenger` is recorded, is judged by its `evaluation`, and is
complete with its `risk_assessment`: a training is done only then. A training that is tried again
replaces the candidate its last attempt left unfinished. A version goes live only by a recorded
decision about that very version: a candidate's, or a rollback's to the predecessor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.metadata.training import (
    ChallengerMetadata,
    EvaluationMetadata,
    RiskAssessmentMetadata,
)
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.events.releases import (
    ReleaseApproved,
    ReleaseDecided,
    ReleaseRequested,
)
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.fold import actions as fold_actions
from aipo_pipelines.ledger.fold.notices import ask_decision
from aipo_pipelines.ledger.fold.void import unless_gone
from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.models import (
    Approval,
    Candidate,
    ReleaseDecision,
    Training,
    TrainingStatus,
    with_approval,
)
from aipo_pipelines.ledger.model.state import ActionKind, ProductState

ROLLBACK = "rollback"
"""The rule of a decision that returns to the predecessor."""
RESTORED = "restored"
"""The rule of a decision that gives the champion of record its alias back."""


def training_due(state: ProductState, entry: Entry, due: TrainingDue) -> ProductState:
    """A training was asked for."""
    training = Training(
        entry=entry.index,
        trigger=due.trigger,
        reason=due.reason,
        asked_at=entry.recorded_at,
        data_at=due.data_at or entry.recorded_at,
        data=due.data,
    )
    state = replace(state, trainings={**state.trainings, str(entry.index): training})
    return fold_actions.ask_training(state, entry, due)


def materialise(state: ProductState, entry: Entry, made: AssetMaterialised) -> ProductState:
    """What the assets of a retrain run say about its candidate; other assets say nothing here."""
    match made.metadata:
        case ChallengerMetadata():
            return _train(state, entry, made, made.metadata)
        case EvaluationMetadata():
            return _evaluate(state, entry, made, made.metadata)
        case RiskAssessmentMetadata():
            return _assess(state, entry, made.metadata)
    return state


def _evaluate(
    state: ProductState, entry: Entry, made: AssetMaterialised, said: EvaluationMetadata
) -> ProductState:
    candidate = state.candidates.get(said.version)
    if candidate is None or candidate.evaluated is not None:
        return state
    judged = replace(
        candidate,
        gates=said.gates,
        not_compared=said.not_compared,
        as_live=dict(_as_live(state, candidate, made, said, entry)),
        evaluated=entry.index,
    )
    return _put(state, judged)


def _assess(state: ProductState, entry: Entry, said: RiskAssessmentMetadata) -> ProductState:
    candidate = state.candidates.get(said.version)
    if candidate is None or not candidate.evaluated or candidate.assessed is not None:
        return state
    assessed = replace(candidate, risk=said.text, assessed=entry.index)
    return _trained(_put(state, assessed), assessed)


def release_requested(
    state: ProductState, entry: Entry, requested: ReleaseRequested
) -> ProductState:
    """People are asked to decide about a candidate; asked again, they have not decided yet."""
    candidate = state.candidates.get(requested.version)
    if candidate is None:
        return state
    # A decision was taken back, so a release that has not begun is taken back with it.
    if candidate.decision is not None:
        rest = {key: one for key, one in state.decisions.items() if key != requested.version}
        state = fold_actions.withdraw_release(replace(state, decisions=rest), requested.version)
    asked = replace(
        candidate,
        requested=entry.index,
        requested_at=entry.recorded_at,
        decision=None,
        decided_by="",
    )
    return ask_decision(_put(state, asked), entry, requested.version)


def release_approved(state: ProductState, entry: Entry, approved: ReleaseApproved) -> ProductState:
    """A person said yes; said again to the same thing it counts once, to another it is the last."""
    candidate = state.candidates.get(approved.version)
    if candidate is None or candidate.decision is not None:
        return state
    approval = Approval(
        person=approved.person,
        role=approved.role,
        reason=approved.reason,
        entry=entry.index,
        at=entry.recorded_at,
        signature=approved.signature,
        evaluation=approved.evaluation,
        charter_version=approved.charter_version,
        charter_digest=approved.charter_digest,
        contract_digest=approved.contract_digest,
        standards_digest=approved.standards_digest,
        model_digest=approved.model_digest,
    )
    approvals = with_approval(candidate.approvals, approval)
    if approvals is candidate.approvals:
        return state
    return _put(state, replace(candidate, approvals=approvals))


def release_decided(state: ProductState, entry: Entry, decided: ReleaseDecided) -> ProductState:
    """A version may go live, or not; a go asks for its release."""
    if decided.go and decided.rule == RESTORED:
        return _restore(state, entry, decided)
    candidate = state.candidates.get(decided.version)
    if not _may_be_decided(state, candidate, decided):
        return state
    state = _note_decision(_used_up(state), entry, decided)
    if not decided.go:
        rest = {key: other for key, other in state.candidates.items() if key != decided.version}
        return fold_actions.withdraw_release(replace(state, candidates=rest), decided.version)
    if candidate is not None:
        state = _put(state, replace(candidate, decision=entry.index, decided_by=entry.actor))
    return fold_actions.ask_release(state, entry, decided)


def _may_be_decided(
    state: ProductState, candidate: Candidate | None, decided: ReleaseDecided
) -> bool:
    """Whether a decision is about a version that can still be decided about."""
    # A predecessor is no candidate any more: a rollback to it is decided all the same.
    if decided.go and decided.rule == ROLLBACK and _is_predecessor(state, decided.version):
        return True
    # A second go would ask for a second release; a no-go takes the first go back.
    return candidate is not None and not (decided.go and candidate.decision is not None)


def _restore(state: ProductState, entry: Entry, decided: ReleaseDecided) -> ProductState:
    champion = state.champion
    if champion is None or champion.version != decided.version:
        return state
    state = _note_decision(_used_up(state), entry, decided)
    return fold_actions.ask_release(state, entry, decided)


def _note_decision(state: ProductState, entry: Entry, decided: ReleaseDecided) -> ProductState:
    decision = ReleaseDecision(
        version=decided.version,
        go=decided.go,
        rule=decided.rule,
        reason=decided.reason,
        by=entry.actor,
        entry=entry.index,
        at=entry.recorded_at,
        approved_by=_people(state, decided),
    )
    return replace(state, decisions={**state.decisions, decided.version: decision})


def _people(state: ProductState, decided: ReleaseDecided) -> tuple[str, ...]:
    """The people whose words a decision names as its evidence."""
    named, candidate = decided.evidence.get("approvals"), state.candidates.get(decided.version)
    if candidate is None or not isinstance(named, list) or not decided.go:
        return ()
    return tuple(approval.person for approval in candidate.approvals if approval.entry in named)


def _used_up(state: ProductState) -> ProductState:
    """Words about the champion led to a decision: the next one takes words of its own."""
    champion = state.champion
    if champion is None or not champion.overrides:
        return state
    return replace(state, champion=replace(champion, overrides={}))


def known_versions(state: ProductState) -> frozenset[str]:
    """Versions that were decided on, are complete, or are or were in charge.

    A candidate without its risk assessment is none: nobody will decide about it any more once
    another training has begun.
    """
    complete = (
        key for key, candidate in state.candidates.items() if candidate.assessed is not None
    )
    in_charge = (one.version for one in (state.champion, state.predecessor) if one is not None)
    return frozenset((*complete, *state.decisions, *in_charge))


def newest_number(state: ProductState) -> int:
    """The greatest number of a version that the ledger has heard of; 0 before the first."""
    known = (*known_versions(state), *state.candidates)
    return max((int(one) for one in known if one.isdecimal()), default=0)


def _train(
    state: ProductState, entry: Entry, made: AssetMaterialised, said: ChallengerMetadata
) -> ProductState:
    candidate = _candidate(made, said, entry)
    if candidate is None or _is_known(state, candidate.version):
        return state
    # A candidate without an assessment is a remainder of an attempt that broke: nobody decides
    # about it, and its successor of the same training takes its place.
    kept = {
        key: other
        for key, other in state.candidates.items()
        if other.training is None or other.training != candidate.training or other.assessed
    }
    return replace(state, candidates={**kept, candidate.version: candidate})


def _is_known(state: ProductState, version: str) -> bool:
    return version in state.candidates or version in known_versions(state)


def _trained(state: ProductState, candidate: Candidate) -> ProductState:
    training = state.trainings.get(str(candidate.training))
    if training is not None:
        done = replace(training, status=TrainingStatus.TRAINED, version=candidate.version)
        state = replace(state, trainings={**state.trainings, str(training.entry): done})
    return fold_actions.complete(state, ActionKind.TRAIN)


def _candidate(made: AssetMaterialised, said: ChallengerMetadata, entry: Entry) -> Candidate | None:
    """The candidate that a `challenger` materialisation is about; None if it names no version."""
    if not said.version:
        return None
    attempt = Attempt.parse(made.action)
    return Candidate(
        version=said.version,
        run_id=said.mlflow_run_id,
        window=said.window,
        baseline=said.baseline,
        trained_at=said.trained_at or entry.recorded_at,
        entry=entry.index,
        choice=said.choice,
        inputs=said.inputs,
        out_of_fold=said.out_of_fold,
        model_digest=said.model_digest,
        trigger=said.trigger,
        training=attempt.entry if attempt else None,
        held_out=said.held_out,
        against=said.against,
    )


def _as_live(
    state: ProductState,
    candidate: Candidate,
    made: AssetMaterialised,
    said: EvaluationMetadata,
    entry: Entry,
) -> Iterator[tuple[str, Evidence]]:
    partition = str(candidate.held_out.get("partition", ""))
    batch = state.batches.get(partition)
    dated = batch.evidence_at if batch else entry.recorded_at
    run = state.runs.get(made.run_id)
    for check in said.as_live:
        evidence = Evidence(
            partition=partition,
            verdict=check.verdict,
            severity=check.severity,
            summary=check.summary,
            figures=check.figures,
            evidence_at=min(dated, entry.recorded_at),
            entry=entry.index,
            began=run.entry if run else 0,
        )
        yield f"performance/{check.check}", unless_gone(evidence, batch, entry.recorded_at)


def _put(state: ProductState, candidate: Candidate) -> ProductState:
    return replace(state, candidates={**state.candidates, candidate.version: candidate})


def _is_predecessor(state: ProductState, version: str) -> bool:
    return state.predecessor is not None and state.predecessor.version == version
