"""The rest between two trainings, its clock, and the note for people about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aipo_pipelines.ledger.append import CLOCK_TOLERANCE
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.policy.facts.retraining_limits import (
    Rest,
    agreed_rest,
    capped,
    in_period,
    resting,
    waits_on_same_data,
)
from aipo_pipelines.policy.facts.training import data_of
from aipo_pipelines.policy.statements.trainings import (
    AgreedRest,
    CapReached,
    DelayedTraining,
    SameDataWaits,
)
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.policy.wording.trainings import training_sentence
from tests.unit.policy.stored_facts import agreement, batch, candidate, product, training
from tests.unit.policy.story import FAIL, START, Story, charter

PERFORMANCE = "performance/performance"
LONG_AGO = datetime(2011, 1, 31, tzinfo=UTC)


def _story(dated: datetime | None = None, fails: int = 1, of: int = 1, **retraining: Any) -> Story:
    """Champion 1 is in charge, trained on the first batch; failing performance retrains."""
    response = {"check": "performance", "reactions": ["retrain"], "fails": fails, "of": of}
    agreed = charter(responses=[response], retraining=retraining)
    return Story(agreed).adopts().delivers("first", dated=dated).runs_all()


def _fails(story: Story, *names: str, dated: datetime | None = None) -> Story:
    for name in names:
        story.later(minutes=1).judges(PERFORMANCE, name, FAIL).delivers(name, dated=dated)
        story.runs_all()
    return story


def _asked(story: Story) -> int:
    return len(story.bodies(TrainingDue.kind))


def _held(story: Story) -> DelayedTraining:
    held = story.answer().retraining.held_back
    assert held is not None
    return held


def test_a_backlog_without_dates_is_retrained_at_once_if_two_of_three_fail() -> None:
    story = _fails(_story(fails=2, of=3), "a", "b")
    assert _asked(story) == 2
    assert story.answer().retraining.held_back is None


def test_a_backlog_without_dates_rests_if_the_charter_says_how_long() -> None:
    story = _fails(_story(cooldown_by_clock="2h"), "a")
    assert _asked(story) == 1
    held = _held(story)
    assert (str(held.trigger), held.by_dates) == (f"check:{PERFORMANCE}", False)
    assert held.until == START + timedelta(hours=2)
    assert training_sentence(held) in sentences(story.answer().caveats)


def test_what_rested_by_the_clock_is_asked_for_when_the_rest_is_over() -> None:
    story = _fails(_story(cooldown_by_clock="2h"), "a").later(minutes=30).ticks()
    assert _asked(story) == 1
    story.later(hours=2).ticks().ticks()
    assert _asked(story) == 2
    story.gates(2, accuracy="fail").runs_all().later(days=3).ticks()
    assert _asked(story) == 2


def test_a_dated_backlog_is_moved_by_its_dates_and_not_by_the_clock() -> None:
    story = _story(LONG_AGO, cooldown="10d")
    _fails(story, "a", dated=LONG_AGO + timedelta(days=7))
    assert _asked(story) == 1
    held = _held(story)
    assert (held.until, held.by_dates) == (LONG_AGO + timedelta(days=10), True)
    assert "rests until a batch of 2011-02-10 00:00 UTC or later is there" in training_sentence(
        held
    )
    _fails(story, "b", dated=LONG_AGO + timedelta(days=14))
    assert _asked(story) == 2


def test_a_year_of_waiting_ends_no_rest_that_is_counted_by_dates() -> None:
    story = _fails(_story(LONG_AGO, cooldown="10d"), "a", dated=LONG_AGO + timedelta(days=7))
    story.later(days=400).ticks()
    assert _asked(story) == 1


def test_a_date_that_is_corrected_does_not_hold_a_product_back_for_years() -> None:
    story = _story(LONG_AGO + timedelta(days=3650), cooldown="10d")
    story.delivers("first", digest="corrected", dated=LONG_AGO).runs_all().later(days=11)
    _fails(story, "a", dated=LONG_AGO + timedelta(days=7))
    assert _asked(story) == 2


def test_batches_that_lose_their_dates_are_counted_by_the_clock_from_then_on() -> None:
    story = _fails(_story(LONG_AGO, cooldown="10d"), "a")
    assert (_held(story).until, _held(story).by_dates) == (START + timedelta(days=10), False)
    story.later(days=10).ticks()
    assert _asked(story) == 2


def test_a_training_from_before_batches_had_dates_is_counted_by_the_clock() -> None:
    story = _story(cadence="0 6 1 * *", cooldown="60d").delivers("a", dated=LONG_AGO).runs_all()
    story.later(days=31).ticks()
    assert (_held(story).until, _held(story).by_dates) == (START + timedelta(days=60), False)


def test_the_cap_is_counted_by_dates_and_says_until_when_it_holds() -> None:
    story = _story(LONG_AGO, cooldown=None, attempts=1, period="20d")
    _fails(story, "a", dated=LONG_AGO + timedelta(days=7))
    _fails(story, "b", dated=LONG_AGO + timedelta(days=14))
    assert _asked(story) == 2
    assert _held(story).until == LONG_AGO + timedelta(days=27)
    assert _held(story).why == CapReached(requested=1, most=1, period=timedelta(days=20))
    _fails(story, "c", dated=LONG_AGO + timedelta(days=28))
    assert _asked(story) == 3


def test_a_cadence_that_waits_for_new_data_says_so() -> None:
    story = Story(charter(retraining={"cadence": "0 6 1 * *"})).adopts().delivers("w1").runs_all()
    story.later(days=31).ticks()
    held = _held(story)
    assert (str(held.trigger), held.by_dates) == ("cadence", True)
    assert held.until == START + timedelta(days=1)
    story.delivers("w4").runs_all().ticks()
    assert story.answer().retraining.held_back is None


def test_nothing_is_called_due_once_the_check_holds_again() -> None:
    story = _fails(_story(LONG_AGO, cooldown="30d"), "a", dated=LONG_AGO + timedelta(days=7))
    story.delivers("b", dated=LONG_AGO + timedelta(days=14)).runs_all()
    assert story.answer().retraining.held_back is None


def test_a_rest_that_never_holds_is_named() -> None:
    def notes(story: Story) -> list[str]:
        shown = (*sentences(story.answer().caveats), *story.answer().undecided)
        return [sentence for sentence in shown if "has no effect" in sentence]

    (caveat,) = notes(_story(cooldown="7d"))
    assert caveat.startswith("A rest of 7 days between two trainings has no effect")
    assert notes(_story(LONG_AGO, cooldown="7d")) == notes(_story()) == []


# Single rests at their bounds.


DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
UNDATED = [batch("first")]
DATED = [batch("w1"), batch("w5")]
"""Batches of two dates: the newest data is of `START` and four weeks."""
NEWEST = START + 28 * DAY
BY_CLOCK = {"cooldown_by_clock": "2d"}


def _rested(at: datetime, *trainings: Any, batches: Any = UNDATED, **retraining: Any) -> Any:
    state = product(batches=batches, trainings=trainings)
    return resting(charter(retraining=retraining), state, at)


def test_the_rest_of_dated_batches_is_not_that_of_undated_batches() -> None:
    agreed = charter(retraining={"cooldown": "2d", "cooldown_by_clock": "2h"})
    assert agreed_rest(agreed, product(batches=DATED)) == 2 * DAY
    assert agreed_rest(agreed, product(batches=[*UNDATED, batch("w1")])) == 2 * DAY
    assert agreed_rest(agreed, product(batches=UNDATED)) == timedelta(hours=2)
    assert agreed_rest(charter(), product()) is None


def test_a_rest_ends_at_its_moment_by_the_clock() -> None:
    asked_at = START + DAY
    before = _rested(START + 3 * DAY - MICROSECOND, training(asked_at=asked_at), **BY_CLOCK)
    assert before == Rest(
        until=START + 3 * DAY,
        by_dates=False,
        reason=AgreedRest(length=2 * DAY, asked_at=asked_at, data_up_to=None),
    )
    assert _rested(START + 3 * DAY, training(asked_at=asked_at), **BY_CLOCK) is None
    assert _rested(START) is None


def test_a_rest_ends_with_a_batch_of_its_date() -> None:
    asked_at = START + 400 * DAY
    for data_at, rests in ((NEWEST - 2 * DAY, False), (NEWEST - 2 * DAY + MICROSECOND, True)):
        known = training(asked_at=asked_at, data_at=data_at)
        rest = _rested(asked_at + DAY, known, batches=DATED, cooldown="2d")
        assert (rest is not None) is rests
    known = training(asked_at=asked_at, data_at=NEWEST - DAY)
    assert _rested(asked_at + DAY, known, batches=DATED, cooldown="2d") == Rest(
        until=NEWEST + DAY,
        by_dates=True,
        reason=AgreedRest(length=2 * DAY, asked_at=asked_at, data_up_to=NEWEST - DAY),
    )


def test_a_training_on_newer_data_than_all_data_now_is_counted_by_the_clock() -> None:
    asked_at = NEWEST + 10 * DAY
    known = training(asked_at=asked_at, data_at=NEWEST + MICROSECOND)
    rest = _rested(asked_at + DAY, known, batches=DATED, cooldown="2d")
    assert (rest.until, rest.by_dates) == (asked_at + 2 * DAY, False)
    known = training(asked_at=asked_at, data_at=NEWEST)
    rest = _rested(asked_at + DAY, known, batches=DATED, cooldown="2d")
    assert (rest.until, rest.by_dates) == (NEWEST + 2 * DAY, True)


def test_the_rest_that_lasts_longest_counts_in_any_order() -> None:
    asked_at = NEWEST + 10 * DAY
    by_clock = training(20, asked_at=asked_at, data_at=NEWEST + DAY)
    by_dates = training(21, asked_at=asked_at, data_at=NEWEST - DAY)
    for order in ((by_clock, by_dates), (by_dates, by_clock)):
        rest = _rested(asked_at + timedelta(hours=12), *order, batches=DATED, cooldown="2d")
        assert rest.by_dates is False


def test_a_training_of_a_clock_that_was_ahead_lets_nothing_wait() -> None:
    at = START + CLOCK_TOLERANCE
    assert _rested(START, training(asked_at=at), **BY_CLOCK) is not None
    assert _rested(START, training(asked_at=at + MICROSECOND), **BY_CLOCK) is None


# The cap.


def _capped(at: datetime, *trainings: Any, attempts: int = 2, **facts: Any) -> Rest | None:
    agreed = charter(retraining={"attempts": attempts, "period": "10d"})
    return capped(agreed, product(trainings=trainings, **{"batches": UNDATED, **facts}), at)


def test_the_cap_ends_when_one_more_has_left_the_period() -> None:
    two = [training(number, asked_at=START + number * DAY) for number in (1, 2)]
    assert _capped(START + 5 * DAY, two[0]) is None
    assert _capped(START + 5 * DAY, *two) == Rest(
        until=START + 11 * DAY,
        by_dates=False,
        reason=CapReached(requested=2, most=2, period=10 * DAY),
    )
    assert _capped(START + 11 * DAY - MICROSECOND, *two) is not None
    assert _capped(START + 11 * DAY, *two) is None


def test_more_trainings_than_the_cap_must_leave_until_fewer_remain() -> None:
    requested = [training(number, asked_at=START + number * DAY) for number in (3, 1, 4, 2)]
    rest = _capped(START + 5 * DAY, *requested)
    assert rest is not None
    # Of four trainings the third must leave: then one is left, and two are allowed.
    assert rest.until == START + 13 * DAY
    assert rest.reason == CapReached(requested=4, most=2, period=10 * DAY)


def test_a_cap_by_dates_ends_with_a_batch_of_its_date() -> None:
    known = training(data_at=NEWEST - 3 * DAY)
    rest = _capped(NEWEST + 99 * DAY, known, attempts=1, batches=DATED)
    assert rest is not None
    assert (rest.until, rest.by_dates) == (NEWEST + 7 * DAY, True)


def test_the_first_model_is_no_retraining() -> None:
    first, second = training(1, "first model"), training(2, "by hand")
    assert _capped(START, first, second) is None
    agreed = charter(retraining={"period": "10d"})
    state = product(batches=UNDATED, trainings=[second, first, training(0, asked_at=START - DAY)])
    assert [known.entry for known in in_period(agreed, state, START)] == [0, 2]
    assert in_period(agreed, state, START + 10 * DAY) == ()


# A version that waits for people.


DATA = data_of(UNDATED)


@pytest.mark.parametrize(
    ("attempt", "version", "waits"),
    [
        ({}, {}, True),
        ({"data": "other"}, {}, False),
        ({"entry": 3}, {}, False),
        ({"entry": 4}, {"training": 4}, True),
        ({}, {"requested": None}, False),
        ({}, {"decision": 40}, False),
        ({}, {"training": None}, False),
        ({}, {"training": 8}, False),
    ],
    ids=str,
)
def test_a_version_on_the_same_data_waits_for_people(
    attempt: dict[str, Any], version: dict[str, Any], *, waits: bool
) -> None:
    known = training(**{"entry": 9, "data": DATA, **attempt})
    waiting = candidate(**{"training": known.entry, "requested": 33, **version})
    state = product(
        batches=UNDATED,
        trainings=[known],
        candidates={"1": candidate("1"), "2": waiting},
        charter=agreement(binding_since=3),
    )
    reason = SameDataWaits(product="churn", version="2")
    expected = Rest(until=None, by_dates=False, reason=reason) if waits else None
    assert waits_on_same_data(state) == expected


def test_without_an_agreement_on_record_a_version_waits_since_the_first_entry() -> None:
    known = training(entry=0, data=DATA)
    state = product(
        batches=UNDATED,
        trainings=[known],
        candidates={"2": candidate(training=0, requested=33)},
    )
    assert waits_on_same_data(state) is not None
