"""Cure: a new champion ends what was wrong with the one before.

An incident about the model that gave way would else stay open until the next labelled batch, and
speak of a model that no longer answers. It ends where the evaluation of the champion passes the
check that had failed: made after the incident opened, on records no older than its batches. What
the evaluation does not pass stays open.
"""

from __future__ import annotations

from collections.abc import Iterator

from aipo_pipelines.ledger.entry import Draft
from aipo_pipelines.ledger.events import ChampionReleased, IncidentResolved
from aipo_pipelines.ledger.evidence import Evidence
from aipo_pipelines.ledger.state import Incident
from aipo_pipelines.measures.outcome import Verdict
from aipo_pipelines.policy.alarm import open_incident, subject_of
from aipo_pipelines.policy.occasion import Occasion
from aipo_pipelines.policy.responses import check_name, quarantines

RULE = "cure"


def end_what_is_cured(occasion: Occasion) -> Iterator[Draft]:
    """A champion was released: incidents that its evaluation answers are over."""
    event, champion = occasion.event, occasion.state.champion
    if not isinstance(event, ChampionReleased) or champion is None:
        return
    for key, said in champion.as_live.items():
        incident = open_incident(occasion.state, f"check:{key}")
        if incident is not None and _cures(occasion, key, said, incident):
            resolved = IncidentResolved(
                incident=incident.entry,
                resolution=f"by rule: version {champion.version} went live, and {check_name(key)} "
                f"passes on records of batch {said.partition} held out of its training",
            )
            yield occasion.draft(RULE, subject_of(resolved), resolved, key=key)


def _cures(occasion: Occasion, key: str, said: Evidence, incident: Incident) -> bool:
    batches = occasion.state.batches
    judged = batches.get(said.partition)
    if judged is None or said.verdict is not Verdict.PASS or said.entry < incident.entry:
        return False
    known = (batches[name].position for name in incident.partitions if name in batches)
    newer = any(position > judged.position for position in known)
    return not newer and not quarantines(occasion.charter, key, incident.severity)
