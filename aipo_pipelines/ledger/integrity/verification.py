"""Verification: recomputes every hash of the stored entries and names the first wrong entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.errors import LedgerAlteredError
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.integrity.canonical import body_hash, header
from aipo_pipelines.ledger.integrity.merkle import leaf_hash, root


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as the tables store it; `salt` and `body` are missing if the body is gone."""

    entry: Entry
    body_hash: bytes
    salt: bytes | None
    body: bytes | None
    erased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Result of a complete verification.

    Attributes:
        size: Number of entries.
        root: RFC 6962 root over their leaf hashes, 32 bytes.
        erased: Indexes whose body was erased by the rules.
        clock_set_back: Indexes recorded after the clock was set back.
    """

    size: int
    root: bytes
    erased: tuple[int, ...]
    clock_set_back: tuple[int, ...]


def verify(stored: Iterable[StoredEntry], size: int) -> Verification:
    """Checks entries from index 0 on, with their hashes and their neighbours.

    Args:
        stored: All entries in order of their index.
        size: Number of entries according to the head of the ledger.

    Raises:
        LedgerAlteredError: An entry was altered, removed or put in; the message names the first.
    """
    leaves: list[bytes] = []
    erased: list[int] = []
    set_back: list[int] = []
    previous: datetime | None = None
    for item in stored:
        if fault := _fault(item, len(leaves), previous):
            raise LedgerAlteredError(
                f"the ledger was altered: the first bad index is {len(leaves)}: {fault}. Entries "
                "before it are as they were written. Compare with a checkpoint held elsewhere, "
                "and restore from a copy.",
                index=len(leaves),
                fault=fault,
            )
        if item.body is None:
            erased.append(len(leaves))
        if item.entry.clock_set_back:
            set_back.append(len(leaves))
        # The list keeps only hashes: a ledger of millions of entries is verified in bounded memory.
        leaves.append(item.entry.leaf_hash)
        previous = item.entry.recorded_at
    # Entries that are missing at the end break no hash: only the head of the ledger shows them.
    if len(leaves) != size:
        fault = f"its head counts {size} entries, {len(leaves)} are stored"
        index = min(size, len(leaves))
        raise LedgerAlteredError(
            f"the ledger was altered: the first bad index is {index}: {fault}",
            index=index,
            fault=fault,
        )
    return Verification(
        size=size, root=root(leaves), erased=tuple(erased), clock_set_back=tuple(set_back)
    )


def _fault(item: StoredEntry, expected: int, previous: datetime | None) -> str:
    """The fault of the entry at the index `expected`; empty without a fault."""
    entry = item.entry
    if entry.index != expected:
        return f"no such entry is stored, the next stored entry has index {entry.index}"
    if leaf_hash(header(entry, item.body_hash)) != entry.leaf_hash:
        return "its header does not have its leaf hash"
    if entry.clock_set_back != (previous is not None and entry.recorded_at < previous):
        return "its mark of a clock set back does not fit the entry before"
    return _body_fault(item)


def _body_fault(item: StoredEntry) -> str:
    if item.salt is None or item.body is None:
        return "" if item.erased else "its body is gone, and no erasure is on record"
    if item.erased:
        return "its body is there although its erasure is on record"
    if body_hash(item.salt, item.body) != item.body_hash:
        return "its body does not have its body hash"
    return ""
