"""The retraining calendar: last, next, overdue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aipo_pipelines.ledger.model.models import TrainingStatus
from aipo_pipelines.policy.facts.calendar import retraining_plan, too_old_since
from tests.unit.policy.stored_facts import champion, product, training
from tests.unit.policy.story import START, Story, charter

MONTHLY = {"retraining": {"cadence": "0 6 1 * *", "triggers": ["cadence"]}}


def test_before_the_first_champion_nothing_is_overdue() -> None:
    story = Story(charter(**MONTHLY)).adopts()
    plan = retraining_plan(story.charter, story.state, story.now)
    assert (plan.last, plan.overdue, plan.overdue_since, plan.tried_at) == (None, False, None, None)
    assert plan.next is not None
    assert (plan.next.day, plan.next.hour) == (1, 6)


def test_a_cycle_that_has_passed_since_the_last_training_is_overdue() -> None:
    story = Story(charter(**MONTHLY)).adopts().delivers("w1").runs_all()
    champion = story.state.champion
    assert champion is not None
    before = retraining_plan(
        story.charter, story.state, champion.model.trained_at + timedelta(days=1)
    )
    assert (before.last, before.overdue) == (champion.model.trained_at, False)
    later = retraining_plan(
        story.charter, story.state, champion.model.trained_at + timedelta(days=40)
    )
    assert later.overdue
    assert later.overdue_since == before.next


def test_without_a_cadence_there_is_no_next_training() -> None:
    story = Story(charter(retraining={})).adopts()
    assert retraining_plan(story.charter, story.state, story.now).next is None


def test_a_champion_reaches_its_agreed_age_counted_from_its_training() -> None:
    aged = charter(retraining={"maximum_age": "10d"})
    story = Story(aged).adopts().delivers("w1").runs_all()
    champion = story.state.champion
    assert champion is not None
    limit = champion.model.trained_at + timedelta(days=10)
    assert too_old_since(aged, story.state) == limit
    assert retraining_plan(aged, story.state, limit - timedelta(seconds=1)).too_old_since is None
    assert retraining_plan(aged, story.state, limit).too_old_since == limit


def test_without_an_agreed_age_no_champion_is_too_old() -> None:
    story = Story(charter(retraining={})).adopts().delivers("w1").runs_all()
    assert too_old_since(story.charter, story.state) is None


# The plan at its bounds.


DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
FIRST_OF_APRIL = datetime(2026, 4, 1, 6, 0, tzinfo=UTC)


def plan(agreed: Any, at: datetime, *trainings: Any, **facts: Any) -> Any:
    state = product(trainings=trainings, **{"champion": champion(), **facts})
    return retraining_plan(agreed, state, at)


def test_a_training_is_overdue_from_the_first_limit_that_passed() -> None:
    agreed = charter(retraining={"cadence": "0 6 1 * *", "maximum_age": "10d"})
    limit = START + 10 * DAY
    assert plan(agreed, limit - MICROSECOND).overdue_since is None
    assert plan(agreed, limit).overdue_since == limit
    assert plan(agreed, FIRST_OF_APRIL + DAY).overdue_since == limit
    older = charter(retraining={"cadence": "0 6 1 * *", "maximum_age": "90d"})
    assert plan(older, FIRST_OF_APRIL - MICROSECOND).overdue is False
    assert plan(older, FIRST_OF_APRIL).overdue_since == FIRST_OF_APRIL
    assert plan(older, START + 200 * DAY).overdue_since == FIRST_OF_APRIL


@pytest.mark.parametrize("status", list(TrainingStatus))
def test_a_training_counts_unless_it_was_given_up(status: TrainingStatus) -> None:
    agreed = charter(retraining={"maximum_age": "10d"})
    asked_at = START + 9 * DAY
    now = plan(agreed, START + 12 * DAY, training(asked_at=asked_at, status=status))
    given_up = status is TrainingStatus.GIVEN_UP
    assert now.tried_at == (None if given_up else asked_at)
    assert now.overdue is given_up
    # The age is that of the champion, which nothing has replaced.
    assert now.too_old_since == START + 10 * DAY


def test_only_trainings_after_that_of_the_champion_were_tried_since() -> None:
    agreed = charter(retraining={"maximum_age": "10d"})
    at_start, later = training(20), training(21, asked_at=START + MICROSECOND)
    assert plan(agreed, START + DAY, at_start).tried_at is None
    last = training(22, asked_at=START + DAY)
    assert plan(agreed, START + DAY, last, later, at_start).tried_at == START + DAY


def test_a_champion_has_a_date_and_a_product_without_a_model_has_no_cycle() -> None:
    monthly = charter(retraining={"cadence": "0 6 1 * *"})
    assert plan(monthly, START).last == START
    assert plan(monthly, START).next == FIRST_OF_APRIL
    assert plan(monthly, FIRST_OF_APRIL).next == datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
    without = monthly.model_copy(update={"model": None})
    later = plan(without, FIRST_OF_APRIL + DAY)
    assert (later.next, later.overdue) == (None, False)


def test_a_training_that_rests_is_part_of_the_plan() -> None:
    agreed = charter(retraining={"cadence": "0 6 1 * *", "cooldown_by_clock": "90d"})
    at = FIRST_OF_APRIL + DAY
    held_back = plan(agreed, at, training(20)).held_back
    assert held_back is not None
    assert (held_back.since, held_back.until) == (FIRST_OF_APRIL, START + 90 * DAY)
