"""Incidents from sensors that cannot do their work for a product; resolved by rule when they can.

What keeps one product from being looked at keeps no other: its own people hear of it.
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
    charter: Charter, state: ProductState, sensor: str, told: str, now: datetime
) -> tuple[Draft, ...]:
    """What it leads to that a sensor failed or worked; asked again, the answer is the same.

    Args:
        charter: The charter in force.
        state: State of the product.
        sensor: Name of the sensor.
        told: What kept it from its work, without anybody's values; empty if nothing did.
        now: The moment, aware UTC.
    """
    alarm = Alarm(
        cause=cause_of(sensor),
        title=f"The {sensor} of {charter.title} fails",
        summary=f"{told} It is tried again and again; other products are not concerned.",
        severity=Severity.WARNING,
    )
    return tuple(watch_cause(charter, state, now, alarm.cause, alarm if told else None))
