"""The occasion of a decision: one entry, the state that includes it, and the moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.model.state import ProductState


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a rule may look at.

    Attributes:
        charter: The charter in force.
        state: State of the product, the entry included.
        entry: The entry that gave the occasion.
        event: Its body.
        now: The moment, aware UTC.
    """

    charter: Charter
    state: ProductState
    entry: Entry
    event: Event
    now: datetime

    def draft(self, rule: str, subject: str, event: Event, *, key: str = "") -> Draft:
        """An entry by a rule; its key names the entry that caused it, so it is made once."""
        cause = f"policy/{self.state.product}/{self.entry.index}/{rule}"
        return draft(
            self.state.product, f"{cause}/{key}" if key else cause, rule, subject, event, self.now
        )


Rule = Callable[[Context], Iterator[Draft]]
"""A rule of policy: what one occasion leads to."""


def draft(product: str, key: str, rule: str, subject: str, event: Event, now: datetime, /) -> Draft:
    """An entry made by a rule; equal keys stand for one and the same decision."""
    return Draft(
        product=product,
        subject=subject,
        actor=f"rule:{rule}",
        occurred_at=now,
        key=key,
        event=event,
    )
