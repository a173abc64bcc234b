"""The limits of live batches on a figure that no limit for a release judges, in words."""

from __future__ import annotations

from collections.abc import Sequence

from aipo_pipelines.charter.model.thresholds import LOWER_IS_BETTER, Threshold


def only_live(limits: Sequence[Threshold]) -> str:
    """The limits, or that there is no limit, in words that end a sentence."""
    if not limits:
        return "no limit is agreed"
    words = " and ".join(map(_limit, limits))
    return f"a release is not judged by it; agreed for live batches is {words}"


def _limit(threshold: Threshold) -> str:
    side = "most" if threshold.metric in LOWER_IS_BETTER else "least"
    return f"at {side} {threshold.limit:g}"
