"""Content that its name held before is as old as it was then, and has its former position.

Whether it comes back after another version, after its feed withdrew it, or is found in another
source: nothing that came since is hidden by it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aipo_pipelines.ledger.events.batches import BatchArrived
from aipo_pipelines.ledger.fold.facts import from_facts, to_facts
from aipo_pipelines.policy.answer.verdict import Performing
from tests.unit.policy.story import FAIL, PASS, START, Story, charter, figure
from tests.unit.policy.withdrawing import withdraws

PERFORMANCE = "performance/performance"
PLACE = "charter.sources.crm.location"
AT_ONCE = [{"check": PERFORMANCE, "reactions": ["escalate"]}]
OUTCOMES: dict[bool, dict[str, Any]] = {
    True: {"verdict": PASS, "figures": (figure(),)},
    False: {"verdict": FAIL, "figures": (figure(value=0.5, verdict="fail"),)},
}


def agreed(**changes: Any) -> Story:
    return Story(charter(**{"responses": AT_ONCE, **changes})).adopts()


def comes(
    story: Story,
    name: str,
    held: str,
    *,
    day: int | None = None,
    good: bool = True,
    records: str = "",
    rows: int = 500,
) -> Story:
    """A batch with some content; it is not measured yet."""
    dated = None if day is None else START + timedelta(days=day)
    event = BatchArrived(
        partition=name,
        digest=held,
        labels_digest="",
        location=f"{name}.csv",
        rows=rows,
        batch_date=dated,
        records=records,
    )
    return story.judges(PERFORMANCE, name, **OUTCOMES[good]).records(event)


def order(story: Story) -> list[str]:
    standing = [
        batch for batch in story.state.batches.values() if batch.stands and not batch.former
    ]
    return [batch.partition for batch in sorted(standing, key=lambda batch: batch.position)]


def age_of(story: Story, name: str) -> timedelta:
    return story.now - story.state.batches[name].evidence_at


def incident_is_open(story: Story) -> bool:
    return story.incident(f"check:{PERFORMANCE}").is_open


# Under its own name.


def test_a_file_that_holds_what_it_held_before_is_as_old_as_that() -> None:
    story = comes(agreed(), "export", "1").runs_all()
    comes(story.later(days=7), "export", "2").runs_all()
    comes(story.later(days=6), "export", "1").runs_all()
    assert (story.answer().verdict, age_of(story, "export")) == (
        Performing.YES,
        timedelta(days=13),
    )
    assert story.later(days=2).answer().verdict is Performing.UNKNOWN
    comes(story, "export", "3").runs_all()
    assert (story.answer().verdict, age_of(story, "export")) == (Performing.YES, timedelta(0))


def test_two_contents_in_turn_are_no_new_evidence_in_any_order_of_records() -> None:
    story = agreed()
    for turn in range(8):
        held = "odd" if turn % 2 else "even"
        comes(story.later(days=7), "export", f"{turn}", records=held).runs_all()
    assert age_of(story, "export") == timedelta(days=42)
    assert story.answer().verdict is Performing.UNKNOWN


def test_what_a_name_held_before_a_copy_of_it_came_is_no_copy() -> None:
    story = comes(agreed(), "export", "1")
    comes(story.later(days=7), "copy", "1")
    comes(story.later(days=7), "export", "2")
    comes(story.later(days=7), "export", "1")
    batches = story.state.batches
    assert (batches["copy"].copy_of, batches["export"].copy_of) == ("export", "")
    assert age_of(story, "copy") == age_of(story, "export") == timedelta(days=21)


def test_a_correction_that_is_taken_back_leaves_a_dated_batch_as_it_was() -> None:
    story = comes(agreed(), "w1", "1", day=0).runs_all()
    comes(story.later(days=1), "w1", "2", day=0, good=False).runs_all()
    assert story.answer().verdict is Performing.NO
    comes(story.later(days=1), "w1", "1", day=0).runs_all()
    assert story.answer().verdict is Performing.YES
    assert not incident_is_open(story)
    assert age_of(story, "w1") == timedelta(days=2)


def test_a_correction_with_more_records_that_failed_is_not_excused_by_taking_it_back() -> None:
    story = comes(agreed(), "w1", "1", day=0).runs_all()
    more: dict[str, Any] = {"verdict": FAIL, "figures": (figure(value=0.5, verdict="fail", n=501),)}
    comes(story.later(days=1), "w1", "2", day=0, rows=501)
    story.judges(PERFORMANCE, "w1", **more).runs_all()
    comes(story.later(days=1), "w1", "1", day=0).runs_all()
    assert story.answer().verdict is Performing.NO
    comes(story.later(days=5), "w2", "later", day=7).runs_all()
    assert story.answer().verdict is Performing.YES


def test_a_date_that_only_a_later_version_brought_does_not_date_what_comes_back() -> None:
    story = comes(agreed(), "export", "1").runs_all()
    comes(story.later(days=20), "export", "2", day=20).runs_all()
    comes(story.later(days=1), "export", "1").runs_all()
    assert age_of(story, "export") == timedelta(days=21)


def test_a_file_without_a_date_hides_no_failing_batch_when_it_holds_what_it_held_before() -> None:
    story = comes(agreed(), "export", "1").runs_all()
    comes(story.later(days=7), "w2", "w2", day=7, good=False).runs_all()
    comes(story.later(hours=1), "export", "2").runs_all()
    comes(story.later(hours=1), "export", "1").runs_all()
    assert order(story) == ["export", "w2"]
    assert story.answer().verdict is Performing.NO


def test_a_failing_batch_without_a_date_stays_last_when_a_dated_one_comes_back() -> None:
    story = comes(agreed(), "w1", "1", day=0).runs_all()
    comes(story.later(days=1), "undated", "u", good=False).runs_all()
    comes(story.later(days=1), "w1", "2", day=0)
    comes(story, "w1", "1", day=0)
    assert order(story) == ["w1", "undated"]
    assert story.runs_all().answer().verdict is Performing.NO


def test_a_failing_batch_that_a_correction_had_hidden_answers_again_when_that_is_taken_back() -> (
    None
):
    story = comes(agreed().later(days=1), "w1", "1", day=1).runs_all()
    comes(story, "undated", "u", good=False).runs_all()
    comes(story.later(days=1), "w1", "2", day=1).runs_all()
    assert story.answer().verdict is Performing.YES
    comes(story.later(days=1), "w1", "1", day=1)
    assert order(story) == ["w1", "undated"]
    assert story.runs_all().answer().verdict is Performing.NO


# After its feed withdrew it.


@pytest.mark.parametrize("held", ["u", "sorted"])
def test_what_was_withdrawn_and_comes_back_hides_no_batch_that_failed_since(held: str) -> None:
    story = comes(agreed(), "w1", "w1", day=0).runs_all()
    comes(story, "undated", "u", records="same").runs_all()
    comes(story.later(days=7), "w2", "w2", day=7, good=False).runs_all()
    withdraws(story, "undated").runs_all()
    comes(story.later(days=1), "undated", held, records="same").runs_all()
    assert order(story) == ["w1", "undated", "w2"]
    assert age_of(story, "undated") == timedelta(days=8)
    assert story.answer().verdict is Performing.NO
    assert incident_is_open(story)


def test_a_withdrawn_batch_leaves_no_trace_in_the_place_of_a_failing_batch_without_a_date() -> None:
    story = agreed().later(days=40)
    comes(story, "undated", "A", good=False).later(days=1).runs_all()
    comes(story, "w2", "B", day=3).later(days=1).runs_all()
    comes(story, "w3", "C", day=10).later(days=1).runs_all()
    withdraws(story, "w2")
    comes(story, "w2", "D", day=3).later(days=1).runs_all()
    assert order(story) == ["w2", "undated", "w3"]


def test_a_window_that_comes_back_hides_no_failing_batch_without_a_date() -> None:
    story = comes(agreed(), "w1", "w1", day=0)
    comes(story.later(days=7), "w2", "w2", day=7).runs_all()
    withdraws(story, "w2")
    comes(story.later(days=1), "undated", "u", good=False).runs_all()
    comes(story.later(days=1), "w2", "w2", day=7).runs_all()
    assert order(story) == ["w1", "w2", "undated"]
    assert story.answer().verdict is Performing.NO


# In another source.


def moved(story: Story) -> Story:
    return story.adopts(None, PLACE).runs_all()


def test_an_old_batch_without_a_date_that_moved_hides_no_failing_batch_that_moved() -> None:
    story = comes(agreed(), "w1", "w1", day=0).runs_all()
    comes(story, "initial load", "i").runs_all()
    comes(story.later(days=7), "w2", "w2", day=7, good=False).runs_all()
    moved(story)
    comes(story, "w2", "w2", day=7, good=False).runs_all()
    comes(story, "initial load", "i").runs_all()
    assert order(story) == ["initial load", "w2"]
    assert story.answer().verdict is Performing.NO
    assert incident_is_open(story)


@pytest.mark.parametrize("ahead", [0, 9])
@pytest.mark.parametrize("held", ["w2", "sorted"])
def test_old_data_that_moved_hides_no_failing_batch_of_the_agreed_source(
    held: str, ahead: int
) -> None:
    story = comes(agreed(), "w1", "w1", day=0).later(days=7)
    comes(story, "w2", "w2", day=7 + ahead, records="same").runs_all()
    comes(moved(story).later(days=1), "new", "n", good=False).runs_all()
    comes(story.later(days=1), "w1", "w1", day=0)
    comes(story, "w2", held, day=7 + ahead, records="same").runs_all()
    assert order(story) == ["w1", "w2", "new"]
    assert story.answer().verdict is Performing.NO
    assert incident_is_open(story)


def test_a_failing_batch_without_a_date_that_moved_is_hidden_by_no_older_batch() -> None:
    story = comes(agreed().later(days=8), "w2", "w2", day=7).runs_all()
    comes(story, "undated", "u", good=False).runs_all()
    comes(moved(story), "w1", "w1", day=0)
    comes(story, "undated", "u", good=False)
    comes(story, "w2", "w2", day=7)
    assert order(story) == ["w1", "w2", "undated"]
    assert story.runs_all().answer().verdict is Performing.NO


# For any events: as if nothing had been away.


class Twins:
    """Two products that are delivered the same; of one, content goes and comes back."""

    def __init__(self) -> None:
        self.real, self.calm = agreed(), agreed()
        self.known: dict[str, dict[str, Any]] = {}
        self.away: dict[str, int] = {}
        self.fresh = 0

    def both(self) -> tuple[Story, Story]:
        return self.real, self.calm

    def passes(self, hours: int) -> None:
        for story in self.both():
            story.later(hours=hours)

    def delivers(self, name: str, **members: Any) -> None:
        self.known[name] = members
        for story in self.both():
            comes(story, name, name, **members)

    def leaves(self, name: str, how: str, *, good: bool) -> None:
        """Of one product other content is delivered, or the batch is withdrawn."""
        if self.real.state.batches[name].former or name in self.away:
            return
        self.away[name] = self.fresh
        self.fresh += 1
        if how == "withdrawn":
            withdraws(self.real, name)
        else:
            held = f"other {self.fresh}"
            comes(self.real, name, held, day=self.known[name]["day"], good=good)

    def moves(self) -> None:
        self.real.adopts(None, PLACE)
        self.away = {name: place for place, name in enumerate(self.known)}

    def returns(self, name: str) -> None:
        self.away.pop(name, None)
        comes(self.real, name, name, **self.known[name])

    def settles(self) -> None:
        for name in [*self.away]:
            self.returns(name)
        for story in self.both():
            story.runs_all().ticks().runs_all()


DAYS = st.sampled_from([None, None, -20, -10, -3, -3, 0, 0])
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["arrives", "arrives", "leaves", "withdrawn", "moves", "back", "runs"]),
        st.integers(0, 7),
        DAYS,
        st.booleans(),
    ),
    min_size=3,
    max_size=14,
)


def plays(twins: Twins, act: str, index: int, day: int | None, *, good: bool) -> None:
    twins.passes(20)
    names = [*twins.known]
    if act == "arrives" or not names:
        today = (twins.real.now - START).days
        dated = None if day is None else today + day
        twins.delivers(f"b{len(names):02}", day=dated, good=good)
    elif act in {"leaves", "withdrawn"}:
        twins.leaves(names[index % len(names)], act, good=good)
    elif act == "moves":
        twins.moves()
    elif act == "back" and twins.away:
        away = [*twins.away]
        twins.returns(away[index % len(away)])
    else:
        for story in twins.both():
            story.runs_all()


@settings(deadline=None)
@given(ACTS)
def test_batches_that_come_back_are_as_if_they_had_stayed(
    acts: list[tuple[str, int, int | None, bool]],
) -> None:
    twins = Twins()
    for act, index, day, good in acts:
        plays(twins, act, index, day, good=good)
        # The moment when a date is known to be a slip depends on the arrivals before it.
        assume(not any(batch.slipped for batch in twins.real.state.batches.values()))
    twins.settles()
    real, calm = twins.both()
    assert order(real)[-1:] == order(calm)[-1:]
    assert _ages(real) == _ages(calm)
    if real.answer().verdict is Performing.YES:
        assert calm.answer().verdict is Performing.YES
    facts = [(kind, key, value) for (kind, key), value in to_facts(real.state).items()]
    assert to_facts(from_facts("churn", facts)) == to_facts(real.state)


def _ages(story: Story) -> dict[str, datetime]:
    return {name: batch.evidence_at for name, batch in story.state.batches.items()}
