"""Limits of live batches in words that end a sentence about a release."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aipo_pipelines.charter.model.thresholds import Metric, Threshold
from aipo_pipelines.reports.risk.limits import only_live

Agreed = Callable[..., Threshold]


def test_without_a_limit_none_is_agreed() -> None:
    assert only_live(()) == "no limit is agreed"


@pytest.mark.parametrize(
    ("metric", "words"),
    [(Metric.SELECTION_RATE_RATIO, "at least 0.8"), (Metric.ERROR_DIFFERENCE, "at most 0.8")],
)
def test_a_limit_of_live_batches_is_said_not_to_judge_a_release(
    agreed: Agreed, metric: Metric, words: str
) -> None:
    sentence = only_live([agreed(metric, 0.8)])
    assert sentence == f"a release is not judged by it; agreed for live batches is {words}"


def test_two_limits_are_joined_and_numbers_have_no_needless_digits(agreed: Agreed) -> None:
    limits = [agreed(Metric.ERROR_DIFFERENCE, 0.10), agreed(Metric.ERROR_DIFFERENCE, 2.0)]
    assert only_live(limits).endswith("is at most 0.1 and at most 2")
