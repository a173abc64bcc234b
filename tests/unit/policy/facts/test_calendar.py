"""The retraining calendar: last, next, overdue."""

from __future__ import annotations

from datetime import timedelta

from aipo_pipelines.policy.facts.calendar import retraining_plan, too_old_since
from tests.unit.policy.story import Story, charter

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
