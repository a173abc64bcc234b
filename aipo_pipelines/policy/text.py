"""Figures, times and names as text."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from aipo_pipelines.charter.model.people import Role
from aipo_pipelines.charter.model.persons import Holder
from aipo_pipelines.ledger.model.actor import Actor
from aipo_pipelines.ledger.model.trigger import Trigger

_THOUSAND = 1000
_LARGE, _HUGE = 9999.5, 1e15
"""Between these bounds four digits need an exponent, so the number is written whole."""
_UNITS = (("year", 365.25 * 86400), ("day", 86400.0), ("hour", 3600.0), ("minute", 60.0))


def number(value: float | None) -> str:
    """A figure with four significant digits, or a whole number if it is large.

    Returns `none` if there is no number.
    """
    if value is None or not math.isfinite(value):
        return "none"
    return f"{value:,.0f}" if _LARGE <= abs(value) < _HUGE else f"{value:.4g}"


def whole(value: float | None) -> str:
    """A number with separated thousands, and with decimals only below a thousand."""
    large = value is not None and math.isfinite(value) and abs(value) >= _THOUSAND
    return f"{value:,.0f}" if large else number(value)


def span(length: timedelta) -> str:
    """A length of time in its largest unit, rounded down: `12 days`, `1 hour`."""
    seconds = max(length.total_seconds(), 0.0)
    for unit, size in _UNITS:
        count = math.floor(seconds / size)
        # One year would hide up to a year of days, so years are counted only from two on.
        if count >= 1 and (unit != "year" or count > 1):
            return counted(count, unit)
    return "less than a minute"


def counted(count: int, singular: str, plural: str = "") -> str:
    """A number with its noun: `1 release`, `2,400 releases`; `plural` is for irregular nouns."""
    return f"{count:,} {singular if count == 1 else plural or f'{singular}s'}"


def ended(sentence: str) -> str:
    """A sentence with exactly one full stop at its end."""
    return f"{sentence.rstrip('.')}."


def actor_text(actor: str, people: Sequence[str] = ()) -> str:
    """The cause of an entry in words: `rule:release` is `the rule release`.

    Args:
        actor: Actor of the entry.
        people: The people whose approvals the rule counted: they decided.
    """
    if people:
        return f"{listed(people)}, counted by {actor_text(actor)}"
    entry_actor = Actor.parse(actor)
    return f"the rule {entry_actor.name}" if entry_actor.is_rule else actor


def trigger_text(trigger: Trigger | str) -> str:
    """The trigger of a training in words: `check:performance/drift` is `the check drift`."""
    key = Trigger.parse(str(trigger)).check_key
    return f"the check {key.check}" if key else str(trigger)


def moment(at: datetime) -> str:
    """A moment to the minute; every moment is in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def listed(names: Sequence[str], most: int = 5) -> str:
    """The first names, and the number of the other names: `a, b and 3 more`."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def names(holders: Iterable[Holder]) -> str:
    """Names with their roles: `Ada Okafor (owner), Ben Haas (data steward)`."""
    people = [f"{holder.name} ({', '.join(map(role_text, holder.roles))})" for holder in holders]
    return ", ".join(people) or "nobody"


def role_text(role: Role) -> str:
    """A role as text: `model steward`."""
    return role.value.replace("_", " ")


def visible(text: str) -> str:
    """Text without control characters."""
    # Names of files and columns come from outside. They could move the cursor of a terminal, or
    # hide text on it.
    return "".join(
        character if character.isprintable() or character in "\n\t" else "\ufffd"
        for character in text
    )
