"""Incidents from checks: opened, continued and resolved by rule.

An incident opens if the charter's response to a failing check is to escalate and enough of the last
batches failed. A failure that quarantines is about one batch: it opens or continues an incident
regardless of later batches (`rules.quarantine`). Each further batch that fails continues the open
incident once, and people are notified about subjects that have not failed before
(`incidents.subjects`). A more severe failure ends the incident by rule and opens the next, so that
people are notified about it.

An incident of a check that quarantines (contract, privacy) ends by rule only when that check keeps
none of its batches in quarantine: it passes on each batch, or fails only as a warning. A clean next
batch does not excuse a bad batch, so otherwise a person must end the incident. Every other incident
ends by rule when the newest verdict that counts is a pass on its newest batch or a later batch, and
no escalating response applies any more. An insufficient verdict ends nothing: without labels nobody
knows that a failure is over. A batch before the position of a failure ends nothing either, even if
the failing batch was dated earlier later. No incident waits for a batch that its feed withdrew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Reaction, Response
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentOpened, IncidentResolved
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.fold.failures import still_fails
from aipo_pipelines.ledger.fold.recent import is_muted
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import Batch, BatchVerdict, Incident, ProductState
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.facts.business_targets import MEASURED_BY
from aipo_pipelines.policy.facts.responses import (
    PRIVACY,
    holds,
    is_about_champion,
    quarantines,
    responses_to,
    verdicts,
)
from aipo_pipelines.policy.incidents.incident import Alarm, open_incident, raised, subject_of
from aipo_pipelines.policy.incidents.subjects import subjects_of, title_of
from aipo_pipelines.policy.rules.quarantine import about_batch

RULE = "escalate"


def respond_to_check(context: Context) -> Iterator[Draft]:
    """Opens, continues or resolves the incident of a check after its evaluation."""
    event = context.event
    if not isinstance(event, CheckEvaluated):
        return
    key = str(event.key)
    # The breach of its contract explains other failures of a batch in quarantine (inhibition).
    if is_muted(context.state, key, event.partition):
        return
    if event.verdict is Verdict.FAIL:
        yield from _escalate(context, event, key)
    elif event.verdict is Verdict.PASS:
        yield from _resolve(context, event, key)


def _escalate(context: Context, event: CheckEvaluated, key: str) -> Iterator[Draft]:
    cause, state = Cause.of_check(key), context.state
    former = _is_of_former_version(state, key, event)
    response = None if former else _escalating(context.charter, state, key, event.severity)
    # A failure that quarantines is about one batch, so it escalates under a former version, too.
    response = response or about_batch(context.charter, state, key, event)
    before = open_incident(state, cause)
    if before is not None and _only_warns(context.charter, state, key, before, event.severity):
        yield _resolved(
            context,
            before,
            f"{event.check} only warns now, and keeps no batch in quarantine",
            "lesser",
        )
        # From here on this incident is over: the warning may open an incident of its own.
        state, before = _without(state, before), None
    # A failure of a former version continues no incident: the incident is about this version.
    if response is None and (before is None or former):
        return
    alarm = Alarm(
        cause=cause,
        title=title_of(key, event.partition, response, event.figures),
        summary=event.summary,
        severity=event.severity,
        partition=event.partition,
        subjects=subjects_of(event),
    )
    incident = raised(context.charter, state, alarm)
    if isinstance(incident, IncidentOpened) and before is not None:
        yield _resolved(
            context,
            before,
            f"{event.check} fails more severely; a new incident replaces it",
            "outgrown",
        )
    if incident is not None:
        yield context.draft(RULE, subject_of(incident), incident, key=str(cause))


def _resolved(context: Context, incident: Incident, reason: str, key: str) -> Draft:
    resolved = IncidentResolved(incident=incident.entry, resolution=f"by rule: {reason}")
    return context.draft(RULE, subject_of(resolved), resolved, key=key)


def _without(state: ProductState, over: Incident) -> ProductState:
    incidents = {name: known for name, known in state.incidents.items() if known is not over}
    return replace(state, incidents=incidents)


def is_over_without(charter: Charter, state: ProductState, key: str, incident: Incident) -> bool:
    """Whether an incident of a check is over after a feed withdrew a batch of it."""
    # Only another batch shows that a target is reached again: without evidence nobody knows.
    if key in MEASURED_BY:
        return False
    if remaining_partitions(state, incident) or quarantines(charter, key, incident.severity):
        return _is_over(charter, state, key, incident, incident.severity)
    return _escalating(charter, state, key, incident.severity) is None


def remaining_partitions(state: ProductState, incident: Incident) -> tuple[str, ...]:
    """The batches of an incident that its feed has not withdrawn, and whose source is agreed."""
    not_counted = {batch.partition for batch in _known(state, incident) if not batch.counts}
    return tuple(partition for partition in incident.partitions if partition not in not_counted)


def outlasts_withdrawal(charter: Charter, state: ProductState, key: str, batch: Batch) -> bool:
    """Whether an incident of a check waits for a batch although its feed withdrew it."""
    return key == PRIVACY and _keeps(charter, state, key, batch.partition)


def _escalating(
    charter: Charter, state: ProductState, key: str, severity: Severity
) -> Response | None:
    for response in responses_to(charter, key, severity):
        if Reaction.ESCALATE in response.reactions and holds(state, key, response):
            return response
    return None


def _is_of_former_version(state: ProductState, key: str, event: CheckEvaluated) -> bool:
    """Whether the run of an evaluation began before the version in charge went live."""
    check = state.checks.get(key)
    known = check.recent if check and event.partition else ()
    verdict = next((verdict for verdict in known if verdict.partition == event.partition), None)
    return verdict is not None and not is_about_champion(state, key, verdict)


def _resolve(context: Context, event: CheckEvaluated, key: str) -> Iterator[Draft]:
    incident = open_incident(context.state, Cause.of_check(key))
    if incident is None or not _is_over(
        context.charter, context.state, key, incident, event.severity
    ):
        return
    place = f" on batch {event.partition}" if event.partition else ""
    yield _resolved(context, incident, f"{event.check} passes again{place}", "resolve")


def _is_over(
    charter: Charter, state: ProductState, key: str, incident: Incident, severity: Severity
) -> bool:
    counted = verdicts(state, key)
    if quarantines(charter, key, incident.severity):
        # A clean next batch does not excuse a bad batch: each batch of the incident counts.
        keeping = (
            partition for partition in incident.partitions if _keeps(charter, state, key, partition)
        )
        return bool(incident.partitions) and not any(keeping)
    if not counted or counted[-1].verdict is not Verdict.PASS:
        return False
    if _is_no_news(state, counted[-1], incident):
        return False
    # A batch before the position of the failure ends nothing, even if the failure moved since.
    if _is_before_failure(state, key, counted[-1], incident):
        return False
    return _escalating(charter, state, key, severity) is None


def _only_warns(
    charter: Charter, state: ProductState, key: str, incident: Incident, severity: Severity
) -> bool:
    """Whether a failure that quarantined is only a warning now, on its last batch."""
    quarantined = quarantines(charter, key, incident.severity)
    warns = not quarantines(charter, key, severity)
    return quarantined and warns and _is_over(charter, state, key, incident, severity)


def _keeps(charter: Charter, state: ProductState, key: str, partition: str) -> bool:
    """Whether a check keeps a batch in quarantine, or may do so."""
    batch = state.batches.get(partition)
    # A withdrawn batch keeps nothing, except personal data: they were delivered and are kept.
    if batch is not None and not batch.counts and key != PRIVACY:
        return False
    # Without the batch, or with an insufficient verdict, nobody knows that the failure is over.
    unmet = (judgement for judgement in batch.unmet if judgement.check == key) if batch else ()
    return batch is None or any(
        judgement.verdict is Verdict.INSUFFICIENT or quarantines(charter, key, judgement.severity)
        for judgement in unmet
    )


def _is_no_news(state: ProductState, verdict: BatchVerdict, incident: Incident) -> bool:
    """Whether a verdict is about a batch before the newest batch of an incident, or a copy."""
    # A copy of another batch shows nothing about the failing batch.
    judged = state.batches.get(verdict.partition)
    if judged is None:
        return False
    names = remaining_partitions(state, incident)
    known = (state.batches[name].position for name in names if name in state.batches)
    return bool(judged.copy_of) or any(judged.position < position for position in known)


def _is_before_failure(
    state: ProductState, key: str, verdict: BatchVerdict, incident: Incident
) -> bool:
    """Whether a batch of an incident still fails and failed at a later position than a verdict."""
    judged, check = state.batches.get(verdict.partition), state.checks.get(key)
    if judged is None or check is None or incident.reached is None:
        return False
    if judged.position[0] >= incident.reached:
        return False
    return any(
        verdict.partition in incident.partitions and still_fails(state, key, verdict) is not None
        for verdict in check.recent
    )


def _known(state: ProductState, incident: Incident) -> tuple[Batch, ...]:
    return tuple(
        state.batches[partition] for partition in incident.partitions if partition in state.batches
    )
