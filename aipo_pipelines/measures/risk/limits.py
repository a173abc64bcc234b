"""The limits of live batches on a figure that no limit for a release judges."""

from __future__ import annotations

from collections.abc import Iterable

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.thresholds import Metric, Threshold


def live_limits(
    charter: Charter, metric: Metric, attribute: str | None = None
) -> tuple[Threshold, ...]:
    """The thresholds on a metric, those that name no attribute included.

    Args:
        charter: The charter in force.
        metric: What was measured.
        attribute: The protected attribute it was measured by; None if it is about no groups.
    """
    # Not the limits of a release: these are judged by the gates.
    return tuple(
        threshold
        for threshold in charter.thresholds
        if threshold.metric is metric and threshold.attribute in {None, attribute}
    )


def metric_agreed(charter: Charter, metrics: Iterable[Metric], attribute: str) -> Metric | None:
    """The first of several metrics that has a limit for an attribute, or None."""
    return next((metric for metric in metrics if live_limits(charter, metric, attribute)), None)
