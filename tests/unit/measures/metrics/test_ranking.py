"""Areas and precisions of a ranking: known values, and laws of every ranking."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.measures.metrics.ranking import (
    average_precision,
    average_precision_of,
    covariance,
    placements,
    ranking,
    resample,
    roc_auc,
)
from aipo_pipelines.measures.statistics.intervals import Floats, wilson

RECORDS = st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=4, max_size=40).filter(
    lambda records: 2 <= sum(event for event, _ in records) <= len(records) - 2
)


def arrays(records: list[tuple[bool, int]]) -> tuple[Floats, Floats]:
    truth, score = zip(*records, strict=True)
    return np.array(truth, dtype=float), np.array(score, dtype=float)


def test_area_and_precision_are_those_of_the_published_example() -> None:
    # The example of `roc_auc_score` (0.75) and `average_precision_score` (0.83...) in the
    # documentation of scikit-learn.
    truth, score = np.array([0.0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8])
    assert placements(truth, score).area == 0.75
    assert average_precision_of(ranking(truth, score), np.ones(4)) == pytest.approx(5 / 6)


def test_equal_scores_are_worth_a_coin_toss() -> None:
    truth = np.array([0.0, 0, 1, 1])
    assert placements(truth, np.ones(4)).area == 0.5
    assert average_precision_of(ranking(truth, np.ones(4)), np.ones(4)) == 0.5


@settings(max_examples=30)
@given(RECORDS)
def test_a_ranking_turned_round_or_with_the_classes_exchanged_has_the_other_area(
    records: list[tuple[bool, int]],
) -> None:
    truth, score = arrays(records)
    area = placements(truth, score).area
    assert placements(truth, -score).area == pytest.approx(1 - area)
    assert placements(1 - truth, score).area == pytest.approx(1 - area)


@settings(max_examples=30)
@given(RECORDS, st.floats(0.1, 10))
def test_only_the_order_of_the_scores_counts(
    records: list[tuple[bool, int]], factor: float
) -> None:
    truth, score = arrays(records)
    other = np.exp(factor * score / 10)
    assert roc_auc(truth, score, 0.95) == roc_auc(truth, other, 0.95)
    first, second = (
        average_precision_of(ranking(truth, side), np.ones(len(truth))) for side in (score, other)
    )
    assert first == pytest.approx(second)


@settings(max_examples=30)
@given(RECORDS)
def test_an_area_lies_in_its_interval_and_that_in_0_to_1(records: list[tuple[bool, int]]) -> None:
    area, interval = roc_auc(*arrays(records), 0.95)
    assert 0.0 <= interval.low <= area <= interval.high <= 1.0


@settings(max_examples=30)
@given(RECORDS)
def test_a_variance_is_never_negative_and_bounds_the_covariance(
    records: list[tuple[bool, int]],
) -> None:
    truth, score = arrays(records)
    first, second = placements(truth, score), placements(truth, np.roll(score, 1))
    variances = covariance(first, first), covariance(second, second)
    assert min(variances) >= 0.0
    assert abs(covariance(first, second)) <= math.sqrt(variances[0] * variances[1]) + 1e-12
    assert covariance(first, second) == pytest.approx(covariance(second, first))


@pytest.mark.parametrize(("score", "area"), [([1.0, 2, 3, 4, 5], 1.0), ([5.0, 4, 3, 2, 1], 0.0)])
def test_a_ranking_without_any_error_rests_on_the_smaller_class(
    score: list[float], area: float
) -> None:
    value, interval = roc_auc(np.array([0.0, 0, 0, 1, 1]), np.array(score), 0.95)
    assert value == area
    assert interval == wilson(round(2 * area), 2, 0.95)


@settings(max_examples=30)
@given(RECORDS, st.data())
def test_a_weight_of_two_is_the_record_twice(
    records: list[tuple[bool, int]], data: st.DataObject
) -> None:
    weights = np.array(
        data.draw(
            st.lists(st.integers(0, 3), min_size=len(records), max_size=len(records)).filter(
                lambda drawn: any(w and e for w, (e, _) in zip(drawn, records, strict=True))
            )
        )
    )
    truth, score = arrays(records)
    repeated = np.repeat(truth, weights), np.repeat(score, weights)
    assert average_precision_of(ranking(truth, score), weights.astype(float)) == pytest.approx(
        average_precision_of(ranking(*repeated), np.ones(len(repeated[0])))
    )


def test_weights_without_an_event_have_no_precision() -> None:
    truth, score = np.array([1.0, 0.0]), np.array([0.9, 0.1])
    assert math.isnan(average_precision_of(ranking(truth, score), np.array([0.0, 1.0])))


def test_a_perfect_ranking_still_has_a_lower_bound() -> None:
    truth, score = np.repeat([0.0, 1.0], 20), np.repeat([0.1, 0.9], 20)
    value, interval = average_precision(truth, score, 0.95, 0)
    assert (value, interval.high) == (1.0, 1.0)
    assert interval == wilson(20, 20, 0.95)


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_the_seed_decides_the_interval_and_not_the_value(seed: int) -> None:
    truth = np.tile([0.0, 1.0, 0.0], 30)
    score = np.sin(np.arange(90.0)) + truth
    first, second = (average_precision(truth, score, 0.95, chosen) for chosen in (seed, seed))
    assert first == second
    assert average_precision(truth, score, 0.95, seed + 1)[0] == first[0]


@settings(max_examples=30)
@given(st.integers(1, 50), st.integers(0, 100))
def test_a_resample_draws_as_many_records_as_there_are(n: int, seed: int) -> None:
    weights = resample(np.random.default_rng(seed), n)
    assert len(weights) == weights.sum() == n
