"""Drafts about batches of one product, for the tests of both ledgers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aipo_pipelines.ledger.entry import Draft, Entry, Kind
from aipo_pipelines.ledger.events import BatchArrived, to_body
from aipo_pipelines.ledger.state import BatchStatus, ProductState

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


def status(state: ProductState, partition: str = "1") -> BatchStatus | None:
    batch = state.batches.get(partition)
    return batch.status if batch else None
