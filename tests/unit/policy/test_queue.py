from __future__ import annotations

from datetime import timedelta

import pytest

from aipo_pipelines.ledger.fold.actions import LONGEST_WAIT
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.queue import RUNS, in_flight, may_start, next_actions, next_due
from tests.unit.policy.stored_facts import action, batch, product
from tests.unit.policy.story import FAIL, START, Story, charter


def _offered(story: Story) -> list[tuple[ActionKind, str]]:
    offered = next_actions(story.state, story.now, RUNS)
    return [(action.kind, action.partition) for action in offered]


def test_batches_are_measured_in_the_order_of_their_data() -> None:
    story = Story().later(weeks=2).delivers("w3", "w1", "w2")
    assert _offered(story) == [(ActionKind.MEASURE, "w1")]


def test_undated_batches_are_measured_as_they_arrived() -> None:
    story = Story().delivers("beta", "alpha")
    assert _offered(story) == [(ActionKind.MEASURE, "beta")]


def test_nothing_starts_while_a_run_is_in_flight() -> None:
    story = Story().delivers("w1", "w2")
    story.starts(story.next(ActionKind.MEASURE))
    assert _offered(story) == []
    assert [action.partition for action in in_flight(story.state)] == ["w1"]


def test_a_training_goes_before_the_measurement_of_further_batches() -> None:
    story = Story().adopts().delivers("w1", "w2")
    story.runs(story.next(ActionKind.MEASURE))
    assert _offered(story) == [(ActionKind.TRAIN, "")]
    assert next_actions(story.state, story.now, {ActionKind.MEASURE}) == ()


def test_a_release_goes_before_all_other_actions() -> None:
    story = Story().adopts().delivers("w1", "w2")
    story.runs(story.next(ActionKind.MEASURE)).runs(story.next(ActionKind.TRAIN))
    assert _offered(story) == [(ActionKind.RELEASE, "")]


def test_an_attempt_that_waits_holds_back_the_batches_behind_it() -> None:
    story = Story().delivers("w1", "w2")
    action = story.next(ActionKind.MEASURE)
    story.starts(action).fails(action).later(seconds=29)
    assert _offered(story) == []
    assert next_due(story.state, RUNS) == story.now + timedelta(seconds=1)
    assert _offered(story.later(seconds=1)) == [(ActionKind.MEASURE, "w1")]


def test_a_measurement_given_up_lets_the_next_one_pass() -> None:
    story = Story().delivers("w1", "w2").gives_up_first()
    assert _offered(story) == [(ActionKind.MEASURE, "w2")]


def test_a_notice_does_not_wait_for_runs() -> None:
    story = Story().adopts().delivers("w1", "w2")
    story.starts(story.next(ActionKind.MEASURE)).checks("data_quality/contract", "w1", FAIL)
    offered = next_actions(story.state, story.now, frozenset(ActionKind))
    assert [action.kind for action in offered] == [ActionKind.NOTIFY]


def test_an_attempt_seen_before_may_be_refused_under_the_lock() -> None:
    story = Story(charter(model=None, thresholds=[])).adopts().delivers("w1")
    seen = story.next(ActionKind.MEASURE)
    assert may_start(story.state, seen, story.now)
    assert not may_start(story.starts(seen).state, seen, story.now)
    assert not may_start(story.loses(seen).state, seen, story.now)


def test_nothing_pending_is_never_due() -> None:
    assert next_due(Story().adopts().state, RUNS) is None


MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("due", "starts"),
    [
        (timedelta(0), True),
        (-MICROSECOND, True),
        (MICROSECOND, False),
        (LONGEST_WAIT, False),
        # No attempt waits longer: a clock that was ahead set this time.
        (LONGEST_WAIT + MICROSECOND, True),
    ],
    ids=str,
)
def test_an_attempt_waits_for_its_time_unless_no_attempt_waits_so_long(
    due: timedelta, *, starts: bool
) -> None:
    waiting = action(ActionKind.TRAIN, due_at=START + due)
    offered = next_actions(product(actions=[waiting]), START, RUNS)
    assert offered == ((waiting,) if starts else ())


def test_runs_of_one_kind_take_turns_by_batch_and_then_by_entry() -> None:
    measure, train = ActionKind.MEASURE, ActionKind.TRAIN
    second = action(measure, entry=21, partition="w2")
    again = action(measure, entry=23, partition="w1")
    first = action(measure, entry=22, partition="w1")
    unknown = action(measure, entry=30, partition="w9")
    batches = [batch("w1"), batch("w2")]
    in_turn = [unknown, first, again, second]
    for number, expected in enumerate(in_turn):
        state = product(batches=batches, actions=[*in_turn[:number:-1], expected])
        assert next_actions(state, START, RUNS) == (expected,)
    training = action(train, entry=40)
    assert next_actions(product(actions=[*in_turn, training]), START, RUNS) == (training,)


def test_notices_start_together_in_the_order_of_their_entries() -> None:
    notices = [action(ActionKind.NOTIFY, entry=entry) for entry in (25, 21, 23)]
    offered = next_actions(product(actions=notices), START, {ActionKind.NOTIFY})
    assert [notice.entry for notice in offered] == [21, 23, 25]


def test_the_first_time_that_is_due_counts_for_the_kinds_that_are_asked_for() -> None:
    later, sooner = timedelta(minutes=2), timedelta(minutes=1)
    actions = [
        action(ActionKind.NOTIFY, entry=21, due_at=START + later),
        action(ActionKind.NOTIFY, entry=22, due_at=START + sooner),
        action(ActionKind.TRAIN, entry=23, due_at=START),
    ]
    state = product(actions=actions)
    assert next_due(state, {ActionKind.NOTIFY}) == START + sooner
    assert next_due(state, frozenset(ActionKind)) == START
    assert next_due(state, {ActionKind.MEASURE}) is None
