"""Incidents from facts that were altered: what is stored is not what the entries make of it.

Somebody wrote the projection past the ledger's functions. While that lasts, states are folded from
the entries and the answer is UNKNOWN (`aipo_pipelines.policy.answer.verdict`). The incident is
critical and never ends by rule: folding the facts again makes them right, but a person must find
out who wrote them, and what was read from them until it was noticed. As long as it is open the
answer is NO or UNKNOWN; ended while the facts still differ, it opens again.
"""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import ProductState
from aipo_pipelines.policy.context import draft
from aipo_pipelines.policy.incidents.incident import Alarm, open_incident, raised, subject_of

ALTERED = Cause("altered_facts")


def on_altered_facts(charter: Charter, state: ProductState, now: datetime) -> tuple[Draft, ...]:
    """What it leads to that stored facts of a product were found altered.

    Args:
        charter: The charter in force.
        state: State of the product.
        now: When it was found, aware UTC.
    """
    if open_incident(state, ALTERED) is not None:
        return ()
    alarm = Alarm(
        cause=ALTERED,
        title="Stored facts were altered outside the ledger",
        summary="What is stored about this product is not what the ledger's entries make of it. "
        "See which facts differ with: aipo verify. Fold them again with: aipo rebuild. Find out "
        "who could write the database.",
        severity=Severity.CRITICAL,
    )
    incident = raised(charter, state, alarm)
    if incident is None:
        return ()
    earlier = sum(incident.cause == ALTERED for incident in state.incidents.values())
    key = f"{ALTERED}/{state.product}/{earlier}"
    return (draft(state.product, key, str(ALTERED), subject_of(incident), incident, now),)
