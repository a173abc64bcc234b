"""Measurements of a story that break, and what is being measured."""

from __future__ import annotations

from collections.abc import Callable

from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus
from aipo_pipelines.policy.queue import next_actions
from tests.unit.policy.story import DATA_CHECKS, Story


def breaks(story: Story, begins: Callable[[Action], None] | None = None) -> Story:
    """Every attempt at the first pending measurement fails, after its first results."""
    for action in next_actions(story.state, story.now, {ActionKind.MEASURE})[:1]:
        while (tried := story.action(action.entry)).status is ActionStatus.PENDING:
            story.now = max(story.now, tried.due_at)
            story.starts(tried)
            if begins is not None:
                begins(tried)
            story.fails(tried)
    return story


def breaks_at_the_model(story: Story) -> Story:
    """The first measurement in line judges the data, approves the batch, and is given up."""

    def judges_data(action: Action) -> None:
        for key in DATA_CHECKS:
            story.checks(key, action.partition, action=f"{action.entry}:{action.attempt}")

    return breaks(story, judges_data)


def is_due(story: Story, partition: str) -> bool:
    """Whether a batch waits to be measured, or is being measured."""
    return any(
        action.kind is ActionKind.MEASURE
        and action.partition == partition
        and action.status in (ActionStatus.PENDING, ActionStatus.STARTED)
        for action in story.state.actions.values()
    )
