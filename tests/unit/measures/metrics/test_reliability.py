"""Stated probabilities beside the outcomes: bins, errors and errors by chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.evidence.details.performance import ReliabilityBin
from aipo_pipelines.measures.metrics.aligned import pair
from aipo_pipelines.measures.metrics.reliability import (
    BINS,
    Stated,
    calibration_gap,
    equal_mass,
    expected_calibration_error,
    gaps_by_bin,
    null_calibration_error,
    recalibration,
    reliability_table,
    stated,
)
from aipo_pipelines.measures.metrics.scored import Scored

Make = Callable[..., Scored]
RECORDS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


def statements(records: list[tuple[float, bool]]) -> Stated:
    probability, happened = zip(*records, strict=True)
    return Stated(probability=np.array(probability), happened=np.array(happened, dtype=float))


HALVES = statements([(0.2, False)] * 9 + [(0.2, True)] + [(0.9, True)] * 8 + [(0.9, False)] * 2)
"""Ten records at 0.2, of them one event; ten at 0.9, of them eight events."""


def test_the_error_is_the_mean_gap_of_the_bins() -> None:
    # Both bins are off by 0.1, and each has half of the records.
    gap = calibration_gap(HALVES.happened, HALVES.probability, HALVES.bins)
    assert gap == pytest.approx(0.1)


def test_the_table_has_one_row_per_bin_in_rising_order() -> None:
    first, second = reliability_table(HALVES)
    assert (first.n, second.n) == (10, 10)
    assert (first.stated, first.observed) == pytest.approx((0.2, 0.1))
    assert (second.stated, second.observed) == pytest.approx((0.9, 0.8))


def test_gaps_of_a_bin_cancel_within_it_and_not_across_bins() -> None:
    high_and_low = statements([(0.5, True), (0.5, False)])
    assert calibration_gap(high_and_low.happened, high_and_low.probability, high_and_low.bins) == 0
    apart = statements([(0.4, True), (0.6, False)])
    assert calibration_gap(apart.happened, apart.probability, apart.bins) == pytest.approx(0.6)


def test_hundred_different_scores_fill_ten_bins_equally() -> None:
    bins = equal_mass(np.linspace(0, 1, 100))
    assert np.bincount(bins).tolist() == [10] * BINS


@settings(max_examples=30)
@given(RECORDS)
def test_equal_scores_share_a_bin_and_bins_rise_with_the_scores(
    records: list[tuple[float, bool]],
) -> None:
    scores = statements(records).probability
    bins = equal_mass(scores)
    order = np.argsort(scores)
    assert (np.diff(bins[order]) >= 0).all()
    assert len({*zip(scores, bins, strict=True)}) == len({*scores})
    assert 0 <= bins.min() <= bins.max() < BINS


@settings(max_examples=30)
@given(RECORDS)
def test_an_error_lies_in_0_to_1_and_is_the_sum_of_the_bins(
    records: list[tuple[float, bool]],
) -> None:
    sides = statements(records)
    error = calibration_gap(sides.happened, sides.probability, sides.bins)
    assert 0.0 <= error <= 1.0
    assert error == pytest.approx(np.abs(gaps_by_bin(sides).mean(axis=0)).sum())
    weighted = sum(row.n * abs(row.observed - row.stated) for row in reliability_table(sides))
    assert error == pytest.approx(weighted / len(records))


@settings(max_examples=30)
@given(RECORDS)
def test_the_table_counts_every_record_once(records: list[tuple[float, bool]]) -> None:
    table: tuple[ReliabilityBin, ...] = reliability_table(statements(records))
    assert sum(row.n for row in table) == len(records)
    assert min(row.n for row in table) > 0


def test_the_event_is_stated_for_two_classes(binary: Make) -> None:
    sides = stated(pair(binary([1, 0], [0.8, 0.4])))
    assert sides.probability.tolist() == [0.8, 0.4]
    assert sides.happened.tolist() == [1.0, 0.0]


def test_an_error_of_certain_and_right_answers_is_zero_with_its_interval(binary: Make) -> None:
    error, interval = expected_calibration_error(
        pair(binary([1, 0] * 20, [1.0, 0.0] * 20)), 0.95, 0
    )
    assert (error, interval.low, interval.high) == (0.0, 0.0, 0.0)


def test_certain_answers_have_no_error_by_chance() -> None:
    certain = statements([(1.0, True), (0.0, False)] * 10)
    assert null_calibration_error(certain, 0).max() == 0.0


def test_the_error_by_chance_of_one_bin_is_the_mean_deviation_of_its_share() -> None:
    # The mean absolute deviation of a share is sqrt(2 p (1 - p) / (pi n)) in large samples.
    n = 400
    fair = Stated(probability=np.full(n, 0.5), happened=np.zeros(n))
    expected = np.sqrt(2 * 0.25 / (np.pi * n))
    assert null_calibration_error(fair, 0).mean() == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(
    "records",
    [
        [(0.2, True), (0.7, True)],
        [(0.5, True), (0.5, False)],
        [(0.1, False), (0.2, False), (0.8, True), (0.9, True)],
    ],
    ids=["one outcome", "one probability", "separated"],
)
def test_there_is_no_slope_if_nothing_determines_it(records: list[tuple[float, bool]]) -> None:
    assert recalibration(statements(records * 5)) is None


def test_the_slope_is_that_of_a_logistic_regression_without_penalty() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(3)
    probability = rng.uniform(0.05, 0.95, 500)
    happened = (rng.random(500) < probability**2).astype(float)
    result = recalibration(Stated(probability=probability, happened=happened))
    logit = np.log(probability / (1 - probability))[:, None]
    fitted = linear.LogisticRegression(C=np.inf, tol=1e-10).fit(logit, happened)
    assert result is not None
    assert result[0] == pytest.approx(fitted.coef_[0, 0], rel=1e-4)


def test_a_slope_from_a_quarter_of_the_records_is_half_as_certain() -> None:
    rng = np.random.default_rng(4)
    probability = rng.uniform(0.05, 0.95, 4000)
    happened = (rng.random(4000) < probability).astype(float)
    whole = recalibration(Stated(probability=probability, happened=happened))
    part = recalibration(Stated(probability=probability[:1000], happened=happened[:1000]))
    assert whole is not None
    assert part is not None
    assert part[1] == pytest.approx(2 * whole[1], rel=0.1)
