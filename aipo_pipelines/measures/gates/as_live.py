"""What the checks of live batches say about a challenger, on the records it was held out from.

A version that has just gone live has met no batch yet. What is known of it is its evaluation, read
by the limits that live batches are held to: until its first batch it is judged by that. A drop
against the signed-off baseline is left out, for these very records are the baseline.
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
        charter: What was agreed.
        scored: A challenger's answers on held-out records, beside the truth.
        seed: Seed of resampling.
    """
    limits = tuple(one.model_copy(update={"maximum_drop": None}) for one in charter.thresholds)
    return (
        measure_performance(scored, limits, (), seed),
        measure_calibration(scored, limits, seed),
        measure_fairness(scored, limits, seed),
    )
