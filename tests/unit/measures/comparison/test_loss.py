"""The relative gain: who makes less loss on the same records, and is it shown?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.errors import ModelError
from aipo_pipelines.evidence.outcome import Direction, Figure, Interval, Verdict
from aipo_pipelines.measures.comparison.loss import (
    best_by_loss,
    in_words,
    mean_losses,
    relative_gain,
)
from aipo_pipelines.measures.metrics.scored import Scored

Make = Callable[..., Scored]
Floats = NDArray[np.float64]

ERRORS = st.lists(st.floats(0.01, 100), min_size=4, max_size=40)


def of_errors(errors: object) -> Scored:
    """A regression model with these absolute errors on truths of 0."""
    values = np.asarray(errors, dtype=float)
    return Scored(
        task=Task.REGRESSION, predicted=pd.Series(values), truth=pd.Series(np.zeros(len(values)))
    )


def interval_of(figure: Figure) -> Interval:
    assert figure.interval is not None
    return figure.interval


def autocorrelated(rng: np.random.Generator, n: int, correlation: float) -> Floats:
    steps = rng.normal(size=n) * np.sqrt(1 - correlation**2)
    walk = np.empty(n)
    walk[0] = rng.normal()
    for place in range(1, n):
        walk[place] = correlation * walk[place - 1] + steps[place]
    return walk


def test_the_gain_is_the_share_of_the_champions_mean_loss_that_is_saved() -> None:
    figure = relative_gain(of_errors([1, 2, 3, 2] * 5), of_errors([3, 5, 4, 4] * 5), 0.95, 0)
    assert figure.value == pytest.approx(0.5)
    assert (figure.metric, figure.n, figure.direction) == (
        "relative_gain",
        20,
        Direction.AT_LEAST,
    )


def test_the_note_calls_the_two_models_what_they_are() -> None:
    names = ("challenger", "naive baseline")
    figure = relative_gain(of_errors([1] * 20), of_errors([2] * 20), 0.95, 0, names=names)
    assert figure.note == "mean absolute error: challenger 1, naive baseline 2"


def test_a_clear_gain_has_a_lower_bound_above_zero_and_below_its_value() -> None:
    rng = np.random.default_rng(0)
    theirs = rng.gamma(2, size=400)
    figure = relative_gain(
        of_errors(theirs * rng.uniform(0.3, 0.9, 400)), of_errors(theirs), 0.9, 0
    )
    interval = interval_of(figure)
    assert figure.value is not None
    assert 0 < interval.low < figure.value < interval.high
    assert interval.level == pytest.approx(0.8)


def test_the_loss_of_probabilities_is_the_log_loss(binary: Make) -> None:
    truth = [1, 0] * 10
    sure, unsure = binary(truth, [0.9, 0.1] * 10), binary(truth, [0.6, 0.4] * 10)
    figure = relative_gain(sure, unsure, 0.95, 0)
    assert figure.value == pytest.approx(1 - np.log(0.9) / np.log(0.6))
    assert "log loss" in figure.note


def test_if_one_model_states_no_probabilities_both_are_compared_by_their_answers(
    binary: Make,
) -> None:
    truth = [1, 0] * 10
    ours = binary(truth, [0.9, 0.6] * 10)
    theirs = replace(binary(truth, [0.4, 0.6] * 10), probability=None)
    figure = relative_gain(ours, theirs, 0.95, 0)
    assert figure.value == pytest.approx(0.5)
    assert "0/1 loss" in figure.note


@given(ERRORS, st.integers(0, 5))
def test_a_model_compared_with_itself_neither_gains_nor_loses(
    errors: list[float], seed: int
) -> None:
    figure = relative_gain(of_errors(errors), of_errors(errors), 0.95, seed)
    assert (figure.value, interval_of(figure).low, interval_of(figure).high) == (0.0, 0.0, 0.0)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.01, 9), st.floats(0.01, 9)), min_size=4, max_size=40))
def test_what_is_shown_for_one_side_is_shown_against_the_other(
    errors: list[tuple[float, float]],
) -> None:
    ours, theirs = (of_errors(side) for side in zip(*errors, strict=True))
    gain, reverse = relative_gain(ours, theirs, 0.9, 0), relative_gain(theirs, ours, 0.9, 0)
    assert gain.value is not None
    assert reverse.value is not None
    assert np.sign(gain.value) == -np.sign(reverse.value)
    assert (interval_of(gain).low > 0) == (interval_of(reverse).high < 0)
    assert (interval_of(gain).high < 0) == (interval_of(reverse).low > 0)


@given(ERRORS, st.integers(0, 99))
def test_the_value_does_not_depend_on_the_order_of_the_records(
    errors: list[float], seed: int
) -> None:
    order = np.random.default_rng(seed).permutation(len(errors))
    ours, theirs = np.asarray(errors), np.asarray(errors[::-1]) + 1
    before = relative_gain(of_errors(ours), of_errors(theirs), 0.95, 0)
    after = relative_gain(of_errors(ours[order]), of_errors(theirs[order]), 0.95, 0)
    assert before.value == pytest.approx(after.value, abs=1e-12)


@given(ERRORS, st.floats(0.001, 1000))
def test_the_gain_does_not_depend_on_the_unit_of_the_target(
    errors: list[float], factor: float
) -> None:
    ours, theirs = np.asarray(errors), np.asarray(errors[::-1]) + 1
    gain = relative_gain(of_errors(ours), of_errors(theirs), 0.95, 0)
    other = relative_gain(of_errors(ours * factor), of_errors(theirs * factor), 0.95, 0)
    assert interval_of(gain).low == pytest.approx(interval_of(other).low, abs=1e-9)


def test_more_confidence_widens_the_interval() -> None:
    rng = np.random.default_rng(1)
    ours, theirs = of_errors(rng.gamma(2, size=300)), of_errors(rng.gamma(2, size=300))
    narrow, wide = (interval_of(relative_gain(ours, theirs, c, 0)) for c in (0.9, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_method_says_how_long_the_blocks_are() -> None:
    figure = relative_gain(of_errors(np.arange(1, 401)), of_errors(np.arange(2, 402)), 0.95, 7)
    method = interval_of(figure).method
    assert "2000 repeats, seed 7" in method
    assert "20 blocks of about 20 consecutive records" in method


def false_alarms(correlation: float, n: int, runs: int) -> float:
    """Share of comparisons of equally good models that show a difference, at 95 %."""
    rng = np.random.default_rng(5)
    alarms = 0
    for _ in range(runs):
        hard = autocorrelated(rng, n, correlation)
        own = autocorrelated(rng, n, correlation)
        ours, theirs = np.exp(0.35 * hard + 0.36 * own), np.exp(0.5 * hard)
        theirs *= np.exp((0.35**2 + 0.36**2 - 0.5**2) / 2)
        interval = interval_of(relative_gain(of_errors(ours), of_errors(theirs), 0.95, 0))
        alarms += interval.low > 0 or interval.high < 0
    return alarms / runs


@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_a_bound_is_wrong_about_as_often_as_it_says_though_neighbours_are_alike(
    correlation: float,
) -> None:
    assert 0.02 <= false_alarms(correlation, 400, 150) <= 0.2


def test_unlabelled_records_leave_the_gain_undecided(binary: Make) -> None:
    side = binary([1, 0], [0.9, 0.1], labelled=False)
    figure = relative_gain(side, side, 0.95, 0)
    assert (figure.value, figure.n, figure.verdict) == (None, 0, Verdict.INSUFFICIENT)
    assert "no record" in figure.note


def test_nothing_can_be_saved_if_no_loss_is_made() -> None:
    figure = relative_gain(of_errors([1.0] * 10), of_errors([0.0] * 10), 0.95, 0)
    assert (figure.value, figure.verdict) == (None, Verdict.INSUFFICIENT)
    assert "makes no loss" in figure.note


def test_a_loss_beyond_all_numbers_is_no_figure() -> None:
    huge = Scored(
        task=Task.REGRESSION,
        predicted=pd.Series([1.7e308] * 8),
        truth=pd.Series([-1.7e308] * 8),
    )
    figure = relative_gain(replace(huge, predicted=pd.Series([0.0] * 8)), huge, 0.95, 0)
    assert (figure.value, figure.verdict) == (None, Verdict.INSUFFICIENT)
    assert "too large" in figure.note


def test_draws_without_any_loss_of_the_champion_make_the_lower_bound_infinite() -> None:
    theirs, ours = np.zeros(100), np.ones(100)
    theirs[:5] = 1.0
    figure = relative_gain(of_errors(ours), of_errors(theirs), 0.95, 0)
    assert interval_of(figure).low == -np.inf


@pytest.mark.parametrize("n", [1, 3])
def test_too_few_records_for_an_interval_are_insufficient(n: int) -> None:
    figure = relative_gain(of_errors([1.0] * n), of_errors([2.0] * n), 0.95, 0)
    assert (figure.value, figure.interval) == (0.5, None)
    assert figure.verdict is Verdict.INSUFFICIENT


@pytest.mark.parametrize(("n", "verdict"), [(29, Verdict.INSUFFICIENT), (30, Verdict.PASS)])
def test_the_minimum_sample_decides_whether_there_is_a_verdict(n: int, verdict: Verdict) -> None:
    figure = relative_gain(of_errors([1.0] * n), of_errors([2.0] * n), 0.95, 0, minimum=30)
    assert figure.verdict is verdict
    assert ("too few" in figure.note) is (n < 30)


def test_only_records_that_both_answered_are_compared() -> None:
    figure = relative_gain(
        of_errors([np.nan, 1, 1, 1, 1, 1]), of_errors([9, 2, 2, 2, 2, np.nan]), 0.95, 0
    )
    assert (figure.n, figure.value) == (4, 0.5)


def test_models_scored_on_different_rows_are_refused() -> None:
    with pytest.raises(ModelError, match="3 rows"):
        relative_gain(of_errors([1, 1, 1]), of_errors([1, 1]), 0.95, 0)


def test_models_held_against_different_truths_are_refused() -> None:
    other = replace(of_errors([1, 1]), truth=pd.Series([5.0, 6.0]))
    with pytest.raises(ModelError, match="different truths"):
        relative_gain(of_errors([1, 1]), other, 0.95, 0)


def test_the_challenger_with_the_least_mean_loss_goes_on() -> None:
    rivals = {"all": of_errors([4, 4]), "recent": of_errors([1, 2]), "since": of_errors([1, 9])}
    assert best_by_loss(rivals) == "recent"
    assert mean_losses(rivals) == {"all": 4.0, "recent": 1.5, "since": 5.0}


def test_of_equal_challengers_the_first_goes_on() -> None:
    assert best_by_loss({"recent": of_errors([1, 2]), "all": of_errors([2, 1])}) == "recent"


def test_a_challenger_that_leaves_records_unanswered_does_not_go_on() -> None:
    rivals = {"gaps": of_errors([0.1, np.nan]), "whole": of_errors([1, 2])}
    assert best_by_loss(rivals) == "whole"


@pytest.mark.parametrize("rivals", [{}, {"all": of_errors([np.nan])}])
def test_challengers_without_a_record_to_judge_them_on_are_not_ranked(
    rivals: dict[str, Scored],
) -> None:
    with pytest.raises(ModelError, match="cannot be ranked"):
        best_by_loss(rivals)


@pytest.mark.parametrize(
    ("gain", "words"),
    [(0.1234, "12.3 % less loss"), (-0.5, "50.0 % more loss"), (0.0, "the same loss")],
)
def test_a_gain_is_said_in_words(gain: float, words: str) -> None:
    assert in_words(gain) == words
