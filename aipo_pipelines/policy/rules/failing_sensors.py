"""Incidents from sensors that fail for a product; resolved by rule when the sensor works again.

A sensor that fails for one product still works for the other products. The people of this product
are notified.
"""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.incidents.incident import Alarm
from aipo_pipelines.policy.rules.passage_of_time import watch_cause


def cause_of(sensor: str) -> Cause:
    """Identity of the incident of a sensor that fails for a product."""
    return Cause(f"failing_{sensor}")


def on_trouble(
    charter: Charter, state: ProductState, sensor: str, problem: str, now: datetime
) -> tuple[Draft, ...]:
    """The entries that follow if a sensor failed or worked; the same for the same state.

    Args:
        charter: The charter in force.
        state: State of the product.
        sensor: Name of the sensor.
        problem: Why the sensor failed, without values of data subjects; empty if it worked.
        now: The moment, aware UTC.
    """
    alarm = Alarm(
        cause=cause_of(sensor),
        title=f"The {sensor} of {charter.title} fails",
        summary=f"{problem} The sensor keeps trying; other products are not affected.",
        severity=Severity.WARNING,
    )
    return tuple(watch_cause(charter, state, now, alarm.cause, alarm if problem else None))
