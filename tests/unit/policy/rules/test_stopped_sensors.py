from __future__ import annotations

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.policy.rules.stopped_sensors import CAUSE, on_standstill
from tests.unit.policy.story import Story

STOPPED = ("The sensor intake is stopped.", "The schedule of reviews is stopped.")


def reports(story: Story, *sentences: str) -> Story:
    for draft in on_standstill(story.charter, story.state, sentences, story.now):
        story.records(draft.event, actor=draft.actor, key=draft.key)
    return story


def test_stopped_sensors_are_one_warning_that_names_each_of_them() -> None:
    story = Story().adopts()
    (draft,) = on_standstill(story.charter, story.state, STOPPED, story.now)
    assert isinstance(draft.event, IncidentOpened)
    assert draft.event.title == "An automatic task does not run"
    assert draft.event.summary == (
        "The sensor intake is stopped. The schedule of reviews is stopped."
    )
    assert draft.event.severity is Severity.WARNING
    assert (draft.product, draft.subject) == ("churn", "incident/stopped_sensor")


def test_nothing_is_recorded_while_all_sensors_run() -> None:
    story = Story().adopts()
    assert on_standstill(story.charter, story.state, (), story.now) == ()


def test_the_incident_is_opened_once_and_ends_when_all_run_again() -> None:
    story = reports(reports(Story().adopts(), *STOPPED), STOPPED[0])
    assert story.kinds().count(IncidentOpened.kind) == 1
    assert story.incident(CAUSE).is_open
    reports(story)
    assert story.incident(CAUSE).resolution == "by rule: no longer stopped sensor"
    assert not story.incident(CAUSE).is_open


def test_a_sensor_that_stops_again_the_next_day_is_a_new_incident() -> None:
    story = reports(reports(Story().adopts(), *STOPPED))
    assert story.kinds().count(IncidentOpened.kind) == 1
    reports(story.later(days=1), *STOPPED)
    assert story.kinds().count(IncidentOpened.kind) == 2
