"""Incidents from sensors and schedules that stand still; resolved by rule when they move again.

What does nothing says nothing: whoever relies on a product must hear that nobody looks after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.incidents.incident import Alarm
from aipo_pipelines.policy.rules.passage_of_time import watch_cause

CAUSE = Cause("stopped_sensor")


def on_standstill(
    charter: Charter, state: ProductState, told: Sequence[str], now: datetime
) -> tuple[Draft, ...]:
    """What it leads to that sensors stand still; asked again, the answer is the same.

    Args:
        charter: The charter in force.
        state: State of the product.
        told: A sentence for each that stands still; empty if all move.
        now: The moment, aware UTC.
    """
    alarm = Alarm(
        cause=CAUSE,
        title="Automatic work is not done",
        summary=" ".join(told),
        severity=Severity.WARNING,
    )
    return tuple(watch_cause(charter, state, now, CAUSE, alarm if told else None))
