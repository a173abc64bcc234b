"""The checks of live batches on a challenger's held-out records.

A version that has just gone live has met no batch yet. Until its first batch, its evaluation is
the evidence, judged by the limits of live batches.
"""

from __future__ import annotations

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.evidence.outcome import CheckOutcome
from aipo_pipelines.measures.calibration.check import measure_calibration
from aipo_pipelines.measures.fairness.check import measure_fairness
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.performance.check import measure_performance


def judge_as_live(charter: Charter, scored: Scored, seed: int) -> tuple[CheckOutcome, ...]:
    """The outcomes of `performance`, `calibration` and `fairness` by the limits of live batches.

    Args:
        charter: The charter in force.
        scored: A challenger's answers on held-out records, beside the truth.
        seed: Seed of resampling.
    """
    # Without a drop against the release figures: these records are the release figures.
    limits = tuple(
        threshold.model_copy(update={"maximum_drop": None}) for threshold in charter.thresholds
    )
    return (
        measure_performance(scored, limits, (), seed),
        measure_calibration(scored, limits, seed),
        measure_fairness(scored, limits, seed),
    )
