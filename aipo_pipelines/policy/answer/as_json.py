"""Values of policy as plain JSON, for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from functools import singledispatch
from typing import Any

from aipo_pipelines.evidence.metadata.holdout_place import HeldOutPlace, place_to_json
from aipo_pipelines.evidence.outcome import Figure, Json, figure_to_json
from aipo_pipelines.ledger.model.text_values import TextValue
from aipo_pipelines.policy.answer.kpis import Kpi


@singledispatch
def plain(value: Any) -> Json:
    """Dataclasses as objects, moments in ISO 8601, lengths of time in seconds."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    unchanged: Json = value
    return unchanged


@plain.register
def _text(value: TextValue) -> Json:
    return str(value)


@plain.register
def _place(value: HeldOutPlace) -> Json:
    return dict(place_to_json(value))


@plain.register
def _length(value: timedelta) -> Json:
    return value.total_seconds()


@plain.register
def _moment(value: date) -> Json:
    return value.isoformat()


@plain.register(tuple)
@plain.register(list)
def _several(value: tuple[Any, ...] | list[Any]) -> Json:
    return [plain(member) for member in value]


@plain.register
def _object(value: Mapping) -> Json:  # type: ignore[type-arg] # singledispatch takes no parameters
    return {str(key): plain(member) for key, member in value.items()}


@plain.register
def _figure(figure: Figure) -> Json:
    # Other programs read these keys: figures have no significance, and a missing direction is "".
    written = figure_to_json(figure)
    del written["p_value"]
    return written | {"direction": figure.direction or ""}


@plain.register
def _kpi(kpi: Kpi) -> Json:
    # Other programs read the members of the figure and of the KPI in one object.
    figure = figure_to_json(kpi.figure)
    figure["attribute"] = figure.pop("subject")
    for internal in ("p_value", "estimated", "minimum", "severity"):
        del figure[internal]
    own = {field.name: plain(getattr(kpi, field.name)) for field in fields(kpi)}
    del own["figure"]
    return figure | own
