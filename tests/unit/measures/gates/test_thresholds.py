"""One gate per limit for a release, in words for the decision of a product owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from aipo_pipelines.charter.model.thresholds import Metric, Threshold
from aipo_pipelines.evidence.details.training import LimitDetails
from aipo_pipelines.evidence.outcome import CheckOutcome, Severity, Verdict
from aipo_pipelines.measures.gates.thresholds import threshold_gate
from aipo_pipelines.measures.metrics.scored import Scored

Make = Callable[..., Scored]
Agreed = Callable[..., Threshold]


def gate(threshold: Threshold, scored: Scored) -> CheckOutcome:
    return threshold_gate("gate", threshold, scored, 0)


@pytest.fixture
def exact(binary: Make) -> Make:
    """Makes 200 answers; a number of the last answers are wrong."""

    def make(wrong: int, **more: object) -> Scored:
        truth = np.arange(200) % 2 == 0
        answers = np.where(np.arange(200) >= 200 - wrong, ~truth, truth)
        return binary(truth, np.where(answers, 0.8, 0.2), **more)

    return make


def test_a_figure_is_shown_with_its_interval_its_records_and_its_limit(
    exact: Make, agreed: Agreed
) -> None:
    outcome = gate(agreed(Metric.ACCURACY, 0.8), exact(10))
    assert (outcome.check, outcome.verdict) == ("gate", Verdict.PASS)
    assert (
        outcome.summary == "accuracy is 0.95 [0.918, 0.97] on 200 records, agreed is at least 0.8."
    )


def test_a_refusal_says_why_the_limit_exists_with_a_single_full_stop(
    exact: Make, agreed: Agreed
) -> None:
    outcome = gate(agreed(Metric.ACCURACY, 0.99, reason="The law asks for it."), exact(40))
    assert outcome.verdict is Verdict.FAIL
    assert outcome.summary.endswith("agreed is at least 0.99. Why this limit: The law asks for it.")


def test_a_pass_does_not_explain_its_limit(exact: Make, agreed: Agreed) -> None:
    assert "Why this limit" not in gate(agreed(Metric.ACCURACY, 0.8), exact(10)).summary


def test_an_error_has_an_upper_limit(exact: Make, agreed: Agreed) -> None:
    assert "agreed is at most 0.5" in gate(agreed(Metric.LOG_LOSS, 0.5), exact(10)).summary


def test_the_details_name_the_reason_and_the_role(exact: Make, agreed: Agreed) -> None:
    outcome = gate(agreed(Metric.ACCURACY, 0.8, reason="As at the launch"), exact(10))
    assert outcome.details == LimitDetails(reason="As at the launch", owner="model_steward")
    assert outcome.severity is Severity.CRITICAL


def test_a_miss_within_the_uncertainty_says_what_could_be_seen(exact: Make, agreed: Agreed) -> None:
    outcome = gate(agreed(Metric.ACCURACY, 0.96), exact(10))
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "; this cannot be decided yet (misses its limit by less than 200" in outcome.summary


def test_a_metric_that_cannot_be_measured_says_why(exact: Make, agreed: Agreed) -> None:
    outcome = gate(agreed(Metric.MAE, 1.0), exact(10))
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert outcome.summary.startswith("mae cannot be judged (not defined for binary)")


def test_a_limit_on_groups_without_any_attribute_cannot_be_judged(
    exact: Make, agreed: Agreed
) -> None:
    outcome = gate(agreed(Metric.SELECTION_RATE_DIFFERENCE, 0.1), exact(10))
    assert (outcome.verdict, outcome.figures) == (Verdict.INSUFFICIENT, ())
    assert outcome.summary.startswith("There is no protected attribute to compare by.")


@pytest.fixture
def two_groups(binary: Make) -> Scored:
    """Of 200 women 20 % are selected, of 200 men 50 %."""
    selected = np.concatenate([np.arange(200) < 40, np.arange(200) < 100])
    groups = pd.DataFrame({"sex": np.repeat(["f", "m"], 200)})
    return binary(selected, np.where(selected, 0.9, 0.1), groups=groups)


def test_a_difference_names_the_group_with_the_highest_rate_first(
    two_groups: Scored, agreed: Agreed
) -> None:
    limit = agreed(Metric.SELECTION_RATE_DIFFERENCE, 0.4, attribute="sex")
    outcome = gate(limit, two_groups)
    assert outcome.verdict is Verdict.PASS
    assert outcome.summary.startswith(
        "sex=m is selected in 50 % of cases, sex=f in 20 %: a difference of 0.3 ["
    )


def test_a_ratio_is_said_as_a_ratio_with_a_lower_limit(two_groups: Scored, agreed: Agreed) -> None:
    limit = agreed(Metric.SELECTION_RATE_RATIO, 0.8, attribute="sex")
    outcome = gate(limit, two_groups)
    assert outcome.verdict is Verdict.FAIL
    assert "in 20 %: a ratio of 0.4 [" in outcome.summary
    assert "agreed is at least 0.8" in outcome.summary


def test_the_rates_of_the_groups_follow_the_judged_figure(
    two_groups: Scored, agreed: Agreed
) -> None:
    limit = agreed(Metric.SELECTION_RATE_DIFFERENCE, 0.4, attribute="sex")
    judged, *rates = gate(limit, two_groups).figures
    assert (judged.metric, judged.subject) == ("selection_rate_difference", "sex")
    assert [(rate.metric, rate.subject) for rate in rates] == [
        ("selection_rate", "sex=f"),
        ("selection_rate", "sex=m"),
    ]


def test_a_group_that_is_too_small_to_compare_is_not_named_as_an_extreme(
    two_groups: Scored, agreed: Agreed
) -> None:
    few = pd.DataFrame({"sex": ["f"] * 200 + ["m"] * 150 + ["x"] * 50})
    limit = agreed(Metric.SELECTION_RATE_DIFFERENCE, 0.9, attribute="sex", minimum_sample=100)
    summary = gate(limit, replace(two_groups, groups=few)).summary
    assert "sex=x" not in summary
    assert summary.startswith("sex=m is selected in 67 % of cases, sex=f in 20 %")


def test_errors_of_numbers_are_compared_in_their_own_unit(numeric: Make, agreed: Agreed) -> None:
    women = np.arange(400) < 200
    scored = numeric(np.zeros(400), np.where(women, 3.0, 1.0))
    scored = replace(scored, groups=pd.DataFrame({"sex": np.where(women, "f", "m")}))
    outcome = gate(agreed(Metric.ERROR_DIFFERENCE, 5, attribute="sex"), scored)
    assert outcome.verdict is Verdict.PASS
    assert outcome.summary.startswith(
        "the answers for sex=f are off by 3 on average, those for sex=m by 1: a difference of 2 ["
    )


def test_a_calibration_error_beyond_its_limit_passes_if_chance_makes_most_of_it(
    calibrated: Make, agreed: Agreed
) -> None:
    outcome = gate(agreed(Metric.CALIBRATION_ERROR, 0.02), calibrated(300, seed=5))
    judged, *informing = outcome.figures
    assert judged.metric == "expected_calibration_error"
    assert judged.value is not None
    assert judged.value > 0.02
    assert outcome.verdict is Verdict.PASS
    assert "expected_calibration_error_null" in [figure.metric for figure in informing]


def test_numbers_have_no_calibration_error_and_the_gate_still_has_its_figure(
    numeric: Make, agreed: Agreed
) -> None:
    outcome = gate(agreed(Metric.CALIBRATION_ERROR, 0.05), numeric(np.arange(200), np.arange(200)))
    first = outcome.figures[0]
    assert (first.metric, first.value, first.limit) == ("expected_calibration_error", None, 0.05)
    assert outcome.verdict is Verdict.INSUFFICIENT
    assert "cannot be judged (the model states no probabilities)" in outcome.summary
