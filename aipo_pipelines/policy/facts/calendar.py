"""The retraining calendar: the last training, the next, and a training that is due and rests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.dates.cron import next_tick
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.model.models import TrainingStatus
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.delayed_training import delayed_training
from aipo_pipelines.policy.statements.trainings import DelayedTraining


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainingPlan:
    """The state of the documented retraining cycle.

    Attributes:
        last: When the champion was trained; None without a champion.
        next: Next moment of the cadence after now; None if the charter sets no cadence.
        overdue: Whether a moment of the cadence or the maximum age of a champion has passed since
            the last training. A training without a release counts, a training that was given up
            does not.
        overdue_since: When it became overdue; None if it is not overdue.
        tried_at: When the last training that gave no new champion was requested; None if there was
            no such training, or if all its attempts failed before anything was trained.
        too_old_since: When the champion reached the agreed maximum age; None before that, and if
            no maximum is agreed.
        held_back: A training that is due and rests; None if there is no such training.
    """

    last: datetime | None
    next: datetime | None
    overdue: bool
    overdue_since: datetime | None
    tried_at: datetime | None
    too_old_since: datetime | None
    held_back: DelayedTraining | None


def retraining_plan(charter: Charter, state: ProductState, now: datetime) -> RetrainingPlan:
    """The calendar of the champion at a moment."""
    cadence = charter.retraining.cadence if charter.model else None
    last = state.champion.model.trained_at if state.champion else None
    # A version that failed its gates was trained on time: the cycle demands attempts, not releases.
    tried = _tried(state, last)
    since = min((at for at in _limits(charter, tried or last) if at <= now), default=None)
    limit = too_old_since(charter, state)
    return RetrainingPlan(
        last=last,
        next=next_tick(cadence, now) if cadence else None,
        overdue=since is not None,
        overdue_since=since,
        tried_at=tried,
        too_old_since=limit if limit is not None and limit <= now else None,
        held_back=delayed_training(charter, state, now),
    )


def too_old_since(charter: Charter, state: ProductState) -> datetime | None:
    """When the champion reaches its maximum age; None without a champion or a maximum."""
    maximum = charter.retraining.maximum_age
    return state.champion.model.trained_at + maximum if state.champion and maximum else None


def _tried(state: ProductState, last: datetime | None) -> datetime | None:
    """When the last training after the champion was requested, if it was not given up."""
    if last is None:
        return None
    requested_at = (
        training.asked_at
        for training in state.trainings.values()
        if training.asked_at > last and training.status is not TrainingStatus.GIVEN_UP
    )
    return max(requested_at, default=None)


def _limits(charter: Charter, last: datetime | None) -> list[datetime]:
    """The moments from which the next training is overdue: the maximum age and the cadence."""
    # Before the first champion nothing can be overdue: the first model waits for its data.
    if last is None:
        return []
    limits = [last + charter.retraining.maximum_age] if charter.retraining.maximum_age else []
    if charter.model and charter.retraining.cadence:
        limits.append(next_tick(charter.retraining.cadence, last))
    return limits
