"""Intervals cover what they should, and agree with published values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aipo_pipelines.evidence.outcome import Interval
from aipo_pipelines.measures.statistics.interval_arithmetic import (
    difference,
    quantile_of,
    ratio,
    reaches,
    rescaled,
)
from aipo_pipelines.measures.statistics.intervals import (
    basic,
    distance_band,
    in_columns,
    percentile,
    resampled_means,
    resampled_means_by_bin,
    wilson,
)


@pytest.mark.parametrize(("n", "high"), [(100, 0.0370), (381, 0.0100)])
def test_no_event_in_n_records_bounds_the_share_as_the_rule_of_thumb_says(
    n: int, high: float
) -> None:
    assert wilson(0, n, 0.975).high == pytest.approx(high, abs=5e-4)


def test_wilson_agrees_with_newcombes_worked_example() -> None:
    interval = wilson(81, 263, 0.975)
    assert (interval.low, interval.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_a_square_and_add_difference_agrees_with_newcombes_worked_example() -> None:
    gap = difference(56 / 70, wilson(56, 70, 0.975), 48 / 80, wilson(48, 80, 0.975))
    assert (gap.low, gap.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_a_share_of_no_records_could_be_anything() -> None:
    interval = wilson(0, 0, 0.95)
    assert (interval.low, interval.high) == (0.0, 1.0)


@given(n=st.integers(1, 5_000), share=st.floats(0, 1), confidence=st.floats(0.5, 0.999))
def test_wilson_holds_the_share_and_stays_in_range(n: int, share: float, confidence: float) -> None:
    hits = round(share * n)
    interval = wilson(hits, n, confidence)
    assert 0 <= interval.low <= hits / n + 1e-12
    assert hits / n - 1e-12 <= interval.high <= 1


def test_the_level_is_that_between_two_one_sided_bounds() -> None:
    assert wilson(5, 10, 0.95).level == pytest.approx(0.90)


def test_a_ratio_interval_contains_the_ratio_and_ends_at_the_smallest_possible_ratio() -> None:
    interval = ratio(0.2, wilson(20, 100, 0.95), 0.4, wilson(40, 100, 0.95))
    assert 0.3 < interval.low < 0.5 < interval.high < 0.8


def test_a_ratio_of_nothing_starts_at_zero() -> None:
    interval = ratio(0.0, wilson(0, 50, 0.95), 0.5, wilson(25, 50, 0.95))
    assert interval.low == 0.0
    assert 0 < interval.high < 0.2


@pytest.mark.parametrize("n", [400, 30_000])
def test_resampled_means_spread_as_the_standard_error_of_the_mean(n: int) -> None:
    values = np.random.default_rng(1).exponential(2.0, n)[:, None]
    means, method = resampled_means(values, np.arange(n), 7)
    assert np.std(means) == pytest.approx(np.std(values) / np.sqrt(n), rel=0.12)
    assert "seed 7" in method


def test_records_that_share_a_row_are_resampled_as_their_count() -> None:
    rows = np.repeat([0, 1], [30, 70])
    means, _ = resampled_means(np.array([[0.0], [1.0]]), rows, 3)
    assert means.mean() == pytest.approx(0.7, abs=0.01)
    assert means.std() == pytest.approx(np.sqrt(0.7 * 0.3 / 100), rel=0.12)


def test_large_samples_keep_the_correlation_of_columns() -> None:
    column = np.random.default_rng(0).normal(5, 3, 25_000)
    means, _ = resampled_means(np.column_stack([column, 2 * column]), np.arange(25_000), 0)
    np.testing.assert_allclose(means[:, 1], 2 * means[:, 0], rtol=1e-9)


@pytest.mark.parametrize("n", [400, 30_000])
def test_means_by_bin_are_those_of_the_table_with_a_column_per_bin(n: int) -> None:
    rng = np.random.default_rng(4)
    values, bins = rng.normal(1, 2, n), rng.integers(5, size=n)
    table = in_columns(values, bins)
    assert table.shape == (n, 5)
    np.testing.assert_array_equal(table[np.arange(n), bins], values)
    by_bin, method = resampled_means_by_bin(values, bins, 8, repeats=4_000)
    of_table, same = resampled_means(table, np.arange(n), 8, repeats=4_000)
    assert method == same
    np.testing.assert_allclose(by_bin.mean(axis=0), of_table.mean(axis=0), rtol=0.02)
    np.testing.assert_allclose(by_bin.std(axis=0), of_table.std(axis=0), rtol=0.06)
    np.testing.assert_allclose(np.corrcoef(by_bin.T), np.corrcoef(of_table.T), rtol=0, atol=0.08)


def test_the_same_seed_gives_the_same_replicates() -> None:
    values = np.arange(50.0)[:, None]
    first, second = (resampled_means(values, np.arange(50), 9)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_percentiles_leave_out_replicates_that_are_no_numbers() -> None:
    interval = percentile(np.array([np.nan, 1.0, 1.0, 2.0, 2.0]), 0.95, "test")
    assert interval is not None
    assert 1.0 <= interval.low <= interval.high <= 2.0


def test_no_number_among_the_replicates_gives_no_interval() -> None:
    assert percentile(np.array([np.nan, np.inf]), 0.95, "test") is None


def test_the_basic_interval_takes_an_upward_bias_away() -> None:
    replicates = np.linspace(0.10, 0.30, 101)
    interval = basic(0.12, replicates, 0.95, "test")
    assert interval.low == 0.0
    assert interval.high == pytest.approx(0.24 - 0.11, abs=1e-9)


def test_the_distance_band_narrows_with_the_root_of_the_sample() -> None:
    wide, narrow = (distance_band(0.5, size, 0.95) for size in (100, 400))
    assert (0.5 - wide.low) == pytest.approx(2 * (0.5 - narrow.low))


def test_rescaling_to_another_confidence_stretches_as_normal_quantiles_do() -> None:
    stored = Interval(low=0.8, high=0.9, level=0.90, method="stored")
    stretched = rescaled(0.86, stored, 0.99)
    factor = quantile_of(0.99) / quantile_of(0.95)
    assert stretched.low == pytest.approx(0.86 - 0.06 * factor)
    assert stretched.high == pytest.approx(0.86 + 0.04 * factor)


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_difference_of_shares_reaches_itself_however_it_is_rounded(a: int, b: int) -> None:
    assert reaches(a / 100 - b / 100, (a - b) / 100)
    assert reaches((a - b) / 100, a / 100 - b / 100)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1))
def test_a_value_reaches_no_limit_that_lies_visibly_above_it(value: float, step: float) -> None:
    above = value + step * max(abs(value), 1.0)
    assert not reaches(value, above)
    assert reaches(above, value)
