from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.ledger.events.actions import (
    ActionFailed,
    ActionFinished,
    ActionStarted,
)
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.fold.actions import (
    ask,
    ask_measure,
    ask_measurement,
    ask_withdrawal,
)
from aipo_pipelines.ledger.model.models import TrainingStatus
from aipo_pipelines.ledger.model.state import (
    Action,
    ActionKind,
    ActionStatus,
    BatchStatus,
    ProductState,
)
from tests.unit.ledger.values import (
    action,
    batch,
    day,
    entry,
    state,
    statuses,
    training,
    with_actions,
)
from tests.unit.policy.story import START, Story


def _delivered() -> tuple[Story, Action]:
    story = Story().delivers("w1")
    return story, story.next(ActionKind.MEASURE)


def test_a_claimed_attempt_is_in_flight_with_its_run() -> None:
    story, action = _delivered()
    started = story.starts(action, "r1").action(action.entry)
    assert (started.status, started.run_id, started.started_at) == ("started", "r1", START)


def test_the_run_of_a_claim_may_become_known_later() -> None:
    story, action = _delivered()
    story.starts(action, "").starts(action, "r1").starts(action, "r2")
    assert story.action(action.entry).run_id == "r1"


def test_failures_wait_longer_each_time_and_end_after_the_third() -> None:
    story, action = _delivered()
    waits = []
    for _ in range(3):
        action = story.action(action.entry)
        story.starts(action).fails(action)
        waits.append(story.action(action.entry).due_at - story.now)
    assert waits[:2] == [timedelta(seconds=30), timedelta(seconds=60)]
    assert story.action(action.entry).status is ActionStatus.GIVEN_UP


def test_a_lost_attempt_is_tried_again_at_once() -> None:
    story, action = _delivered()
    again = story.starts(action).loses(action).action(action.entry)
    assert (again.status, again.attempt, again.due_at) == ("pending", 2, story.now)


def test_the_loss_of_an_unclaimed_attempt_counts_no_attempt() -> None:
    story, action = _delivered()
    assert story.loses(action).action(action.entry).attempt == 1


def test_a_permanent_failure_is_given_up_at_once() -> None:
    story, action = _delivered()
    story.starts(action).fails(action, permanent=True)
    assert story.action(action.entry).status is ActionStatus.GIVEN_UP


def test_a_broken_run_fails_the_attempt_it_served_once() -> None:
    story, action = _delivered()
    broken = RunFailed(
        run_id="run", job="monitor", partition="w1", error="OSError", action=f"{action.entry}:1"
    )
    story.starts(action).records(broken).records(broken).fails(action)
    assert story.action(action.entry).attempt == 2


def test_a_broken_run_by_hand_fails_no_attempt() -> None:
    story, action = _delivered()
    by_hand = RunFailed(run_id="run", job="monitor", partition="w1", error="OSError")
    assert story.starts(action).records(by_hand).action(action.entry).status == "started"


def test_an_event_about_an_earlier_attempt_does_not_change_the_current_attempt() -> None:
    story, action = _delivered()
    story.starts(action).loses(action)
    second = story.action(action.entry)
    story.starts(second).fails(action).finishes(action).starts(action)
    current = story.action(action.entry)
    assert (current.status, current.attempt) == ("started", 2)


def test_a_lost_attempt_that_succeeded_ends_the_action() -> None:
    story, action = _delivered()
    story.starts(action).loses(action).finishes(action)
    assert story.action(action.entry).status is ActionStatus.FINISHED


def test_a_finished_action_stays_finished() -> None:
    story, action = _delivered()
    story.starts(action).finishes(action).fails(action).loses(action).starts(action)
    assert story.action(action.entry).status is ActionStatus.FINISHED


def test_events_about_unknown_actions_or_future_attempts_are_harmless() -> None:
    story, action = _delivered()
    before = story.state.actions
    story.records(ActionStarted(action=99, attempt=1, action_kind=ActionKind.MEASURE))
    story.records(ActionStarted(action=action.entry, attempt=7, action_kind=ActionKind.MEASURE))
    story.records(ActionFinished(action=action.entry, attempt=7))
    story.records(ActionFailed(action=action.entry, attempt=7, error="OSError"))
    assert story.state.actions == before


def test_a_newer_measurement_supersedes_a_waiting_measurement() -> None:
    story, action = _delivered()
    story.delivers("w1", digest="b")
    assert story.action(action.entry).status is ActionStatus.SUPERSEDED
    assert story.next(ActionKind.MEASURE).entry > action.entry


def test_a_started_measurement_may_end_before_the_newer_measurement() -> None:
    story, action = _delivered()
    story.starts(action).delivers("w1", digest="b")
    assert story.action(action.entry).status is ActionStatus.STARTED
    newer = story.finishes(action).next(ActionKind.MEASURE)
    assert newer.entry > action.entry


def test_a_newer_measurement_does_the_work_of_a_started_measurement_that_fails() -> None:
    story, action = _delivered()
    story.starts(action).labels("w1", "l1").loses(action)
    assert story.action(action.entry).status is ActionStatus.SUPERSEDED
    assert story.next(ActionKind.MEASURE).arguments == {}


def test_a_new_version_replaces_a_measurement_that_was_given_up() -> None:
    story, action = _delivered()
    story.gives_up(action).delivers("w1", digest="b")
    assert story.action(action.entry).status is ActionStatus.SUPERSEDED


def test_a_training_that_died_after_its_candidate_was_assessed_is_done() -> None:
    story = Story().adopts().delivers("w1")
    story.runs(story.next(ActionKind.MEASURE))
    train = story.next(ActionKind.TRAIN)
    attempt = f"{train.entry}:1"
    story.starts(train).trains("1", action=attempt).evaluates("1", action=attempt).loses(train)
    assert story.action(train.entry).status is ActionStatus.FINISHED


def test_a_model_recorded_after_its_training_was_lost_is_not_trained_twice() -> None:
    story = Story().adopts().delivers("w1")
    story.runs(story.next(ActionKind.MEASURE))
    train = story.next(ActionKind.TRAIN)
    attempt = f"{train.entry}:1"
    story.starts(train).loses(train).trains("1", action=attempt).evaluates("1", action=attempt)
    assert story.action(train.entry).status is ActionStatus.FINISHED


def test_a_training_that_died_before_its_candidate_was_assessed_replaces_it() -> None:
    story = Story().adopts().delivers("w1")
    story.runs(story.next(ActionKind.MEASURE))
    train = story.next(ActionKind.TRAIN)
    story.starts(train).trains("1", action=f"{train.entry}:1").loses(train)
    again = story.action(train.entry)
    assert (again.status, again.attempt) == (ActionStatus.PENDING, 2)
    story.starts(again).trains("2", action=f"{train.entry}:2")
    assert list(story.state.candidates) == ["2"]


def test_a_release_recorded_after_it_was_lost_is_done() -> None:
    story = Story().adopts().delivers("w1")
    story.runs(story.next(ActionKind.MEASURE)).runs(story.next(ActionKind.TRAIN))
    release = story.next(ActionKind.RELEASE)
    story.starts(release).loses(release).materialises("champion", version="1")
    assert story.action(release.entry).status is ActionStatus.FINISHED


# The handlers themselves, on typed values.

LATER = day(3)


def asked(
    before: ProductState,
    index: int = 50,
    *,
    kind: ActionKind = ActionKind.MEASURE,
    partition: str = "w1",
    **arguments: Any,
) -> ProductState:
    event = MeasurementDue(partition=partition, reason="why")
    return ask(before, entry(event, index, at=LATER), kind, partition, arguments)


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({}, "superseded"),
        ({"status": ActionStatus.GIVEN_UP}, "superseded"),
        ({"status": ActionStatus.STARTED}, "started"),
        ({"status": ActionStatus.FINISHED}, "finished"),
        ({"partition": "w2"}, "pending"),
        ({"kind": ActionKind.TRAIN}, "pending"),
    ],
)
def test_a_newer_measurement_does_the_work_of_older_measurements_of_the_batch(
    members: dict[str, Any], status: str
) -> None:
    known = asked(with_actions(replace(action(10), **members)))
    assert statuses(known) == {"10": status, "50": "pending"}
    assert known.actions["10"].error == ("superseded by entry 50" if status == "superseded" else "")


@pytest.mark.parametrize("kind", [ActionKind.NOTIFY, ActionKind.RELEASE])
def test_notices_and_releases_are_never_merged(kind: ActionKind) -> None:
    known = asked(with_actions(action(10, kind)), kind=kind, partition="")
    assert statuses(known) == {"10": "pending", "50": "pending"}


def test_a_newer_training_replaces_an_older_training_with_its_own_arguments() -> None:
    older = action(10, ActionKind.TRAIN, arguments={"window": ["w1"]})
    known = asked(with_actions(older), kind=ActionKind.TRAIN, partition="", window=["w2"])
    assert statuses(known) == {"10": "superseded", "50": "pending"}
    assert known.actions["50"].arguments == {"window": ["w2"]}


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        (["a", "b"], ["b", "c"], ["a", "b", "c"]),
        (["a"], None, None),
        (None, ["a"], None),
        (["a"], ["a"], ["a"]),
    ],
)
def test_a_newer_measurement_measures_the_assets_of_both(
    older: list[str] | None, newer: list[str] | None, expected: list[str] | None
) -> None:
    first = action(10, arguments={} if older is None else {"assets": older})
    arguments: dict[str, Any] = {} if newer is None else {"assets": newer}
    known = asked(with_actions(first), **arguments)
    assert known.actions["50"].arguments == ({} if expected is None else {"assets": expected})


def test_the_assets_of_all_older_measurements_are_measured() -> None:
    waiting = [action(n, arguments={"assets": [f"a{n}"]}) for n in (10, 11)]
    known = asked(with_actions(*waiting), assets=["b"])
    assert known.actions["50"].arguments == {"assets": ["a11", "a10", "b"]}


def test_a_superseded_training_ends_without_a_version() -> None:
    waiting = action(10, ActionKind.TRAIN)
    before = with_actions(waiting, trainings={"10": training()})
    known = asked(before, kind=ActionKind.TRAIN, partition="")
    assert known.trainings["10"].status is TrainingStatus.GIVEN_UP


def test_a_measurement_names_its_assets_or_measures_all() -> None:
    event = MeasurementDue(partition="w1", reason="why")
    known = ask_measure(state(), entry(event), "w1", ("drift", "performance"))
    assert known.actions["50"].arguments == {"assets": ["drift", "performance"]}
    assert ask_measure(state(), entry(event), "w1", ()).actions["50"].arguments == {}


def test_a_due_measurement_is_noted_with_its_batch() -> None:
    event = MeasurementDue(partition="w1", reason="why", assets=("drift",))
    known = ask_measurement(state(batch("w1")), entry(event), event)
    assert known.batches == {"w1": batch("w1", due=50)}
    assert known.actions["50"].arguments == {"assets": ["drift"]}


@pytest.mark.parametrize("known", [state(), state(batch("w1", status=BatchStatus.WITHDRAWN))])
def test_a_withdrawn_or_unknown_batch_is_not_measured(known: ProductState) -> None:
    event = MeasurementDue(partition="w1", reason="why")
    assert ask_measurement(known, entry(event), event) is known


def test_the_removal_of_the_alias_is_a_release_of_no_version() -> None:
    event = MeasurementDue(partition="", reason="why")
    known = ask_withdrawal(state(), entry(event)).actions["50"]
    assert (known.kind, known.partition, known.arguments) == (
        ActionKind.RELEASE,
        "",
        {"version": ""},
    )
