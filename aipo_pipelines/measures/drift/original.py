"""Against the original baseline: figures that inform beside those that decide.

The champion's own reference moves with every release. What is measured against the original one
shows how far many small steps have led. Its figures carry names of their own
(`original_ks_distance`, `accuracy_drop_original`), and no check is decided by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from aipo_pipelines.charter.model.thresholds import Threshold
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.drift import DataDriftDetails, OriginalComparison
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Verdict
from aipo_pipelines.measures.drift.original_names import DISTANCE, DROP
from aipo_pipelines.measures.metrics.verdict import judge_drop


def compared_features(reference: pd.DataFrame, features: Sequence[str]) -> list[str]:
    """The features that the original's records hold: one that came later has not moved."""
    return [name for name in features if name in reference and reference[name].notna().any()]


def beside(
    outcome: CheckOutcome[DataDriftDetails], against: CheckOutcome, version: str
) -> CheckOutcome[DataDriftDetails]:
    """The outcome of `data_drift` with what the same comparison with the original said.

    Args:
        outcome: What decides: the batch against the champion's reference.
        against: The batch against the original's reference.
        version: Version of the original.
    """
    details = details_of(DataDriftDetails, against.details)
    compared = OriginalComparison(
        version=version,
        verdict=against.verdict,
        summary=against.summary,
        drifted=details.drifted,
        critical_drifted=details.critical_drifted,
    )
    figures = (replace(one, metric=f"{DISTANCE}{one.metric}") for one in against.figures)
    return replace(
        outcome,
        figures=(*outcome.figures, *figures),
        details=replace(outcome.details, original=compared),
    )


def drops(
    judged: Sequence[Figure],
    thresholds: Sequence[Threshold],
    baseline: Sequence[Figure],
) -> tuple[Figure, ...]:
    """How much worse each agreed metric is than the original's signed-off figures.

    Args:
        judged: Figures of the batch, those of the thresholds among them.
        thresholds: Whose metrics are compared; a `maximum_drop` judges this drop too.
        baseline: Figures signed off with the original.

    Returns:
        One figure `<metric>_drop_original` for each threshold. It has a limit only where the
        charter allows a `maximum_drop`.
    """
    measured = {figure.metric: figure for figure in judged}
    return tuple(
        _drop(measured[threshold.metric.value], threshold, baseline) for threshold in thresholds
    )


def _drop(figure: Figure, threshold: Threshold, baseline: Sequence[Figure]) -> Figure:
    drop = judge_drop(replace(figure, note=""), baseline, threshold)
    note = drop.note.replace("signed-off baseline", "original baseline")
    drop = replace(drop, metric=f"{figure.metric}{DROP}", note=note)
    if threshold.maximum_drop is None and drop.value is not None:
        return replace(drop, verdict=Verdict.PASS)
    return drop
