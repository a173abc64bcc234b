"""Incidents from altered facts: the stored facts differ from the result of the entries.

Somebody wrote the facts without the functions of the ledger. As long as the facts differ, states
are folded from the entries and the answer is UNKNOWN (`aipo_pipelines.policy.answer.verdict`). The
incident is critical and never ends by rule. Folding the facts again corrects them, but a person
must find out who wrote them, and who read them before. While it is open the answer is NO or
UNKNOWN. If a person ends it while the facts still differ, it opens again.
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
    """The entries that follow if stored facts of a product were altered.

    Args:
        charter: The charter in force.
        state: State of the product.
        now: When the alteration was detected, aware UTC.
    """
    if open_incident(state, ALTERED) is not None:
        return ()
    alarm = Alarm(
        cause=ALTERED,
        title="Stored facts were altered outside the ledger",
        summary="The stored facts about this product differ from the result of the ledger's "
        "entries. See the facts that differ with: aipo verify. Fold them again with: aipo rebuild. "
        "Find out who could write the database.",
        severity=Severity.CRITICAL,
    )
    incident = raised(charter, state, alarm)
    if incident is None:
        return ()
    # The number of earlier incidents is in the key: after its end the same cause opens it again.
    earlier = sum(incident.cause == ALTERED for incident in state.incidents.values())
    key = f"{ALTERED}/{state.product}/{earlier}"
    return (draft(state.product, key, str(ALTERED), subject_of(incident), incident, now),)
