from __future__ import annotations

from dataclasses import replace
from typing import Any

from aipo_pipelines.ledger.events.batches import BatchArrived, BatchQuarantined
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.model.state import BatchStatus
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.rules.measure_last_batches import (
    measure_new_last_batches,
    measure_remaining_batch,
)
from tests.unit.policy.contexts import context_now, context_of
from tests.unit.policy.story import FAIL, PASS, START, Story, date_of

PERFORMANCE = "performance/performance"


def lived(*weeks: str, failing: tuple[str, ...] = ()) -> Story:
    story = Story().adopts()
    for name in weeks:
        story.judges(PERFORMANCE, name, FAIL if name in failing else PASS)
        story.delivers(name).runs_all().later(days=7)
    return story


def redated(story: Story, name: str, number: float) -> Context:
    """A batch is delivered again with another date."""
    event = BatchArrived(
        partition=name,
        digest=f"{name} again",
        labels_digest="",
        location=f"{name}.csv",
        rows=500,
        batch_date=date_of(f"w{number}"),
    )
    return context_of(story, event)


def quarantined(story: Story, name: str) -> Context:
    event = BatchQuarantined(
        partition=name,
        digest=story.state.batches[name].digest,
        checks=("data_quality/contract",),
        summary="It breaks its contract.",
    )
    return context_of(story, event)


def test_a_batch_that_is_last_since_another_batch_moved_is_measured_again() -> None:
    story = lived("w1", "w2", "w3", failing=("w2",))
    (draft,) = measure_new_last_batches(redated(story, "w3", 1))
    assert draft.event == MeasurementDue(
        partition="w2",
        reason="it is after batch w3 since one of them has another date, or has its earlier "
        "content again",
    )
    assert (draft.subject, draft.actor) == ("batch/w2", "rule:measure")
    assert draft.key.endswith("/measure/last/w2")


def test_a_batch_that_moves_without_another_order_makes_nothing_due() -> None:
    story = lived("w1", "w2", "w3")
    assert list(measure_new_last_batches(redated(story, "w3", 3))) == []
    assert list(measure_new_last_batches(redated(story, "w3", 4))) == []


def test_batches_are_due_in_their_order_so_that_the_last_batch_decides() -> None:
    story = lived("w1", "w2", "w3", "w4", failing=("w2", "w3"))
    partitions = [
        draft.event.partition
        for draft in measure_new_last_batches(redated(story, "w4", 1))
        if isinstance(draft.event, MeasurementDue)
    ]
    assert partitions == sorted(partitions)
    assert partitions[-1:] == ["w3"]


def test_a_batch_that_has_only_arrived_is_measured_anyway() -> None:
    story = lived("w1", "w2", "w3", failing=("w2",))
    context = redated(story, "w3", 1)
    arrived = replace(context.state.batches["w2"], status=BatchStatus.ARRIVED)
    batches = {**context.state.batches, "w2": arrived}
    state = replace(context.state, batches=batches)
    assert list(measure_new_last_batches(replace(context, state=state))) == []


def test_the_last_judged_batch_in_use_is_due_when_the_batch_after_it_is_quarantined() -> None:
    (draft,) = measure_remaining_batch(quarantined(lived("w1", "w2", "w3"), "w3"))
    assert draft.event == MeasurementDue(
        partition="w2",
        reason="batch w3, which was judged last, is in quarantine",
        assets=("drift", "predictions", "performance"),
    )
    assert (draft.subject, draft.actor) == ("batch/w2", "rule:measure")
    assert draft.key.endswith("/measure/left/w2")


def test_the_quarantine_of_an_earlier_batch_makes_nothing_due() -> None:
    assert list(measure_remaining_batch(quarantined(lived("w1", "w2", "w3"), "w2"))) == []


def test_without_another_judged_batch_nothing_is_due() -> None:
    assert list(measure_remaining_batch(quarantined(lived("w1"), "w1"))) == []


def test_other_events_make_nothing_due() -> None:
    story: Any = lived("w1", "w2")
    assert list(measure_new_last_batches(context_now(story))) == []
    assert list(measure_remaining_batch(context_now(story))) == []
    assert story.now > START
