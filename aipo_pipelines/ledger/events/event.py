"""Every event as one union, and its form in JSON.

The kind of an entry is part of its header. Its body has no kind, and gets no kind: bodies are
hashed, and the bodies that are stored must keep their hashes. Pydantic therefore chooses the class
of the union by the attribute `kind` of the class. A kind is written only there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, reduce
from operator import or_
from types import MappingProxyType
from typing import Annotated, Any, get_args

from pydantic import Discriminator, Tag, TypeAdapter, ValidationError

from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.actions import ActionEvent
from aipo_pipelines.ledger.events.agreements import AgreementEvent
from aipo_pipelines.ledger.events.batches import BatchEvent
from aipo_pipelines.ledger.events.incidents import IncidentEvent
from aipo_pipelines.ledger.events.measurements import MeasurementEvent
from aipo_pipelines.ledger.events.notices import NoticeEvent
from aipo_pipelines.ledger.events.old_forms import current_form
from aipo_pipelines.ledger.events.overrides import OverrideEvent
from aipo_pipelines.ledger.events.releases import ReleaseEvent
from aipo_pipelines.ledger.events.runs import RunEvent
from aipo_pipelines.ledger.events.trainings import TrainingEvent

Event = (
    AgreementEvent
    | BatchEvent
    | MeasurementEvent
    | TrainingEvent
    | ReleaseEvent
    | IncidentEvent
    | ActionEvent
    | RunEvent
    | OverrideEvent
    | NoticeEvent
)
"""The events that entries can hold."""

EVENTS: Mapping[str, type[Event]] = MappingProxyType(
    {event_class.kind: event_class for event_class in get_args(Event)}
)
"""The class of each kind."""


class _Body(dict[str, Json]):
    """A body, with the kind from the header beside it."""

    __slots__ = ("kind",)

    def __init__(self, kind: str, body: Mapping[str, Json]) -> None:
        super().__init__(body)
        self.kind = kind


def event_to_json(event: Event) -> dict[str, Json]:
    """Writes an event as the body of its entry."""
    body: dict[str, Json] = _adapter().dump_python(event, mode="json", by_alias=True)
    return body


def event_from_json(kind: str, body: Mapping[str, Json]) -> Event | None:
    """Reads the body of an entry.

    Members that this version does not know are left out, so that entries of a newer version can
    be read.

    Args:
        kind: Kind of the entry.
        body: The stored body; empty if it was erased.

    Returns:
        The event; None if this version does not know the kind, if a member is missing or does not
        fit, and if the body was erased.
    """
    # An erased body is empty, and no event is: each class has a member without a default.
    if kind not in EVENTS or not body:
        return None
    try:
        return _adapter().validate_python(_Body(kind, current_form(kind, body)))
    except ValidationError:
        return None


@cache
def _adapter() -> TypeAdapter[Event]:
    # Built when the first body is read or written: many commands never do, and it takes time.
    tagged: Any = reduce(or_, _tagged())
    return TypeAdapter(Annotated[tagged, Discriminator(_kind)])


def _tagged() -> Iterator[Any]:
    for kind, event_class in EVENTS.items():
        yield Annotated[event_class, Tag(kind)]


def _kind(value: _Body | Event) -> str:
    return value.kind
