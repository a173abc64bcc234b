"""Three verdicts: shown to fail, no evidence against it, not enough evidence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from aipo_pipelines.charter.model.thresholds import AppliesTo, Metric, Threshold
from aipo_pipelines.evidence.outcome import Direction, Figure, Interval, Verdict
from aipo_pipelines.measures.metrics.verdict import (
    judge,
    judge_drop,
    smallest_visible_miss,
    thresholds_for,
)

Agreed = Callable[..., Threshold]


def figure(value: float | None, low: float, high: float, n: int = 500) -> Figure:
    interval = Interval(low=low, high=high, level=0.90, method="test")
    return Figure(metric="accuracy", value=value, n=n, interval=interval)


def signed_off(value: float, low: float, high: float) -> tuple[Figure, ...]:
    return (figure(value, low, high),)


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [
        (0.85, 0.82, 0.88, Verdict.PASS),
        (0.81, 0.78, 0.84, Verdict.PASS),
        (0.79, 0.76, 0.82, Verdict.INSUFFICIENT),
        (0.75, 0.72, 0.78, Verdict.FAIL),
    ],
)
def test_a_lower_limit_is_judged_on_the_interval(
    agreed: Agreed, value: float, low: float, high: float, verdict: Verdict
) -> None:
    judged = judge(figure(value, low, high), agreed(Metric.ACCURACY, 0.80))
    assert (judged.verdict, judged.limit) == (verdict, 0.80)
    assert judged.direction is Direction.AT_LEAST


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [
        (0.15, 0.12, 0.18, Verdict.PASS),
        (0.21, 0.18, 0.24, Verdict.INSUFFICIENT),
        (0.25, 0.22, 0.28, Verdict.FAIL),
    ],
)
def test_an_upper_limit_is_judged_on_the_other_end(
    agreed: Agreed, value: float, low: float, high: float, verdict: Verdict
) -> None:
    assert judge(figure(value, low, high), agreed(Metric.LOG_LOSS, 0.20)).verdict is verdict


@pytest.mark.parametrize(("high", "low"), [(0.4, 0.3), (0.3, 0.2), (0.9, 0.8)])
def test_a_difference_of_exactly_its_limit_keeps_it_however_it_is_rounded(
    agreed: Agreed, high: float, low: float
) -> None:
    gap = high - low
    threshold = agreed(Metric.LOG_LOSS, 0.1)
    assert judge(figure(gap, gap - 0.05, gap + 0.05), threshold).verdict is Verdict.PASS


def test_too_few_records_are_insufficient_for_every_value(agreed: Agreed) -> None:
    judged = judge(figure(0.1, 0.05, 0.15, n=99), agreed(Metric.ACCURACY, 0.80))
    assert judged.verdict is Verdict.INSUFFICIENT
    assert "99 records, the threshold asks for 100" in judged.note


def test_a_metric_without_a_value_is_insufficient(agreed: Agreed) -> None:
    assert judge(figure(None, 0, 1), agreed(Metric.ACCURACY, 0.8)).verdict is Verdict.INSUFFICIENT


def test_an_unshown_miss_says_what_could_have_been_shown(agreed: Agreed) -> None:
    judged = judge(figure(0.79, 0.76, 0.82), agreed(Metric.ACCURACY, 0.80))
    assert "80% of such batches" in judged.note


def test_the_smallest_visible_miss_is_that_of_the_textbook() -> None:
    error = 0.02
    near = 0.8 + 1.6449 * error
    assert smallest_visible_miss(0.8, near, 0.95) == pytest.approx(2.4865 * error, rel=1e-3)


def test_without_confidence_no_miss_is_ever_shown() -> None:
    assert smallest_visible_miss(0.8, 0.8, 0.5) == math.inf


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(0.84, Verdict.PASS), (0.80, Verdict.INSUFFICIENT), (0.75, Verdict.FAIL)],
)
def test_a_drop_is_judged_with_the_uncertainty_of_both_sides(
    agreed: Agreed, value: float, verdict: Verdict
) -> None:
    threshold = agreed(Metric.ACCURACY, 0.5, maximum_drop=0.04)
    batch = figure(value, value - 0.02, value + 0.02)
    drop = judge_drop(batch, signed_off(0.85, 0.84, 0.86), threshold)
    assert (drop.metric, drop.verdict) == ("accuracy_drop", verdict)
    assert drop.value == pytest.approx(0.85 - value)
    assert drop.interval is not None
    assert drop.interval.low == pytest.approx(0.85 - value - math.hypot(0.01, 0.02))


def test_a_drop_of_an_error_is_its_rise(agreed: Agreed) -> None:
    threshold = agreed(Metric.LOG_LOSS, 9.0, maximum_drop=0.1)
    before = (replace(figure(0.4, 0.38, 0.42), metric="log_loss"),)
    drop = judge_drop(figure(0.7, 0.65, 0.75), before, threshold)
    assert drop.value == pytest.approx(0.3)
    assert drop.verdict is Verdict.FAIL


def test_a_baseline_of_another_confidence_is_rescaled(agreed: Agreed) -> None:
    threshold = agreed(Metric.ACCURACY, 0.5, maximum_drop=0.04, confidence=0.99)
    drop = judge_drop(figure(0.8, 0.8, 0.8), signed_off(0.85, 0.84, 0.86), threshold)
    assert drop.interval is not None
    assert drop.interval.low == pytest.approx(0.05 - 0.01 * 2.3263 / 1.6449, abs=1e-5)


@pytest.mark.parametrize("baseline", [(), (Figure(metric="accuracy", value=None, n=0),)])
def test_a_drop_from_nothing_is_insufficient(agreed: Agreed, baseline: tuple[Figure, ...]) -> None:
    threshold = agreed(Metric.ACCURACY, 0.5, maximum_drop=0.04)
    drop = judge_drop(figure(0.8, 0.78, 0.82), baseline, threshold)
    assert drop.verdict is Verdict.INSUFFICIENT
    assert "no release figure" in drop.note


def test_thresholds_are_chosen_for_live_batches_or_a_release_and_for_groups_or_all(
    agreed: Agreed,
) -> None:
    live = agreed(Metric.ACCURACY, 0.8, applies_to=(AppliesTo.LIVE,))
    gate = agreed(Metric.F1, 0.8, applies_to=(AppliesTo.RELEASE,))
    groups = agreed(Metric.TPR_DIFFERENCE, 0.1, attribute="sex")
    every = [live, gate, groups]
    assert thresholds_for(every, AppliesTo.LIVE, fairness=False) == (live,)
    assert thresholds_for(every, AppliesTo.RELEASE, fairness=True) == (groups,)
