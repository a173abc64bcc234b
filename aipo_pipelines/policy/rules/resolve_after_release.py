"""Cure: a new champion ends what was wrong with the one before.

An incident about the model that gave way would else stay open until the next labelled batch, and
speak of a model that no longer answers. It ends where the evaluation of the champion passes the
check that had failed: made after the incident opened, on records no older than its batches, as they
and their labels are now. What the evaluation does not pass stays open, and so does what went on
while the release waited for people: nobody knows yet how the new champion does on those later
batches. `still_open` says why.
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

RULE = "cure"


def resolve_incidents_of_former(context: Context) -> Iterator[Draft]:
    """A champion was released: incidents that its evaluation answers are over."""
    event, champion = context.event, context.state.champion
    if not isinstance(event, ChampionReleased) or champion is None:
        return
    for key in (*champion.as_live, *targets(context.charter)):
        said = evaluated_as_live(context.charter, champion, key)
        incident = open_incident(context.state, Cause.of_check(key))
        if said is not None and incident and _cures(context, champion, key, incident):
            resolved = IncidentResolved(
                incident=incident.entry,
                resolution=f"by rule: version {champion.version} went live, and {check_name(key)} "
                f"passes on records of batch {said.partition} held out of its training",
            )
            yield context.draft(RULE, subject_of(resolved), resolved, key=key)


def still_open(charter: Charter, state: ProductState, incident: Incident) -> str:
    """Why a release did not end an incident about the model before; empty for any other one."""
    champion, check = state.champion, incident.cause.check_key
    former = champion is not None and incident.entry < champion.decision
    if champion is None or not former or check is None or check.asset != "performance":
        return ""
    key = str(check)
    why = _why_not(charter, state, champion, key, incident)
    again = ""
    if champion.in_service:
        why, again = f"{check_name(key)} has not been evaluated since", " again"
    return (
        f"Incident {incident.entry} was opened before version {champion.version} was put in "
        f"charge{again}, and stays open because {why}: it ends by rule when {check_name(key)} "
        f'passes on later batches, or by people: aipo resolve {incident.entry} --by "YOUR NAME" '
        '--reason "WHY"'
    )


def _cures(context: Context, champion: Champion, key: str, incident: Incident) -> bool:
    return not _why_not(context.charter, context.state, champion, key, incident)


def _why_not(
    charter: Charter, state: ProductState, champion: Champion, key: str, incident: Incident
) -> str:
    """Why the champion's evaluation does not end an incident; empty where it does."""
    said, name = evaluated_as_live(charter, champion, key), check_name(key)
    judged = state.batches.get(said.partition) if said else None
    if said is None or judged is None:
        return f"the evaluation of this version says nothing about {name}"
    if said.verdict is not Verdict.PASS:
        return f"the evaluation of this version does not pass {name}"
    if said.known_up_to < judged.changed("performance"):
        return (
            f"the evaluation of this version passes {name} on records of batch {said.partition}, "
            "which was delivered again since, or has other labels"
        )
    return _why_not_now(charter, state, judged, said, key, incident)


def _why_not_now(
    charter: Charter,
    state: ProductState,
    judged: Batch,
    said: Evidence,
    key: str,
    incident: Incident,
) -> str:
    """Why an evaluation that passes does not end an incident; empty where it does."""
    name = check_name(key)
    if said.entry < incident.entry:
        return "this version was evaluated before the incident opened"
    if quarantines(charter, key, incident.severity):
        return f"{name} keeps batches in quarantine"
    known = [
        state.batches[partition] for partition in incident.partitions if partition in state.batches
    ]
    newest = max(known, key=lambda batch: batch.position, default=judged)
    if newest.position > judged.position:
        return (
            f"the evaluation of this version passes {name} on records of batch {said.partition}, "
            f"which are older than batch {newest.partition} of the incident"
        )
    return ""
