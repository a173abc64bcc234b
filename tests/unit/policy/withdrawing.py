"""A feed withdraws batches of a story."""

from __future__ import annotations

from aipo_pipelines.ledger.events.batches import BatchWithdrawn
from tests.unit.policy.story import Story

WITHDRAWAL = "every record of its source has a readable time by now"
"""Why it does."""


def withdraws(story: Story, *partitions: str) -> Story:
    """The feed no longer holds some batches, regardless of its earlier deliveries."""
    for name in partitions:
        batch = story.state.batches[name]
        event = BatchWithdrawn(
            partition=name, digest=batch.digest, arrival=batch.entry, reason=WITHDRAWAL
        )
        story.records(event, actor="intake")
    return story
