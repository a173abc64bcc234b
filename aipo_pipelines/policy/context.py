"""The context of a decision: one entry, the state that includes the entry, and the moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.model.actor import Actor
from aipo_pipelines.ledger.model.state import ProductState


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything that a rule may look at.

    Attributes:
        charter: The charter in force.
        state: State of the product, the entry included.
        entry: The entry that the rule looks at.
        event: Body of the entry.
        now: The moment, aware UTC.
    """

    charter: Charter
    state: ProductState
    entry: Entry
    event: Event
    now: datetime

    def draft(self, rule: str, subject: str, event: Event, *, key: str = "") -> Draft:
        """An entry that a rule makes."""
        # The key names the entry that caused it: a decision computed twice is recorded once.
        cause = f"policy/{self.state.product}/{self.entry.index}/{rule}"
        return draft(
            self.state.product, f"{cause}/{key}" if key else cause, rule, subject, event, self.now
        )


Rule = Callable[[Context], Iterator[Draft]]
"""A rule of policy: the entries that follow from one context."""


def draft(product: str, key: str, rule: str, subject: str, event: Event, now: datetime, /) -> Draft:
    """An entry made by a rule; equal keys mean the same decision."""
    return Draft(
        product=product,
        subject=subject,
        actor=str(Actor.of_rule(rule)),
        occurred_at=now,
        key=key,
        event=event,
    )
