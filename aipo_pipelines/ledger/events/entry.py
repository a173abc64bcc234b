"""Drafts that become entries of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.errors import LedgerError
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.event import Event, event_from_json, event_to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry as its author hands it in.

    Attributes:
        product: Product it is about; empty for the whole installation.
        event: What happened; its class says the kind of the entry.
        subject: Its topic inside the product (`batch/0014`, `incident/7`).
        actor: Its cause: a role and name, `rule:<name>`, `recorder`, or `unknown`.
        occurred_at: When it happened according to its author, aware UTC.
        key: Idempotency key: each key is stored once, also if another author hands it in again.
    """

    product: str
    event: Event
    subject: str
    actor: str
    occurred_at: datetime
    key: str

    @property
    def kind(self) -> str:
        """The kind of the entry."""
        return self.event.kind

    @property
    def body(self) -> dict[str, Json]:
        """The event as JSON; it is written in canonical form and hashed."""
        return event_to_json(self.event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A stored entry.

    Attributes:
        product: As in `Draft`, like `subject`, `actor`, `occurred_at` and `key`.
        kind: Kind of its event, as text: a newer version may have written a kind that this version
            does not know.
        body: The stored JSON, kept apart from the header; empty if it was erased.
        index: Position in the ledger, from 0 without gaps.
        recorded_at: Time of the ledger's clock when it was stored, aware UTC.
        leaf_hash: RFC 6962 leaf hash over the header, 32 bytes.
        clock_set_back: True if the clock was clearly behind the entry before. Such an entry is kept
            and marked.
    """

    product: str
    kind: str
    subject: str
    actor: str
    occurred_at: datetime
    key: str
    body: Mapping[str, Json]
    index: int
    recorded_at: datetime
    leaf_hash: bytes
    clock_set_back: bool = False

    @property
    def event(self) -> Event | None:
        """The event; None if it was erased, or if this version cannot read it."""
        return event_from_json(self.kind, self.body)


def refuse_unstorable(draft: Draft, product: str) -> None:
    """Refuses a draft that Postgres cannot store, or that belongs to another product.

    Args:
        draft: The draft.
        product: Product of the append that contains the draft.

    Raises:
        LedgerError: It cannot be stored.
    """
    if draft.product != product:
        raise LedgerError(
            f"an entry of product {draft.product!r} was handed in while product {product!r} is "
            "written; expected all entries of one append to be of one product"
        )
    if not draft.key:
        raise LedgerError(f"a {draft.kind} entry has no key; expected a key that names its cause")
    if draft.occurred_at.tzinfo is None:
        raise LedgerError(
            f"entry {draft.key!r} occurred at a time without a zone; expected aware UTC"
        )
    # Bodies are bytes and may hold any text; headers are columns of type text.
    for name in ("subject", "actor", "key", "product"):
        text: str = getattr(draft, name)
        if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
            raise LedgerError(
                f"the {name} of a {draft.kind} entry holds a character that text in Postgres "
                f"cannot: {text!r}"
            )
