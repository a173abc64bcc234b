"""The loss per record, by the same measure for all models that are compared."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.evidence.outcome import Direction
from aipo_pipelines.measures.metrics.aligned import Pairs, pair
from aipo_pipelines.measures.metrics.loss import loss_figures, losses, losses_of_all
from aipo_pipelines.measures.metrics.scored import Scored

Make = Callable[..., Scored]


def errors(*sizes: float) -> Pairs:
    scored = Scored(
        task=Task.REGRESSION,
        predicted=pd.Series(sizes, dtype=float),
        truth=pd.Series(np.zeros(len(sizes))),
    )
    return pair(scored)


def test_probabilities_cost_the_logarithm_of_the_truth(binary: Make) -> None:
    values, kind = losses(pair(binary([1, 0], [0.25, 0.25])))
    assert kind == "log loss"
    assert values == pytest.approx([math.log(4), -math.log(0.75)])


@pytest.mark.parametrize("score", [0.0, 0.0005, 0.001])
def test_a_confident_mistake_costs_no_more_than_a_thousandth_would(
    binary: Make, score: float
) -> None:
    values, _ = losses(pair(binary([1], [score])))
    assert values[0] == pytest.approx(math.log(1000))


def test_answers_without_probabilities_cost_one_if_wrong(binary: Make) -> None:
    scored = replace(binary([1, 0, 1], [0.9, 0.9, 0.1]), probability=None)
    values, kind = losses(pair(scored))
    assert (values.tolist(), kind) == ([0.0, 1.0, 1.0], "0/1 loss")


def test_scores_outside_0_to_1_are_no_probabilities(binary: Make) -> None:
    scored = binary([1, 0], [4.0, -1.0], predicted=[1, 0])
    assert losses(pair(scored))[1] == "0/1 loss"


def test_numbers_cost_their_distance() -> None:
    values, kind = losses(errors(2.0, -3.5))
    assert (values.tolist(), kind) == ([2.0, 3.5], "absolute error")


def test_models_of_one_kind_are_compared_by_their_own_loss(binary: Make) -> None:
    sides = [pair(binary([1, 0], scores)) for scores in ([0.9, 0.1], [0.6, 0.4])]
    (first, second), kind = losses_of_all(sides)
    assert kind == "log loss"
    assert (first < second).all()


def test_a_model_without_probabilities_takes_those_of_the_others_out_of_the_comparison(
    binary: Make,
) -> None:
    stating = pair(binary([1, 0], [0.6, 0.4]))
    answering = pair(replace(binary([1, 0], [0.9, 0.9]), probability=None))
    (ours, theirs), kind = losses_of_all([stating, answering])
    assert kind == "0/1 loss"
    assert (ours.tolist(), theirs.tolist()) == ([0.0, 0.0], [0.0, 1.0])


@pytest.mark.parametrize("sizes", [(), (3.0,)])
def test_fewer_than_two_records_have_no_figures(sizes: tuple[float, ...]) -> None:
    assert loss_figures(errors(*sizes)) == ()


def test_mean_and_deviation_are_figures_with_the_kind_of_loss_as_unit() -> None:
    mean, deviation = loss_figures(errors(1.0, 2.0, 6.0))
    assert (mean.metric, mean.value, mean.n) == ("mean_loss", 3.0, 3)
    assert deviation.metric == "loss_sd"
    assert deviation.value == pytest.approx(math.sqrt(7))
    assert (mean.unit, deviation.unit) == ("absolute error", "absolute error")
    assert mean.direction is Direction.AT_MOST


def test_the_interval_of_the_mean_is_that_of_the_normal_distribution() -> None:
    mean, deviation = loss_figures(errors(1.0, 2.0, 6.0, 3.0))
    reach = 1.644854 * (deviation.value or 0.0) / 2
    assert mean.interval is not None
    assert (mean.interval.low, mean.interval.high) == pytest.approx((3 - reach, 3 + reach))
    assert mean.interval.level == pytest.approx(0.9)


@settings(max_examples=40)
@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20))
def test_the_order_of_records_changes_no_figure_and_equal_losses_have_no_spread(
    sizes: list[float],
) -> None:
    first, second = (loss_figures(errors(*side)) for side in (sizes, sorted(sizes)))
    assert [figure.value for figure in first] == pytest.approx([each.value for each in second])
    _, deviation = loss_figures(errors(*[sizes[0]] * len(sizes)))
    assert deviation.value == pytest.approx(0.0, abs=1e-9)
