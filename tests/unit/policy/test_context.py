from __future__ import annotations

from datetime import timedelta

from aipo_pipelines.ledger.events.actions import ActionFinished
from aipo_pipelines.policy.context import draft
from tests.unit.policy.contexts import context_of
from tests.unit.policy.story import START, Story

EVENT = ActionFinished(action=1, attempt=1)


def test_the_entry_of_a_rule_names_the_rule_as_its_actor_and_the_moment_as_its_time() -> None:
    moment = START + timedelta(hours=1)
    entry = draft("churn", "some/key", "release", "model/1", EVENT, moment)
    assert (entry.product, entry.key, entry.subject) == ("churn", "some/key", "model/1")
    assert (entry.actor, entry.occurred_at, entry.event) == ("rule:release", moment, EVENT)


def test_the_key_of_a_decision_names_product_cause_and_rule() -> None:
    context = context_of(Story().adopts(), EVENT)
    entry = context.draft("escalate", "incident/7", EVENT)
    assert entry.key == "policy/churn/1/escalate"
    assert (entry.product, entry.actor, entry.subject) == ("churn", "rule:escalate", "incident/7")
    assert entry.occurred_at == START


def test_several_entries_of_one_rule_from_one_cause_have_different_keys() -> None:
    context = context_of(Story().adopts(), EVENT)
    first, second = (context.draft("measure", "batch/w1", EVENT, key=key) for key in ("w1", "w2"))
    assert (first.key, second.key) == ("policy/churn/1/measure/w1", "policy/churn/1/measure/w2")


def test_the_same_decision_about_the_same_entry_has_the_same_key_at_any_time() -> None:
    story = Story().adopts()
    now = context_of(story, EVENT).draft("measure", "batch/w1", EVENT)
    later = context_of(story.later(days=3), EVENT).draft("measure", "batch/w1", EVENT)
    assert now.key == later.key
    assert context_of(story.delivers("w1"), EVENT).draft("measure", "", EVENT).key != now.key
