"""Incidents from sensors and schedules that have stopped; resolved by rule when they run again.

A stopped sensor reports nothing. So the people who rely on a product are notified that its
automatic tasks do not run.
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
    charter: Charter, state: ProductState, sentences: Sequence[str], now: datetime
) -> tuple[Draft, ...]:
    """The entries that follow if sensors have stopped; the same for the same state.

    Args:
        charter: The charter in force.
        state: State of the product.
        sentences: A sentence for each stopped sensor; empty if all run.
        now: The moment, aware UTC.
    """
    alarm = Alarm(
        cause=CAUSE,
        title="An automatic task does not run",
        summary=" ".join(sentences),
        severity=Severity.WARNING,
    )
    return tuple(watch_cause(charter, state, now, CAUSE, alarm if sentences else None))
