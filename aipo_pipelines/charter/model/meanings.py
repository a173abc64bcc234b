"""The meaning of each metric, in words for people who never trained a model."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aipo_pipelines.charter.model.thresholds import Metric

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        Metric.ACCURACY: "share of answers that are right",
        Metric.BALANCED_ACCURACY: "share of right answers, each class counting alike",
        Metric.PRECISION: "share of the alarms that are right",
        Metric.RECALL: "share of the events that are found",
        Metric.F1: "precision and recall in one figure; 1 is perfect",
        Metric.ROC_AUC: (
            "how often an event is ranked above a record without event; 0.5 is chance, 1 is perfect"
        ),
        Metric.AVERAGE_PRECISION: "precision averaged over all the events; 1 is perfect",
        Metric.LOG_LOSS: "how far probabilities are from the outcomes; 0 is perfect",
        Metric.BRIER: "squared distance of probabilities from the outcomes; 0 is perfect",
        Metric.MAE: "size of the average error, in the unit of the label",
        Metric.RMSE: "like the average error, but large errors count for more",
        Metric.R2: "share of the ups and downs that is explained; 1 is perfect, 0 no help",
        Metric.MAPE: "average error as a share of the true value",
        Metric.WAPE: "all errors together as a share of the true total",
        Metric.BIAS: "how far answers are too high or too low on average",
        Metric.SKILL: "how much smaller the error is than the naive answer's; 0 is no better",
        Metric.CALIBRATION_ERROR: (
            "how far stated probabilities are from how often it happens; 0 is perfect"
        ),
        Metric.SELECTION_RATE_DIFFERENCE: "largest gap between groups in how often they are picked",
        Metric.SELECTION_RATE_RATIO: (
            "how often the least picked group is picked, as a share of the most picked; 1 is alike"
        ),
        Metric.TPR_DIFFERENCE: "largest gap between groups in the share of events found",
        Metric.FPR_DIFFERENCE: "largest gap between groups in the share of false alarms",
        Metric.ERROR_DIFFERENCE: "largest gap between groups in how wrong the answers are",
    }
)
"""One for every metric, without a stop."""
