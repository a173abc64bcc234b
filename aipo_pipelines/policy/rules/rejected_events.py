"""Incidents from events in Dagster's database that are no evidence about a product.

Somebody reported an event about a governed asset outside of a run that the ledger claimed, or an
event cannot be recorded. Nothing follows from its content. The event itself is a finding: the
incident is opened once, until a person has checked it. It is a warning: a person who can make such
events must not be able to change an answer with them, neither to YES nor to NO.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.runs import EventSetAside, SetAside
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.check_key import CheckKey
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.incidents.incident import Alarm, raised, subject_of

RULE = "set_aside"
UNCLAIMED = Cause("unclaimed_event")
UNREADABLE = Cause("unreadable_event")


def report_rejected_event(context: Context) -> Iterator[Draft]:
    """Opens the incident of events that were set aside: one incident for each cause."""
    event = context.event
    if not isinstance(event, EventSetAside):
        return
    # One incident for each cause: a thousand such events must not send a thousand notices.
    incident = raised(context.charter, context.state, _alarm(context, event))
    if incident is not None:
        yield context.draft(RULE, subject_of(incident), incident, key="open")


def _alarm(context: Context, event: EventSetAside) -> Alarm:
    see = f"see: aipo history {context.state.product} --kind {context.entry.kind}"
    if event.why is SetAside.UNREADABLE:
        return Alarm(
            cause=UNREADABLE,
            title="An event of Dagster could not be recorded",
            summary=f"{_event_text(event)} could not be recorded ({event.error}) and was set "
            f"aside; all others are recorded. Look at it in Dagster, and {see}.",
            severity=Severity.WARNING,
        )
    return Alarm(
        cause=UNCLAIMED,
        title="An event was reported to Dagster that is no evidence",
        summary=f"{_event_text(event)} was reported {_origin_text(event)}. Nothing was decided "
        f"by it. Find out who reported it, and {see}.",
        severity=Severity.WARNING,
    )


def _event_text(event: EventSetAside) -> str:
    name = str(CheckKey(event.asset, event.check))
    verdict = f" ({event.verdict})" if event.verdict else ""
    batch = f" on batch {event.partition}" if event.partition else ""
    report = event.reported.replace("_", " ")
    return f"{report[:1].upper()}{report[1:]}{f' of {name}' if name else ''}{verdict}{batch}"


def _origin_text(event: EventSetAside) -> str:
    if event.why is SetAside.NO_RUN:
        return "without a run"
    job = f" of job {event.job}" if event.job else ""
    return f"by run {event.run_id}{job}, which no entry claims, or after the run had ended"
