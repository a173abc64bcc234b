from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.events.runs import EventSetAside, RunEnded, SetAside
from aipo_pipelines.policy.rules.rejected_events import (
    UNCLAIMED,
    UNREADABLE,
    report_rejected_event,
)
from tests.unit.policy.contexts import context_of
from tests.unit.policy.story import Story


def set_aside(cause: SetAside = SetAside.UNCLAIMED_RUN, **members: Any) -> EventSetAside:
    event: dict[str, Any] = {
        "reported": "check_evaluated",
        "asset": "performance",
        "check": "performance",
        "partition": "w1",
        "run_id": "run 7",
        "job": "monitor",
        "verdict": "pass",
    }
    return EventSetAside(why=cause, **{**event, **members})


def opened(event: EventSetAside) -> IncidentOpened:
    (draft,) = report_rejected_event(context_of(Story().adopts(), event))
    assert isinstance(draft.event, IncidentOpened)
    return draft.event


def test_an_event_of_an_unclaimed_run_is_a_warning_that_names_event_and_run() -> None:
    incident = opened(set_aside())
    assert (incident.cause, incident.severity) == (UNCLAIMED, Severity.WARNING)
    assert incident.title == "An event was reported to Dagster that is no evidence"
    assert incident.summary == (
        "Check evaluated of performance/performance (pass) on batch w1 was reported by run run 7 "
        "of job monitor, which no entry claims, or after the run had ended. Nothing was decided by "
        "it. Find out who reported it, and see: aipo history churn --kind event_set_aside."
    )


def test_an_event_without_a_run_names_no_run() -> None:
    incident = opened(set_aside(SetAside.NO_RUN, verdict="", partition="", check=""))
    assert incident.cause == UNCLAIMED
    assert incident.summary.startswith(
        "Check evaluated of performance was reported without a run. Nothing was decided by it."
    )


def test_an_event_of_a_run_without_a_job_and_without_an_asset_is_named_by_its_kind() -> None:
    incident = opened(set_aside(asset="", check="", job="", verdict="", reported="ASSET_DELETED"))
    assert incident.summary.startswith(
        "ASSET DELETED on batch w1 was reported by run run 7, which no entry claims, or after"
    )


def test_an_event_that_cannot_be_recorded_says_why_and_what_to_do() -> None:
    event = set_aside(SetAside.UNREADABLE, error="ValueError", verdict="")
    incident = opened(event)
    assert (incident.cause, incident.severity) == (UNREADABLE, Severity.WARNING)
    assert incident.title == "An event of Dagster could not be recorded"
    assert incident.summary == (
        "Check evaluated of performance/performance on batch w1 could not be recorded (ValueError) "
        "and was set aside; all others are recorded. Look at it in Dagster, and see: aipo history "
        "churn --kind event_set_aside."
    )


@pytest.mark.parametrize("cause", list(SetAside))
def test_a_flood_of_events_opens_one_incident(cause: SetAside) -> None:
    story = Story().adopts()
    for number in range(3):
        story.records(set_aside(cause, run_id=f"run {number}"))
    assert story.kinds().count(IncidentOpened.kind) == 1
    assert story.entries[2].key == "policy/churn/1/set_aside/open"


def test_the_two_causes_have_an_incident_each() -> None:
    story = Story().adopts().records(set_aside()).records(set_aside(SetAside.UNREADABLE))
    assert story.incident(UNCLAIMED).is_open
    assert story.incident(UNREADABLE).is_open


def test_other_events_are_no_finding() -> None:
    assert list(report_rejected_event(context_of(Story().adopts(), RunEnded(run_id="run")))) == []
