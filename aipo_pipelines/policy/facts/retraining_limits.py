"""The reasons why a due retraining waits: people, the agreed rest, and the cap per period.

If batches have dates, their dates are the clock: a backlog of a year that arrives within an hour is
a year of data. A date may be lost or corrected later, so that the data of a training is newer than
the newest data now. Such a training is counted by the wall clock, so that no date delays a product
longer than agreed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.fold.batch_order import has_date
from aipo_pipelines.ledger.model.models import Training
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.first_models import FIRST_MODEL
from aipo_pipelines.policy.facts.training import (
    approved,
    data_of,
    moves_by_dates,
    newest_data_at,
)
from aipo_pipelines.policy.statements.trainings import (
    AgreedRest,
    CapReached,
    RestReason,
    SameDataWaits,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Why no rule may train now, and until when.

    Attributes:
        until: When it ends; None if people end it.
        by_dates: Whether this is a date of batches; otherwise a moment of the wall clock.
        reason: The reason.
    """

    until: datetime | None
    by_dates: bool
    reason: RestReason


@dataclass(frozen=True, slots=True, kw_only=True)
class _PastTraining:
    """A past training with its age by the clock that counts it."""

    training: Training
    at: datetime
    age: timedelta
    by_dates: bool


def waits_on_same_data(state: ProductState) -> Rest | None:
    """A version that waits for people and that a training on the same data would only repeat."""
    # Replacing it would lose the approvals given to it. With other data, other labels or another
    # agreement a training gives a new version, which supersedes the waiting version.
    data, binding = data_of(approved(state)), state.charter.binding_since if state.charter else -1
    for candidate in state.candidates.values():
        training = state.trainings.get(str(candidate.training))
        if candidate.requested is None or candidate.decision is not None or training is None:
            continue
        if training.data == data and training.entry > binding:
            reason = SameDataWaits(product=state.product, version=candidate.version)
            return Rest(until=None, by_dates=False, reason=reason)
    return None


def agreed_rest(charter: Charter, state: ProductState) -> timedelta | None:
    """Minimum time between two retrainings; None if no rest is agreed."""
    # If batches have dates, the dates are the clock. Without dates a rest must be named.
    if any(has_date(batch) for batch in approved(state)):
        return charter.retraining.cooldown
    return charter.retraining.cooldown_by_clock


def resting(charter: Charter, state: ProductState, now: datetime) -> Rest | None:
    """The rest since the last training; None if it has passed or no rest is agreed."""
    length = agreed_rest(charter, state)
    if length is None:
        return None
    recent = [training for training in _past(state, now) if training.age < length]
    # Trainings may be counted by different clocks: the rest that lasts longest counts.
    last = max(recent, key=lambda training: length - training.age, default=None)
    if last is None:
        return None
    reason = AgreedRest(
        length=length,
        asked_at=last.training.asked_at,
        data_up_to=last.at if last.by_dates else None,
    )
    return Rest(until=last.at + length, by_dates=last.by_dates, reason=reason)


def capped(charter: Charter, state: ProductState, now: datetime) -> Rest | None:
    """The cap of the period if it is reached; the first model is no retraining."""
    # The cap limits attempts, not releases: each attempt is another chance to pass by luck.
    agreed = charter.retraining
    past = _in_period(charter, state, now)
    if len(past) < agreed.attempts:
        return None
    # One more is allowed when so many have left the period that fewer than the cap remain.
    by_end = sorted(past, key=lambda training: agreed.period - training.age)
    leaving = by_end[len(past) - agreed.attempts]
    reason = CapReached(requested=len(past), most=agreed.attempts, period=agreed.period)
    return Rest(until=leaving.at + agreed.period, by_dates=leaving.by_dates, reason=reason)


def in_period(charter: Charter, state: ProductState, now: datetime) -> tuple[Training, ...]:
    """The retrainings of the period that ends now, oldest first."""
    return tuple(past.training for past in _in_period(charter, state, now))


def _in_period(charter: Charter, state: ProductState, now: datetime) -> list[_PastTraining]:
    return [
        past
        for past in _past(state, now)
        if past.age < charter.retraining.period and past.training.trigger != FIRST_MODEL
    ]


def _past(state: ProductState, now: datetime) -> list[_PastTraining]:
    """All trainings so far, oldest first."""
    newest_data, dated = newest_data_at(state, now), moves_by_dates(state)
    past = []
    for training in sorted(state.trainings.values(), key=lambda training: training.entry):
        # The data of a training may be newer than all data now, if dates were lost since.
        by_dates = dated and training.data_at <= newest_data
        at = training.data_at if by_dates else training.asked_at
        # A training in the future was recorded by a clock that was ahead: nothing waits for it.
        if at <= now + CLOCK_TOLERANCE:
            age = (newest_data if by_dates else now) - at
            past.append(_PastTraining(training=training, at=at, age=age, by_dates=by_dates))
    return past
