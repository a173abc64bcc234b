"""What is agreed about a figure that a release is not judged by."""

from __future__ import annotations

from collections.abc import Iterable

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import LOWER_IS_BETTER, Metric, Threshold


def agreed_elsewhere(charter: Charter, metric: Metric, attribute: str | None = None) -> str:
    """The limits of live batches, or that there is none, in words that end a sentence.

    Args:
        charter: The charter in force.
        metric: What was measured.
        attribute: The protected attribute it was measured by; None where it is about no groups.
    """
    limits = [_limit(one) for one in _about(charter.thresholds, metric, attribute)]
    if not limits:
        return "no limit is agreed"
    return f"a release is not judged by it; agreed for live batches is {' and '.join(limits)}"


def metric_agreed(charter: Charter, metrics: Iterable[Metric], attribute: str) -> Metric | None:
    """The first of several metrics that a limit is agreed on for an attribute, or None."""
    return next((one for one in metrics if [*_about(charter.thresholds, one, attribute)]), None)


def _about(
    thresholds: Iterable[Threshold], metric: Metric, attribute: str | None
) -> Iterable[Threshold]:
    return (
        one for one in thresholds if one.metric is metric and one.attribute in {None, attribute}
    )


def _limit(threshold: Threshold) -> str:
    side = "most" if threshold.metric in LOWER_IS_BETTER else "least"
    return f"at {side} {threshold.limit:g}"
