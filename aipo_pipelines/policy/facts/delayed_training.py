"""A training that is due and does not begin: its trigger, the reason and the end of its rest."""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.first_models import FIRST_MODEL, is_used_up, refused, why_no_more
from aipo_pipelines.policy.facts.retraining_limits import capped, resting, waits_on_same_data
from aipo_pipelines.policy.facts.retraining_reasons import cadence_due, check_due
from aipo_pipelines.policy.facts.training import is_busy, trains_here
from aipo_pipelines.policy.statements.trainings import DelayedTraining


def delayed_training(
    charter: Charter, state: ProductState, now: datetime
) -> DelayedTraining | None:
    """The training that is due and rests; None if no training is due, or one is running."""
    if state.champion is None:
        return _first_model(charter, state)
    due = cadence_due(charter, state, now) or check_due(charter, state)
    if due is None or is_busy(state):
        return None
    # A rest that people must end comes first: the date of another rest would hide that they must
    # act.
    rest = waits_on_same_data(state) or resting(charter, state, now) or capped(charter, state, now)
    if rest is None:
        return None
    return DelayedTraining(
        trigger=due.trigger,
        reason=due.reason,
        since=due.since,
        until=rest.until,
        by_dates=rest.by_dates,
        why=rest.reason,
    )


def _first_model(charter: Charter, state: ProductState) -> DelayedTraining | None:
    if not trains_here(charter) or state.candidates or is_busy(state):
        return None
    # A first model that may be tried again does not rest: the next batch, label or agreement makes
    # it due.
    if not is_used_up(charter, state):
        return None
    return DelayedTraining(
        trigger=FIRST_MODEL,
        reason="No model is in charge yet.",
        since=refused(state)[-1].at,
        until=None,
        by_dates=False,
        why=why_no_more(charter, state),
    )
