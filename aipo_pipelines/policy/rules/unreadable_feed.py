"""Incidents from a feed that cannot be read as declared; resolved by rule when it can again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import (
    IncidentContinued,
    IncidentOpened,
    IncidentResolved,
)
from aipo_pipelines.ledger.model.actor import Actor
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.incidents.incident import Alarm, open_incident, raised, subject_of

CAUSE = Cause("feed")


def on_look(
    charter: Charter, state: ProductState, problems: Sequence[str], now: datetime
) -> tuple[Draft, ...]:
    """The entries that follow from an attempt to read the feed.

    Args:
        charter: The charter in force.
        state: State of the product.
        problems: The unreadable parts and why, without cell contents; empty if all were readable.
        now: When the feed was read, aware UTC.
    """
    incident = open_incident(state, CAUSE)
    event: IncidentOpened | IncidentContinued | IncidentResolved | None = None
    if problems:
        alarm = Alarm(
            cause=CAUSE,
            title=f"The feed of {charter.title} cannot be read as agreed",
            summary=" ".join(problems),
            severity=Severity.WARNING,
        )
        event = raised(charter, state, alarm)
    elif incident is not None:
        event = IncidentResolved(incident=incident.entry, resolution="The feed can be read again.")
    return (_draft(charter, state, event, problems, now),) if event else ()


def _draft(
    charter: Charter,
    state: ProductState,
    event: IncidentOpened | IncidentContinued | IncidentResolved,
    problems: Sequence[str],
    now: datetime,
) -> Draft:
    # A problem that returns needs another key than before: the number of incidents is in it.
    digest = hashlib.sha256("\n".join(problems).encode(errors="surrogatepass")).hexdigest()[:16]
    return Draft(
        product=charter.product,
        subject=subject_of(event),
        actor=str(Actor.of_rule("feed")),
        occurred_at=now,
        key=f"feed/{charter.product}/{len(state.incidents)}/{digest}",
        event=event,
    )
