from __future__ import annotations

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.incidents import IncidentOpened, IncidentResolved
from aipo_pipelines.policy.rules.unreadable_feed import CAUSE, on_look
from tests.unit.policy.story import Story

PROBLEMS = ("w2.csv has no column x1.", "w3.csv is no CSV file.")


def looks(story: Story, *problems: str) -> Story:
    for draft in on_look(story.charter, story.state, problems, story.now):
        story.records(draft.event, actor=draft.actor, key=draft.key)
    return story


def test_a_feed_that_cannot_be_read_is_a_warning_with_each_problem() -> None:
    story = Story().adopts()
    (draft,) = on_look(story.charter, story.state, PROBLEMS, story.now)
    assert isinstance(draft.event, IncidentOpened)
    assert draft.event.title == "The feed of Customer churn cannot be read as agreed"
    assert draft.event.summary == "w2.csv has no column x1. w3.csv is no CSV file."
    assert draft.event.severity is Severity.WARNING
    assert (draft.product, draft.actor, draft.occurred_at) == ("churn", "rule:feed", story.now)
    assert draft.subject == "incident/feed"
    assert draft.key.startswith("feed/churn/0/")


def test_a_readable_feed_records_nothing() -> None:
    story = Story().adopts()
    assert on_look(story.charter, story.state, (), story.now) == ()


def test_the_incident_is_opened_once_and_ends_when_the_feed_can_be_read() -> None:
    story = looks(looks(Story().adopts(), *PROBLEMS), PROBLEMS[0])
    assert story.kinds().count(IncidentOpened.kind) == 1
    assert on_look(story.charter, story.state, PROBLEMS, story.now) == ()
    (end,) = on_look(story.charter, story.state, (), story.now)
    assert end.subject == f"incident/{story.incident(CAUSE).entry}"
    looks(story)
    assert story.incident(CAUSE).resolution == "The feed can be read again."
    assert not story.incident(CAUSE).is_open


def test_a_problem_that_returns_opens_a_new_incident_at_once() -> None:
    story = looks(looks(looks(Story().adopts(), *PROBLEMS)), *PROBLEMS)
    assert story.kinds().count(IncidentOpened.kind) == 2
    assert story.incident(CAUSE).is_open
    assert story.kinds().count(IncidentResolved.kind) == 1


def test_the_same_problems_have_the_same_key_and_other_problems_another_key() -> None:
    story = Story().adopts()
    keys = [
        on_look(story.charter, story.state, problems, story.now)[0].key
        for problems in (PROBLEMS, PROBLEMS, PROBLEMS[:1], PROBLEMS[::-1])
    ]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_the_name_of_a_file_may_hold_bytes_that_are_no_text() -> None:
    story = Story().adopts()
    (draft,) = on_look(story.charter, story.state, ("\udcff.csv is no CSV file.",), story.now)
    assert draft.key.startswith("feed/churn/0/")
