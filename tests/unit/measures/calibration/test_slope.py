"""The calibration slope: 1 is right, below 1 the answers are too extreme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from aipo_pipelines.measures.calibration.slope import METRIC, slope_figure
from aipo_pipelines.measures.metrics.aligned import pair
from aipo_pipelines.measures.metrics.scored import Scored

Make = Callable[..., Scored]


def test_probabilities_that_happen_have_a_slope_of_one(calibrated: Make) -> None:
    (slope,) = slope_figure(pair(calibrated(4000)), 0)
    assert slope.metric == METRIC
    assert slope.interval is not None
    assert slope.interval.low < 1 < slope.interval.high


def test_probabilities_pushed_to_the_ends_have_a_slope_below_1(binary: Make) -> None:
    rng = np.random.default_rng(0)
    logit = rng.normal(size=4000)
    truth = rng.random(4000) < 1 / (1 + np.exp(-logit))
    (slope,) = slope_figure(pair(binary(truth, 1 / (1 + np.exp(-2 * logit)))), 0)
    assert slope.value == pytest.approx(0.5, abs=0.08)
    assert slope.high is not None
    assert slope.high < 1


def test_numbers_that_are_twice_too_large_have_a_slope_of_a_half(numeric: Make) -> None:
    truth = np.arange(200.0)
    (slope,) = slope_figure(pair(numeric(truth, 2 * truth)), 0)
    assert slope.value == pytest.approx(0.5)


def test_there_is_no_slope_of_constant_numbers_or_of_nothing(numeric: Make, binary: Make) -> None:
    assert slope_figure(pair(numeric([1.0, 2.0], [3.0, 3.0])), 0) == ()
    assert slope_figure(pair(numeric([], [])), 0) == ()
    assert slope_figure(pair(binary([1, 1], [0.6, 0.7])), 0) == ()


def test_there_is_no_slope_without_probabilities(calibrated: Make) -> None:
    assert slope_figure(pair(replace(calibrated(100), probability=None)), 0) == ()
