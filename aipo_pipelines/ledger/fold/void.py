"""What was said about a batch that counts no more: void, and still there to say why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.ledger.model.state import Batch, CheckState, ProductState


def void(said: Evidence, batch: str, why: str, at: datetime) -> Evidence:
    """Evidence without what it said; it belongs to no batch and stands before every other one.

    Args:
        said: What was said.
        batch: The batch that counts no more.
        why: What became of it, as a sentence.
        at: When.
    """
    return replace(
        said,
        # Without a batch the evidence stands before all others: the next evaluation replaces it.
        partition="",
        verdict=Verdict.INSUFFICIENT,
        summary=why,
        figures=(),
        evidence_at=at,
        stood_at=None,
        withdrawn=batch,
    )


def unless_gone(said: Evidence, batch: Batch | None, at: datetime) -> Evidence:
    """An evaluation of a model; void if its batch counted no more when it was made.

    Args:
        said: What was said.
        batch: The batch that it was about, if that is known.
        at: When it was said.
    """
    if batch is None or batch.counts:
        return said
    gone = "came from a source that was not agreed any more" if batch.stands else "was withdrawn"
    why = f"Batch {batch.partition}, which it was about, {gone} when the version was evaluated."
    return void(said, batch.partition, why, at)


def with_void(check: CheckState, newest: Evidence) -> CheckState:
    """A check whose newest evaluation is void."""
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


def void_of_models(state: ProductState, judge: Callable[[Evidence], Evidence]) -> ProductState:
    """The state in which what was said of models is what a function makes of it.

    Args:
        state: The state.
        judge: Gives evidence as it is, or void.
    """
    return replace(
        state,
        champion=state.champion and _of_champion(state.champion, judge),
        predecessor=state.predecessor and _of_champion(state.predecessor, judge),
        candidates={
            version: replace(candidate, as_live=_all(candidate.as_live, judge))
            for version, candidate in state.candidates.items()
        },
    )


def _of_champion(champion: Champion, judge: Callable[[Evidence], Evidence]) -> Champion:
    return replace(
        champion,
        as_live=_all(champion.as_live, judge),
        in_service=_all(champion.in_service, judge),
    )


def _all(
    said: Mapping[str, Evidence], judge: Callable[[Evidence], Evidence]
) -> Mapping[str, Evidence]:
    return {key: judge(one) for key, one in said.items()}
