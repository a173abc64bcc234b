"""Facts about training: whether a model is trained here, on which batches, and with which data."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.ledger.fold.batch_order import has_date
from aipo_pipelines.ledger.model.state import (
    ActionKind,
    ActionStatus,
    Batch,
    BatchStatus,
    ProductState,
)
from aipo_pipelines.policy.statements.trainings import Untrained

RULE = "train"
SUFFICIENT = "training_set/sufficient"
"""Check of a training: its window must have enough records."""
AUTHORISED = "training_set/authorised"
"""Check of a training: its sources must be approved."""


def trains_here(charter: Charter) -> bool:
    """Whether the product has a model that is trained here, not elsewhere."""
    return untrained(charter) is None


def untrained(charter: Charter) -> Untrained | None:
    """Why nothing is trained here; None if a model is."""
    if charter.model is None:
        return Untrained.NO_MODEL
    if charter.model.logged_predictions is not None:
        return Untrained.PREDICTIONS_DELIVERED
    return None


def approved(state: ProductState) -> tuple[Batch, ...]:
    """The approved batches in their order."""
    batches = (batch for batch in state.batches.values() if batch.status is BatchStatus.APPROVED)
    return tuple(sorted(batches, key=lambda batch: batch.position))


def data_of(batches: Sequence[Batch]) -> str:
    """Digest of the content and the labels of batches."""
    content = hashlib.sha256()
    for batch in batches:
        for part in (batch.partition, batch.digest, batch.labels_digest):
            # The length comes first, so that two different lists never give the same bytes.
            content.update(f"{len(part)}:{part}".encode())
    return content.hexdigest()[:16]


def newest_data_at(state: ProductState, now: datetime) -> datetime:
    """Date of the newest approved batch; now if the batches come without dates."""
    if not moves_by_dates(state):
        return now
    # A date in the future does not move the clock of the data.
    return min(max(batch.occurred_at for batch in approved(state) if has_date(batch)), now)


def moves_by_dates(state: ProductState) -> bool:
    """Whether batches come with dates: the approved batch that arrived last has a date."""
    last = max(approved(state), key=lambda batch: batch.entry, default=None)
    return last is not None and has_date(last)


def is_busy(state: ProductState) -> bool:
    """Whether a training or a release is requested or running, or a predecessor returns."""
    return any(
        action.kind in (ActionKind.TRAIN, ActionKind.RELEASE)
        and action.status in (ActionStatus.PENDING, ActionStatus.STARTED)
        for action in state.actions.values()
    )
