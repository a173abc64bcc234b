"""Arithmetic on intervals agrees with published tables, and keeps its laws.

Newcombe (1998a): Two-sided confidence intervals for the single proportion, Statistics in Medicine
17, 857-872, table I, method 3. Newcombe (1998b): Interval estimation for the difference between
independent proportions, Statistics in Medicine 17, 873-890, table II, method 10.
"""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.evidence.outcome import Interval
from aipo_pipelines.measures.statistics.interval_arithmetic import (
    difference,
    quantile_of,
    ratio,
    rescaled,
    two_sided,
)
from aipo_pipelines.measures.statistics.intervals import wilson

COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
"""A share as hits and records."""

POSITIVE = st.integers(2, 60).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n)))
"""A share above 0."""


def share(counts: tuple[int, int]) -> tuple[float, Interval]:
    hits, n = counts
    return hits / n, wilson(hits, n, 0.95)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_wilson_agrees_with_newcombes_table(hits: int, n: int, low: float, high: float) -> None:
    interval = wilson(hits, n, 0.975)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_a_difference_of_shares_agrees_with_newcombes_table(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    a, b = (wilson(hits, n, 0.975) for hits, n in (first, second))
    gap = difference(first[0] / first[1], a, second[0] / second[1], b)
    assert (gap.low, gap.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("confidence", "quantile"), [(0.5, 0.0), (0.9, 1.2816), (0.95, 1.6449), (0.975, 1.96)]
)
def test_quantiles_are_those_of_the_normal_table(confidence: float, quantile: float) -> None:
    assert quantile_of(confidence) == pytest.approx(quantile, abs=5e-5)


def test_two_one_sided_bounds_have_the_level_between_them_without_dust() -> None:
    assert [two_sided(confidence) for confidence in (0.5, 0.9, 0.95, 0.975)] == [
        0.0,
        0.8,
        0.9,
        0.95,
    ]


@settings(max_examples=30)
@given(COUNTS, COUNTS)
def test_a_difference_contains_itself_and_turns_its_sign_if_the_sides_change_places(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    (a, of_a), (b, of_b) = share(first), share(second)
    gap, back = difference(a, of_a, b, of_b), difference(b, of_b, a, of_a)
    assert gap.low <= a - b <= gap.high
    assert (gap.low, gap.high) == pytest.approx((-back.high, -back.low))


@settings(max_examples=30)
@given(COUNTS, COUNTS)
def test_a_difference_is_less_certain_than_each_of_its_sides(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    (a, of_a), (b, of_b) = share(first), share(second)
    gap = difference(a, of_a, b, of_b)
    width = gap.high - gap.low
    assert width >= max(of_a.high - of_a.low, of_b.high - of_b.low) - 1e-12
    assert width <= (of_a.high - of_a.low) + (of_b.high - of_b.low) + 1e-12


@settings(max_examples=30)
@given(COUNTS, POSITIVE)
def test_a_ratio_lies_between_its_bounds_and_is_never_negative(
    first: tuple[int, int], second: tuple[int, int]
) -> None:
    (a, of_a), (b, of_b) = share(first), share(second)
    bounds = ratio(a, of_a, b, of_b)
    assert 0 <= bounds.low <= a / b + 1e-9
    assert bounds.high >= a / b - 1e-9


def test_a_ratio_to_a_share_that_may_be_nothing_has_no_upper_bound() -> None:
    a, b = share((5, 10)), (0.1, Interval(low=0.0, high=0.4, level=0.9, method="test"))
    assert ratio(*a, *b).high == math.inf
    assert ratio(*a, *b).low == 0.0


@settings(max_examples=30)
@given(st.floats(0.6, 0.99), st.floats(0.01, 1), st.floats(0.01, 1))
def test_an_interval_at_its_own_confidence_stays_as_it_is(
    confidence: float, below: float, above: float
) -> None:
    stored = Interval(low=1 - below, high=1 + above, level=two_sided(confidence), method="stored")
    same = rescaled(1.0, stored, confidence)
    # The distances are rescaled. A bound is their difference to the value, and near zero it keeps
    # only the digits that the subtraction leaves.
    distances = (1.0 - same.low, same.high - 1.0)
    assert distances == pytest.approx((1.0 - stored.low, stored.high - 1.0), rel=1e-6)
    assert (same.level, same.method) == (stored.level, "stored")


@settings(max_examples=30)
@given(st.floats(0.55, 0.9), st.floats(0.91, 0.999))
def test_more_confidence_widens_an_interval(less: float, more: float) -> None:
    stored = Interval(low=0.8, high=0.9, level=0.9, method="stored")
    narrow, wide = (rescaled(0.86, stored, confidence) for confidence in (less, more))
    assert wide.low < narrow.low <= 0.86 <= narrow.high < wide.high


def test_an_interval_without_any_confidence_becomes_infinite() -> None:
    bare = Interval(low=0.8, high=0.9, level=0.0, method="stored")
    wide = rescaled(0.86, bare, 0.95)
    assert (wide.low, wide.high) == (-math.inf, math.inf)
