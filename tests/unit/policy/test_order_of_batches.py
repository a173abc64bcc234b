"""A batch without a usable date hides no dated batch that arrives after it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.ledger.fold.facts import from_facts, to_facts
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import FAIL, INSUFFICIENT, START, Story, charter, figure

PERFORMANCE = "performance/performance"
AT_ONCE = [{"check": PERFORMANCE, "reactions": ["escalate"], "fails": 1, "of": 1}]
SLIP = "2026-010-01"
FAR_AHEAD = START + timedelta(weeks=52)


def agreed(**changes: object) -> Story:
    return Story(charter(responses=AT_ONCE, **changes)).adopts()


def order(story: Story) -> list[str]:
    return sorted(story.state.batches, key=lambda name: story.state.batches[name].position)


def fails(story: Story, *names: str) -> Story:
    for name in names:
        story.judges(PERFORMANCE, name, FAIL, figures=(figure(value=0.5, verdict="fail"),))
        story.delivers(name).runs_all()
    return story


@pytest.mark.parametrize("slip", [None, FAR_AHEAD])
def test_a_slip_in_a_name_hides_no_failing_batch_that_comes_after_it(slip: object) -> None:
    story = agreed().delivers("w1", "w2").runs_all().later(days=20)
    when = FAR_AHEAD if slip else None
    assert story.delivers(SLIP, dated=when).runs_all().answer().verdict is Performing.YES
    fails(story, "w3")
    assert story.answer().verdict is Performing.NO
    assert story.incident(f"check:{PERFORMANCE}").partitions == ("w3",)
    fails(story, "w4")
    assert story.incident(f"check:{PERFORMANCE}").partitions == ("w3", "w4")


@pytest.mark.parametrize("slip", [None, FAR_AHEAD])
def test_a_slip_in_the_very_first_name_hides_no_failing_batch_either(slip: object) -> None:
    when = FAR_AHEAD if slip else None
    story = agreed().later(days=20).delivers(SLIP, dated=when).runs_all()
    assert story.answer().verdict is Performing.YES
    assert fails(story, "w1").answer().verdict is Performing.NO
    assert story.incident(f"check:{PERFORMANCE}").is_open


def test_a_failing_batch_without_a_date_answers_until_a_newer_dated_one_arrives() -> None:
    story = fails(agreed().delivers("w1", "w3").runs_all().later(days=15), SLIP)
    assert story.answer().verdict is Performing.NO
    assert story.delivers("w2").runs_all().answer().verdict is Performing.NO
    assert story.delivers("w4").runs_all().answer().verdict is Performing.YES


def test_a_batch_without_a_date_is_behind_a_dated_batch_that_looks_ahead() -> None:
    story = agreed().delivers("plan", dated=START + timedelta(days=20)).runs_all()
    assert fails(story, SLIP).answer().verdict is Performing.NO


def test_a_newest_batch_that_is_delivered_again_is_not_hidden() -> None:
    story = agreed().delivers("w1").runs_all().later(days=1).delivers(SLIP).runs_all()
    story.judges(PERFORMANCE, "w1", FAIL, figures=(figure(value=0.5, verdict="fail"),))
    assert story.delivers("w1", digest="other").runs_all().answer().verdict is Performing.NO


def test_a_copy_of_a_slip_under_another_slip_hides_no_failing_batch() -> None:
    story = agreed().delivers("w1").runs_all().later(days=20)
    story.delivers(SLIP, digest="s", dated=FAR_AHEAD).runs_all()
    fails(story, "w2").delivers("again", digest="s").runs_all()
    assert order(story) == ["w1", SLIP, "again", "w2"]
    assert story.answer().verdict is Performing.NO


def test_a_copy_of_a_dated_batch_hides_no_failing_batch_without_a_date() -> None:
    story = fails(agreed().delivers("w1").runs_all().later(days=1), SLIP)
    assert story.delivers("w2", digest="a w1").runs_all().answer().verdict is Performing.NO


def test_a_slip_that_is_delivered_again_with_its_date_corrected_has_that_date() -> None:
    story = agreed().delivers("w1").later(days=20).delivers(SLIP, digest="s")
    corrected = story.delivers("w2", digest="s").state.batches["w2"]
    assert corrected.dated
    assert corrected.occurred_at == START + timedelta(weeks=1)
    too_new = story.delivers("w9", digest="s", dated=story.now + timedelta(days=9))
    assert too_new.state.batches["w9"].occurred_at == story.state.batches[SLIP].arrived_at


def test_a_slip_with_labels_does_not_answer_for_a_later_batch_that_was_left_open() -> None:
    story = agreed(labels={"column": "left", "delay": "7d"}).delivers("w1").runs_all()
    story.later(days=20).delivers(SLIP).runs_all()
    story.judges(PERFORMANCE, "w3", INSUFFICIENT, figures=(figure(value=0.3, high=0.4),))
    story.delivers("w3").runs_all()
    assert story.answer().verdict is Performing.NO


def test_batches_without_dates_are_in_the_order_of_their_arrival() -> None:
    story = agreed()
    for name in ("b", "c", "a"):
        story.later(days=1).delivers(name).runs_all()
    assert order(story) == ["b", "c", "a"]
    assert all(batch.stands_at is None for batch in story.state.batches.values())
    assert fails(story.later(days=1), "aa").answer().verdict is Performing.NO


def test_a_batch_without_a_date_among_dated_batches_is_named() -> None:
    story = agreed().delivers(SLIP)
    assert not any("No date is known" in caveat for caveat in sentences(story.answer().caveats))
    (sentence,) = [
        caveat
        for caveat in sentences(story.delivers("w1").answer().caveats)
        if "No date is known" in caveat
    ]
    assert sentence == (
        f"No date is known for {SLIP}, but other batches have a date: a batch without a date is "
        "before every dated batch that arrives after it. Correct its name or its times and deliver "
        "it again."
    )


def test_a_date_at_the_beginning_of_time_breaks_no_order() -> None:
    first = START.replace(year=1, month=1, day=1, hour=0)
    story = agreed().delivers(SLIP).delivers("first", dated=first)
    assert order(story) == [SLIP, "first"]


def test_a_date_that_is_delivered_again_as_a_slip_hides_no_failing_batch_without_a_date() -> None:
    story = agreed().later(days=1).delivers("w1", dated=START + timedelta(days=7)).runs_all()
    story.later(hours=1).delivers("undated").runs_all()
    story.later(hours=1).delivers("w1", digest="other", dated=FAR_AHEAD).runs_all()
    assert order(story) == ["undated", "w1"]
    assert fails(story.later(hours=1), SLIP).answer().verdict is Performing.NO


ARRIVALS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from([None, -30, 0, 7, 7, 14, 400])),
    max_size=12,
)


@given(ARRIVALS)
def test_for_all_arrivals_the_newest_dated_arrival_is_hidden_by_no_undated_batch(
    arrivals: list[tuple[str, int | None]],
) -> None:
    story = agreed()
    for place, (name, days) in enumerate(arrivals):
        dated = None if days is None else START + timedelta(days=days)
        story.later(hours=1).delivers(name, digest=f"{place}", dated=dated)
        batches = story.state.batches
        real = {batch: b for batch, b in batches.items() if b.dated and not b.slipped}
        last = batches[name]
        if name in real and last.occurred_at == max(b.occurred_at for b in real.values()):
            hidden = [b for batch, b in batches.items() if batch not in real]
            assert all(b.position < last.position for b in hidden)
        if name not in real and len(last.versions) == 1:
            assert order(story)[-1] == name
    facts = [(kind, key, value) for (kind, key), value in to_facts(story.state).items()]
    assert from_facts(story.state.product, facts) == story.state
