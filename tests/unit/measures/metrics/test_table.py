"""Metrics agree with scikit-learn, and their intervals cover the truth."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, Metric
from aipo_pipelines.errors import ModelError
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.measures.metrics.aligned import pair
from aipo_pipelines.measures.metrics.ranking import placements
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import METRICS, measure_metric, metrics_of
from aipo_pipelines.measures.metrics.verdict import direction_of

Make = Callable[..., Scored]

known = pytest.importorskip("sklearn.metrics")

RNG = np.random.default_rng(5)
TRUTH = RNG.random(400) < 0.3
SCORE = np.clip(0.35 * TRUTH + RNG.normal(0.35, 0.25, 400), 0.01, 0.99).round(2)
CLASSES = np.array(["ant", "bee", "cow"])
TRUE_CLASS = RNG.integers(0, 3, 300)
STATED = RNG.dirichlet([1, 1, 1], 300) * 0.5 + 0.5 * np.eye(3)[TRUE_CLASS]
STATED = np.where(RNG.random((300, 1)) < 0.4, STATED[:, [1, 2, 0]], STATED)
NUMBERS = RNG.normal(10, 4, 250)
ANSWERS = NUMBERS * 0.9 + RNG.normal(0.5, 1.5, 250)


def of(metric: Metric, scored: Scored, confidence: float = 0.95) -> Figure:
    return measure_metric(metric, scored, confidence, seed=1)


@pytest.fixture
def multiclass() -> Scored:
    return Scored(
        task=Task.MULTICLASS,
        predicted=pd.Series(CLASSES[STATED.argmax(axis=1)]),
        truth=pd.Series(CLASSES[TRUE_CLASS]),
        probability=pd.DataFrame(STATED, columns=CLASSES),
    )


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Metric.ACCURACY, known.accuracy_score(TRUTH, SCORE >= 0.5)),
        (Metric.BALANCED_ACCURACY, known.balanced_accuracy_score(TRUTH, SCORE >= 0.5)),
        (Metric.PRECISION, known.precision_score(TRUTH, SCORE >= 0.5)),
        (Metric.RECALL, known.recall_score(TRUTH, SCORE >= 0.5)),
        (Metric.F1, known.f1_score(TRUTH, SCORE >= 0.5)),
        (Metric.ROC_AUC, known.roc_auc_score(TRUTH, SCORE)),
        (Metric.AVERAGE_PRECISION, known.average_precision_score(TRUTH, SCORE)),
        (Metric.LOG_LOSS, known.log_loss(TRUTH, SCORE)),
        (Metric.BRIER, known.brier_score_loss(TRUTH, SCORE)),
    ],
)
def test_binary_metrics_agree_with_scikit_learn(
    binary: Make, metric: Metric, expected: float
) -> None:
    assert of(metric, binary(TRUTH, SCORE)).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("metric", "score"),
    [
        (Metric.ACCURACY, known.accuracy_score),
        (Metric.BALANCED_ACCURACY, known.balanced_accuracy_score),
        (Metric.PRECISION, lambda t, p: known.precision_score(t, p, average="macro")),
        (Metric.RECALL, lambda t, p: known.recall_score(t, p, average="macro")),
        (Metric.F1, lambda t, p: known.f1_score(t, p, average="macro")),
    ],
)
def test_multiclass_metrics_are_scikit_learns_macro_averages(
    multiclass: Scored, metric: Metric, score: Callable[..., float]
) -> None:
    expected = score(multiclass.truth, multiclass.predicted)
    assert of(metric, multiclass).value == pytest.approx(expected, abs=1e-12)


def test_the_multiclass_brier_score_is_half_the_squared_distance(multiclass: Scored) -> None:
    expected = known.brier_score_loss(TRUE_CLASS, STATED, scale_by_half=True)
    assert of(Metric.BRIER, multiclass).value == pytest.approx(expected, abs=1e-12)


def test_a_class_that_is_never_predicted_has_precision_zero(multiclass: Scored) -> None:
    never = replace(multiclass, predicted=multiclass.predicted.replace("cow", "bee"))
    expected = known.precision_score(never.truth, never.predicted, average="macro", zero_division=0)
    assert of(Metric.PRECISION, never).value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Metric.MAE, known.mean_absolute_error(NUMBERS, ANSWERS)),
        (Metric.RMSE, known.root_mean_squared_error(NUMBERS, ANSWERS)),
        (Metric.R2, known.r2_score(NUMBERS, ANSWERS)),
        (Metric.MAPE, known.mean_absolute_percentage_error(NUMBERS, ANSWERS)),
        (Metric.WAPE, np.abs(NUMBERS - ANSWERS).sum() / np.abs(NUMBERS).sum()),
        (Metric.BIAS, abs((ANSWERS - NUMBERS).mean())),
        (
            Metric.SKILL,
            1 - np.abs(NUMBERS - ANSWERS).mean() / np.abs(NUMBERS - NUMBERS.mean()).mean(),
        ),
    ],
)
def test_metrics_of_numbers_agree_with_their_definitions(
    numeric: Make, metric: Metric, expected: float
) -> None:
    assert of(metric, numeric(NUMBERS, ANSWERS)).value == pytest.approx(expected, rel=1e-9)


def test_r2_survives_truths_far_from_zero(numeric: Make) -> None:
    far = of(Metric.R2, numeric(NUMBERS + 1e9, ANSWERS + 1e9))
    assert far.value == pytest.approx(known.r2_score(NUMBERS, ANSWERS), abs=1e-6)


def test_bias_is_never_negative_and_says_its_direction(numeric: Make) -> None:
    low = of(Metric.BIAS, numeric([3.0, 4.0, 5.0], [1.0, 2.5, 3.0]))
    assert low.value == pytest.approx(5.5 / 3)
    assert "too low" in low.note


def test_skill_of_a_classifier_compares_its_error_with_the_naive_error(binary: Make) -> None:
    scored = binary([1, 1, 0, 0, 0], [0.9, 0.1, 0.1, 0.2, 0.3])
    assert of(Metric.SKILL, scored).value == pytest.approx(1 - 1 / 2)


def test_mape_leaves_out_truths_of_zero_and_says_how_many(numeric: Make) -> None:
    figure = of(Metric.MAPE, numeric([0.0, 10.0, 10.0], [5.0, 11.0, 12.0]))
    assert figure.value == pytest.approx(0.15)
    assert figure.note.startswith("1 records")


@pytest.mark.parametrize("metric", sorted(set(METRICS) - {Metric.CALIBRATION_ERROR}))
def test_every_interval_holds_its_value(binary: Make, numeric: Make, metric: Metric) -> None:
    batch = binary(TRUTH, SCORE) if metric in metrics_of_binary() else numeric(NUMBERS, ANSWERS)
    figure = of(metric, batch)
    assert figure.value is not None
    assert figure.interval is not None
    assert figure.interval.low < figure.value < figure.interval.high


def metrics_of_binary() -> set[Metric]:
    return {metric for metric, rule in METRICS.items() if Task.BINARY in rule.tasks}


@pytest.mark.parametrize("metric", [Metric.F1, Metric.ROC_AUC, Metric.BRIER])
def test_a_90_percent_interval_covers_the_truth_about_90_times_in_100(
    calibrated: Make, metric: Metric
) -> None:
    truth = of(metric, calibrated(200_000, seed=999)).value
    hits = 0
    for seed in range(100):
        interval = of(metric, calibrated(250, seed=seed)).interval
        hits += interval is not None and interval.low <= (truth or 0) <= interval.high
    assert 80 <= hits <= 98


@pytest.mark.parametrize("metric", [Metric.ROC_AUC, Metric.BALANCED_ACCURACY, Metric.F1])
def test_a_flawless_batch_still_has_an_interval(binary: Make, metric: Metric) -> None:
    figure = of(metric, binary([0] * 30 + [1] * 20, [0.1] * 30 + [0.9] * 20))
    assert figure.value == 1.0
    assert figure.interval is not None
    assert 0.8 < figure.interval.low < 1.0


def test_the_interval_of_precision_counts_the_predicted_events(binary: Make) -> None:
    figure = of(Metric.PRECISION, binary([1, 0, 0, 0], [0.9, 0.8, 0.1, 0.1]))
    assert figure.interval is not None
    assert figure.interval.method == "Wilson, 1 of 2"


def test_precision_is_undefined_if_no_event_was_predicted(binary: Make) -> None:
    figure = of(Metric.PRECISION, binary([1, 0, 1], [0.1, 0.2, 0.3]))
    assert (figure.value, figure.verdict) == (None, None)


@pytest.mark.parametrize("metric", [Metric.ROC_AUC, Metric.AVERAGE_PRECISION])
def test_one_class_among_the_labels_leaves_ranking_undefined(binary: Make, metric: Metric) -> None:
    figure = of(metric, binary([0] * 20, np.linspace(0.1, 0.9, 20)))
    assert figure.value is None
    assert "each class" in figure.note


def test_scores_outside_0_to_1_still_rank_but_have_no_log_loss(binary: Make) -> None:
    scored = binary(TRUTH, SCORE * 1000, predicted=SCORE > 0.5)
    assert of(Metric.ROC_AUC, scored).value == pytest.approx(known.roc_auc_score(TRUTH, SCORE))
    assert "no probabilities" in of(Metric.LOG_LOSS, scored).note


def test_the_note_says_that_a_model_gives_no_scores(binary: Make) -> None:
    scored = replace(binary(TRUTH, SCORE), probability=None)
    assert of(Metric.ROC_AUC, scored).note == "the model gives no scores"
    assert Metric.ROC_AUC not in metrics_of(Task.BINARY, pair(scored))


def test_a_metric_of_another_task_has_no_value_and_says_why(binary: Make) -> None:
    figure = of(Metric.MAE, binary(TRUTH, SCORE))
    assert (figure.value, figure.note) == (None, "not defined for binary")


@pytest.mark.parametrize("metric", sorted(FAIRNESS_METRICS))
def test_metrics_of_groups_are_left_to_the_fairness_check(binary: Make, metric: Metric) -> None:
    assert "fairness" in of(metric, binary(TRUTH, SCORE)).note


def test_every_metric_of_the_charter_is_either_in_the_table_or_compares_groups() -> None:
    assert set(METRICS) | FAIRNESS_METRICS == set(Metric)
    assert not set(METRICS) & FAIRNESS_METRICS


def test_unlabelled_records_do_not_count(binary: Make) -> None:
    scored = binary([1, 1, 0, 0], [0.9, 0.9, 0.9, 0.1])
    assert scored.truth is not None
    partly = replace(scored, truth=scored.truth.where(np.arange(4) < 3))
    figure = of(Metric.ACCURACY, partly)
    assert figure.value == pytest.approx(2 / 3)
    assert figure.n == 3


def test_records_without_a_usable_answer_are_left_out_and_counted(numeric: Make) -> None:
    scored = numeric([1.0, 2.0, 3.0, 4.0], [1.0, np.nan, np.inf, 5.0])
    assert of(Metric.MAE, scored).value == pytest.approx(0.5)
    assert pair(scored).unusable == 2


def test_a_class_the_model_does_not_know_costs_a_large_but_finite_loss(
    multiclass: Scored,
) -> None:
    assert multiclass.truth is not None
    stranger = replace(multiclass, truth=multiclass.truth.replace("cow", "dog"))
    value = of(Metric.LOG_LOSS, stranger).value
    assert value is not None
    assert 5 < value < math.inf


def test_a_binary_batch_that_does_not_name_its_event_is_refused(binary: Make) -> None:
    with pytest.raises(ModelError, match=r"labels\.positive"):
        of(Metric.ACCURACY, replace(binary([1, 0], [0.9, 0.1]), positive=None))


@pytest.mark.parametrize("metric", [Metric.ACCURACY, Metric.F1, Metric.ROC_AUC])
def test_the_order_of_records_changes_no_metric(binary: Make, metric: Metric) -> None:
    order = np.random.default_rng(0).permutation(len(TRUTH))
    ordered, shuffled = (
        of(metric, binary(TRUTH, SCORE)),
        of(metric, binary(TRUTH[order], SCORE[order])),
    )
    assert ordered.value == pytest.approx(shuffled.value, abs=1e-12)
    assert ordered.interval is not None
    assert shuffled.interval is not None
    assert ordered.interval.low == pytest.approx(shuffled.interval.low, abs=1e-9)


def test_every_metric_of_100000_records_costs_less_than_a_second(
    calibrated: Make,
) -> None:
    scored = calibrated(100_000)
    for metric in metrics_of(Task.BINARY, pair(scored)):
        start = time.process_time()
        of(metric, scored)
        assert time.process_time() - start < 1.0, metric


def test_directions_follow_the_charter() -> None:
    assert direction_of(Metric.MAE).value == "at_most"
    assert direction_of(Metric.SKILL).value == "at_least"


def test_large_batches_group_their_scores_for_the_spread_of_average_precision_alone(
    binary: Make,
) -> None:
    rng = np.random.default_rng(2)
    truth = rng.random(20_001) < 0.05
    score = 0.3 * rng.random(20_001) + 0.7 * truth * rng.random(20_001)
    large = of(Metric.AVERAGE_PRECISION, binary(truth, score))
    small = of(Metric.AVERAGE_PRECISION, binary(truth[1:], score[1:]))
    assert large.value == pytest.approx(known.average_precision_score(truth, score), abs=1e-12)
    assert large.interval is not None
    assert small.interval is not None
    widths = [interval.high - interval.low for interval in (large.interval, small.interval)]
    assert widths[0] == pytest.approx(widths[1], rel=0.25)


def test_delongs_interval_is_the_published_variance_on_the_logit_scale(binary: Make) -> None:
    truth, score = [0, 0, 0, 1, 1, 1], [0.1, 0.3, 0.6, 0.4, 0.7, 0.9]
    figure = of(Metric.ROC_AUC, binary(truth, score))
    area = 8 / 9
    error = math.sqrt((1 / 27) / 3 + (1 / 27) / 3) / (area * (1 - area))
    assert figure.value == pytest.approx(area)
    assert figure.interval is not None
    low = 1 / (1 + math.exp(-(math.log(8) - 1.644854 * error)))
    assert figure.interval.low == pytest.approx(low, abs=1e-5)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30))
def test_a_record_outranks_those_of_the_other_class_below_it_and_half_of_its_equals(
    records: list[tuple[bool, int]],
) -> None:
    truth, score = (np.array(column, dtype=np.float64) for column in zip(*records, strict=True))
    assume(0 < truth.sum() < len(truth))
    placed = placements(truth, score)
    above = np.subtract.outer(score[truth == 1], score[truth == 0])
    shares = (above > 0) + (above == 0) / 2
    np.testing.assert_allclose(placed.positive, shares.mean(axis=1))
    np.testing.assert_allclose(placed.negative, shares.mean(axis=0))
    assert placed.area == pytest.approx(shares.mean())
