"""Limits that were agreed, each with owner, reason, sample and reach."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import Field

from aipo_pipelines.charter.model.base import Part, Text
from aipo_pipelines.charter.model.people import Role

USUAL_SAMPLE = 100
"""Records that a limit asks for if the charter names no number."""


class Metric(StrEnum):
    """Metrics a threshold can be set on."""

    ACCURACY = "accuracy"
    BALANCED_ACCURACY = "balanced_accuracy"
    PRECISION = "precision"
    RECALL = "recall"
    F1 = "f1"
    ROC_AUC = "roc_auc"
    AVERAGE_PRECISION = "average_precision"
    LOG_LOSS = "log_loss"
    BRIER = "brier"
    MAE = "mae"
    RMSE = "rmse"
    R2 = "r2"
    MAPE = "mape"
    WAPE = "wape"
    BIAS = "bias"
    SKILL = "skill_over_baseline"
    CALIBRATION_ERROR = "expected_calibration_error"
    SELECTION_RATE_DIFFERENCE = "selection_rate_difference"
    SELECTION_RATE_RATIO = "selection_rate_ratio"
    TPR_DIFFERENCE = "true_positive_rate_difference"
    FPR_DIFFERENCE = "false_positive_rate_difference"
    ERROR_DIFFERENCE = "error_difference"


LOWER_IS_BETTER = frozenset(
    {
        Metric.LOG_LOSS,
        Metric.BRIER,
        Metric.MAE,
        Metric.RMSE,
        Metric.MAPE,
        Metric.WAPE,
        Metric.BIAS,
        Metric.CALIBRATION_ERROR,
        Metric.SELECTION_RATE_DIFFERENCE,
        Metric.TPR_DIFFERENCE,
        Metric.FPR_DIFFERENCE,
        Metric.ERROR_DIFFERENCE,
    }
)
"""Metrics with an upper limit; all other metrics have a lower limit."""

FAIRNESS_METRICS = frozenset(
    {
        Metric.SELECTION_RATE_DIFFERENCE,
        Metric.SELECTION_RATE_RATIO,
        Metric.TPR_DIFFERENCE,
        Metric.FPR_DIFFERENCE,
        Metric.ERROR_DIFFERENCE,
    }
)
"""Metrics that compare the groups of a protected attribute."""


class AppliesTo(StrEnum):
    """Where a threshold holds."""

    RELEASE = "release"
    LIVE = "live"


class Threshold(Part):
    """One agreed limit.

    Attributes:
        metric: What is measured.
        limit: The lower limit, or the upper limit for errors and differences.
        maximum_drop: How much worse than the champion's release figure the metric may get,
            in its own unit; None if only the limit counts, as for fairness metrics. A drop beyond
            it from the original baseline is a note of the answer.
        attribute: Protected attribute, for fairness metrics.
        minimum_sample: Records needed for a verdict (per group for fairness metrics).
        confidence: Level of the interval the verdict rests on.
        applies_to: Gate before a release, check of live batches, or both.
        owner: Role that is responsible for the limit.
        reason: Why this limit.
        agreed: Day it was agreed.
    """

    metric: Metric
    limit: float
    maximum_drop: float | None = Field(default=None, gt=0)
    attribute: Text | None = None
    # An interval needs at least two records.
    minimum_sample: int = Field(default=USUAL_SAMPLE, ge=2)
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    applies_to: tuple[AppliesTo, ...] = (AppliesTo.RELEASE, AppliesTo.LIVE)
    owner: Role
    reason: Text
    agreed: date | None = None


class DriftLimits(Part):
    """When the inputs of a batch count as drifted from the champion's reference.

    Attributes:
        limit: Smallest effect that matters: Kolmogorov-Smirnov distance for numbers,
            total variation distance for categories, both between 0 and 1.
        alpha: False-discovery rate across features (Benjamini-Hochberg).
        minimum_sample: Records needed on each side.
        critical: Features whose drift alone fails the check.
        share: Share of the other features that must drift to fail the check.
        ignore: Features that are not compared (running numbers, calendars).
    """

    limit: float = Field(default=0.1, gt=0, le=1)
    alpha: float = Field(default=0.01, gt=0, lt=0.5)
    minimum_sample: int = Field(default=100, ge=10)
    critical: tuple[Text, ...] = ()
    share: float = Field(default=0.5, gt=0, le=1)
    ignore: tuple[Text, ...] = ()


class ConceptDriftLimits(Part):
    """When the relation between inputs and truth counts as changed.

    Attributes:
        alpha: Significance level of the test on one batch.
        effect: Smallest change of the mean loss per record that matters, as a share of the
            baseline's mean loss.
        minimum_sample: Labelled records needed.
    """

    alpha: float = Field(default=0.01, gt=0, lt=0.5)
    effect: float = Field(default=0.1, gt=0)
    minimum_sample: int = Field(default=200, ge=30)
