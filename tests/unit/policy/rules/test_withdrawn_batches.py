from __future__ import annotations

from dataclasses import replace
from typing import Any

from aipo_pipelines.ledger.events.batches import BatchWithdrawn
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentContinued, IncidentResolved
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.model.state import ActionKind, BatchStatus
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.rules.withdrawn_batches import respond_to_withdrawal
from tests.unit.policy.contexts import context_now, context_of
from tests.unit.policy.story import FAIL, INSUFFICIENT, Story, charter

PERFORMANCE, PRIVACY = "performance/performance", "data_quality/privacy"
REASON = "its records have a readable time by now"
ESCALATES = [{"check": "performance", "reactions": ["escalate"]}]


def lived(*weeks: str, key: str = PERFORMANCE, failing: tuple[str, ...] = ()) -> Story:
    """Weekly batches; a check fails on some of them."""
    story = Story(charter(responses=ESCALATES)).adopts()
    for name in weeks:
        if name in failing:
            story.judges(key, name, FAIL)
        story.delivers(name).runs_all().later(days=7)
    return story


def withdrawn(story: Story, name: str, **members: Any) -> Context:
    batch = story.state.batches[name]
    event = {"partition": name, "digest": batch.digest, "arrival": batch.entry, "reason": REASON}
    return context_of(story, BatchWithdrawn(**{**event, **members}))


def drafts(context: Context) -> list[Draft]:
    return list(respond_to_withdrawal(context))


def due(context: Context) -> list[str]:
    return [
        draft.event.partition
        for draft in drafts(context)
        if isinstance(draft.event, MeasurementDue)
    ]


def test_an_incident_ends_with_its_only_batch_and_the_notified_people_are_notified() -> None:
    story = lived("w1", "w2", failing=("w2",))
    incident = story.incident(f"check:{PERFORMANCE}")
    end, again = drafts(withdrawn(story, "w2"))
    assert end.event == IncidentResolved(
        incident=incident.entry,
        resolution=f"by rule: batch w2, on which performance failed, was withdrawn by its feed: "
        f"{REASON}",
        notify_end=True,
    )
    assert end.subject == f"incident/{incident.entry}"
    assert end.key.endswith(f"/withdraw/end/{incident.entry}")
    assert again.event == MeasurementDue(
        partition="w1", reason="batch w2, on which evidence rested, was withdrawn by its feed"
    )
    assert (again.subject, again.key.rpartition("/withdraw/")[2]) == ("batch/w1", "measure/w1")


def test_an_incident_that_another_batch_keeps_open_does_not_end() -> None:
    story = lived("w1", "w2", "w3", failing=("w2", "w3"))
    assert story.incident(f"check:{PERFORMANCE}").partitions == ("w2", "w3")
    kinds = [draft.kind for draft in drafts(withdrawn(story, "w3"))]
    assert IncidentResolved.kind not in kinds


def test_an_incident_whose_other_batches_are_no_reason_ends_and_names_them() -> None:
    story = lived("w1", "w2", "w3", failing=("w2",))
    incident = replace(
        lived("w1", "w2", failing=("w2",)).incident(f"check:{PERFORMANCE}"),
        partitions=("w3", "w2"),
    )
    story.state = replace(story.state, incidents={str(incident.entry): incident})
    end = drafts(withdrawn(story, "w2"))[0]
    assert isinstance(end.event, IncidentResolved)
    assert end.event.resolution.endswith(f"{REASON}; nothing is left to escalate on w3")


def test_an_incident_about_personal_data_stays_open_and_says_so() -> None:
    story = lived("w1", "w2", key=PRIVACY, failing=("w2",))
    incident = story.incident(f"check:{PRIVACY}")
    going_on = drafts(withdrawn(story, "w2"))[0]
    assert going_on.event == IncidentContinued(
        incident=incident.entry,
        partition="",
        summary=f"Batch w2 was withdrawn by its feed: {REASON}. Its delivered data is kept, so the "
        "incident stays open until a person with the right ends it.",
        subjects=("withdrawal of batch w2",),
    )
    assert going_on.key.endswith(f"/withdraw/on/{incident.entry}")
    assert going_on.subject == f"incident/{incident.entry}"


def test_an_incident_about_other_batches_is_left_alone() -> None:
    story = lived("w1", "w2", "w3", failing=("w2",))
    kinds = [draft.kind for draft in drafts(withdrawn(story, "w1"))]
    assert IncidentResolved.kind not in kinds
    assert IncidentContinued.kind not in kinds


def test_a_measurement_that_was_given_up_is_no_incident_without_its_batch() -> None:
    story = lived("w1").delivers("w2").gives_up_first()
    incident = story.incident("action:measure")
    end = drafts(withdrawn(story, "w2"))[0]
    assert end.event == IncidentResolved(
        incident=incident.entry,
        resolution=f"by rule: batch w2, which could not be measured, was withdrawn by its feed: "
        f"{REASON}",
        notify_end=True,
    )


def test_a_measurement_of_another_batch_that_was_given_up_keeps_the_incident() -> None:
    story = lived("w1").delivers("w2").gives_up_first().delivers("w3").gives_up_first()
    kinds = [draft.kind for draft in drafts(withdrawn(story, "w3"))]
    assert IncidentResolved.kind not in kinds


def test_batches_are_measured_again_in_order_if_evidence_rested_on_the_withdrawn_batch() -> None:
    assert due(withdrawn(lived("w1", "w2", "w3"), "w3")) == ["w2"]
    assert due(withdrawn(lived("w1", "w2", "w3"), "w2")) == []


def test_the_newest_batch_in_use_is_measured_also_if_a_newer_batch_is_in_quarantine() -> None:
    story = lived("w1", "w2")
    story.judges("data_quality/contract", "w3", FAIL).delivers("w3").runs_all().later(days=7)
    assert story.state.batches["w3"].status is BatchStatus.QUARANTINED
    story.delivers("w4").runs_all()
    assert due(withdrawn(story, "w4")) == ["w2", "w3"]


def test_a_check_that_lost_its_verdict_gets_the_newest_batch_with_a_verdict() -> None:
    story = lived("w1", "w2")
    story.judges(PERFORMANCE, "w3", INSUFFICIENT, figures=()).delivers("w3").runs_all()
    story.later(days=7).delivers("w4").runs_all()
    assert due(withdrawn(story, "w4")) == ["w2", "w3"]


def test_a_batch_whose_measurement_is_requested_already_is_not_requested_twice() -> None:
    story = lived("w1", "w2", "w3")
    context = withdrawn(story, "w3")
    action = replace(
        story.delivers("w9").next(ActionKind.MEASURE),
        partition="w2",
        arguments={},
    )
    waiting = replace(context.state, actions={str(action.entry): action})
    assert due(replace(context, state=waiting)) == []
    partly = replace(action, arguments={"assets": ["drift"]})
    incomplete = replace(context.state, actions={str(action.entry): partly})
    assert due(replace(context, state=incomplete)) == ["w2"]


def test_the_withdrawal_of_a_version_that_was_replaced_before_withdraws_nothing() -> None:
    story = lived("w1", "w2", failing=("w2",))
    assert drafts(withdrawn(story, "w2", digest="former", arrival=0)) == []


def test_the_withdrawal_of_an_unknown_batch_and_other_events_change_nothing() -> None:
    story = lived("w1")
    unknown = BatchWithdrawn(partition="w9", digest="", arrival=0, reason=REASON)
    assert drafts(context_of(story, unknown)) == []
    assert drafts(context_now(story)) == []
