"""Drafts about batches of one product, for the tests of both ledgers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aipo_pipelines.evidence.details.base import NO_DETAILS
from aipo_pipelines.evidence.outcome import Severity, Verdict
from aipo_pipelines.ledger.events.batches import BatchWithdrawn
from aipo_pipelines.ledger.events.bodies import BatchArrived, CheckEvaluated, to_body
from aipo_pipelines.ledger.model.entry import Draft, Entry, Kind
from aipo_pipelines.ledger.model.state import BatchStatus, ProductState

T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOSTILE = "'; DROP TABLE ledger_entries; -- <script>\n\"\\%s {0} ../ 🦊\x7f\x01"
Add = Callable[..., tuple[Entry, ...]]


def nothing(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
    del state, entry, now
    return ()


def arrival(partition: str, digest: str = "a", product: str = "churn") -> Draft:
    event = BatchArrived(
        partition=partition,
        digest=digest,
        labels_digest="",
        location="feed.csv",
        rows=10,
        batch_date=None,
    )
    return Draft(
        product=product,
        kind=Kind.BATCH_ARRIVED,
        subject=f"batch/{partition}",
        actor="recorder",
        occurred_at=T0,
        key=f"{product}/{partition}/{digest}",
        body=to_body(event),
    )


def approval(batch: Entry, at: datetime) -> Draft:
    body = {"partition": batch.body["partition"], "digest": batch.body["digest"], "evaluation": 0}
    return replace(
        arrival("x"),
        kind=Kind.BATCH_APPROVED,
        subject=batch.subject,
        key=f"approve/{batch.index}",
        occurred_at=at,
        body=body,
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
        kind=Kind.CHECK_EVALUATED,
        subject="data_quality/contract",
        key=f"evaluation/{partition}",
        occurred_at=at,
        body=to_body(event),
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
        kind=Kind.BATCH_WITHDRAWN,
        subject=batch.subject,
        key=f"withdrawn/{batch.index}",
        occurred_at=at,
        body=to_body(event),
    )


def status(state: ProductState, partition: str = "1") -> BatchStatus | None:
    batch = state.batches.get(partition)
    return batch.status if batch else None
