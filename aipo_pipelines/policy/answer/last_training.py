"""The last training in an answer: its reason, its result, and the cap on trainings.

It is a part of the answer. It is read from the state, and nothing is judged again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.model.models import Training, TrainingStatus
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.first_models import refused
from aipo_pipelines.policy.facts.retraining_limits import in_period
from aipo_pipelines.policy.statements.trainings import (
    CandidateDecided,
    CandidateInCharge,
    CandidateUndecided,
    NoCandidate,
    TrainingResult,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingNote:
    """The last training that became due, and the number of trainings in the agreed period.

    Attributes:
        trigger: The reason it was due; empty if no training was due so far.
        status: Its result; None if no training was due so far.
        version: The candidate that it produced; empty if it produced no candidate yet.
        outcome: The result of its candidate; None if no training was due so far.
        in_period: Retrainings in the period that ends now, without the first model.
        first_refused: First models that gates refused since a version was last allowed to go live.
        cap: The number of retrainings that the charter allows in the period, and of first models
            that rules try.
        period: Length of the period.
    """

    trigger: str
    reason: str
    asked_at: datetime | None
    status: TrainingStatus | None
    version: str
    outcome: TrainingResult | None
    in_period: int
    first_refused: int
    cap: int
    period: timedelta


def training_note(charter: Charter, state: ProductState, now: datetime) -> TrainingNote:
    """The last training and the use of the cap."""
    last = max(state.trainings.values(), key=lambda training: training.entry, default=None)
    return TrainingNote(
        trigger=str(last.trigger) if last else "",
        reason=last.reason if last else "",
        asked_at=last.asked_at if last else None,
        status=last.status if last else None,
        version=last.version if last else "",
        outcome=_outcome(state, last) if last else None,
        in_period=len(in_period(charter, state, now)),
        first_refused=len(refused(state)),
        # The cap counts retrainings in a period, and first models without a period (decision 0038).
        cap=charter.retraining.attempts,
        period=charter.retraining.period,
    )


def _outcome(state: ProductState, training: Training) -> TrainingResult:
    if not training.version:
        return NoCandidate(status=training.status)
    version = training.version
    # A decision is history once its version is in charge, so that comes first.
    if state.champion is not None and state.champion.version == version:
        return CandidateInCharge(version=version)
    decision, candidate = state.decisions.get(version), state.candidates.get(version)
    if decision is not None:
        return CandidateDecided(
            version=version,
            go=decision.go,
            rule=decision.rule,
            by=decision.by,
            approved_by=decision.approved_by,
            at=decision.at,
        )
    waits = candidate is not None and candidate.requested is not None
    return CandidateUndecided(version=version, waits_for_people=waits)
