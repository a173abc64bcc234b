"""Thresholds for live batches, and the checks that an answer requires."""

from __future__ import annotations

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import FAIRNESS_METRICS, AppliesTo, Metric, Threshold
from aipo_pipelines.policy.facts.responses import GUARDS


def live_thresholds(charter: Charter) -> tuple[Threshold, ...]:
    """The thresholds that apply to live batches."""
    if charter.model is None:
        return ()
    return tuple(
        threshold for threshold in charter.thresholds if AppliesTo.LIVE in threshold.applies_to
    )


def check_of(metric: Metric) -> str:
    """The check, `asset/check`, that judges a metric."""
    if metric in FAIRNESS_METRICS:
        return "performance/fairness"
    if metric is Metric.CALIBRATION_ERROR:
        return "performance/calibration"
    return "performance/performance"


def thresholds_of(charter: Charter, key: str) -> tuple[Threshold, ...]:
    """The live thresholds of a check, `asset/check`."""
    return tuple(
        threshold for threshold in live_thresholds(charter) if check_of(threshold.metric) == key
    )


def required(charter: Charter) -> tuple[str, ...]:
    """The checks without which there is no answer: data first, then model."""
    # Drift is no part of the answer: it is shown, and the responses of the charter may react to it.
    model = {check_of(threshold.metric) for threshold in live_thresholds(charter)}
    return (*sorted(GUARDS), *sorted(model))
