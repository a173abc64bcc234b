"""First models that gates refuse: tried again on new data, and not without end."""

from __future__ import annotations

from typing import Any

import pytest

from aipo_pipelines.ledger.events.incidents import IncidentOpened
from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.ledger.model.state import ActionKind
from aipo_pipelines.policy.facts.first_models import is_used_up, refused, why_no_more
from aipo_pipelines.policy.people.manual_actions import retrain
from aipo_pipelines.policy.rules.first_training import CAUSE
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.policy.wording.trainings import rest_sentence, training_sentence
from tests.unit.policy.stored_facts import decision, product, training
from tests.unit.policy.story import Story, charter

ADA = "Ada Ng"


def _refused(count: int, attempts: int = 3) -> Story:
    """The first so many models fail a gate; eight batches arrive, one after the other."""
    story = Story(charter(retraining={"attempts": attempts})).adopts()
    for model in range(1, count + 1):
        story.gates(model, accuracy="fail")
    for week in range(1, 9):
        story.delivers(f"w{week}").later(days=7).runs_all()
    return story


def _asked(story: Story) -> int:
    return len(story.bodies(TrainingDue.kind))


def test_a_first_model_is_tried_again_on_new_data_until_one_passes() -> None:
    story = _refused(2)
    assert _asked(story) == 3
    assert story.state.champion is not None
    assert story.answer().trainings.first_refused == 0


def test_luck_gets_as_many_chances_as_agreed_and_then_people_are_asked() -> None:
    story = _refused(8)
    assert _asked(story) == 3
    incident = story.incident(CAUSE)
    assert incident.is_open
    assert incident.title == "No first model passed its gates in 3 attempts"
    assert sum(body["cause"] == str(CAUSE) for body in story.bodies(IncidentOpened.kind)) == 1
    held = story.answer().retraining.held_back
    assert held is not None
    assert (str(held.trigger), held.until) == ("first model", None)
    assert training_sentence(held) in sentences(story.answer().caveats)
    assert "rests until people decide: Gates refused 3 first models" in training_sentence(held)
    assert story.answer().trainings.first_refused == 3


def test_a_person_may_ask_for_another_and_its_release_ends_the_incident() -> None:
    story = _refused(3)
    assert _asked(story) == 3
    story.decides(retrain, person=ADA, reason="The tariff was corrected.").runs_all()
    assert story.state.champion is not None
    assert story.state.champion.version == "4"
    assert not story.incident(CAUSE).is_open


def test_agreeing_on_more_attempts_tries_again_and_ends_the_incident() -> None:
    story = _refused(4)
    story.adopts(charter(version="2", retraining={"attempts": 5})).runs_all()
    assert _asked(story) == 4
    assert not story.incident(CAUSE).is_open
    story.delivers("w9").runs_all()
    assert story.state.champion is not None


def test_what_was_given_up_is_no_attempt() -> None:
    story = Story(charter(retraining={"attempts": 1})).adopts().delivers("w1")
    story.runs(story.next(ActionKind.MEASURE)).gives_up(story.next(ActionKind.TRAIN))
    assert story.answer().trainings.first_refused == 0
    story.delivers("w2").runs_all()
    assert story.state.champion is not None


# The count of refusals.


def _decided(*decisions: Any, trigger: str = "first model") -> Any:
    """Each version was trained by the entry before that of its decision."""
    return product(
        trainings=[training(each.entry - 1, trigger, version=each.version) for each in decisions],
        decisions={each.version: each for each in decisions},
    )


def test_refusals_by_gates_are_counted_in_the_order_of_their_entries() -> None:
    later, earlier = decision("1", 12), decision("2", 10)
    assert refused(_decided(later, earlier)) == (earlier, later)
    assert refused(_decided()) == ()


@pytest.mark.parametrize("rule", ["superseded", "rejected", "approved"])
def test_only_gates_refuse_a_first_model(rule: str) -> None:
    assert refused(_decided(decision("1", 10, rule=rule))) == ()


def test_models_of_other_trainings_are_no_first_models() -> None:
    assert refused(_decided(decision("1", 10), trigger="cadence")) == ()
    assert refused(product(trainings=[training(9, "first model", version="1")])) == ()


def test_the_count_begins_again_after_a_version_was_allowed_to_go_live() -> None:
    allowed = decision("2", 20, go=True)
    for entry, counted in ((20, 0), (21, 0), (22, 1)):
        assert len(refused(_decided(decision("1", entry), allowed))) == counted
    last_allowed = decision("3", 30, go=True)
    state = _decided(decision("1", 25), allowed, last_allowed)
    assert refused(state) == ()


def test_a_refusal_that_follows_from_the_first_entry_counts() -> None:
    assert len(refused(_decided(decision("1", 1)))) == 1


def test_attempts_are_used_up_at_the_agreed_number() -> None:
    state = _decided(decision("1", 10), decision("2", 12))
    for attempts, used_up in ((1, True), (2, True), (3, False)):
        assert is_used_up(charter(retraining={"attempts": attempts}), state) is used_up


def test_people_read_the_number_and_both_ways_to_go_on() -> None:
    agreed = charter(retraining={"attempts": 1})
    reason = why_no_more(agreed, _decided(decision("1", 10)))
    assert rest_sentence(reason) == (
        "Gates refused 1 first model, and rules try at most 1: each further attempt is another "
        "chance to pass by luck. Look at data and limits; then request one more with: aipo retrain "
        'churn --by "YOUR NAME" --reason "WHY"; or agree on more `retraining.attempts`.'
    )
