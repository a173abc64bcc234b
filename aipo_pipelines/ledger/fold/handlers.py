"""Handlers of events: for each class of event, the functions that make the next state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.model.state import ProductState

EventT = TypeVar("EventT", bound=Event)


class Handlers:
    """The handlers of each class of event, in the order of their calls.

    The type checker refuses a handler that takes events of another class.
    """

    def __init__(self) -> None:
        self._steps: dict[type, tuple[Callable[[ProductState, Entry, Any], ProductState], ...]] = {}

    def on(
        self,
        event_class: type[EventT],
        *steps: Callable[[ProductState, Entry, EventT], ProductState],
    ) -> None:
        """Names the handlers of a class; none if its events change no state."""
        # One call names all handlers of a class, so that their order is seen in one place.
        self._steps[event_class] = steps

    def knows(self, event_class: type[Event]) -> bool:
        """Whether a class was named, with handlers or without."""
        return event_class in self._steps

    def handlers_of(self, event_class: type[Event]) -> tuple[Callable[..., ProductState], ...]:
        """The handlers of a class, in the order of their calls."""
        return self._steps[event_class]

    def apply(self, state: ProductState, entry: Entry, event: Event) -> ProductState:
        """The state after an event."""
        # A missing class raises an error: an event without a named handler was forgotten.
        for step in self._steps[type(event)]:
            state = step(state, entry, event)
        return state
