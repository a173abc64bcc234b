from __future__ import annotations

from datetime import timedelta

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.incidents import IncidentOpened, IncidentResolved
from aipo_pipelines.policy.rules.failing_sensors import cause_of, on_trouble
from tests.unit.policy.story import Story, charter

PROBLEM = "OSError: the database does not answer."


def reports(story: Story, problem: str, sensor: str = "intake") -> Story:
    for draft in on_trouble(story.charter, story.state, sensor, problem, story.now):
        story.records(draft.event, actor=draft.actor, key=draft.key)
    return story


def opened(story: Story) -> int:
    return story.kinds().count(IncidentOpened.kind)


def test_a_sensor_that_fails_for_a_product_is_a_warning_with_its_reason() -> None:
    story = Story().adopts()
    (draft,) = on_trouble(story.charter, story.state, "intake", PROBLEM, story.now)
    assert isinstance(draft.event, IncidentOpened)
    assert draft.event.title == "The intake of Customer churn fails"
    assert draft.event.summary == (
        "OSError: the database does not answer. The sensor keeps trying; other products are not "
        "affected."
    )
    assert (draft.event.severity, draft.event.owner) == (Severity.WARNING, "Ines Sol")
    assert (draft.subject, draft.actor) == ("incident/failing_intake", "rule:failing_intake")


def test_a_sensor_that_works_records_nothing() -> None:
    story = Story(charter()).adopts()
    assert on_trouble(story.charter, story.state, "intake", "", story.now) == ()


def test_a_failure_that_lasts_is_reported_once_and_ends_when_the_sensor_works() -> None:
    story = reports(reports(Story().adopts(), PROBLEM), "Another problem.")
    assert opened(story) == 1
    assert on_trouble(story.charter, story.state, "intake", PROBLEM, story.now) == ()
    reports(story, "")
    incident = story.incident(cause_of("intake"))
    assert not incident.is_open
    assert incident.resolution == "by rule: no longer failing intake"
    assert story.kinds().count(IncidentResolved.kind) == 1


def test_each_sensor_has_an_incident_of_its_own() -> None:
    story = reports(reports(Story().adopts(), PROBLEM), PROBLEM, "release")
    assert opened(story) == 2
    reports(story, "", "release")
    assert story.incident("failing_intake").is_open
    assert not story.incident("failing_release").is_open


def test_a_sensor_that_fails_again_within_a_day_is_not_reported_again() -> None:
    story = reports(reports(Story().adopts(), PROBLEM), "")
    assert opened(reports(story.later(hours=23), PROBLEM)) == 1
    story.now += timedelta(hours=1)
    assert opened(reports(story, PROBLEM)) == 2
    assert story.incident("failing_intake").is_open
