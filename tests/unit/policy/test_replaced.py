"""What was said of a version, or by labels, that were replaced since is no answer any more."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.ledger.state import ActionKind, ActionStatus
from aipo_pipelines.policy.performing import Performing
from tests.unit.policy.story import DATA_CHECKS, FAIL, Story, charter, figure

PERFORMANCE = "performance/performance"
INCIDENT = f"check:{PERFORMANCE}"
AT_ONCE = [{"check": PERFORMANCE, "reactions": ["escalate"]}]
AT_HAND = {"column": "left"}
LATE = {"column": "left", "delay": "28d"}
POOR = (figure(value=0.5, verdict="fail"),)


def lived(**changes: Any) -> Story:
    """Batches w1 and w2 pass."""
    story = Story(charter(**{"labels": LATE, "responses": AT_ONCE, **changes})).adopts()
    return story.delivers("w1").runs_all().later(days=7).delivers("w2").runs_all()


def gives_up_the_model(story: Story) -> Story:
    """The next measurement judges the data, approves the batch, and breaks at the model."""
    action = story.next(ActionKind.MEASURE)
    while (action := story.action(action.entry)).status is ActionStatus.PENDING:
        story.now = max(story.now, action.due_at)
        story.starts(action)
        for key in DATA_CHECKS:
            story.checks(key, action.partition, action=f"{action.entry}:{action.attempt}")
        story.fails(action)
    return story


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
def test_the_pass_of_a_version_is_none_of_the_next_that_was_approved_and_never_asked_the_model(
    labels: dict[str, str],
) -> None:
    story = gives_up_the_model(lived(labels=labels).delivers("w2", digest="next"))
    assert story.state.batches["w2"].status == "approved"
    assert story.answer().verdict is Performing.UNKNOWN
    assert story.answer().reasons[0] == (
        "performance is insufficient on batch w2: It passed, and batch w2 was delivered again "
        "since; that version has not been measured, or has nothing to be measured on."
    )
    assert story.later(days=7).delivers("w3").runs_all().answer().verdict is Performing.YES


@pytest.mark.parametrize("labels", [AT_HAND, LATE])
def test_the_pass_by_former_labels_answers_until_the_labels_that_replaced_them_are_given_up(
    labels: dict[str, str],
) -> None:
    story = lived(labels=labels).labels("w2", "corrected")
    assert story.answer().verdict is Performing.YES
    story.gives_up_first()
    assert story.answer().verdict is Performing.UNKNOWN
    assert story.answer().reasons[0] == (
        "performance is insufficient on batch w2: It passed, and other labels of batch w2 came "
        "since; it has not been measured by them, or has nothing to be measured on."
    )
    assert story.labels("w2", "again").runs_all().answer().verdict is Performing.YES


def test_labels_that_were_not_measured_take_nothing_from_what_was_said_of_the_data() -> None:
    story = lived().labels("w2", "corrected").gives_up_first()
    assert not any("privacy" in one or "contract" in one for one in story.answer().reasons)


def test_a_failure_stays_one_when_what_replaced_its_labels_is_given_up() -> None:
    story = lived(responses=[]).judges(PERFORMANCE, "w2", FAIL, figures=POOR)
    story.labels("w2", "corrected").runs_all()
    assert story.answer().verdict is Performing.NO
    assert story.labels("w2", "again").gives_up_first().answer().verdict is Performing.NO


def test_a_target_that_was_reached_by_labels_which_were_replaced_is_not_known_to_be() -> None:
    target = {"outcome": "Kept", "metric": "accuracy", "target": 0.75, "unit": "EUR"}
    story = lived(outcome_map=[{**target, "missed_target": "decides"}])
    assert story.answer().outcomes[0].fresh
    story.labels("w2", "corrected").gives_up_first()
    assert (story.answer().outcomes[0].partition, story.answer().outcomes[0].fresh) == ("w2", False)
