"""Attempts at an action: they begin, end, fail and are lost; and work that is not needed."""

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
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.fold.actions import (
    LONGEST_WAIT,
    MAX_ATTEMPTS,
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
from aipo_pipelines.ledger.model.models import TrainingStatus
from aipo_pipelines.ledger.model.state import (
    ActionKind,
    ActionStatus,
    BatchStatus,
    ProductState,
)
from tests.unit.ledger.values import (
    START,
    action,
    actions,
    batch,
    champion,
    day,
    entry,
    state,
    statuses,
    training,
    with_actions,
)

LATER = day(3)


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
    for outcome, status in (
        (TrainingStatus.TRAINED, "finished"),
        (TrainingStatus.REQUESTED, "pending"),
    ):
        known = with_actions(begun, trainings={"10": training(status=outcome)})
        after = fail(known)
        assert statuses(after) == {"10": status}
        assert after.trainings == known.trainings


@pytest.mark.parametrize(
    ("permanent", "expected"),
    [(True, TrainingStatus.GIVEN_UP), (False, TrainingStatus.REQUESTED)],
)
def test_a_training_that_was_given_up_is_noted(permanent: bool, expected: TrainingStatus) -> None:
    before = with_actions(
        action(10, ActionKind.TRAIN, status=ActionStatus.STARTED), trainings={"10": training()}
    )
    assert fail(before, permanent=permanent).trainings["10"].status is expected


def test_a_training_that_finished_without_a_version_led_to_nothing() -> None:
    before = with_actions(
        action(10, ActionKind.TRAIN, status=ActionStatus.STARTED), trainings={"10": training()}
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
    abandoned = training(status=TrainingStatus.GIVEN_UP)
    before = with_actions(given_up, trainings={"10": abandoned})
    assert renewed(before, entry(event), event).trainings == {"10": training()}


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
