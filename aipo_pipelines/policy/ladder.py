"""The escalation ladder of an incident: frozen when it opens, reached where people are now.

The snapshot freezes who is told, in which order and within how long; later edits of the charter do
not alter it for an incident that is open. It holds roles and names, never addresses: those hold
secrets, and what enters the ledger stays. Addresses are looked up in the charter when a notice is
sent. Nobody is left out: a role that nobody holds any more falls to the product's owner.
"""

from __future__ import annotations

from aipo_pipelines.charter.base import format_duration
from aipo_pipelines.charter.charter import Charter
from aipo_pipelines.charter.operations import Level
from aipo_pipelines.charter.people import Person, Role
from aipo_pipelines.measures.outcome import Json

LOG = "log"
"""Target that writes to the log of the process."""


def freeze(charter: Charter) -> Json:
    """Snapshot of the ladder as JSON: levels in order, repeats, expiry of acknowledgements."""
    ladder = charter.escalation
    return {
        "levels": [_level(charter, level) for level in ladder.levels],
        "repeat": ladder.repeat,
        "acknowledgement_expires": format_duration(ladder.acknowledgement_expires),
    }


def targets(charter: Charter, ladder: Json, level: int) -> tuple[str, ...]:
    """Apprise URLs of one level, each once; the log where there is none.

    Args:
        charter: The charter in force, for the addresses.
        ladder: The snapshot of the incident.
        level: Position of the level, from 0.
    """
    people = [_person(charter, *one) for one in told(ladder, level)] or [charter.owner]
    urls = [url for person in people for url in person.notify]
    levels = charter.escalation.levels
    via = levels[level].via if level < len(levels) else ()
    return tuple(dict.fromkeys([*urls, *via])) or (LOG,)


def told(ladder: Json, level: int) -> tuple[tuple[str, str], ...]:
    """Role and name of everybody on one level of a snapshot; nobody where it has no such level."""
    levels = ladder.get("levels") if isinstance(ladder, dict) else None
    chosen = levels[level] if isinstance(levels, list) and level < len(levels) else None
    people = chosen.get("notify") if isinstance(chosen, dict) else None
    return tuple(
        (str(one.get("role", "")), str(one.get("name", "")))
        for one in (people if isinstance(people, list) else ())
        if isinstance(one, dict)
    )


def _level(charter: Charter, level: Level) -> Json:
    return {
        "notify": [
            {"role": role.value, "name": charter.people.get(role, charter.owner).name}
            for role in level.notify
        ],
        "via": [url.partition(":")[0] for url in level.via],
        "within": format_duration(level.within),
    }


def _person(charter: Charter, role: str, name: str) -> Person:
    """The person by name, else whoever holds the role now, else the owner."""
    for person in charter.people.values():
        if person.name == name:
            return person
    return charter.people[Role(role)] if role in charter.people else charter.owner
