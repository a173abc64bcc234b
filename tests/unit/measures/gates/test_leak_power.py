"""How well features predict a target: by a tree, by their own order, or all together."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.measures.gates.leak_power import (
    encoded,
    encoded_feature,
    encoded_target,
    power_alone,
    power_together,
)
from aipo_pipelines.measures.statistics.intervals import Floats

RNG = np.random.default_rng(3)
N = 400
NOISE = RNG.normal(size=N)
COIN = (RNG.random(N) < 0.5).astype(np.float64)


def known(power: float | None) -> float:
    """A power that must exist."""
    assert power is not None
    return power


def test_numbers_are_encoded_as_they_are_and_missing_numbers_stay_missing() -> None:
    codes = encoded(pd.Series([2.5, None, -1.0]), as_class=False)
    assert codes[[0, 2]].tolist() == [2.5, -1.0]
    assert math.isnan(codes[1])


def test_moments_are_encoded_by_their_order() -> None:
    days = pd.Series(pd.to_datetime(["2026-03-01", "2026-01-01", "2026-02-01"]))
    assert encoded(days, as_class=False).tolist() == [3.0, 1.0, 2.0]


def test_a_missing_text_has_no_code_of_its_own() -> None:
    codes = encoded(pd.Series(["red", None, "blue", "red"]), as_class=False)
    assert codes[0] == codes[3]
    assert codes[0] != codes[2]
    assert math.isnan(codes[1])


def test_truths_of_a_column_of_booleans_are_two_levels() -> None:
    codes = encoded(pd.Series([True, False, True]), as_class=False)
    assert codes.tolist() == [0.0, 1.0, 0.0]


@pytest.mark.parametrize("spelling", ["Yes", " yes", "YES  "])
def test_two_spellings_are_one_class_and_two_levels_of_a_feature(spelling: str) -> None:
    values = pd.Series(["yes", spelling, "no"])
    assert encoded(values, as_class=True).tolist() == [0.0, 0.0, 1.0]
    assert encoded(values, as_class=False).tolist() == [0.0, 1.0, 2.0]


def test_classes_written_as_numbers_are_codes_and_no_amounts() -> None:
    assert encoded(pd.Series([17, 18, 17]), as_class=True).tolist() == [0.0, 1.0, 0.0]


@given(st.lists(st.sampled_from(["a", "b", "c", None]), max_size=30))
def test_equal_levels_have_equal_codes_and_different_levels_different_codes(
    levels: list[str | None],
) -> None:
    codes = encoded(pd.Series(levels, dtype=object), as_class=False)
    known = [(level, code) for level, code in zip(levels, codes, strict=True) if level]
    assert len(set(known)) == len({level for level, _ in known}) == len({code for _, code in known})
    assert np.isnan(codes).sum() == levels.count(None)


def test_infinite_numbers_of_a_feature_count_as_missing() -> None:
    codes = encoded_feature(pd.Series([np.inf, -np.inf, 1.0]))
    assert np.isnan(codes).tolist() == [True, True, False]


def test_numbers_too_large_for_a_tree_are_cut_and_keep_their_sign() -> None:
    cut = encoded_feature(pd.Series([1e300, -1e300]))
    assert np.isfinite(cut.astype(np.float32)).all()
    assert cut[0] == -cut[1] > 1e37


def test_the_level_of_a_series_is_no_part_of_its_target() -> None:
    sales, shops = pd.Series([9.0, 11.0, 99.0, 103.0]), pd.Series(["a", "a", "b", "b"])
    target = encoded_target(sales, Task.FORECASTING, shops)
    assert target.tolist() == [-1.0, 1.0, -2.0, 2.0]


def test_without_series_numbers_are_the_target_as_they_are() -> None:
    assert encoded_target(pd.Series([9.0, 11.0]), Task.REGRESSION, None).tolist() == [9.0, 11.0]


def test_classes_are_the_target_as_codes() -> None:
    target = encoded_target(pd.Series(["no", "yes", "NO"]), Task.BINARY, None)
    assert target.tolist() == [0.0, 1.0, 0.0]


def test_a_copy_of_the_event_has_full_power_and_noise_that_of_a_coin() -> None:
    assert power_alone(COIN, COIN, Task.BINARY, 0) == 1.0
    assert power_alone(NOISE, COIN, Task.BINARY, 0) == pytest.approx(0.5, abs=0.12)


def test_a_falling_feature_has_as_much_power_as_a_rising_feature() -> None:
    score = COIN + 0.4 * NOISE
    rising, falling = (power_alone(side, COIN, Task.BINARY, 0) for side in (score, -score))
    assert rising == pytest.approx(falling, abs=0.01)
    assert known(rising) > 0.9


def test_a_feature_that_ranks_the_records_has_the_area_of_its_order() -> None:
    library = pytest.importorskip("sklearn.metrics")
    score = COIN + 0.8 * NOISE
    half = N // 2
    by_order = float(library.roc_auc_score(COIN[half:], score[half:]))
    assert power_alone(score, COIN, Task.BINARY, 0) == pytest.approx(by_order)


def test_levels_in_any_order_have_the_power_that_a_tree_finds() -> None:
    levels = RNG.integers(0, 20, N).astype(np.float64)
    event = (levels % 2).astype(np.float64)
    assert power_alone(levels, event, Task.BINARY, 0) == 1.0


def test_a_gap_in_a_feature_leaves_the_power_to_the_tree() -> None:
    gapped = np.where(np.arange(N) % 10 == 0, np.nan, COIN)
    power = power_alone(gapped, COIN, Task.BINARY, 0)
    assert power is not None
    assert 0.9 < power < 1.0


def test_the_power_for_a_number_is_the_share_of_its_variance_that_is_explained() -> None:
    assert power_alone(NOISE, NOISE, Task.REGRESSION, 0) == pytest.approx(1.0, abs=0.05)
    unrelated = power_alone(NOISE, np.random.default_rng(9).normal(size=N), Task.REGRESSION, 0)
    assert known(unrelated) < 0.1


@pytest.mark.parametrize(
    ("values", "target", "task"),
    [
        (np.full(8, np.nan), np.arange(8.0), Task.REGRESSION),
        (np.arange(8.0), np.zeros(8), Task.BINARY),
        (np.arange(8.0), np.repeat([0.0, 1.0], 4), Task.BINARY),
        (np.arange(8.0), np.append(np.arange(4.0), [7.0] * 4), Task.REGRESSION),
        (np.empty(0), np.empty(0), Task.BINARY),
    ],
    ids=["no value", "one class", "one class to learn", "one number to test", "no record"],
)
def test_if_nothing_can_be_learnt_or_tested_there_is_no_power(
    values: Floats, target: Floats, task: Task
) -> None:
    assert power_alone(values, target, task, 0) is None
    assert power_together([values], target, task, 0) is None


def test_one_class_to_test_leaves_no_area() -> None:
    target = np.append([0.0, 1.0] * 10, np.ones(20))
    assert power_alone(np.arange(40.0), target, Task.BINARY, 0) is None


def test_a_feature_that_reveals_a_single_class_has_the_power_of_that_class() -> None:
    classes = RNG.integers(0, 3, N).astype(np.float64)
    reveals_one = np.where(classes == 2, 5.0, 0.0)
    assert power_alone(reveals_one, classes, Task.MULTICLASS, 0) == 1.0
    assert known(power_together([reveals_one], classes, Task.MULTICLASS, 0)) < 0.9


def test_a_class_with_fewer_than_30_records_is_no_evidence_by_itself() -> None:
    half, rare = N // 2, np.arange(N) % (N // 2) < 29
    common = (NOISE > 0).astype(np.float64)
    classes = np.where(rare, 2.0, common)
    too_rare = power_alone(np.where(rare, 5.0, 0.0), classes, Task.MULTICLASS, 0)
    enough = np.arange(N) % half < 30
    frequent = power_alone(
        np.where(enough, 5.0, 0.0), np.where(enough, 2.0, common), Task.MULTICLASS, 0
    )
    assert frequent == 1.0
    assert known(too_rare) < 0.8


def test_features_together_can_show_what_none_of_them_shows_alone() -> None:
    first, second = (RNG.random(N) < 0.5).astype(np.float64), COIN
    target = (first != second).astype(np.float64)
    assert known(power_alone(first, target, Task.BINARY, 0)) < 0.65
    assert known(power_together([first, second], target, Task.BINARY, 0)) > 0.95


def test_numbers_together_have_the_share_that_all_explain() -> None:
    target = COIN + 2 * (NOISE > 0)
    power = power_together([COIN, NOISE], target, Task.REGRESSION, 0)
    assert power == pytest.approx(1.0, abs=0.02)


def test_features_without_a_value_are_left_out_of_those_that_are_tested_together() -> None:
    nothing = np.full(N, np.nan)
    alone = power_together([COIN], COIN, Task.BINARY, 0)
    assert power_together([nothing, COIN], COIN, Task.BINARY, 0) == alone == 1.0
    assert power_together([nothing], COIN, Task.BINARY, 0) is None


@settings(max_examples=10)
@given(st.floats(-100, 100), st.floats(0.01, 100))
def test_another_unit_of_a_feature_does_not_change_its_power(origin: float, unit: float) -> None:
    score = COIN + 0.8 * NOISE
    power = power_alone(score, COIN, Task.BINARY, 0)
    assert power_alone(unit * score + origin, COIN, Task.BINARY, 0) == pytest.approx(
        power, abs=0.03
    )
