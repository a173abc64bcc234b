"""Rows of the ledger's tables as values, and values as parameters of its statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from aipo_pipelines.ledger.append import Sealed
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.fold.facts import Change
from aipo_pipelines.ledger.integrity.canonical import read_body
from aipo_pipelines.ledger.integrity.verification import StoredEntry

Row = Mapping[str, Any]


def entry_of(row: Row) -> Entry:
    """Reads an entry; its body is empty if it was erased."""
    return Entry(
        product=row["product"],
        kind=row["kind"],
        subject=row["subject"],
        actor=row["actor"],
        occurred_at=row["occurred_at"].astimezone(UTC),
        key=row["key"],
        body={} if row["body"] is None else read_body(row["body"]),
        index=row["index"],
        recorded_at=row["recorded_at"].astimezone(UTC),
        leaf_hash=row["leaf_hash"],
        clock_set_back=row["clock_set_back"],
    )


def stored_entry_of(row: Row) -> StoredEntry:
    """Reads an entry for verification; the body stays as it is stored."""
    return StoredEntry(
        entry=entry_of({**row, "body": None}),
        body_hash=row["body_hash"],
        salt=row["salt"],
        body=row["body"],
        erased=row["erased"] is not None,
    )


def append_parameters(product: str, sealed: Sequence[Sealed]) -> dict[str, object]:
    """Parameters of the statement `append` for at least one new entry."""
    entries = [item.entry for item in sealed]
    return {
        "first": entries[0].index,
        "product": product,
        "kinds": [str(entry.kind) for entry in entries],
        "subjects": [entry.subject for entry in entries],
        "actors": [entry.actor for entry in entries],
        "occurred": [entry.occurred_at for entry in entries],
        "keys": [entry.key for entry in entries],
        "recorded": entries[0].recorded_at,
        "salts": [item.salt for item in sealed],
        "bodies": [item.body for item in sealed],
        "leaves": [entry.leaf_hash for entry in entries],
    }


def project_parameters(product: str, changes: Sequence[Change]) -> dict[str, object]:
    """Parameters of the statement `project`."""
    return {
        "product": product,
        "kinds": [change.kind for change in changes],
        "keys": [change.key for change in changes],
        "values": [change.text for change in changes],
        "entries": [change.entry for change in changes],
    }
