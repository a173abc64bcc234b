"""The retraining calendar: last, next, overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.charter.cron import next_tick
from aipo_pipelines.ledger.state import ProductState


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrainingPlan:
    """Where the documented retraining cycle stands.

    Attributes:
        last: When the champion was trained; None without one.
        next: Next moment of the cadence after now; None where the charter sets none.
        overdue: Whether a moment of the cadence has passed since, or the champion is too old.
        overdue_since: From when; None where it is not overdue.
    """

    last: datetime | None
    next: datetime | None
    overdue: bool
    overdue_since: datetime | None


def retraining_plan(charter: Charter, state: ProductState, now: datetime) -> RetrainingPlan:
    """The calendar of the champion at a moment."""
    cadence = charter.retraining.cadence if charter.model else None
    last = state.champion.trained_at if state.champion else None
    since = min((at for at in _limits(charter, last) if at <= now), default=None)
    return RetrainingPlan(
        last=last,
        next=next_tick(cadence, now) if cadence else None,
        overdue=since is not None,
        overdue_since=since,
    )


def too_old_since(charter: Charter, state: ProductState) -> datetime | None:
    """When the champion reaches its maximum age; None where it has none."""
    maximum = charter.retraining.maximum_age
    return state.champion.trained_at + maximum if state.champion and maximum else None


def _limits(charter: Charter, last: datetime | None) -> list[datetime]:
    if last is None:
        return []
    limits = [last + charter.retraining.maximum_age] if charter.retraining.maximum_age else []
    if charter.model and charter.retraining.cadence:
        limits.append(next_tick(charter.retraining.cadence, last))
    return limits
