"""An entry as the ledger would store it, for tests that use the fold without a ledger."""

from __future__ import annotations

from datetime import datetime

from aipo_pipelines.ledger.events.entry import Draft, Entry


def stored(draft: Draft, index: int, recorded_at: datetime) -> Entry:
    """The entry of a draft, with a leaf hash that the fold does not read."""
    return Entry(
        product=draft.product,
        kind=draft.kind,
        subject=draft.subject,
        actor=draft.actor,
        occurred_at=draft.occurred_at,
        key=draft.key,
        body=draft.body,
        index=index,
        recorded_at=recorded_at,
        leaf_hash=bytes(32),
    )
