"""Evidence that is invalid because its batch does not count any more; its reason is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.model_version import ModelVersion
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.ledger.model.state import Batch, CheckState, ProductState


def invalid(evidence: Evidence, batch: str, reason: str, at: datetime) -> Evidence:
    """Evidence without its verdict, its figures and its batch.

    Args:
        evidence: The evidence so far.
        batch: The batch that does not count any more.
        reason: Why it does not count, as a sentence.
        at: Since when.
    """
    return replace(
        evidence,
        # Evidence without a batch comes before all others, so the next evaluation replaces it.
        partition="",
        verdict=Verdict.INSUFFICIENT,
        summary=reason,
        figures=(),
        evidence_at=at,
        stood_at=None,
        withdrawn=batch,
    )


def invalid_if_gone(evidence: Evidence, batch: Batch | None, at: datetime) -> Evidence:
    """An evaluation of a model; invalid if its batch did not count any more at that time.

    Args:
        evidence: The evaluation.
        batch: The batch that was used, if it is known.
        at: When the ledger recorded the evaluation.
    """
    if batch is None or batch.counts:
        return evidence
    change = "came from a source that was not agreed any more" if batch.stands else "was withdrawn"
    reason = (
        f"Batch {batch.partition}, which it was about, {change} when the version was evaluated."
    )
    return invalid(evidence, batch.partition, reason, at)


def with_newest(check: CheckState, newest: Evidence) -> CheckState:
    """A check with invalid evidence as its newest evaluation."""
    return replace(
        check,
        partition=newest.partition,
        verdict=newest.verdict,
        summary=newest.summary,
        figures=newest.figures,
        evidence_at=newest.evidence_at,
        # They describe records that do not count any more.
        run_id="",
        details=type(check.details)(),
        withdrawn=newest.withdrawn,
    )


def with_evidence_of_models(
    state: ProductState, change: Callable[[Evidence], Evidence]
) -> ProductState:
    """Changes the evidence about all models.

    Args:
        state: The state.
        change: Returns evidence as it is, or invalid.
    """
    # The predecessor is changed too: a rollback to it must not bring invalid evidence back.
    return replace(
        state,
        champion=state.champion and _of_champion(state.champion, change),
        predecessor=state.predecessor and _of_champion(state.predecessor, change),
        candidates={
            version: replace(candidate, model=_of_model(candidate.model, change))
            for version, candidate in state.candidates.items()
        },
    )


def _of_champion(champion: Champion, change: Callable[[Evidence], Evidence]) -> Champion:
    return replace(
        champion,
        model=_of_model(champion.model, change),
        in_service=_all(champion.in_service, change),
    )


def _of_model(model: ModelVersion, change: Callable[[Evidence], Evidence]) -> ModelVersion:
    return replace(model, as_live=_all(model.as_live, change))


def _all(
    evaluations: Mapping[str, Evidence], change: Callable[[Evidence], Evidence]
) -> Mapping[str, Evidence]:
    return {key: change(evidence) for key, evidence in evaluations.items()}
