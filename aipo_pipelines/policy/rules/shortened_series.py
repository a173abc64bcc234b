"""A shortened series: after a batch drops out, enough of the last batches have failed.

A failing evaluation checks its series itself (`rules.failing_check`). A series also changes without
a new failure. A batch is withdrawn by its feed, goes into quarantine, or loses its verdict with its
labels, and then its neighbours are next to each other. Or people agree on another response. In
these cases an incident opens as if the last failure had just been evaluated. It opens once: not
while an incident of the check is open, and not for a version of a batch that an incident had.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Reaction, Response
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.agreements import CharterAdopted
from aipo_pipelines.ledger.events.batches import BatchQuarantined, BatchWithdrawn
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import BatchVerdict, Incident, ProductState
from aipo_pipelines.policy.context import Context, draft
from aipo_pipelines.policy.facts.responses import check_name, responses_to, verdicts_in_force
from aipo_pipelines.policy.incidents.incident import Alarm, open_incident, raised, subject_of
from aipo_pipelines.policy.incidents.subjects import failing_subjects, title_of
from aipo_pipelines.policy.rules.quarantine import failures_in_arrival
from aipo_pipelines.policy.text import listed

RULE = "escalate"


def look_again(context: Context) -> Iterator[Draft]:
    """Opens an incident for a series that is complete after a batch dropped out, or an edit."""
    charter, state = context.charter, context.state
    # An edit may also agree on a response to a single failure that had no response before.
    several = not isinstance(context.event, CharterAdopted)
    for key in _affected_checks(context):
        incident = _incident_to_open(charter, state, key, several=several)
        if incident is not None:
            yield context.draft(RULE, subject_of(incident), incident, key=f"series/{key}")


def look_on_tick(charter: Charter, state: ProductState, now: datetime) -> Iterator[Draft]:
    """Opens incidents for complete series that no rule has checked, for example of old programs."""
    for key in state.checks:
        incident = _incident_to_open(charter, state, key, several=True)
        if incident is not None:
            earlier = sum(known.cause == incident.cause for known in state.incidents.values())
            name = f"tick/{state.product}/series/{key}/{earlier}"
            yield draft(state.product, name, RULE, subject_of(incident), incident, now)


def was_notified(state: ProductState, key: str, failure: Evidence | BatchVerdict) -> bool:
    """Whether an incident of a check is open, or had this version of a failing batch."""
    return any(
        incident.is_open
        or (failure.partition in incident.partitions and not _is_newer(state, failure, incident))
        for incident in state.incidents.values()
        if incident.cause == Cause.of_check(key)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Series:
    """Failures that are enough for a response, in their order.

    Attributes:
        failing: Their verdicts.
    """

    response: Response
    failing: tuple[BatchVerdict, ...]


def _affected_checks(context: Context) -> tuple[str, ...]:
    event = context.event
    if isinstance(event, CheckEvaluated):
        return () if event.verdict is Verdict.FAIL else (str(event.key),)
    if not isinstance(event, BatchWithdrawn | BatchQuarantined | CharterAdopted):
        return ()
    # The checks that quarantined a batch have opened incidents with their own evaluations.
    reported = event.checks if isinstance(event, BatchQuarantined) else ()
    return tuple(key for key in context.state.checks if key not in reported)


def _incident_to_open(
    charter: Charter, state: ProductState, key: str, *, several: bool
) -> IncidentOpened | None:
    if open_incident(state, Cause.of_check(key)) is not None:
        return None
    for series in _complete_series(charter, state, key, several=several):
        last = series.failing[-1]
        # A version of a batch that an incident had is known to the people already.
        if not last.partition or was_notified(state, key, last):
            continue
        incident = raised(charter, state, _alarm(state, key, series))
        if isinstance(incident, IncidentOpened):
            return incident
    return None


def _complete_series(
    charter: Charter, state: ProductState, key: str, *, several: bool
) -> Iterator[_Series]:
    """Series that are enough for an escalating response, in the order of batches or of arrival."""
    severity = state.checks[key].severity
    counted = verdicts_in_force(state, key)
    for response in responses_to(charter, key, severity):
        if Reaction.ESCALATE not in response.reactions or (several and response.of == 1):
            continue
        window = counted[-response.of :]
        failing = tuple(batch for batch in window if batch.verdict is Verdict.FAIL)
        if len(failing) >= response.fails:
            yield _Series(response=response, failing=failing)
        elif arrived := failures_in_arrival(charter, state, key, response):
            yield _Series(response=response, failing=arrived)


def _alarm(state: ProductState, key: str, series: _Series) -> Alarm:
    response, last = series.response, series.failing[-1].partition
    names = [verdict.partition for verdict in series.failing]
    evidence = _evaluation(state, key, last)
    return Alarm(
        cause=Cause.of_check(key),
        title=title_of(key, last, response, evidence.figures if evidence else ()),
        summary=evidence.summary if evidence else f"It failed on {listed(names)}.",
        severity=evidence.severity if evidence else _severity(state, key, last),
        partition=last,
        subjects=failing_subjects(check_name(key), evidence.figures) if evidence else (),
    )


def _evaluation(state: ProductState, key: str, partition: str) -> Evidence | None:
    """The failing evaluation of a batch, if it is still known."""
    check = state.checks[key]
    known = (check.newest, *((check.decided,) if check.decided else ()))
    return next(
        (
            evidence
            for evidence in known
            if evidence.partition == partition and evidence.verdict is Verdict.FAIL
        ),
        None,
    )


def _severity(state: ProductState, key: str, partition: str) -> Severity:
    batch = state.batches.get(partition)
    known = (
        judgement.severity for judgement in (batch.unmet if batch else ()) if judgement.check == key
    )
    return next(known, state.checks[key].severity)


def _is_newer(state: ProductState, failure: Evidence | BatchVerdict, incident: Incident) -> bool:
    """Whether a failing version of a batch arrived after an incident had ended."""
    batch, ended = state.batches.get(failure.partition), incident.resolved_at
    if batch is None or ended is None or (failure.known_up_to or 0) < batch.entry:
        return False
    return batch.arrived_at > ended
