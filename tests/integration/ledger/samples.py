"""Drafts about batches of one product, for the tests of both ledgers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.batches import BatchApproved, BatchArrived, BatchWithdrawn
from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.measurements import CheckEvaluated
from aipo_pipelines.ledger.model.state import BatchStatus, ProductState

T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOSTILE = "'; DROP TABLE ledger_entries; -- <script>\n\"\\%s {0} ../ 🦊\x7f\x01"
Add = Callable[..., tuple[Entry, ...]]


def nothing(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
    del state, entry, now
    return ()


def arrived(partition: str, digest: str = "a", **members: Any) -> BatchArrived:
    """The event of an arrival."""
    event = BatchArrived(
        partition=partition,
        digest=digest,
        labels_digest="",
        location="feed.csv",
        rows=10,
        batch_date=None,
    )
    return replace(event, **members)


def arrival(partition: str, digest: str = "a", product: str = "churn", **members: Any) -> Draft:
    return Draft(
        product=product,
        subject=f"batch/{partition}",
        actor="recorder",
        occurred_at=T0,
        key=f"{product}/{partition}/{digest}",
        event=arrived(partition, digest, **members),
    )


def approval(batch: Entry, at: datetime) -> Draft:
    event = BatchApproved(
        partition=str(batch.body["partition"]), digest=str(batch.body["digest"]), evaluation=0
    )
    return replace(
        arrival("x"),
        subject=batch.subject,
        key=f"approve/{batch.index}",
        occurred_at=at,
        event=event,
    )


def evaluation(partition: str, at: datetime) -> Draft:
    """Its contract fails."""
    event = CheckEvaluated(
        asset="data_quality",
        check="contract",
        partition=partition,
        run_id="run",
        verdict=Verdict.FAIL,
        severity=Severity.CRITICAL,
        summary="Cells break their rules.",
        figures=(),
        details=NO_DETAILS,
    )
    return replace(
        arrival("x"),
        subject="data_quality/contract",
        key=f"evaluation/{partition}",
        occurred_at=at,
        event=event,
    )


def withdrawal(batch: Entry, at: datetime) -> Draft:
    """Its feed withdrew a batch."""
    event = BatchWithdrawn(
        partition=str(batch.body["partition"]),
        digest=str(batch.body["digest"]),
        arrival=batch.index,
        reason="it is gone",
    )
    return replace(
        arrival("x"),
        subject=batch.subject,
        key=f"withdrawn/{batch.index}",
        occurred_at=at,
        event=event,
    )


def status(state: ProductState, partition: str = "1") -> BatchStatus | None:
    batch = state.batches.get(partition)
    return batch.status if batch else None
