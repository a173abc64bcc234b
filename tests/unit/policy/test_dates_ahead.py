"""How far the date of a batch may lie ahead of its arrival is known from the other batches."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.ledger.fold.facts import from_facts, to_facts
from aipo_pipelines.policy.answer.verdict import Performing
from aipo_pipelines.policy.wording.sentences import sentences
from tests.unit.policy.story import FAIL, START, Story, charter, figure

PERFORMANCE = "performance/performance"
AT_ONCE = [{"check": PERFORMANCE, "reactions": ["escalate"]}]
POOR = (figure(value=0.5, verdict="fail"),)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def comes(story: Story, name: str, on: float, dated: float | None = None) -> Story:
    """A batch arrives on a day and is measured; dated that day if not said otherwise."""
    story.later(days=(day(on) - story.now) / timedelta(days=1))
    return story.delivers(name, dated=day(on if dated is None else dated)).runs_all()


def weekly(count: int = 3) -> Story:
    story = Story(charter(responses=AT_ONCE)).adopts()
    for number in range(count):
        comes(story, f"week {number}", 7 * number)
    return story


def slips(story: Story) -> list[str]:
    return [name for name, batch in story.state.batches.items() if batch.slipped]


@pytest.mark.parametrize("ahead", [8, 14, 30])
def test_a_date_further_ahead_than_from_one_batch_to_the_next_hides_no_failing_batch(
    ahead: int,
) -> None:
    story = comes(weekly(), "slip", 16, 16 + ahead)
    assert slips(story) == ["slip"]
    assert story.answer().verdict is Performing.YES
    story.judges(PERFORMANCE, "week 3", FAIL, figures=POOR)
    assert comes(story, "week 3", 21).answer().verdict is Performing.NO
    assert story.incident(f"check:{PERFORMANCE}").partitions == ("week 3",)


def test_the_answer_names_a_date_that_others_do_not_let_expect() -> None:
    (sentence,) = [
        caveat
        for caveat in sentences(comes(weekly(), "slip", 16, 40).answer().caveats)
        if "slip" in caveat
    ]
    assert sentence == (
        "The date of batch slip, 2026-04-11, is further after its arrival than other dates and "
        "is not used: the batch is before every dated batch that arrives after it. Correct the "
        "date and deliver the batch again."
    )


@pytest.mark.parametrize("ahead", [0.5, 1, 7])
def test_a_batch_that_is_dated_the_end_of_the_period_that_begins_is_no_slip(ahead: float) -> None:
    assert slips(comes(weekly(), "next", 21, 21 + ahead)) == []


def test_a_day_ahead_is_no_slip_for_any_number_of_batches() -> None:
    story = Story().adopts()
    for hour in range(5):
        comes(story, f"{hour}", hour / 24)
    assert slips(comes(story, "elsewhere", 0.25, 1)) == []


def test_plans_that_all_look_ahead_alike_are_no_slips() -> None:
    story = Story().adopts()
    for number in range(4):
        comes(story, f"plan {number}", 7 * number, 7 * number + 28)
        assert slips(story) == []


def test_a_feed_that_begins_to_deliver_plans_has_them_dated_from_the_second_on() -> None:
    story = comes(weekly(), "plan 1", 21, 45)
    assert slips(story) == ["plan 1"]
    comes(story, "plan 2", 28, 52)
    assert slips(story) == []
    assert story.state.batches["plan 1"].position[0] == day(45)


def test_batches_that_are_delivered_all_at_once_are_no_slips() -> None:
    assert slips(Story().adopts().delivers("w1", "w2", "w3", "w4", "w5")) == []


def test_a_slip_before_there_are_others_is_named_and_known_with_the_second_of_them() -> None:
    story = comes(comes(Story(charter(responses=AT_ONCE)).adopts(), "slip", 0, 30), "week 1", 7)
    assert slips(story) == []
    (sentence,) = [caveat for caveat in sentences(story.answer().caveats) if "slip" in caveat]
    assert sentence == (
        "Dated ahead of arrival: slip (2026-04-01). A batch that arrives later and is not dated "
        "ahead is after these batches. Correct a wrong date and deliver its batch again."
    )
    story.judges(PERFORMANCE, "week 2", FAIL, figures=POOR)
    assert comes(story, "week 2", 14).answer().verdict is Performing.NO
    assert slips(story) == ["slip"]


@pytest.mark.parametrize("late", [{}, {"delay": "28d"}])
def test_a_failing_batch_that_a_slip_hid_is_measured_again_when_the_slip_is_known(
    late: dict[str, str],
) -> None:
    story = Story(charter(responses=AT_ONCE, labels={"column": "left", **late})).adopts()
    story.judges(PERFORMANCE, "week 1", FAIL, figures=POOR)
    # Both are dated ahead, and among such dates give the order.
    comes(comes(story, "slip", 0, 30), "week 1", 7, 14)
    assert story.answer().verdict is Performing.YES
    assert story.state.incidents == {}
    comes(story, "week 0", 8, 10)
    assert slips(story) == ["slip"]
    assert story.answer().verdict is Performing.NO
    assert story.incident(f"check:{PERFORMANCE}").partitions == ("week 1",)


# Dated ahead, and no slips.


def two_ahead(*names: str) -> Story:
    """Weekly batches. The last two are dated ahead in the same way."""
    story = weekly()
    for number, name in enumerate(names or ("ahead 1", "ahead 2")):
        comes(story, name, 16, 40 + 2 * number)
    assert slips(story) == []
    return story


@pytest.mark.parametrize("late", [0, 1, 5])
def test_what_is_dated_ahead_hides_no_failing_batch_that_arrives_later(late: int) -> None:
    story = two_ahead().judges(PERFORMANCE, "week 3", FAIL, figures=POOR)
    comes(story, "week 3", 21 + late, 21)
    assert story.answer().verdict is Performing.NO
    assert story.incident(f"check:{PERFORMANCE}").partitions == ("week 3",)
    assert comes(story, "week 4", 28).answer().verdict is Performing.YES


def test_a_batch_without_a_date_among_those_dated_ahead_hides_none_either() -> None:
    story = two_ahead().delivers("undated").runs_all()
    story.judges(PERFORMANCE, "week 3", FAIL, figures=POOR)
    assert comes(story, "week 3", 21).answer().verdict is Performing.NO


def test_what_is_dated_ahead_is_named_until_that_date() -> None:
    story = comes(two_ahead(), "week 3", 21)
    (sentence,) = [
        caveat for caveat in sentences(story.answer().caveats) if "Dated ahead" in caveat
    ]
    assert sentence == (
        "Dated ahead of arrival: ahead 1 (2026-04-11), ahead 2 (2026-04-13). A batch that arrives "
        "later and is not dated ahead is after these batches. Correct a wrong date and deliver its "
        "batch again."
    )
    comes(comes(story, "week 4", 41), "week 5", 43)
    assert not any("Dated ahead" in caveat for caveat in sentences(story.answer().caveats))


def test_what_was_a_slip_and_is_none_any_more_hides_no_batch_that_arrived_between() -> None:
    story = comes(weekly(), "ahead 1", 16, 40)
    assert slips(story) == ["ahead 1"]
    story.judges(PERFORMANCE, "week 3", FAIL, figures=POOR)
    comes(story, "week 3", 21)
    story.judges("data_quality/contract", "ahead 2", FAIL)
    comes(story, "ahead 2", 22, 41)
    assert slips(story) == []
    assert story.state.batches["ahead 1"].position < story.state.batches["week 3"].position
    assert story.answer().verdict is Performing.NO


def test_a_plan_that_is_delivered_again_after_its_date_moves_no_later_plan() -> None:
    story = Story(charter(responses=AT_ONCE)).adopts()
    for number in range(4):
        comes(story, f"plan {number}", 7 * number, 7 * number + 28)
    assert not any("Dated ahead" in caveat for caveat in sentences(story.answer().caveats))
    story.judges(PERFORMANCE, "plan 3", FAIL, figures=POOR).delivers(
        "plan 3", digest="poor", dated=day(49)
    )
    assert story.runs_all().answer().verdict is Performing.NO
    story.later(days=12).delivers("plan 0", digest="again", dated=day(28)).runs_all()
    order = sorted(story.state.batches.values(), key=lambda batch: batch.position)
    assert [batch.partition for batch in order] == ["plan 0", "plan 1", "plan 2", "plan 3"]
    assert story.answer().verdict is Performing.NO


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from([None, -14, -3, 0, 1, 7, 8, 9, 30, 40])),
        max_size=12,
    )
)
def test_however_batches_are_dated_the_newest_that_is_not_dated_ahead_is_hidden_by_none_that_is(
    arrivals: list[tuple[int, int | None]],
) -> None:
    story = Story().adopts()
    for place, (name, ahead) in enumerate(arrivals):
        dated = None if ahead is None else story.now + timedelta(days=ahead + 2)
        story.later(days=2).delivers(f"{name}", digest=f"{place}", dated=dated)
        batches = story.state.batches.values()
        last = story.state.batches[f"{name}"]
        up_to_now = [
            batch for batch in batches if batch.dated and not batch.slipped and not batch.early
        ]
        if last in up_to_now and last.occurred_at == max(batch.occurred_at for batch in up_to_now):
            assert all(batch.position < last.position for batch in batches if batch.early)
    facts = [(kind, key, value) for (kind, key), value in to_facts(story.state).items()]
    assert from_facts(story.state.product, facts) == story.state


def test_a_copy_of_a_slip_is_dated_no_better_than_it() -> None:
    story = comes(Story().adopts(), "slip", 0, 30)
    story.delivers("again", digest=story.state.batches["slip"].digest, dated=day(30))
    comes(comes(story, "week 1", 7), "week 2", 14)
    assert slips(story) == ["slip", "again"]


def test_a_date_that_has_come_stays_what_it_was() -> None:
    story = comes(comes(weekly(), "slip", 16, 26), "week 4", 28)
    assert slips(comes(story, "week 5", 35)) == ["slip"]


def test_a_slip_that_is_corrected_is_dated() -> None:
    story = comes(weekly(), "slip", 16, 40)
    story.delivers("slip", digest="corrected", dated=day(16))
    assert slips(story) == []
    assert story.state.batches["slip"].position[0] == day(16)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-40, 40)), max_size=10))
def test_however_batches_are_dated_the_newest_dated_arrival_is_behind_all_slips(
    arrivals: list[tuple[int, int]],
) -> None:
    story = Story().adopts()
    for place, (name, ahead) in enumerate(arrivals):
        story.later(days=2).delivers(
            f"{name}", digest=f"{place}", dated=story.now + timedelta(days=ahead)
        )
        batches = story.state.batches
        real = [batch for batch in batches.values() if not batch.slipped]
        last = batches[f"{name}"]
        if last in real and last.occurred_at == max(batch.occurred_at for batch in real):
            assert all(
                batch.position < last.position for batch in batches.values() if batch.slipped
            )
    facts = [(kind, key, value) for (kind, key), value in to_facts(story.state).items()]
    assert from_facts(story.state.product, facts) == story.state
