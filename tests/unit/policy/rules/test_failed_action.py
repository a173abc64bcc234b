from __future__ import annotations

from collections.abc import Iterator

import pytest

from aipo_pipelines.evidence.outcome import Severity
from aipo_pipelines.ledger.events.actions import ActionFailed, ActionFinished, ActionLost
from aipo_pipelines.ledger.events.entry import Draft
from aipo_pipelines.ledger.events.incidents import IncidentOpened, IncidentResolved
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.model.state import Action, ActionKind, ActionStatus
from aipo_pipelines.policy.context import Context
from aipo_pipelines.policy.queue import in_flight
from aipo_pipelines.policy.rules.failed_action import respond_to_failure
from tests.unit.policy.contexts import context_now, context_of
from tests.unit.policy.story import FAIL, Story, charter
from tests.unit.policy.team import waits, yes

MEASURE, TRAIN = "action:measure", "action:train"


def opened(drafts: Iterator[Draft]) -> IncidentOpened:
    (draft,) = drafts
    assert isinstance(draft.event, IncidentOpened)
    return draft.event


def last_attempt(story: Story, kind: ActionKind) -> Action:
    """The story up to the last attempt of an action, which has started."""
    action = story.next(kind)
    while True:
        story.now = max(story.now, action.due_at)
        story.starts(action)
        failed = context_of(story, failure(action)).state.actions[str(action.entry)]
        if failed.status is ActionStatus.GIVEN_UP:
            return action
        action = story.fails(action).action(action.entry)


def failure(action: Action) -> ActionFailed:
    return ActionFailed(action=action.entry, attempt=action.attempt, error="OSError: full disk")


def run_failure(action: Action, *, altered: bool) -> RunFailed:
    return RunFailed(
        run_id="run",
        job="monitor",
        partition=action.partition,
        error="OSError: full disk",
        action=f"{action.entry}:{action.attempt}",
        permanent=True,
        altered=altered,
    )


def measured() -> Story:
    return Story().adopts().delivers("w1", "w2")


def test_a_measurement_that_is_given_up_is_a_warning_about_its_batch() -> None:
    story = measured()
    action = last_attempt(story, ActionKind.MEASURE)
    incident = opened(respond_to_failure(context_of(story, failure(action))))
    assert incident.title == "Batch w1 could not be measured"
    assert incident.summary == (
        f"Given up after {action.attempt} attempts; the last ended with: OSError: full disk"
    )
    assert (str(incident.cause), incident.partition) == (MEASURE, "w1")
    assert incident.severity is Severity.WARNING


def test_a_lost_attempt_is_given_up_like_a_failed_attempt() -> None:
    story = measured()
    action = last_attempt(story, ActionKind.MEASURE)
    lost = ActionLost(action=action.entry, attempt=action.attempt, reason="process gone")
    assert opened(respond_to_failure(context_of(story, lost))).title.startswith("Batch w1 could")


def test_altered_content_is_critical_and_is_named() -> None:
    story = measured()
    action = story.next(ActionKind.MEASURE)
    story.starts(action, "run")
    incident = opened(respond_to_failure(context_of(story, run_failure(action, altered=True))))
    assert incident.title == "Batch w1 could not be measured: the stored content was altered"
    assert incident.summary == "Given up after 1 attempt; the last ended with: OSError: full disk"
    assert incident.severity is Severity.CRITICAL


def test_a_permanent_failure_of_a_run_is_a_warning() -> None:
    story = measured()
    action = story.next(ActionKind.MEASURE)
    story.starts(action, "run")
    incident = opened(respond_to_failure(context_of(story, run_failure(action, altered=False))))
    assert (incident.title, incident.severity) == (
        "Batch w1 could not be measured",
        Severity.WARNING,
    )


def test_a_training_and_a_release_are_about_the_product() -> None:
    story = Story().adopts().delivers("w1")
    story.runs(story.next(ActionKind.MEASURE))
    action = last_attempt(story, ActionKind.TRAIN)
    incident = opened(respond_to_failure(context_of(story, failure(action))))
    assert (incident.title, str(incident.cause)) == ("Customer churn could not be trained", TRAIN)
    story = yes(waits(), "1")
    action = last_attempt(story, ActionKind.RELEASE)
    incident = opened(respond_to_failure(context_of(story, failure(action))))
    assert incident.title == "Customer churn could not be released"


def test_a_notice_that_is_given_up_names_its_incident() -> None:
    escalates = charter(responses=[{"check": "data_drift", "reactions": ["escalate"]}])
    story = Story(escalates).adopts().delivers("w1").checks("drift/data_drift", "w1", FAIL)
    number = story.incident("check:drift/data_drift").entry
    action = last_attempt(story, ActionKind.NOTIFY)
    incident = opened(respond_to_failure(context_of(story, failure(action))))
    assert incident.title == f"Incident {number} could not be reported to anybody"


def test_an_attempt_that_is_tried_again_opens_nothing() -> None:
    story = measured()
    action = story.next(ActionKind.MEASURE)
    story.starts(action)
    assert list(respond_to_failure(context_of(story, failure(action)))) == []


def test_a_late_report_about_an_earlier_attempt_decides_nothing() -> None:
    story = measured()
    story.gives_up(story.next(ActionKind.MEASURE))
    last = story.action(next(iter(story.state.actions.values())).entry)
    late = ActionFailed(action=last.entry, attempt=last.attempt - 1, error="OSError")
    context = context_of(story, late)
    assert context.state.actions[str(last.entry)].status is ActionStatus.GIVEN_UP
    assert list(respond_to_failure(context)) == []


@pytest.mark.parametrize("action", ["", "99:1"])
def test_a_failed_run_of_no_known_action_opens_nothing(action: str) -> None:
    event = RunFailed(run_id="run", job="monitor", partition="w1", error="OSError", action=action)
    assert list(respond_to_failure(context_of(measured(), event))) == []


def finished(story: Story) -> Context:
    action = story.next(ActionKind.MEASURE)
    story.starts(action)
    return context_of(story, ActionFinished(action=action.entry, attempt=action.attempt))


def test_the_incident_ends_when_an_action_of_the_kind_succeeds_and_none_is_given_up() -> None:
    story = measured()
    story.gives_up(story.next(ActionKind.MEASURE))
    incident = story.incident(MEASURE)
    still_stuck = respond_to_failure(finished(story))
    assert list(still_stuck) == []
    story.finishes(in_flight(story.state)[0]).delivers("w1", digest="again")
    (draft,) = respond_to_failure(finished(story))
    assert draft.event == IncidentResolved(
        incident=incident.entry, resolution="by rule: measure succeeds again"
    )
    assert draft.subject == f"incident/{incident.entry}"


def test_the_success_of_another_kind_ends_nothing() -> None:
    story = Story().adopts().delivers("w1")
    story.runs(story.next(ActionKind.MEASURE))
    story.gives_up(story.next(ActionKind.TRAIN)).delivers("w2")
    assert story.incident(TRAIN).is_open
    assert list(respond_to_failure(finished(story))) == []


def test_a_success_without_an_incident_records_nothing() -> None:
    assert list(respond_to_failure(finished(measured()))) == []
    unknown = ActionFinished(action=99, attempt=1)
    assert list(respond_to_failure(context_of(measured(), unknown))) == []


def test_other_events_are_no_failure() -> None:
    assert list(respond_to_failure(context_now(Story().adopts()))) == []
