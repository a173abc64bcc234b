"""The escalation ladder of an incident: frozen when the incident opens, with addresses of today.

The snapshot freezes who is notified, in which order and within which time. Later edits of the
charter do not change the snapshot of an open incident. The snapshot holds roles and names, never
addresses: addresses contain secrets, and the ledger deletes nothing. A notice looks up the
addresses in the charter when it is sent, and goes to all addresses of a person, under every role.
Nobody is left out: the product's owner takes the place of a role that nobody holds any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aipo_pipelines.charter.model.base import format_duration
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.operations import Level
from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.charter.model.persons import Holder, everybody
from aipo_pipelines.evidence.outcome import Json

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
    """Apprise URLs of one level, each once; the log if there is no URL.

    Args:
        charter: The charter in force, for the addresses.
        ladder: The snapshot of the incident.
        level: Position of the level, from 0.
    """
    people = _each(charter, named_on(ladder, level)) or [_owner(charter)]
    # `via` may hold a secret, so it is in no snapshot: the charter in force has it.
    levels = charter.escalation.levels
    via = levels[level].via if level < len(levels) else ()
    return tuple(dict.fromkeys([*addresses(people), *via])) or (LOG,)


def addresses(people: Iterable[Holder]) -> tuple[str, ...]:
    """All addresses of these people, each once."""
    # A person may be on several levels: each address gets the notice once.
    return tuple(dict.fromkeys(url for person in people for url in person.notify))


def role_holders(charter: Charter, roles: Sequence[Role]) -> tuple[Holder, ...]:
    """The people who hold some roles now, each once; the owner for a role that nobody holds."""
    return tuple(_each(charter, [(role.value, "") for role in roles]))


def named_on(ladder: Json, level: int) -> tuple[tuple[str, str], ...]:
    """Role and name of each person on one level of a snapshot; empty without such a level."""
    # The snapshot is JSON of the ledger. For a level that it lacks, `targets` takes the owner.
    levels = ladder.get("levels") if isinstance(ladder, dict) else None
    chosen = levels[level] if isinstance(levels, list) and level < len(levels) else None
    people = chosen.get("notify") if isinstance(chosen, dict) else None
    return tuple(
        (str(person.get("role", "")), str(person.get("name", "")))
        for person in (people if isinstance(people, list) else ())
        if isinstance(person, dict)
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


def _each(charter: Charter, named: Iterable[tuple[str, str]]) -> list[Holder]:
    """Each person once: found by name, otherwise by the role that they hold now, or the owner."""
    holders: list[Holder] = []
    for role, name in named:
        person = _person(charter, role, name)
        if person not in holders:
            holders.append(person)
    return holders


def _person(charter: Charter, role: str, name: str) -> Holder:
    everyone = everybody(charter)
    # The name comes first: a person who changed the role keeps the incidents that are open.
    by_name = (holder for holder in everyone if name and holder.goes_by(name))
    by_role = (holder for holder in everyone if role in holder.roles)
    return next(by_name, None) or next(by_role, None) or _owner(charter)


def _owner(charter: Charter) -> Holder:
    return next(holder for holder in everybody(charter) if Role.OWNER in holder.roles)
