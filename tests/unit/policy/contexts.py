"""The context in which one rule looks at one more event of a story."""

from __future__ import annotations

from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.event import Event
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.policy.context import Context
from tests.unit.policy.stored_entry import stored
from tests.unit.policy.story import Story


def context_of(story: Story, event: Event) -> Context:
    """The context after one more event; the story itself records nothing."""
    draft = Draft(
        product=story.charter.product,
        subject="",
        actor="recorder",
        occurred_at=story.now,
        key="context",
        event=event,
    )
    entry = stored(draft, len(story.entries), story.now)
    state = apply(story.state, entry)
    return Context(charter=story.charter, state=state, entry=entry, event=event, now=story.now)


def context_now(story: Story) -> Context:
    """The context of the newest entry of a story."""
    entry = story.entries[-1]
    assert entry.event is not None
    return Context(
        charter=story.charter, state=story.state, entry=entry, event=entry.event, now=story.now
    )
