"""A training that is due and does not begin: its trigger, the reason and the end of its rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.ledger.model.trigger import Trigger
from aipo_pipelines.policy.facts.first_models import FIRST_MODEL, is_used_up, refused, why_no_more
from aipo_pipelines.policy.facts.retraining_limits import capped, resting, waits_on_same_data
from aipo_pipelines.policy.facts.retraining_reasons import cadence_due, check_due
from aipo_pipelines.policy.facts.training import is_busy, trains_here
from aipo_pipelines.policy.text import moment, trigger_text


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayedTraining:
    """A training that is due and rests.

    Attributes:
        trigger: The cause that makes it due.
        reason: The reason of the trigger, as a sentence.
        since: When it became due.
        until: When the rest ends; None if people end it.
        by_dates: Whether a batch of that date or a later date ends the rest; otherwise the clock.
        why: Why it rests, as a sentence.
    """

    trigger: Trigger
    reason: str
    since: datetime
    until: datetime | None
    by_dates: bool
    why: str

    @property
    def sentence(self) -> str:
        """All of this as one sentence."""
        training = "The first model" if self.trigger == FIRST_MODEL else "Retraining"
        by = "" if self.trigger == FIRST_MODEL else f" by {trigger_text(self.trigger)}"
        return (
            f"{training} is due{by} since {moment(self.since)}, "
            f"and rests until {self.ends}: {self.why}"
        )

    @property
    def ends(self) -> str:
        """The end of the rest, as text."""
        if self.until is None:
            return "people decide"
        until = moment(self.until)
        return f"a batch of {until} or later is there" if self.by_dates else until


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
