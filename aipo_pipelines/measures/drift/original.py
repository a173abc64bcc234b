"""The comparison with the original baseline: figures that inform and decide no check.

The champion's own reference moves with every release. The comparison with the original baseline
shows the sum of many small steps. Its figures have names of their own (`original_ks_distance`,
`accuracy_drop_original`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from aipo_pipelines.charter.model.thresholds import Threshold
from aipo_pipelines.evidence.derived_metric import Derivation, derived
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.drift import DataDriftDetails, OriginalComparison
from aipo_pipelines.evidence.outcome import CheckOutcome, Figure, Verdict
from aipo_pipelines.measures.metrics.verdict import judge_drop


def compared_features(reference: pd.DataFrame, features: Sequence[str]) -> list[str]:
    """The features that the original's records contain."""
    # A feature that came later, or was empty, has nothing to be compared with.
    return [name for name in features if name in reference and reference[name].notna().any()]


def beside(
    outcome: CheckOutcome[DataDriftDetails], against: CheckOutcome, version: str
) -> CheckOutcome[DataDriftDetails]:
    """The outcome of `data_drift`, with the result of the comparison with the original.

    Args:
        outcome: The batch against the champion's reference, which decides.
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
    distance = Derivation.ORIGINAL_DISTANCE
    figures = (
        replace(figure, metric=derived(figure.metric, distance)) for figure in against.figures
    )
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
    """How much worse each agreed metric is than the original's release figure.

    Args:
        judged: Figures of the batch, with those of the thresholds.
        thresholds: Thresholds whose metrics are compared; a `maximum_drop` is also the limit of
            this drop.
        baseline: Release figures of the original baseline.

    Returns:
        One figure `<metric>_drop_original` for each threshold. It has a limit only if the
        charter has a `maximum_drop`.
    """
    measured = {figure.metric: figure for figure in judged}
    return tuple(
        _drop(measured[threshold.metric.value], threshold, baseline) for threshold in thresholds
    )


def _drop(figure: Figure, threshold: Threshold, baseline: Sequence[Figure]) -> Figure:
    unnoted = replace(figure, note="")
    drop = judge_drop(unnoted, baseline, threshold, before_is="original baseline")
    drop = replace(drop, metric=derived(figure.metric, Derivation.ORIGINAL_DROP))
    if threshold.maximum_drop is None and drop.value is not None:
        return replace(drop, verdict=Verdict.PASS)
    return drop
