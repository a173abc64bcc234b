"""What all parts of a charter share: frozen, closed models and the small field types."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, StringConstraints

_DURATION = re.compile(r"^(?P<count>[1-9]\d*)(?P<unit>[smhdw])$")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
# Seconds. A longer duration would leave the calendar when it is subtracted from a date.
_LONGEST = 100 * 365 * 86_400

# A name becomes a part of asset keys, of folders and of tables, so only safe signs are allowed.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Part(BaseModel):
    """A part of a charter: immutable, and closed to unknown keys."""

    # Defaults are validated as well, because many are written as text (`30d`).
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, validate_default=True)


def parse_duration(value: Any) -> timedelta:
    """Reads `90s`, `15m`, `6h`, `7d` or `2w` as a timedelta.

    Raises:
        ValueError: The text is no such duration, or longer than 100 years.
    """
    # Defaults and copies are durations already.
    if isinstance(value, timedelta):
        return value
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(
            "expected a duration such as 90s, 15m, 6h, 7d or 2w (a whole number and a unit)"
        )
    seconds = int(match["count"]) * _SECONDS[match["unit"]]
    if seconds > _LONGEST:
        raise ValueError("expected a duration of at most 100 years")
    return timedelta(seconds=seconds)


def format_duration(value: timedelta) -> str:
    """Writes a timedelta in the largest unit that divides it: `14 days` is `2w`."""
    seconds = int(value.total_seconds())
    for unit, size in (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


Duration = Annotated[
    timedelta, BeforeValidator(parse_duration), PlainSerializer(format_duration, return_type=str)
]
