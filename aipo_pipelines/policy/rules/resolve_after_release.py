"""Incidents that end with a release: the new champion passes the check that had failed.

An incident about the replaced model would otherwise stay open until the next labelled batch, and
be about a model that is not in use. It ends if the evaluation of the champion passes the check that
had failed. The evaluation must be made after the incident opened, on records no older than its
batches. These records and their labels must not have changed since.

All other incidents stay open. If an incident continued while the release waited for people, nobody
knows yet how the new champion performs on those later batches. `still_open` says why.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.evaluation import Evidence
from aipo_pipelines.evidence.outcome import Verdict
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentResolved
from aipo_pipelines.ledger.events.releases import ChampionReleased
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.ledger.model.state import Batch, Incident, ProductState
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.facts.business_targets import evaluated_as_live, targets
from aipo_pipelines.policy.facts.responses import check_name, quarantines
from aipo_pipelines.policy.incidents.incident import open_incident, subject_of
from aipo_pipelines.policy.statements.incidents import (
    CheckQuarantines,
    EvaluatedBefore,
    EvaluatedRecordsChanged,
    EvaluatedRecordsOlder,
    EvaluationDoesNotPass,
    EvaluationSaysNothing,
    IncidentOfFormerModel,
    NotEvaluatedSince,
    StaysOpenBecause,
)

RULE = "cure"


def resolve_incidents_of_former(context: Context) -> Iterator[Draft]:
    """Ends incidents about the former champion that the evaluation of the new champion passes."""
    event, champion = context.event, context.state.champion
    if not isinstance(event, ChampionReleased) or champion is None:
        return
    # A target has no evaluation of its own: it is judged on the figures of its metric.
    for key in (*champion.model.as_live, *targets(context.charter)):
        evaluated = evaluated_as_live(context.charter, champion, key)
        incident = open_incident(context.state, Cause.of_check(key))
        if evaluated is not None and incident and _is_over(context, champion, key, incident):
            resolved = IncidentResolved(
                incident=incident.entry,
                resolution=f"by rule: version {champion.version} went live, and {check_name(key)} "
                f"passes on records of batch {evaluated.partition} held out of its training",
            )
            yield context.draft(RULE, subject_of(resolved), resolved, key=key)


def still_open(
    charter: Charter, state: ProductState, incident: Incident
) -> IncidentOfFormerModel | None:
    """Why a release did not end an incident about the former model; None for other incidents."""
    champion, check = state.champion, incident.cause.check_key
    former = champion is not None and incident.entry < champion.decision
    if champion is None or not former or check is None or check.asset != "performance":
        return None
    because = _why_not(charter, state, champion, str(check), incident)
    if champion.in_service:
        # A predecessor returned: its evaluation is older than the reason of the return.
        because = NotEvaluatedSince()
    if because is None:
        return None
    return IncidentOfFormerModel(
        incident=incident.entry,
        key=check,
        version=champion.version,
        has_returned=bool(champion.in_service),
        because=because,
    )


def _is_over(context: Context, champion: Champion, key: str, incident: Incident) -> bool:
    return _why_not(context.charter, context.state, champion, key, incident) is None


def _why_not(
    charter: Charter, state: ProductState, champion: Champion, key: str, incident: Incident
) -> StaysOpenBecause | None:
    """Why the champion's evaluation does not end an incident; None if it does."""
    evaluated = evaluated_as_live(charter, champion, key)
    judged = state.batches.get(evaluated.partition) if evaluated else None
    if evaluated is None or judged is None:
        return EvaluationSaysNothing()
    if evaluated.verdict is not Verdict.PASS:
        return EvaluationDoesNotPass()
    # Replaced records or labels were not evaluated, so they prove nothing.
    if evaluated.known_up_to < judged.changed("performance"):
        return EvaluatedRecordsChanged(partition=evaluated.partition)
    return _why_not_now(charter, state, judged, evaluated, key, incident)


def _why_not_now(
    charter: Charter,
    state: ProductState,
    judged: Batch,
    evaluated: Evidence,
    key: str,
    incident: Incident,
) -> StaysOpenBecause | None:
    """Why an evaluation that passes does not end an incident; None if it does."""
    # An evaluation before the failure does not know the data that failed.
    if evaluated.entry < incident.entry:
        return EvaluatedBefore()
    # A batch in quarantine stays wrong under every model.
    if quarantines(charter, key, incident.severity):
        return CheckQuarantines()
    known = [
        state.batches[partition] for partition in incident.partitions if partition in state.batches
    ]
    newest = max(known, key=lambda batch: batch.position, default=judged)
    # The incident continued while the release waited: its later batches were not evaluated.
    if newest.position > judged.position:
        return EvaluatedRecordsOlder(partition=evaluated.partition, newest=newest.partition)
    return None
