"""What a due retraining waits for: people, the rest between two, the cap per period.

Where batches have dates, their dates are the clock: a backlog of a year that is taken in within an
hour is a year of data. A training whose data does not lie before where the data stands by now (the
batches lost or changed their dates since) is counted by the wall clock, so that no date ever holds
a product back for longer than agreed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aipo_pipelines.charter.model.base import format_duration
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.fold.batch_order import has_date
from aipo_pipelines.ledger.model.models import Training
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.facts.first_models import FIRST_MODEL
from aipo_pipelines.policy.facts.training import (
    approved,
    data_of,
    data_stands_at,
    moves_by_dates,
)
from aipo_pipelines.policy.text import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Why no rule may train now, and until when.

    Attributes:
        until: When it ends; None where people end it.
        by_dates: Whether that is a date of batches; a moment of the wall clock otherwise.
        why: The reason, as a sentence.
    """

    until: datetime | None
    by_dates: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """A past training on the clock by which it is counted."""

    training: Training
    at: datetime
    age: timedelta
    by_dates: bool


def waits_on_same_data(state: ProductState) -> Rest | None:
    """A version that people are to decide on, and that another training would only make again.

    With other data, other labels or another agreement it gives something new, and supersedes it.
    """
    data, binding = data_of(approved(state)), state.charter.binding_since if state.charter else -1
    for candidate in state.candidates.values():
        training = state.trainings.get(str(candidate.training))
        if candidate.requested is None or candidate.decision is not None or training is None:
            continue
        if training.data == data and training.entry > binding:
            why = (
                f"version {candidate.version} waits for people and was trained on the same data; "
                f"see: aipo decisions {state.product}"
            )
            return Rest(until=None, by_dates=False, why=f"{why}.")
    return None


def agreed_rest(charter: Charter, state: ProductState) -> timedelta | None:
    """Least time between two retrainings; None where none is agreed."""
    if any(has_date(batch) for batch in approved(state)):
        return charter.retraining.cooldown
    return charter.retraining.cooldown_by_clock


def resting(charter: Charter, state: ProductState, now: datetime) -> Rest | None:
    """The rest since the last training; None where it has passed or none is agreed."""
    length = agreed_rest(charter, state)
    if length is None:
        return None
    past = [past for past in _past(state, now) if past.age < length]
    last = max(past, key=lambda counted_training: length - counted_training.age, default=None)
    if last is None:
        return None
    why = (
        f"{format_duration(length)} of rest are agreed between two trainings"
        + (", by the dates of batches" if last.by_dates else "")
        + f"; the last was asked for on {last.training.asked_at:%Y-%m-%d}"
        + (f", when the data stood at {last.at:%Y-%m-%d}." if last.by_dates else ".")
    )
    return Rest(until=last.at + length, by_dates=last.by_dates, why=why)


def capped(charter: Charter, state: ProductState, now: datetime) -> Rest | None:
    """The cap of the period where it is reached; the first model is no retraining."""
    agreed = charter.retraining
    past = _in_period(charter, state, now)
    if len(past) < agreed.attempts:
        return None
    # The cap is reached until so few are left in the period that one more is allowed.
    leaves = sorted(past, key=lambda counted_training: agreed.period - counted_training.age)[
        len(past) - agreed.attempts
    ]
    why = (
        f"{counted(len(past), 'retraining')} of at most {agreed.attempts} in "
        f"{format_duration(agreed.period)} were asked for."
    )
    return Rest(until=leaves.at + agreed.period, by_dates=leaves.by_dates, why=why)


def in_period(charter: Charter, state: ProductState, now: datetime) -> tuple[Training, ...]:
    """The retrainings of the period that ends now, oldest first."""
    return tuple(past.training for past in _in_period(charter, state, now))


def _in_period(charter: Charter, state: ProductState, now: datetime) -> list[_Counted]:
    return [
        past
        for past in _past(state, now)
        if past.age < charter.retraining.period and past.training.trigger != FIRST_MODEL
    ]


def _past(state: ProductState, now: datetime) -> list[_Counted]:
    """All trainings so far, oldest first.

    One in the future is that of a clock that was ahead: nothing waits until it has come.
    """
    stands, dated = data_stands_at(state, now), moves_by_dates(state)
    found = []
    for training in sorted(state.trainings.values(), key=lambda training: training.entry):
        by_dates = dated and training.data_at <= stands
        at = training.data_at if by_dates else training.asked_at
        if at <= now + CLOCK_TOLERANCE:
            age = (stands if by_dates else now) - at
            found.append(_Counted(training=training, at=at, age=age, by_dates=by_dates))
    return found
