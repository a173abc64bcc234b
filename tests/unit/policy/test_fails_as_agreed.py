"""A stored figure that fails by an edit has failed, regardless of its batch later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.model.state import BatchStatus
from aipo_pipelines.policy.answer.verdict import Performing
from tests.unit.policy.story import FAIL, PASS, Story, charter, figure, threshold

CONTRACT, PERFORMANCE = "data_quality/contract", "performance/performance"
LATE = {"column": "left", "delay": "28d"}


def agreed(limit: float) -> Charter:
    responses = [{"check": "performance", "reactions": ["escalate"]}]
    return charter(thresholds=[threshold(limit=limit)], responses=responses, labels=LATE)


def measured(value: float, n: int = 500, **changes: Any) -> Any:
    low, high = round(value - 0.03, 2), round(value + 0.02, 2)
    return {"figures": (figure(value=value, n=n, low=low, high=high, **changes),)}


def live(*before: str) -> Story:
    """The last of some batches is good by the limit agreed first, and not by the next limit."""
    story = Story(agreed(0.7)).adopts()
    for name in (*before, "w5"):
        story.judges(PERFORMANCE, name, PASS, **measured(0.95 if name in before else 0.75))
        story.later(days=7).delivers(name).runs_all()
    if not before:
        # A first model is not measured on the batch that it was judged on.
        story.checks(PERFORMANCE, "w5", PASS, **measured(0.75))
    assert story.answer().verdict is Performing.YES
    return story


def tightens(story: Story) -> None:
    story.adopts(agreed(0.9))
    assert story.answer().verdict is Performing.NO


def redelivers(story: Story) -> None:
    story.delivers("w5", digest="smaller", rows=200)


def breaks(story: Story) -> None:
    story.judges(CONTRACT, "w5", FAIL).delivers("w5", digest="broken").runs_all()
    assert story.state.batches["w5"].status is BatchStatus.QUARANTINED
    story.judges(CONTRACT, "w5", PASS)


def takes_labels(story: Story) -> None:
    story.labels("w5", "fewer")


def is_being_measured(story: Story) -> None:
    story.delivers("w5", digest="smaller", rows=200)
    story.starts(story.state.actions[max(story.state.actions, key=int)])


def ends(story: Story) -> None:
    """What is left of the batch passes by the new limit."""
    story.judges(PERFORMANCE, "w5", PASS, **measured(0.95, 200, limit=0.9))
    for action in story.state.actions.values():
        if action.status == "started":
            story.loses(action)
    story.later(hours=1).runs_all()
    story.delivers("w5", digest="last", rows=200).runs_all()


@pytest.mark.parametrize(
    ("act", "before"),
    [
        (redelivers, ()),
        (redelivers, ("w1",)),
        (takes_labels, ()),
        (takes_labels, ("w1",)),
        (is_being_measured, ()),
        (is_being_measured, ("w1",)),
        # An older batch answers if the last batch is in quarantine.
        (breaks, ()),
    ],
)
def test_the_order_of_an_edit_and_what_becomes_of_a_batch_makes_no_difference(
    act: Callable[[Story], None], before: tuple[str, ...]
) -> None:
    first, then = live(*before), live(*before)
    for step in (tightens, act, ends):
        step(first)
    for step in (act, tightens, ends):
        step(then)
    assert first.answer().verdict is then.answer().verdict is Performing.UNKNOWN


def test_a_full_version_that_passes_ends_what_failed_by_the_edit() -> None:
    story = live("w1")
    redelivers(story)
    tightens(story)
    ends(story)
    assert story.answer().verdict is Performing.UNKNOWN
    story.judges(PERFORMANCE, "w5", PASS, **measured(0.95, limit=0.9))
    story.delivers("w5", digest="in full").runs_all()
    assert story.answer().verdict is Performing.YES


def test_the_failure_is_recorded_of_its_own_batch_once() -> None:
    story = live("w1")
    redelivers(story)
    before = len(story.bodies(MeasurementDue.kind))
    tightens(story)
    story.ticks().ticks()
    due = story.bodies(MeasurementDue.kind)[before:]
    assert [(measurement["partition"], measurement["fails"]) for measurement in due] == [
        ("w1", []),
        ("w5", [PERFORMANCE]),
    ]
