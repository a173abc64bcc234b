"""Distances of two samples: known values, and laws that hold for every pair of samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.measures.data.comparable import Levels, Ordered
from aipo_pipelines.measures.drift.distances import (
    distance,
    homogeneity,
    ks_distance,
    level_distance,
    ordered_distance,
    pooled,
    stability,
)

NUMBERS = st.lists(st.integers(-20, 20), min_size=1, max_size=40)
COUNTS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=2, max_size=8).filter(
    lambda rows: all(sum(column) > 0 for column in zip(*rows, strict=True))
)


def ordered(reference: list[int], batch: list[int]) -> Ordered:
    return Ordered(reference=np.sort(reference), batch=np.sort(batch))


def levels(*rows: tuple[int, int]) -> Levels:
    """Records of the reference and of the batch by level."""
    reference, batch = zip(*rows, strict=True)
    return Levels(reference=np.array(reference), batch=np.array(batch))


def test_homogeneity_is_the_published_example_of_scipy() -> None:
    # The example in the documentation of `scipy.stats.chi2_contingency`: p = 0.24935...
    p_value = homogeneity(np.array([10, 10, 20]), np.array([20, 20, 20]))
    assert p_value == pytest.approx(0.24935220877729614)


def test_equal_shares_are_homogeneous_and_a_single_level_cannot_differ() -> None:
    assert homogeneity(np.array([10, 20]), np.array([20, 40])) == pytest.approx(1.0)
    assert homogeneity(np.array([10]), np.array([999])) == 1.0


def test_a_level_that_no_side_has_costs_no_degree_of_freedom() -> None:
    two = homogeneity(np.array([10, 30]), np.array([20, 20]))
    assert homogeneity(np.array([10, 0, 30]), np.array([20, 0, 20])) == pytest.approx(two)


def test_samples_without_overlap_are_at_distance_one() -> None:
    assert ks_distance(np.array([1, 2, 3]), np.array([4, 5])) == 1.0
    assert ks_distance(np.array([4, 5]), np.array([1, 2, 3])) == 1.0


@settings(max_examples=30)
@given(NUMBERS, NUMBERS)
def test_a_distance_of_order_is_symmetric_and_lies_in_0_to_1(a: list[int], b: list[int]) -> None:
    there, back = ordered_distance(ordered(a, b), 0.95), ordered_distance(ordered(b, a), 0.95)
    assert there.value == pytest.approx(back.value)
    assert there.p_value == pytest.approx(back.p_value)
    assert 0.0 <= there.interval.low <= there.value <= there.interval.high <= 1.0
    assert 0.0 <= there.p_value <= 1.0


@settings(max_examples=30)
@given(NUMBERS, NUMBERS, st.integers(1, 9), st.integers(-99, 99))
def test_another_unit_or_origin_does_not_change_a_distance_of_order(
    a: list[int], b: list[int], unit: int, origin: int
) -> None:
    moved = [[unit * value + origin for value in side] for side in (a, b)]
    assert ks_distance(np.sort(a), np.sort(b)) == ks_distance(*map(np.sort, moved))


@settings(max_examples=30)
@given(NUMBERS)
def test_a_sample_is_at_distance_zero_from_itself(values: list[int]) -> None:
    result = ordered_distance(ordered(values, values), 0.95)
    assert (result.value, result.p_value) == (0.0, 1.0)
    assert result.psi == pytest.approx(0.0, abs=1e-12)


@settings(max_examples=40)
@given(COUNTS)
def test_a_distance_of_levels_is_symmetric_without_new_levels(rows: list[tuple[int, int]]) -> None:
    common = [(before + 5, now + 5) for before, now in rows]
    turned = [(now, before) for before, now in common]
    there, back = (level_distance(levels(*side), 0.95, 0) for side in (common, turned))
    assert there.value == pytest.approx(back.value)
    assert there.p_value == pytest.approx(back.p_value)
    assert there.psi == pytest.approx(back.psi)


@settings(max_examples=40)
@given(COUNTS)
def test_names_and_order_of_levels_do_not_matter(rows: list[tuple[int, int]]) -> None:
    first, second = (level_distance(levels(*side), 0.95, 0) for side in (rows, rows[::-1]))
    assert first.value == pytest.approx(second.value)
    assert first.p_value == pytest.approx(second.p_value)
    assert first.unseen == second.unseen


def test_the_share_at_levels_that_the_reference_lacks_is_reported() -> None:
    result = level_distance(levels((80, 60), (20, 20), (0, 20)), 0.95, 0)
    assert result.unseen == pytest.approx(0.2)


def test_the_sides_decide_which_distance_is_taken() -> None:
    assert distance(ordered([1, 2], [2, 3]), 0.95, 0).metric == "ks_distance"
    assert distance(levels((5, 5), (5, 5)), 0.95, 0).metric == "total_variation"


@pytest.mark.parametrize(("rare", "cells"), [((9, 1), 3), ((8, 1), 2)])
def test_levels_with_fewer_than_five_expected_records_are_pooled(
    rare: tuple[int, int], cells: int
) -> None:
    # Both sides have equally many records, so half of a level is expected on each side.
    total = 90
    rows = [(40, 40), (total - 40 - rare[0] - 1, total - 40 - rare[1] - 1), rare, (1, 1)]
    reference, batch = pooled(levels(*rows))
    assert len(reference) == cells + 1
    assert (reference.sum(), batch.sum()) == (total, total)


def test_levels_that_are_frequent_enough_keep_their_counts() -> None:
    sides = levels((50, 40), (50, 60))
    reference, batch = pooled(sides)
    assert (reference.tolist(), batch.tolist()) == ([50, 50], [40, 60])


def test_sides_without_a_common_level_are_at_distance_one() -> None:
    result = level_distance(levels((100, 0), (0, 100)), 0.95, 0)
    assert (result.value, result.unseen) == (1.0, 1.0)


@pytest.mark.parametrize("new", [30, 45])
def test_as_many_new_levels_as_single_levels_of_the_reference_are_no_drift(new: int) -> None:
    # In free text a level of a single record is as likely to be new: Good's estimate.
    rows = [(100, 100), *((1, 0) for _ in range(30)), *((0, 1) for _ in range(new))]
    reference, batch = pooled(levels(*rows))
    assert (reference.tolist(), batch.tolist()) == ([100, 30], [100, new])


def test_many_new_levels_are_a_cell_of_their_own() -> None:
    rows = [(100, 50), *((2, 1) for _ in range(20)), *((0, 1) for _ in range(40))]
    reference, batch = pooled(levels(*rows))
    assert (reference.tolist(), batch.tolist()) == ([100, 40, 0], [50, 20, 40])


@settings(max_examples=30)
@given(COUNTS)
def test_pooling_loses_no_record(rows: list[tuple[int, int]]) -> None:
    sides = levels(*rows)
    reference, batch = pooled(sides)
    assert reference.sum() == sides.reference.sum()
    assert batch.sum() == sides.batch.sum()


def test_the_index_exceeds_its_critical_value_as_the_chi_squared_table_says() -> None:
    # The 99 % quantile of chi-squared with 9 degrees of freedom is 21.666 in every table.
    tenths = np.full(10, 10)
    psi, critical = stability(tenths, tenths)
    assert psi == 0.0
    assert critical == pytest.approx((1 / 100 + 1 / 100) * 21.666, abs=1e-5)


def test_the_index_is_the_textbook_formula_for_large_counts() -> None:
    expected, actual = np.array([0.25, 0.75]), np.array([0.5, 0.5])
    textbook = float(((actual - expected) * np.log(actual / expected)).sum())
    psi, _ = stability((expected * 1e8).astype(int), (actual * 1e8).astype(int))
    assert psi == pytest.approx(textbook, rel=1e-6)


def test_an_empty_cell_leaves_the_index_finite_and_one_cell_has_no_critical_value() -> None:
    psi, _ = stability(np.array([10, 0]), np.array([0, 10]))
    assert 0 < psi < math.inf
    assert stability(np.array([10]), np.array([10]))[1] == math.inf


@settings(max_examples=30)
@given(COUNTS)
def test_the_index_is_symmetric_and_never_negative(rows: list[tuple[int, int]]) -> None:
    before, now = (np.array(column) for column in zip(*rows, strict=True))
    there, back = stability(before, now)[0], stability(now, before)[0]
    assert there >= 0.0
    assert there == pytest.approx(back)


def test_the_same_seed_gives_the_same_interval_of_levels() -> None:
    sides = levels((50, 40), (50, 60))
    assert level_distance(sides, 0.95, 7) == level_distance(sides, 0.95, 7)
    assert level_distance(sides, 0.95, 7).interval != level_distance(sides, 0.95, 8).interval
