"""Facts over time: what was true, and what the ledger knew."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.runs import RunClaimed, RunEnded
from aipo_pipelines.ledger.fold.facts import Change
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.fold.projection import Fact, Projection, project
from tests.unit.ledger.values import day, entry

EVENT = RunEnded(run_id="run")


def fact(**members: Any) -> Fact:
    known: dict[str, Any] = {
        "kind": "run",
        "key": "run",
        "value": 1,
        "valid_from": day(0),
        "valid_to": None,
        "recorded_from": day(0),
        "recorded_to": None,
        "entry": 1,
        "began": 1,
    }
    return Fact(**{**known, **members})


def changed(*values: tuple[Json, float, float], projection: Projection | None = None) -> list[Fact]:
    """The facts after values of one fact, each true since a day and recorded on a day."""
    known = projection or Projection()
    for index, (value, occurred, recorded) in enumerate(values, start=1):
        change = Change(kind="run", key="run", value=value, entry=index)
        known.change(change, at(index, occurred, recorded))
    return list(known)


def at(index: int, occurred: float, recorded: float) -> Entry:
    return replace(entry(EVENT, index, at=day(recorded)), occurred_at=day(occurred))


@pytest.mark.parametrize(
    ("moment", "holds"),
    [(None, False), (day(1), False), (day(2), True), (day(4), True), (day(5), False)],
)
def test_a_period_contains_its_beginning_and_not_its_end(
    moment: datetime | None, *, holds: bool
) -> None:
    past = fact(valid_from=day(2), valid_to=day(5))
    assert past.holds(moment, None) is holds
    forgotten = fact(recorded_from=day(2), recorded_to=day(5))
    assert forgotten.holds(None, moment) is holds


def test_an_open_period_contains_now_and_every_later_moment() -> None:
    assert fact().holds(None, None)
    assert fact().holds(day(999), day(999))
    assert not fact().holds(day(-1), None)
    assert not fact().holds(None, day(-1))


def test_a_first_value_begins_when_its_entry_says() -> None:
    assert changed((1, 3, 5)) == [fact(valid_from=day(3), recorded_from=day(5))]


def test_a_second_value_ends_the_first_in_both_times() -> None:
    assert changed((1, 3, 5), (2, 4, 6)) == [
        fact(valid_from=day(3), recorded_from=day(5), recorded_to=day(6)),
        fact(valid_from=day(3), valid_to=day(4), recorded_from=day(6)),
        fact(value=2, valid_from=day(4), recorded_from=day(6), entry=2),
    ]


def test_a_late_entry_begins_no_earlier_than_the_value_that_it_replaces() -> None:
    assert changed((1, 3, 5), (2, 1, 6)) == [
        fact(valid_from=day(3), recorded_from=day(5), recorded_to=day(6)),
        fact(value=2, valid_from=day(3), recorded_from=day(6), entry=2),
    ]


def test_a_clock_that_was_set_back_makes_no_earlier_record() -> None:
    assert changed((1, 3, 5), (2, 4, 1)) == [
        fact(valid_from=day(3), valid_to=day(4), recorded_from=day(5)),
        fact(value=2, valid_from=day(4), recorded_from=day(5), entry=2),
    ]


def test_a_value_that_was_valid_for_no_time_is_not_kept() -> None:
    assert changed((1, 3, 5), (2, 3, 5)) == [
        fact(value=2, valid_from=day(3), recorded_from=day(5), entry=2)
    ]


def test_a_fact_that_ended_has_no_present_value_and_may_begin_again() -> None:
    ended = changed((1, 3, 5), (None, 4, 6))
    assert [each.holds(None, None) for each in ended] == [False, False]
    again = changed((1, 3, 5), (None, 4, 6), (3, 7, 7))
    assert again[-1] == fact(value=3, valid_from=day(7), recorded_from=day(7), entry=3, began=3)


def test_the_entry_that_first_made_a_fact_is_kept_through_its_values() -> None:
    values = changed((1, 1, 1), (2, 2, 2), (3, 3, 3))
    assert {each.began for each in values} == {1}


def test_a_fact_of_another_key_or_kind_stays() -> None:
    known = Projection()
    for kind, key in (("run", "a"), ("run", "b"), ("batch", "a")):
        known.change(Change(kind=kind, key=key, value=1, entry=1), at(1, 1, 1))
    known.change(Change(kind="run", key="a", value=None, entry=2), at(2, 2, 2))
    present = [(each.kind, each.key) for each in known if each.holds(None, None)]
    assert present == [("run", "b"), ("batch", "a")]


def test_a_value_that_no_entry_made_replaces_the_present_value_only() -> None:
    known = Projection()
    changed((1, 3, 5), (2, 4, 6), projection=known)
    known.alter("run", "run", 9)
    assert [each.value for each in known] == [1, 1, 9]
    with pytest.raises(KeyError):
        known.alter("run", "other", 9)


VALUES = st.lists(
    st.tuples(st.none() | st.integers(0, 2), st.integers(0, 6), st.integers(0, 6)), max_size=6
)


@given(VALUES, st.integers(0, 6), st.integers(0, 6))
def test_entries_in_the_order_of_time_give_a_fact_at_most_one_value_at_each_moment(
    values: list[tuple[Json, float, float]], as_of: int, known_at: int
) -> None:
    occurred = sorted(value[1] for value in values)
    recorded = sorted(value[2] for value in values)
    facts = changed(*zip((value[0] for value in values), occurred, recorded, strict=True))
    assert sum(each.holds(day(as_of), day(known_at)) for each in facts) <= 1


@given(VALUES)
def test_a_fact_has_at_most_one_value_now_also_after_late_entries(
    values: list[tuple[Json, float, float]],
) -> None:
    present = [each.value for each in changed(*values) if each.holds(None, None)]
    assert present == [value[0] for value in values[-1:] if value[0] is not None]


@given(VALUES)
def test_what_was_known_at_a_past_time_does_not_change_with_later_entries(
    values: list[tuple[Json, float, float]],
) -> None:
    recorded = sorted(values, key=lambda value: value[2])
    before, after = changed(*recorded[:-1]), changed(*recorded)
    if not recorded:
        return
    moment = day(recorded[-1][2]) - timedelta(seconds=1)
    known = [
        [each.value for each in facts if each.holds(day(3), moment)] for facts in (before, after)
    ]
    assert known[0] == known[1]


def test_a_projection_has_the_facts_of_its_product() -> None:
    claim = RunClaimed(run_id="run", job="monitor")
    entries = [entry(claim, 1, at=day(1)), entry(EVENT, 2, at=day(2))]
    facts = list(project("churn", entries, apply))
    assert [(each.key, each.valid_from, each.valid_to) for each in facts] == [
        ("run", day(1), None),
        ("run", day(1), day(2)),
    ]
    assert list(project("fraud", entries, apply)) == []
