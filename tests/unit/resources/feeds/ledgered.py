"""The batches that the ledger knows after a look at a feed."""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.ledger.model.state import Batch, BatchStatus
from aipo_pipelines.resources.feeds.discovery import Look


def ledgered(
    look: Look, now: datetime, status: BatchStatus = BatchStatus.APPROVED, entry: int = 0
) -> dict[str, Batch]:
    """The batches that a look found, as the ledger knows them afterwards."""
    return {
        each.partition: Batch(
            partition=each.partition,
            digest=each.digest,
            versions=(each.digest,),
            occurred_at=now,
            arrived_at=now,
            status=status,
            labels_digest=each.labels_digest,
            cells=each.cells,
            before_first=each.before_first,
            entry=entry,
        )
        for each in look.discoveries
    }
