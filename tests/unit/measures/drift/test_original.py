"""Against the original baseline: figures that inform beside those that decide."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.thresholds import Metric, Threshold
from aipo_pipelines.evidence.derived_metric import is_about_original
from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.details.drift import DataDriftDetails, OriginalComparison
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Interval, Severity, Verdict
from aipo_pipelines.measures.drift.original import beside, compared_features, drops

Agreed = Callable[..., Threshold]


def outcome(verdict: Verdict, *drifted: str) -> CheckOutcome[DataDriftDetails]:
    return CheckOutcome(
        check="data_drift",
        verdict=verdict,
        severity=Severity.WARNING,
        summary=f"{len(drifted)} have drifted.",
        figures=(Figure(metric="ks_distance", value=0.1, n=9, subject="x1"),),
        details=DataDriftDetails(drifted=drifted),
    )


def measured(value: float) -> Figure:
    interval = Interval(low=value - 0.01, high=value + 0.01, level=0.9, method="test")
    return Figure(metric="accuracy", value=value, n=500, interval=interval)


def test_the_comparison_with_the_original_does_not_decide() -> None:
    both = beside(outcome(Verdict.PASS), outcome(Verdict.FAIL, "x1"), "1")
    assert (both.verdict, both.details.drifted) == (Verdict.PASS, ())
    assert both.details.original == OriginalComparison(
        version="1", verdict=Verdict.FAIL, summary="1 have drifted.", drifted=("x1",)
    )
    assert [figure.metric for figure in both.figures] == ["ks_distance", "original_ks_distance"]
    assert [is_about_original(figure.metric) for figure in both.figures] == [False, True]


def test_a_comparison_that_was_not_possible_names_no_feature() -> None:
    empty = CheckOutcome(
        check="data_drift",
        verdict=Verdict.INSUFFICIENT,
        severity=Severity.WARNING,
        summary="Not measured: the records are gone.",
        details=NO_DETAILS,
    )
    original = beside(outcome(Verdict.PASS), empty, "1").details.original
    assert original is not None
    assert (original.verdict, original.drifted) == (Verdict.INSUFFICIENT, ())


def test_a_feature_that_the_original_does_not_hold_is_not_compared() -> None:
    reference = pd.DataFrame({"x1": [1.0], "x2": [np.nan]})
    assert compared_features(reference, ["x1", "x2", "x3"]) == ["x1"]


def test_a_drop_informs_without_a_limit_and_is_judged_with_one(agreed: Agreed) -> None:
    free = agreed(Metric.ACCURACY, 0.5)
    (drop,) = drops([measured(0.7)], [free], [measured(0.9)])
    assert (drop.metric, drop.limit, drop.verdict) == (
        "accuracy_drop_original",
        None,
        Verdict.PASS,
    )
    assert drop.note == "original baseline 0.9"
    (judged,) = drops(
        [measured(0.7)], [agreed(Metric.ACCURACY, 0.5, maximum_drop=0.05)], [measured(0.9)]
    )
    assert (judged.limit, judged.verdict) == (0.05, Verdict.FAIL)
