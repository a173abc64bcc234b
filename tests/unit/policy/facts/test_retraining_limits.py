"""The rest between two trainings, its clock, and the note for people about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from aipo_pipelines.ledger.events.trainings import TrainingDue
from aipo_pipelines.policy.statements.trainings import CapReached, DelayedTraining
from aipo_pipelines.policy.wording.sentences import sentences
from aipo_pipelines.policy.wording.trainings import training_sentence
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
