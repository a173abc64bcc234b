"""Two columns of one name in a form in which they can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.measures.data.comparable import Levels, Ordered, comparable, missing_share


def sides(reference: Any, batch: Any, *, categorical: bool = False) -> Ordered | Levels:
    before, now = pd.DataFrame({"x": reference}), pd.DataFrame({"x": batch})
    return comparable(before, now, "x", categorical=categorical)


def in_order(reference: Any, batch: Any) -> tuple[list[Any], list[Any]]:
    form = sides(reference, batch)
    assert isinstance(form, Ordered)
    return form.reference.tolist(), form.batch.tolist()


def by_level(reference: Any, batch: Any, *, categorical: bool = False) -> list[tuple[int, int]]:
    """Records of both sides by level, in the order of the first occurrence."""
    form = sides(reference, batch, categorical=categorical)
    assert isinstance(form, Levels)
    return list(zip(form.reference.tolist(), form.batch.tolist(), strict=True))


def test_missing_and_present_records_are_counted() -> None:
    frame = pd.DataFrame({"x": [1.0, np.nan, 3.0]})
    assert missing_share(frame, "x").tolist() == [1.0, 2.0]
    assert missing_share(frame, "y").tolist() == [3.0, 0.0]
    assert missing_share(frame.head(0), "x").tolist() == [0.0, 0.0]


def test_numbers_are_sorted_and_gaps_left_out() -> None:
    assert in_order([3.0, np.nan, 1.0], [2.0, 5.0, np.nan]) == ([1.0, 3.0], [2.0, 5.0])


def test_infinities_are_values() -> None:
    assert in_order([np.inf, 1.0], [2.0, -np.inf]) == ([1.0, np.inf], [-np.inf, 2.0])


@pytest.mark.parametrize("kind", ["int64", "Int64", "uint8", "int32"])
def test_whole_numbers_of_every_type_stay_whole(kind: str) -> None:
    form = sides(pd.Series([3, 1], dtype=kind), pd.Series([2, 5], dtype=kind))
    assert isinstance(form, Ordered)
    assert form.reference.dtype.kind in "iu"
    assert form.reference.tolist() == [1, 3]


def test_a_date_is_the_same_moment_in_every_time_zone() -> None:
    days = pd.Series(pd.to_datetime(["2026-06-01 12:00", "2026-06-02 12:00"]))
    elsewhere = days.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")
    reference, batch = in_order(days, elsewhere)
    assert reference == batch


def test_lengths_of_time_are_compared_by_their_length() -> None:
    reference, batch = in_order(pd.to_timedelta([2, 1], "h"), pd.to_timedelta([120, 61], "min"))
    assert reference[1] == batch[1] == 7_200_000_000
    assert reference[0] < batch[0]


def test_a_constant_is_compared_by_whether_records_still_have_it() -> None:
    assert by_level([4.0] * 3, [3.0, 4.0, 5.0]) == [(3, 1), (0, 2)]
    assert by_level([3.0, 4.0, 5.0], [4.0] * 3) == [(1, 3), (2, 0)]
    assert by_level([4.0] * 3, [4.0] * 2) == [(3, 2), (0, 0)]


@pytest.mark.parametrize(
    ("reference", "batch"),
    [
        (["a", "b", "a"], ["b", "b", "c"]),
        (pd.Categorical(["a", "b", "a"]), ["b", "b", "c"]),
        (["a", "b", "a"], pd.Categorical(["b", "b", "c"], categories=["z", "c", "b"])),
        (pd.Series(["a", "b", "a"], dtype=object), pd.Series(["b", "b", "c"], dtype="str")),
    ],
    ids=["texts", "categories before", "categories now", "objects"],
)
def test_levels_are_the_same_in_every_type_of_column(reference: Any, batch: Any) -> None:
    assert by_level(reference, batch) == [(2, 0), (1, 2), (0, 1)]


def test_booleans_have_levels_and_no_order() -> None:
    assert by_level([True, False, True], [False, False]) == [(2, 0), (1, 2)]


def test_numbers_declared_as_categories_have_levels() -> None:
    assert by_level([1, 2, 2], [2.0, 3.0], categorical=True) == [(1, 0), (2, 1), (0, 1)]


def test_a_number_against_a_text_is_compared_as_text() -> None:
    assert by_level([1, 2, 2], ["2", "1", "x"]) == [(1, 1), (2, 1), (0, 1)]


def test_objects_of_several_types_are_compared_as_text() -> None:
    mixed: Sequence[object] = [1, "1", 2.5]
    assert by_level(pd.Series(mixed, dtype=object), ["1", "2.5"]) == [(2, 1), (1, 1)]


def test_categories_with_one_spelling_are_one_level() -> None:
    assert by_level(pd.Categorical([1, "1", 1]), ["1", "2"]) == [(3, 1), (0, 1)]


def test_a_column_that_one_side_lacks_has_no_value_there() -> None:
    before, now = pd.DataFrame({"x": [2.0, 1.0]}), pd.DataFrame({"y": [1]})
    form = comparable(before, now, "x", categorical=False)
    assert isinstance(form, Ordered)
    assert (form.reference.tolist(), form.batch.tolist()) == ([1.0, 2.0], [])


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=30),
    st.lists(st.sampled_from("cdef"), min_size=1, max_size=30),
)
def test_every_record_is_counted_at_its_level(before: list[str], now: list[str]) -> None:
    counts = by_level(before, now)
    assert sorted(reference for reference, _ in counts if reference) == sorted(
        before.count(level) for level in set(before)
    )
    assert sum(batch for _, batch in counts) == len(now)
    assert len(counts) == len({*before, *now})
