"""How figures and times are put into sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from aipo_pipelines.ledger.model.trigger import Trigger

_THOUSAND = 1000
_LARGE, _HUGE = 9999.5, 1e15
"""Bounds between which a number would get an exponent with four digits, but must not."""
_UNITS = (("year", 365.25 * 86400), ("day", 86400.0), ("hour", 3600.0), ("minute", 60.0))


def number(value: float | None) -> str:
    """A figure in four significant digits, or as a whole number if it is large.

    `none` without a number.
    """
    if value is None or not math.isfinite(value):
        return "none"
    return f"{value:,.0f}" if _LARGE <= abs(value) < _HUGE else f"{value:.4g}"


def whole(value: float | None) -> str:
    """A number: thousands apart, decimals only below a thousand."""
    large = value is not None and math.isfinite(value) and abs(value) >= _THOUSAND
    return f"{value:,.0f}" if large else number(value)


def span(length: timedelta) -> str:
    """A length of time in its largest sensible unit, rounded down: `12 days`, `1 hour`."""
    seconds = max(length.total_seconds(), 0.0)
    for unit, size in _UNITS:
        count = math.floor(seconds / size)
        if count >= 1 and (unit != "year" or count > 1):
            return counted(count, unit)
    return "less than a minute"


def counted(count: int, singular: str, plural: str = "") -> str:
    """A number with its noun: `1 release`, `2,400 releases`; give a plural without a plain s."""
    return f"{count:,} {singular if count == 1 else plural or f'{singular}s'}"


def ended(sentence: str) -> str:
    """A sentence with one full stop at its end, whether it came with one or without."""
    return f"{sentence.rstrip('.')}."


def by_whom(actor: str, people: Sequence[str] = ()) -> str:
    """Who caused an entry, in words: `rule:release` is `the rule release`.

    Args:
        actor: As the entry names it.
        people: The people whose approvals the rule counted: they decided.
    """
    if people:
        return f"{listed(people)}, counted by {by_whom(actor)}"
    return actor.replace("rule:", "the rule ")


def told_trigger(trigger: Trigger | str) -> str:
    """What made a training due, in words: `check:performance/drift` is `the check drift`."""
    key = Trigger.parse(str(trigger)).check_key
    return f"the check {key.check}" if key else str(trigger)


def moment(at: datetime) -> str:
    """A moment to the minute, in its own zone, which is UTC throughout."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names in a row, the rest as a number: `a, b and 3 more`."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def visible(text: str) -> str:
    """Text without signs that steer a terminal: names of files and columns are not ours."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "\ufffd" for sign in text)
