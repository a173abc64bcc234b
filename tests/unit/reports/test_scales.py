"""From values to places in a drawing, also for the largest numbers there are."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.reports.scales import bounds_of, scale, ticks

VALUES = st.floats(-1e300, 1e300)
ORDINARY = st.floats(-1e6, 1e6)
LARGEST = sys.float_info.max


def test_bounds_leave_a_sixth_of_the_range_on_both_sides() -> None:
    low, high = bounds_of([10.0, 20.0, 12.0])
    assert (low, high) == pytest.approx((10 - 0.8, 20 + 0.8))


@pytest.mark.parametrize(
    ("value", "bounds"), [(0.0, (-0.5, 0.5)), (40.0, (38.0, 42.0)), (-40.0, (-42.0, -38.0))]
)
def test_equal_values_still_have_room(value: float, bounds: tuple[float, float]) -> None:
    assert bounds_of([value, value]) == pytest.approx(bounds)


@pytest.mark.parametrize("endless", [math.inf, -math.inf])
def test_an_infinite_value_leaves_finite_bounds(endless: float) -> None:
    low, high = bounds_of([0.0, endless])
    assert math.isfinite(low)
    assert math.isfinite(high)


@given(st.lists(VALUES, min_size=1, max_size=8))
def test_bounds_contain_every_value_with_room(values: list[float]) -> None:
    low, high = bounds_of(values)
    assert low < high
    assert all(low <= value <= high for value in values)


@given(st.lists(ORDINARY, min_size=1, max_size=8))
def test_the_order_of_values_does_not_change_their_bounds(values: list[float]) -> None:
    assert bounds_of(values) == bounds_of(sorted(values))


def test_the_ends_of_a_range_lie_at_the_ends_of_the_drawing() -> None:
    place = scale(0.0, 10.0, 100.0, 300.0)
    assert (place(0.0), place(5.0), place(10.0)) == (100.0, 200.0, 300.0)


def test_a_drawing_may_run_upwards() -> None:
    upwards = scale(0.0, 1.0, 200.0, 0.0)
    assert (upwards(0.0), upwards(0.25), upwards(1.0)) == (200.0, 150.0, 0.0)


def test_values_outside_the_range_lie_at_its_ends() -> None:
    place = scale(0.0, 10.0, 0.0, 100.0)
    assert (place(-5.0), place(99.0), place(math.inf), place(-math.inf)) == (0.0, 100.0, 100.0, 0.0)


def test_a_range_without_length_has_one_place() -> None:
    assert scale(3.0, 3.0, 0.0, 100.0)(3.0) == 0.0


def test_the_largest_numbers_do_not_overflow() -> None:
    place = scale(-LARGEST, LARGEST, 0.0, 100.0)
    assert (place(-LARGEST), place(0.0), place(LARGEST)) == (0.0, 50.0, 100.0)


@given(ORDINARY, ORDINARY, st.tuples(ORDINARY, ORDINARY))
def test_a_larger_value_never_lies_before_a_smaller_value(
    a: float, b: float, bounds: tuple[float, float]
) -> None:
    place = scale(min(bounds), max(bounds), 0.0, 100.0)
    small, large = sorted((a, b))
    assert 0.0 <= place(small) <= place(large) <= 100.0


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, [0.0, 0.5, 1.0]),
        (0.0, 10.0, [0.0, 5.0, 10.0]),
        (0.0, 7.0, [0.0, 2.0, 4.0, 6.0]),
        (-1.0, 1.0, [-1.0, -0.5, 0.0, 0.5, 1.0]),
        (97.0, 103.0, [98.0, 100.0, 102.0]),
    ],
)
def test_ticks_are_round_numbers(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


@given(st.tuples(ORDINARY, ORDINARY).filter(lambda pair: abs(pair[0] - pair[1]) > 1e-3).map(sorted))
def test_a_range_has_a_few_ticks_inside_it_in_rising_order(bounds: list[float]) -> None:
    low, high = bounds
    places = ticks(low, high)
    assert 1 <= len(places) <= 6
    assert all(low <= tick <= high for tick in places)
    assert places == sorted(set(places))


@pytest.mark.parametrize("value", [0.0, 5.0])
def test_a_range_without_length_has_one_tick(value: float) -> None:
    assert ticks(value, value) == [value]
