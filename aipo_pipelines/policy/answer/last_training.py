"""The last training in an answer: why it was asked for, what became of it, and the cap.

Part of what `answer` gives; read from the state, nothing is judged anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.model.models import Training, TrainingStatus
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.first_models import refused
from aipo_pipelines.policy.facts.retraining_limits import in_period
from aipo_pipelines.policy.text import by_whom, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingNote:
    """The last training that was asked for, and how many the agreed period has had.

    Attributes:
        trigger: What made it due; empty where none was ever asked for.
        status: What became of it; None where none was asked for.
        version: Candidate it gave; empty where it gave none yet.
        outcome: What became of that, in words.
        in_period: Retrainings in the period that ends now; the first model is none.
        first_refused: First models that gates refused since a version was last allowed to go live.
        cap: How many the charter allows in it, and how many first models rules try.
        period: Its length.
    """

    trigger: str
    reason: str
    asked_at: datetime | None
    status: TrainingStatus | None
    version: str
    outcome: str
    in_period: int
    first_refused: int
    cap: int
    period: timedelta


def training_note(charter: Charter, state: ProductState, now: datetime) -> TrainingNote:
    """The last training and the use of the cap."""
    last = max(state.trainings.values(), key=lambda one: one.entry, default=None)
    return TrainingNote(
        trigger=str(last.trigger) if last else "",
        reason=last.reason if last else "",
        asked_at=last.asked_at if last else None,
        status=last.status if last else None,
        version=last.version if last else "",
        outcome=_outcome(state, last) if last else "",
        in_period=len(in_period(charter, state, now)),
        first_refused=len(refused(state)),
        cap=charter.retraining.attempts,
        period=charter.retraining.period,
    )


def _outcome(state: ProductState, training: Training) -> str:
    if not training.version:
        return _WITHOUT_CANDIDATE.get(training.status, "")
    version = training.version
    if state.champion is not None and state.champion.version == version:
        return f"version {version}, in charge now"
    decision, candidate = state.decisions.get(version), state.candidates.get(version)
    if decision is not None:
        verb = "allowed to go live" if decision.go else f"turned down ({decision.rule})"
        whom = by_whom(decision.by, decision.approved_by)
        return f"version {version}, {verb} by {whom} on {moment(decision.at)}"
    if candidate is not None and candidate.requested is not None:
        return f"version {version}, which waits for people to decide"
    return f"version {version}, not decided yet"


_WITHOUT_CANDIDATE = {
    TrainingStatus.REQUESTED: "under way",
    TrainingStatus.NOTHING: "no model: its data did not suffice or was not authorised",
    TrainingStatus.GIVEN_UP: "given up after its last attempt failed",
}
