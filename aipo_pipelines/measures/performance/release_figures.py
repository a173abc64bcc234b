"""The release figures of a champion: its figures on records it did not see in training.

Live batches are compared with these figures as long as the champion is in charge. They come from
out-of-fold answers on the training window: answers on records that the model has learnt are
better than its answers will ever be in use.
"""

from __future__ import annotations

from aipo_pipelines.errors import ModelError
from aipo_pipelines.evidence.outcome import Figure
from aipo_pipelines.measures.metrics.aligned import pair
from aipo_pipelines.measures.metrics.loss import loss_figures
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.measures.metrics.table import CONFIDENCE, metric_of_pairs, metrics_of


def baseline_figures(scored: Scored, seed: int) -> tuple[Figure, ...]:
    """All metrics of the task, and the mean loss with its standard deviation.

    Args:
        scored: Out-of-fold answers beside the truth.
        seed: Seed of resampling.

    Raises:
        ModelError: The model was trained on the records it answers here.
    """
    if not scored.out_of_fold:
        raise ModelError(
            "Release figures cannot be computed from answers on records that the model was trained "
            "on; expected out-of-fold answers; score the training window by cross-validation."
        )
    pairs = pair(scored)
    metrics = (
        metric_of_pairs(metric, pairs, CONFIDENCE, seed) for metric in metrics_of(pairs.task, pairs)
    )
    return (*metrics, *loss_figures(pairs))
