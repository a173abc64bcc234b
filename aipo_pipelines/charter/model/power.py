"""The smallest drop that a number of records shows in 80 % of cases.

A gate that cannot see its own tolerance is a mistake in the charter. Normal theory with the limit
as the true value: for a one-sided bound of level c the smallest visible change is
(z(c) + z(0.8)) standard errors. The standard error is the most favourable possible, so that only
samples that are really too small are refused:

- shares (accuracy, balanced accuracy, precision, recall, F1): sqrt(p(1-p)/n), as if all n records
  were among those the share rests on, and the classes equally frequent;
- area under the ROC curve: Hanley and McNeil (Radiology 143, 1982), with equal classes;
- difference of two groups' rates: sqrt(2p(1-p)/n) with n records in each and a rate of 0.25. The
  change that must be visible is the limit itself, so a difference of twice the limit must show.

The uncertainty of the release figures is left out. Metrics in a unit of their own, ratios,
average precision and calibration errors are not checked: their spread is not known beforehand.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from aipo_pipelines.charter.model.thresholds import Metric

POWER = 0.8
"""Share of cases in which a change of the size that matters must be seen."""

RATE = 0.25
"""Rate assumed for each of two groups that are compared."""

_SHARES = frozenset(
    {Metric.ACCURACY, Metric.BALANCED_ACCURACY, Metric.PRECISION, Metric.RECALL, Metric.F1}
)
GAPS = frozenset({Metric.SELECTION_RATE_DIFFERENCE, Metric.TPR_DIFFERENCE, Metric.FPR_DIFFERENCE})
"""Differences of two groups' rates, whose limit is the change that must be visible."""

# More records than any table has: if this many are not enough, no number is.
_MOST = 2**40


def smallest_visible(metric: Metric, limit: float, n: int, confidence: float) -> float | None:
    """The smallest drop, or excess over the limit, that n records show.

    Args:
        metric: What is measured.
        limit: The agreed limit, 0 to 1, taken as the true value.
        n: Records, or records in each of the two groups if groups are compared. At least 2.
        confidence: Level of the one-sided bound the verdict rests on, at least 0.5.

    Returns:
        The change in the metric's unit; None if the metric is not checked.
    """
    variance = _variance(metric, limit, n)
    if variance is None:
        return None
    normal = NormalDist()
    return (normal.inv_cdf(confidence) + normal.inv_cdf(POWER)) * math.sqrt(variance)


def sample_needed(metric: Metric, limit: float, change: float, confidence: float) -> int | None:
    """Records (per group if groups are compared) that show a change.

    Args:
        metric: What is measured.
        limit: As for `smallest_visible`.
        change: The change that must be seen, in the metric's unit.
        confidence: As for `smallest_visible`.

    Returns:
        The smallest such number; None if the metric is not checked or no number is enough.
    """

    def shows(n: int) -> bool:
        """Whether so many records show the change."""
        visible = smallest_visible(metric, limit, n, confidence)
        return visible is not None and visible <= change

    if not shows(_MOST):
        return None
    low, high = 1, _MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high


def _variance(metric: Metric, limit: float, n: int) -> float | None:
    if metric in GAPS:
        return 2 * RATE * (1 - RATE) / n
    if not 0 <= limit <= 1:
        return None
    if metric in _SHARES:
        return limit * (1 - limit) / n
    return _of_area(limit, n / 2) if metric is Metric.ROC_AUC else None


def _of_area(area: float, each: float) -> float:
    """Variance of an area under the curve with so many records of each class."""
    events = area / (2 - area) - area**2
    no_events = 2 * area**2 / (1 + area) - area**2
    # Rounding can make the sum slightly negative near an area of 1.
    return max(0.0, area * (1 - area) + (each - 1) * (events + no_events)) / each**2
