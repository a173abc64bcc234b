from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from aipo_pipelines.ledger.events.actions import (
    ActionFailed,
    ActionFinished,
    ActionLost,
    ActionRenewed,
    ActionStarted,
)
from aipo_pipelines.ledger.events.measurements import MeasurementDue
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.fold.actions import (
    LONGEST_WAIT,
    MAX_ATTEMPTS,
    ask,
    ask_measure,
    ask_measurement,
    ask_withdrawal,
    complete,
    failed,
    finished,
    lost,
    renewed,
    run_failed,
    started,
    supersede_given_up_releases,
    withdraw_measurements,
    withdraw_release,
)
from aipo_pipelines.ledger.model.models import Training, TrainingStatus
from aipo_pipelines.ledger.model.state import (
    Action,
    ActionKind,
    ActionStatus,
    BatchStatus,
    ProductState,
)
from aipo_pipelines.ledger.model.trigger import Trigger
from tests.unit.ledger.values import action, actions, batch, champion, day, entry, state
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


def statuses(known: ProductState) -> dict[str, str]:
    return {key: str(each.status) for key, each in known.actions.items()}


def with_actions(*known: Action, **members: Any) -> ProductState:
    return state(actions=actions(*known), **members)


def test_an_action_that_is_asked_for_may_start_at_once() -> None:
    expected = action(50, due_at=LATER, arguments={"assets": ["drift"]})
    assert asked(state(), assets=["drift"]).actions == {"50": expected}


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
    before = with_actions(waiting, trainings={"10": TRAINING})
    known = asked(before, kind=ActionKind.TRAIN, partition="")
    assert known.trainings["10"].status is TrainingStatus.GIVEN_UP


TRAINING = Training(
    entry=10, trigger=Trigger("cadence"), reason="why", asked_at=START, data_at=START
)


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


# Attempts.


def start(before: ProductState, attempt: int = 1, run_id: str = "run") -> ProductState:
    event = ActionStarted(action=10, attempt=attempt, action_kind=ActionKind.MEASURE, run_id=run_id)
    return started(before, entry(event, at=LATER), event)


def fail(before: ProductState, attempt: int = 1, **members: Any) -> ProductState:
    event = ActionFailed(action=10, attempt=attempt, error="OSError", **members)
    return failed(before, entry(event, at=LATER), event)


def finish(before: ProductState, attempt: int = 1) -> ProductState:
    event = ActionFinished(action=10, attempt=attempt)
    return finished(before, entry(event), event)


def lose(before: ProductState, attempt: int = 1) -> ProductState:
    event = ActionLost(action=10, attempt=attempt, reason="process gone")
    return lost(before, entry(event, at=LATER), event)


@pytest.mark.parametrize(
    ("status", "begins"),
    [("pending", True), ("superseded", True), ("finished", False), ("given_up", False)],
)
def test_an_attempt_begins_only_if_the_action_waits_or_was_superseded(
    status: str, begins: bool
) -> None:
    before = with_actions(action(10, status=ActionStatus(status)))
    expected = action(10, status=ActionStatus.STARTED, run_id="run", started_at=LATER)
    assert start(before).actions["10"] == (expected if begins else before.actions["10"])


@pytest.mark.parametrize(("known", "expected"), [("", "run"), ("first", "first")])
def test_a_second_claim_adds_the_run_and_changes_no_time(known: str, expected: str) -> None:
    begun = action(10, status=ActionStatus.STARTED, run_id=known, started_at=START)
    assert start(with_actions(begun)).actions["10"] == replace(begun, run_id=expected)


@pytest.mark.parametrize("attempt", [1, 3])
def test_only_the_current_attempt_begins_or_fails(attempt: int) -> None:
    before = with_actions(action(10, attempt=2))
    assert start(before, attempt) is before
    assert fail(before, attempt) is before


@pytest.mark.parametrize(("attempt", "pause"), [(1, 30), (2, 60)])
def test_the_pause_doubles_with_each_failure(attempt: int, pause: int) -> None:
    begun = action(10, attempt=attempt, status=ActionStatus.STARTED, run_id="run", started_at=START)
    assert fail(with_actions(begun), attempt).actions["10"] == action(
        10, attempt=attempt + 1, due_at=LATER + timedelta(seconds=pause), error="OSError"
    )
    assert timedelta(seconds=30) * 2 ** (attempt - 1) <= LONGEST_WAIT


def test_the_longest_pause_is_that_before_the_last_attempt() -> None:
    last = fail(with_actions(action(10, attempt=MAX_ATTEMPTS - 1)), MAX_ATTEMPTS - 1)
    assert last.actions["10"].due_at == LATER + LONGEST_WAIT


def test_the_last_attempt_is_given_up_when_it_fails_and_keeps_its_error() -> None:
    begun = action(10, attempt=3, status=ActionStatus.STARTED, run_id="run", started_at=START)
    expected = replace(begun, status=ActionStatus.GIVEN_UP, error="OSError")
    assert fail(with_actions(begun), 3).actions["10"] == expected


@pytest.mark.parametrize("status", ["finished", "given_up", "superseded"])
def test_an_attempt_that_ended_does_not_fail(status: str) -> None:
    before = with_actions(action(10, status=ActionStatus(status)))
    assert fail(before) is before


def test_a_failed_measurement_of_a_withdrawn_batch_is_superseded() -> None:
    withdrawn = batch("w1", status=BatchStatus.WITHDRAWN)
    before = state(withdrawn, actions=actions(action(10, status=ActionStatus.STARTED)))
    known = fail(before).actions["10"]
    assert (known.status, known.error) == (
        ActionStatus.SUPERSEDED,
        "the batch was withdrawn by its feed",
    )


def test_a_failed_attempt_whose_release_is_recorded_is_done() -> None:
    for version, status in (("1", "finished"), ("", "finished"), ("2", "pending")):
        release = action(
            10, ActionKind.RELEASE, arguments={"version": version}, status=ActionStatus.STARTED
        )
        known = fail(with_actions(release, champion=champion("1")))
        assert statuses(known) == {"10": status}
    assert statuses(fail(with_actions(release))) == {"10": "pending"}


def test_a_training_is_done_with_its_version_and_otherwise_tried_again() -> None:
    begun = action(10, ActionKind.TRAIN, status=ActionStatus.STARTED)
    for training, status in (
        (TrainingStatus.TRAINED, "finished"),
        (TrainingStatus.REQUESTED, "pending"),
    ):
        known = with_actions(begun, trainings={"10": replace(TRAINING, status=training)})
        after = fail(known)
        assert statuses(after) == {"10": status}
        assert after.trainings == known.trainings


@pytest.mark.parametrize(
    ("permanent", "expected"),
    [(True, TrainingStatus.GIVEN_UP), (False, TrainingStatus.REQUESTED)],
)
def test_a_training_that_was_given_up_is_noted(permanent: bool, expected: TrainingStatus) -> None:
    before = with_actions(
        action(10, ActionKind.TRAIN, status=ActionStatus.STARTED), trainings={"10": TRAINING}
    )
    assert fail(before, permanent=permanent).trainings["10"].status is expected


def test_a_training_that_finished_without_a_version_led_to_nothing() -> None:
    before = with_actions(
        action(10, ActionKind.TRAIN, status=ActionStatus.STARTED), trainings={"10": TRAINING}
    )
    assert finish(before).trainings["10"].status is TrainingStatus.NOTHING


def test_a_failed_action_gives_its_work_to_a_newer_action() -> None:
    begun = action(10, status=ActionStatus.STARTED, arguments={"assets": ["a"]})
    newer = action(20, arguments={"assets": ["b"]})
    elsewhere = action(30, partition="w2")
    known = fail(with_actions(begun, newer, elsewhere))
    assert statuses(known) == {"10": "superseded", "20": "pending", "30": "pending"}
    assert known.actions["20"].arguments == {"assets": ["a", "b"]}
    assert known.actions["10"].error == "superseded by entry 20"


def test_a_failed_action_is_not_given_to_a_newer_action_that_has_begun() -> None:
    begun = action(10, status=ActionStatus.STARTED)
    newer = action(20, status=ActionStatus.STARTED)
    assert statuses(fail(with_actions(begun, newer))) == {"10": "pending", "20": "started"}


@pytest.mark.parametrize(
    ("status", "attempt", "end", "expected"),
    [
        ("started", 2, 2, "finished"),
        ("started", 2, 1, "started"),
        ("pending", 2, 1, "finished"),
        ("given_up", 3, 1, "finished"),
        ("superseded", 1, 1, "finished"),
        ("pending", 1, 2, "pending"),
    ],
)
def test_a_late_success_ends_an_action_whose_next_attempt_has_not_begun(
    status: str, attempt: int, end: int, expected: str
) -> None:
    before = with_actions(action(10, status=ActionStatus(status), attempt=attempt, error="?"))
    known = finish(before, end)
    assert statuses(known) == {"10": expected}
    assert known.actions["10"].error == ("" if expected == "finished" else "?")


def test_a_lost_attempt_may_start_again_at_once() -> None:
    begun = action(10, status=ActionStatus.STARTED, run_id="run", started_at=START)
    expected = action(10, attempt=2, due_at=LATER, error="process gone")
    assert lose(with_actions(begun)).actions == {"10": expected}


@pytest.mark.parametrize("status", ["pending", "finished", "given_up", "superseded"])
def test_only_an_attempt_that_has_begun_can_be_lost(status: str) -> None:
    before = with_actions(action(10, status=ActionStatus(status)))
    assert lose(before) is before
    begun = with_actions(action(10, status=ActionStatus.STARTED, attempt=2))
    assert lose(begun) is begun


@pytest.mark.parametrize(
    ("members", "status", "pause"),
    [
        ({}, "pending", 30),
        ({"interrupted": True}, "pending", 0),
        ({"permanent": True}, "given_up", None),
    ],
)
def test_a_broken_run_fails_its_attempt(
    members: dict[str, Any], status: str, pause: int | None
) -> None:
    event = RunFailed(
        run_id="run", job="monitor", partition="w1", error="OSError", action="10:1", **members
    )
    before = with_actions(action(10, status=ActionStatus.STARTED))
    known = run_failed(before, entry(event, at=LATER), event).actions["10"]
    assert (str(known.status), known.error) == (status, "OSError")
    due_at = START if pause is None else LATER + timedelta(seconds=pause)
    assert known.due_at == due_at


@pytest.mark.parametrize("named", ["", "9:1", "10:2", "10"])
def test_a_broken_run_of_no_current_attempt_fails_nothing(named: str) -> None:
    event = RunFailed(run_id="run", job="monitor", partition="w1", error="?", action=named)
    before = with_actions(action(10, status=ActionStatus.STARTED))
    assert run_failed(before, entry(event), event) is before


def test_an_action_that_was_given_up_is_renewed_for_one_more_attempt() -> None:
    event = ActionRenewed(action=10, attempt=3, reason="Try again.")
    known = action(
        10, attempt=3, status=ActionStatus.GIVEN_UP, run_id="run", started_at=START, error="?"
    )
    after = renewed(with_actions(known), entry(event, at=LATER), event)
    assert after.actions["10"] == action(10, attempt=4, due_at=LATER, error="?")
    # It is the last attempt: another failure gives it up at once.
    assert statuses(fail(start(after, 4), 4)) == {"10": "given_up"}


@pytest.mark.parametrize("status", ["pending", "started", "finished", "superseded"])
def test_only_an_action_that_was_given_up_is_renewed(status: str) -> None:
    event = ActionRenewed(action=10, attempt=3, reason="Try again.")
    before = with_actions(action(10, status=ActionStatus(status)))
    assert renewed(before, entry(event), event) is before
    assert renewed(state(), entry(event), event) == state()


def test_a_renewed_training_is_requested_again() -> None:
    event = ActionRenewed(action=10, attempt=3, reason="Try again.")
    given_up = action(10, ActionKind.TRAIN, attempt=3, status=ActionStatus.GIVEN_UP)
    training = replace(TRAINING, status=TrainingStatus.GIVEN_UP)
    before = with_actions(given_up, trainings={"10": training})
    assert renewed(before, entry(event), event).trainings == {"10": TRAINING}


# Releases and measurements that are not needed any more.

RELEASES = (
    action(10, ActionKind.RELEASE, arguments={"version": "2"}),
    action(11, ActionKind.RELEASE, arguments={"version": "2"}, status=ActionStatus.GIVEN_UP),
    action(12, ActionKind.RELEASE, arguments={"version": "2"}, status=ActionStatus.STARTED),
    action(13, ActionKind.RELEASE, arguments={"version": "3"}),
    action(14, arguments={"version": "2"}),
)


def test_the_waiting_releases_of_a_version_are_withdrawn() -> None:
    known = withdraw_release(with_actions(*RELEASES), "2")
    assert statuses(known) == {
        "10": "superseded",
        "11": "superseded",
        "12": "started",
        "13": "pending",
        "14": "pending",
    }
    assert known.actions["10"].error == "the decision it served was withdrawn"


def test_the_waiting_measurements_of_a_batch_are_withdrawn_with_a_reason() -> None:
    waiting = (action(10), action(11, partition="w2"), action(12, ActionKind.TRAIN, partition="w1"))
    known = withdraw_measurements(with_actions(*waiting), "w1", "its source changed")
    assert statuses(known) == {"10": "superseded", "11": "pending", "12": "pending"}
    assert known.actions["10"].error == "its source changed"


def test_only_releases_that_were_given_up_end_with_another_champion() -> None:
    known = supersede_given_up_releases(with_actions(*RELEASES))
    assert [key for key, status in statuses(known).items() if status == "superseded"] == ["11"]
    assert known.actions["11"].error == "another version went live"


def test_work_that_is_recorded_ends_the_actions_of_its_kind() -> None:
    failed_once = replace(RELEASES[0], error="OSError")
    before = with_actions(failed_once, *RELEASES[1:], champion=champion("2"))
    known = complete(before, ActionKind.RELEASE)
    assert known.actions["10"].error == ""
    assert statuses(known) == {
        "10": "finished",
        "11": "finished",
        "12": "started",
        "13": "pending",
        "14": "pending",
    }
    assert statuses(complete(before, ActionKind.TRAIN)) == statuses(before)
