"""Models in the fold: trainings, candidates, decisions about releases.

A candidate exists when its `challenger` is recorded, is evaluated with its `evaluation`, and is
complete with its `risk_assessment`: only then is its training done. If a training is tried again,
its candidate replaces the unfinished candidate of the last attempt. A version goes live only by a
recorded decision about this version: a release of a candidate, or a rollback to the predecessor.
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
from aipo_pipelines.ledger.fold.invalid_evidence import invalid_if_gone
from aipo_pipelines.ledger.fold.notices import ask_decision
from aipo_pipelines.ledger.model.attempt import Attempt
from aipo_pipelines.ledger.model.model_version import ModelVersion
from aipo_pipelines.ledger.model.models import (
    Approval,
    Candidate,
    ReleaseDecision,
    Training,
    TrainingStatus,
    with_approval,
)
from aipo_pipelines.ledger.model.state import ActionKind, ProductState
from aipo_pipelines.ledger.model.trigger import Trigger

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


def materialise(state: ProductState, entry: Entry, materialised: AssetMaterialised) -> ProductState:
    """An asset of a retrain run was materialised; other assets change nothing here."""
    match materialised.metadata:
        case ChallengerMetadata():
            return _train(state, entry, materialised, materialised.metadata)
        case EvaluationMetadata():
            return _evaluate(state, entry, materialised, materialised.metadata)
        case RiskAssessmentMetadata():
            return _assess(state, entry, materialised.metadata)
    return state


def _evaluate(
    state: ProductState, entry: Entry, materialised: AssetMaterialised, metadata: EvaluationMetadata
) -> ProductState:
    candidate = state.candidates.get(metadata.version)
    if candidate is None or candidate.evaluated is not None:
        return state
    as_live = dict(_as_live(state, candidate, materialised, metadata, entry))
    judged = replace(
        candidate,
        model=replace(candidate.model, gates=metadata.gates, as_live=as_live),
        not_compared=metadata.not_compared,
        evaluated=entry.index,
    )
    return _put(state, judged)


def _assess(state: ProductState, entry: Entry, metadata: RiskAssessmentMetadata) -> ProductState:
    candidate = state.candidates.get(metadata.version)
    if candidate is None or not candidate.evaluated or candidate.assessed is not None:
        return state
    model = replace(candidate.model, risk=metadata.text)
    assessed = replace(candidate, model=model, assessed=entry.index)
    return _trained(_put(state, assessed), assessed)


def release_requested(
    state: ProductState, entry: Entry, requested: ReleaseRequested
) -> ProductState:
    """People are asked to decide about a candidate; a new request takes the decision back."""
    candidate = state.candidates.get(requested.version)
    if candidate is None:
        return state
    # A decision was taken back, so a release that has not begun is taken back with it.
    if candidate.decision is not None:
        rest = {key: known for key, known in state.decisions.items() if key != requested.version}
        state = fold_actions.withdraw_release(replace(state, decisions=rest), requested.version)
    waiting = replace(
        candidate,
        requested=entry.index,
        requested_at=entry.recorded_at,
        decision=None,
        decided_by="",
    )
    return ask_decision(_put(state, waiting), entry, requested.version)


def release_approved(state: ProductState, entry: Entry, approved: ReleaseApproved) -> ProductState:
    """A person approved a candidate; of several approvals by the same person, one counts."""
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
    # A predecessor is no candidate any more, but a rollback to it can be decided.
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
    """The people whose approvals a decision names as its evidence."""
    named, candidate = decided.evidence.get("approvals"), state.candidates.get(decided.version)
    if candidate is None or not isinstance(named, list) or not decided.go:
        return ()
    return tuple(approval.person for approval in candidate.approvals if approval.entry in named)


def _used_up(state: ProductState) -> ProductState:
    """The approvals about the champion led to a decision: the next decision needs new approvals."""
    champion = state.champion
    if champion is None or not champion.overrides:
        return state
    return replace(state, champion=replace(champion, overrides={}))


def known_versions(state: ProductState) -> frozenset[str]:
    """Versions with a decision, complete candidates, the champion and its predecessor.

    A candidate without its risk assessment is not among them: after another training has begun,
    nobody will decide about it.
    """
    complete = (
        key for key, candidate in state.candidates.items() if candidate.assessed is not None
    )
    in_charge = (
        model.version for model in (state.champion, state.predecessor) if model is not None
    )
    return frozenset((*complete, *state.decisions, *in_charge))


def newest_number(state: ProductState) -> int:
    """The greatest number of a version that the ledger knows; 0 before the first version."""
    known = (*known_versions(state), *state.candidates)
    return max((int(version) for version in known if version.isdecimal()), default=0)


def _train(
    state: ProductState, entry: Entry, materialised: AssetMaterialised, metadata: ChallengerMetadata
) -> ProductState:
    candidate = _candidate(materialised, metadata, entry)
    if candidate is None or _is_known(state, candidate.version):
        return state
    # A candidate without an assessment remained from a broken attempt: nobody decides about it,
    # and the next candidate of the same training takes its place.
    remaining = {
        key: other
        for key, other in state.candidates.items()
        if other.training is None or other.training != candidate.training or other.assessed
    }
    return replace(state, candidates={**remaining, candidate.version: candidate})


def _is_known(state: ProductState, version: str) -> bool:
    return version in state.candidates or version in known_versions(state)


def _trained(state: ProductState, candidate: Candidate) -> ProductState:
    training = state.trainings.get(str(candidate.training))
    if training is not None:
        done = replace(training, status=TrainingStatus.TRAINED, version=candidate.version)
        state = replace(state, trainings={**state.trainings, str(training.entry): done})
    return fold_actions.complete(state, ActionKind.TRAIN)


def _candidate(
    materialised: AssetMaterialised, metadata: ChallengerMetadata, entry: Entry
) -> Candidate | None:
    """The candidate of a `challenger` materialisation; None if it names no version."""
    if not metadata.version:
        return None
    attempt = Attempt.parse(materialised.action)
    model = ModelVersion(
        version=metadata.version,
        run_id=metadata.mlflow_run_id,
        window=metadata.window,
        baseline=metadata.baseline,
        trained_at=metadata.trained_at or entry.recorded_at,
        choice=metadata.choice,
        inputs=metadata.inputs,
        out_of_fold=metadata.out_of_fold,
        model_digest=metadata.model_digest,
        trigger=Trigger.parse(metadata.trigger),
        held_out=metadata.held_out,
    )
    return Candidate(
        model=model,
        entry=entry.index,
        training=attempt.entry if attempt else None,
        against=metadata.against,
    )


def _as_live(
    state: ProductState,
    candidate: Candidate,
    materialised: AssetMaterialised,
    metadata: EvaluationMetadata,
    entry: Entry,
) -> Iterator[tuple[str, Evidence]]:
    partition = candidate.model.held_out.partition
    batch = state.batches.get(partition)
    dated = batch.evidence_at if batch else entry.recorded_at
    run = state.runs.get(materialised.run_id)
    for check in metadata.as_live:
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
        yield f"performance/{check.check}", invalid_if_gone(evidence, batch, entry.recorded_at)


def _put(state: ProductState, candidate: Candidate) -> ProductState:
    return replace(state, candidates={**state.candidates, candidate.version: candidate})


def _is_predecessor(state: ProductState, version: str) -> bool:
    return state.predecessor is not None and state.predecessor.version == version
