"""First models that gates refuse: tried again on new data, and not for ever."""

from __future__ import annotations

import pytest

from aipo_pipelines.ledger.entry import Kind
from aipo_pipelines.ledger.state import ActionKind
from aipo_pipelines.measures.outcome import Verdict
from aipo_pipelines.policy.by_hand import retrain
from aipo_pipelines.policy.first_models import CAUSE
from aipo_pipelines.policy.pending import RUNS, next_actions
from tests.unit.policy.story import Story, charter
from tests.unit.policy.withdrawing import withdraws

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
    return len(story.bodies(Kind.TRAINING_DUE))


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
    assert sum(body["cause"] == CAUSE for body in story.bodies(Kind.INCIDENT_OPENED)) == 1
    held = story.answer().retraining.held_back
    assert held is not None
    assert (held.trigger, held.until) == ("first model", None)
    assert held.sentence in story.answer().caveats
    assert "rests until people decide: Gates refused 3 first models" in held.sentence
    assert story.answer().trainings.first_refused == 3


def test_a_person_may_ask_for_another_and_its_release_ends_the_incident() -> None:
    story = _refused(3)
    assert _asked(story) == 3
    story.says(retrain, person=ADA, reason="The tariff was corrected.").runs_all()
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


def _history(weeks: int, **verdicts: Verdict) -> Story:
    """A history delivered at once, whose first three batches give a model that gates refuse."""
    agreed = charter(retraining={"attempts": 3, "window": {"first_batches": 3}})
    story = Story(agreed).adopts().gates(1, accuracy="fail")
    for name, verdict in verdicts.items():
        story.judges("data_quality/privacy", name, verdict)
    return story.delivers(*(f"w{week}" for week in range(1, weeks + 1)))


def _windows(story: Story) -> list[object]:
    return [body["window"] for body in story.bodies(Kind.TRAINING_DUE)]


EIGHT = [f"w{week}" for week in range(1, 9)]


def test_a_history_delivered_at_once_is_tried_again_as_a_whole() -> None:
    story = _history(8).runs_all()
    assert _windows(story) == [EIGHT[:3], EIGHT]
    assert story.answer().trainings.first_refused == 0
    assert story.state.champion is not None


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.INSUFFICIENT])
def test_a_backlog_whose_last_batch_is_not_approved_is_tried_all_the_same(verdict: Verdict) -> None:
    story = _history(8, w8=verdict).runs_all()
    assert _windows(story) == [EIGHT[:3], EIGHT[:7]]


def test_a_backlog_whose_last_measurement_is_given_up_is_tried_all_the_same() -> None:
    story = _history(8)
    last = next(one for one in story.state.actions.values() if one.partition == "w8")
    while (due := next_actions(story.state, story.now, RUNS))[0].entry != last.entry:
        story.runs(due[0])
    assert _windows(story) == [EIGHT[:3]]
    story.gives_up(last).runs_all()
    assert _windows(story) == [EIGHT[:3], EIGHT[:7]]


def test_a_backlog_whose_last_batch_is_withdrawn_is_tried_all_the_same() -> None:
    story = _history(8)
    for _ in range(7 + 1):  # Seven measurements and a training.
        story.runs(next_actions(story.state, story.now, RUNS)[0])
    assert _windows(story) == [EIGHT[:3]]
    withdraws(story, "w8").runs_all()
    assert _windows(story) == [EIGHT[:3], EIGHT[:7]]


def test_nothing_is_tried_again_on_the_data_that_was_refused() -> None:
    story = _history(3)
    story.judges("data_quality/privacy", "w4", Verdict.INSUFFICIENT).runs_all()
    story.delivers("w4").runs_all()
    assert _windows(story) == [EIGHT[:3]]


def test_what_was_given_up_is_no_attempt() -> None:
    story = Story(charter(retraining={"attempts": 1})).adopts().delivers("w1")
    story.runs(story.next(ActionKind.MEASURE)).gives_up(story.next(ActionKind.TRAIN))
    assert story.answer().trainings.first_refused == 0
    story.delivers("w2").runs_all()
    assert story.state.champion is not None
