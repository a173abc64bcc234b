"""Incidents: how they open, continue and end, and who is notified."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.incidents import (
    IncidentContinued,
    IncidentOpened,
    IncidentResolved,
)
from aipo_pipelines.ledger.fold.incidents import (
    continue_incident,
    open_incident,
    resolve_incident,
)
from aipo_pipelines.ledger.model.cause import Cause
from aipo_pipelines.ledger.model.state import ActionKind, Incident, IncidentStatus, ProductState
from tests.unit.ledger.values import START, day, entry, incident, state


def opened(partition: str = "w1", *subjects: str) -> IncidentOpened:
    return IncidentOpened(
        cause=Cause("stale"),
        title="No evidence",
        summary="The evidence is old.",
        severity=Severity.WARNING,
        partition=partition,
        owner="Ines Sol",
        ladder=[{"notify": ["owner"]}],
        subjects=subjects,
    )


def continued(partition: str = "w2", *subjects: str, number: int = 30) -> IncidentContinued:
    return IncidentContinued(
        incident=number, partition=partition, summary="Again.", subjects=subjects
    )


def resolved(*, number: int = 30, notify_end: bool = False) -> IncidentResolved:
    return IncidentResolved(incident=number, resolution="It passes.", notify_end=notify_end)


def with_incident(**members: Any) -> ProductState:
    return state(incidents={"30": incident(**members)})


def only(after: ProductState) -> Incident:
    (known,) = after.incidents.values()
    return known


def notices(after: ProductState) -> list[dict[str, Any]]:
    """The arguments of the notices that are asked for."""
    return [
        dict(action.arguments)
        for action in after.actions.values()
        if action.kind is ActionKind.NOTIFY
    ]


def open_at(event: IncidentOpened, index: int = 50) -> ProductState:
    return open_incident(state(), entry(event, index, at=day(1)), event)


def continue_at(before: ProductState, event: IncidentContinued) -> ProductState:
    return continue_incident(before, entry(event, 51), event)


def resolve_at(
    before: ProductState, event: IncidentResolved, actor: str = "rule:passing"
) -> ProductState:
    return resolve_incident(before, entry(event, 52, at=day(2), actor=actor), event)


def test_an_incident_opens_with_everything_that_its_entry_says() -> None:
    assert open_at(opened("w1", "x1", "x2")).incidents == {
        "50": Incident(
            entry=50,
            cause=Cause("stale"),
            title="No evidence",
            summary="The evidence is old.",
            severity=Severity.WARNING,
            status=IncidentStatus.OPEN,
            owner="Ines Sol",
            opened_at=day(1),
            partitions=("w1",),
            ladder=[{"notify": ["owner"]}],
            subjects=("x1", "x2"),
        )
    }


def test_an_incident_without_a_batch_belongs_to_no_batch() -> None:
    assert only(open_at(opened(""))).partitions == ()


def test_a_subject_that_is_named_twice_is_kept_once_at_its_first_place() -> None:
    assert only(open_at(opened("w1", "x2", "x1", "x2"))).subjects == ("x2", "x1")


def test_the_people_of_the_first_level_are_notified_of_a_new_incident() -> None:
    assert notices(open_at(opened())) == [{"incident": 50, "level": 0}]


def test_an_incident_that_occurs_again_keeps_its_batches_in_their_order() -> None:
    after = with_incident(partitions=("w3", "w1"))
    for name in ("w2", "w3", "", "w2"):
        after = continue_at(after, continued(name))
    assert only(after).partitions == ("w3", "w1", "w2")


def test_people_are_not_notified_again_of_subjects_that_they_know() -> None:
    after = continue_at(with_incident(subjects=("x1", "x2")), continued("w2", "x2", "x1"))
    assert only(after).subjects == ("x1", "x2")
    assert notices(after) == []


def test_people_are_notified_of_the_further_subjects_only() -> None:
    after = continue_at(with_incident(subjects=("x1",)), continued("w2", "x3", "x1", "x2"))
    assert only(after).subjects == ("x1", "x3", "x2")
    assert notices(after) == [
        {"incident": 30, "level": 0, "also": ["x3", "x2"], "batch": "w2", "summary": "Again."}
    ]


def test_an_acknowledged_incident_continues_and_ends_as_an_open_incident_does() -> None:
    acknowledged = with_incident(status=IncidentStatus.ACKNOWLEDGED)
    assert only(continue_at(acknowledged, continued())).partitions == ("w1", "w2")
    assert only(resolve_at(acknowledged, resolved())).status is IncidentStatus.RESOLVED


@pytest.mark.parametrize("number", [29, 31])
def test_events_of_an_unknown_incident_change_nothing(number: int) -> None:
    before = with_incident()
    assert continue_at(before, continued("w2", "x1", number=number)) is before
    assert resolve_at(before, resolved(number=number, notify_end=True)) is before


def test_an_incident_that_ended_does_not_continue_and_does_not_end_again() -> None:
    before = with_incident(status=IncidentStatus.RESOLVED, resolved_at=START, resolution="First.")
    assert continue_at(before, continued("w2", "x1")) is before
    assert resolve_at(before, resolved(notify_end=True), "Ada Ng") is before


def test_an_incident_ends_with_its_time_and_its_resolution() -> None:
    ended = only(resolve_at(with_incident(), resolved()))
    assert (ended.status, ended.resolved_at, ended.resolution) == (
        IncidentStatus.RESOLVED,
        day(2),
        "It passes.",
    )
    assert not ended.is_open


@pytest.mark.parametrize(
    ("actor", "by_hand"), [("rule:passing", 0), ("owner Ada Ng", 52), ("ruler: Ada", 52)]
)
def test_only_a_person_ends_an_incident_by_hand(actor: str, by_hand: int) -> None:
    assert only(resolve_at(with_incident(), resolved(), actor)).ended_by_hand == by_hand


def test_people_are_notified_of_the_end_only_if_the_entry_says_so() -> None:
    assert notices(resolve_at(with_incident(), resolved())) == []
    assert notices(resolve_at(with_incident(), resolved(notify_end=True))) == [
        {"incident": 30, "level": 0}
    ]


def test_other_incidents_stay_as_they_are() -> None:
    other = incident(31, cause=Cause("stale"))
    before = state(incidents={"30": incident(), "31": other})
    for after in (
        continue_at(before, continued("w2", "x1")),
        resolve_at(before, resolved()),
        open_incident(before, entry(opened(), 50), opened()),
    ):
        assert after.incidents["31"] is other
