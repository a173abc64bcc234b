"""Selects the challenger of a round with the least mean loss on the held-out records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aipo_pipelines.assets.training.challengers import Challenger, Field
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.errors import ModelError, TrainingError
from aipo_pipelines.measures.comparison.loss import best_by_loss, mean_losses
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.validation import out_of_fold


@dataclass(frozen=True, kw_only=True)
class Winner:
    """The selected challenger, and the facts about its round.

    Attributes:
        challenger: The challenger with the least mean loss on the held-out records.
        unseen: Out-of-fold scores of the records it was trained on.
        tried: Number of challengers that were compared.
        losses: Mean loss on the held-out records, by choice.
        failed: Why a window gave no challenger, by choice.
    """

    challenger: Challenger
    unseen: Scored
    tried: int
    losses: Mapping[str, float]
    failed: Mapping[str, str]


def choose(field: Field, spec: ModelSpec, columns: Columns) -> Winner:
    """Picks the challenger with the least mean loss whose window can be cross-validated.

    Raises:
        TrainingError: No window gave a challenger; says why, window by window.
        ModelError: No held-out record can be judged.
    """
    left, failed = field, dict(field.failed)
    while left.challengers:
        best = left.challengers[best_by_loss(left.scores)]
        try:
            unseen = out_of_fold(
                best.records.frame,
                best.records.truth,
                spec,
                columns,
                history=best.history,
                alike=best.records.alike,
            )
        except TrainingError as error:
            # Without out-of-fold answers, later batches with its records could not be judged.
            failed[best.choice] = str(error)
            left = left.without(best.choice)
            continue
        return Winner(
            challenger=best,
            unseen=unseen,
            tried=len(field.challengers),
            losses=dict(_losses(field)),
            failed=failed,
        )
    reasons = "; ".join(f"window {choice}: {reason}" for choice, reason in failed.items())
    raise TrainingError(f"no window gave a challenger: {reasons}")


def _losses(field: Field) -> Iterator[tuple[str, float]]:
    for choice, scored in field.scores.items():
        try:
            yield from mean_losses({choice: scored}).items()
        except ModelError:
            # A challenger without a judged record has no loss to show, and was not selected.
            continue
