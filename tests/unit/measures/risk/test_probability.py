"""How far the answers of a challenger agree with the outcomes, in numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.modelling import Task
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.risk.probability import (
    NoProbabilities,
    NothingLabelled,
    PredictedNumbers,
    StatedProbabilities,
    trust_in_answers,
)
from tests.samples import CHARTER, merged

Make = Callable[..., Scored]


def a_charter(*thresholds: dict[str, Any]) -> Charter:
    agreed = [{"owner": "owner", "reason": "r", **each} for each in thresholds]
    return Charter.model_validate(merged(CHARTER, {"thresholds": agreed}))


def test_without_labels_nothing_can_be_compared(binary: Make) -> None:
    unlabelled = binary([1, 0], [0.9, 0.1], labelled=False)
    assert trust_in_answers(a_charter(), unlabelled, 0) == NothingLabelled()


@pytest.mark.parametrize("scale", [None, 10.0], ids=["no scores", "scores beyond 1"])
def test_a_class_without_a_probability_cannot_be_too_sure(
    binary: Make, scale: float | None
) -> None:
    scored = binary([1, 0] * 20, [0.9, 0.1] * 20)
    table = None if scale is None or scored.probability is None else scale * scored.probability
    answers = replace(scored, probability=table)
    assert trust_in_answers(a_charter(), answers, 0) == NoProbabilities()


def test_mean_probability_and_share_of_the_event_are_stated(binary: Make) -> None:
    trust = trust_in_answers(a_charter(), binary([1] * 30 + [0] * 70, [0.5] * 100), 0)
    assert isinstance(trust, StatedProbabilities)
    assert (trust.stated, trust.happened) == (0.5, 0.3)
    assert trust.error.value == pytest.approx(0.2)
    assert trust.slope is None
    assert trust.by_chance is False


def test_an_error_of_a_calibrated_model_is_within_chance(calibrated: Make) -> None:
    trust = trust_in_answers(a_charter(), calibrated(2_000), 0)
    assert isinstance(trust, StatedProbabilities)
    assert trust.by_chance is True
    assert trust.slope is not None
    assert trust.slope.value == pytest.approx(1.0, abs=0.2)


def test_a_limit_of_a_release_judges_and_a_limit_of_live_batches_informs(
    calibrated: Make,
) -> None:
    limit = {"metric": "expected_calibration_error", "limit": 0.2}
    both = trust_in_answers(a_charter(limit), calibrated(400), 0)
    live = trust_in_answers(a_charter({**limit, "applies_to": ["live"]}), calibrated(400), 0)
    assert isinstance(both, StatedProbabilities)
    assert isinstance(live, StatedProbabilities)
    assert (both.error.limit, live.error.limit) == (0.2, None)
    assert [threshold.limit for threshold in live.live_limits] == [0.2]


def test_several_classes_state_that_they_are_right() -> None:
    stated = pd.DataFrame({"a": [0.7, 0.2, 0.6] * 20, "b": [0.3, 0.8, 0.4] * 20})
    scored = Scored(
        task=Task.MULTICLASS,
        predicted=pd.Series(["a", "b", "a"] * 20),
        truth=pd.Series(["a", "b", "b"] * 20),
        probability=stated,
    )
    trust = trust_in_answers(a_charter(), scored, 0)
    assert isinstance(trust, StatedProbabilities)
    assert trust.stated == pytest.approx(0.7)
    assert trust.happened == pytest.approx(2 / 3)


def test_numbers_are_trusted_by_bias_and_slope(numeric: Make) -> None:
    truth = np.arange(100.0)
    trust = trust_in_answers(a_charter(), numeric(truth, 2 * truth + 1), 0)
    assert isinstance(trust, PredictedNumbers)
    assert trust.bias.value == pytest.approx(50.5)
    assert trust.slope is not None
    assert trust.slope.value == pytest.approx(0.5)
    assert trust.bias in trust.figures


def test_constant_answers_have_a_bias_and_no_slope(numeric: Make) -> None:
    trust = trust_in_answers(a_charter(), numeric(np.arange(9.0), np.full(9, 4.0)), 0)
    assert isinstance(trust, PredictedNumbers)
    assert (trust.bias.value, trust.slope) == (0.0, None)
