"""Values of policy as plain JSON, for whoever reads them outside the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from typing import Any

from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.model.text_values import TextValue


def plain(value: Any) -> Json:
    """Dataclasses as objects, moments in ISO 8601, lengths of time in seconds."""
    if is_dataclass(value) and not isinstance(value, type | TextValue):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    left: Json = str(value) if isinstance(value, TextValue) else value
    return left
