"""Canonical bytes: the hashed form of an entry, which everybody can recompute.

A body is stored as its RFC 8785 bytes; `body_hash` is SHA-256 over the 16-byte salt followed by
these bytes. A header is the RFC 8785 form of exactly these ten members:

    actor, body_hash (lower-case hex), clock_set_back (boolean), index (integer), key, kind,
    occurred_at, product, recorded_at, subject

with both times as `2026-11-23T08:00:00.000000Z` (UTC, six digits). The leaf hash of RFC 6962 is
SHA-256 over a zero byte followed by the header's bytes. The database computes the same in SQL
(`ledger_header` in functions.sql) and refuses an entry if the two results differ.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import cast

import rfc8785

from aipo_pipelines.errors import LedgerError
from aipo_pipelines.evidence.outcome import Json
from aipo_pipelines.ledger.events.entry import Entry

SAFE_INTEGER = 2**53 - 1
"""Largest integer that every JSON reader holds exactly."""


def canonical_body(body: Mapping[str, Json]) -> bytes:
    """Writes a body in RFC 8785 form.

    Raises:
        LedgerError: The body contains a value that JSON cannot represent exactly. The message names
            its place, never the value.
    """
    try:
        return rfc8785.dumps(cast("rfc8785._impl._Value", dict(body)))  # noqa: SLF001
    except (ValueError, RecursionError):
        # The library's message quotes the value, so ours replaces it and does not chain.
        raise LedgerError(f"the body of an entry cannot be stored: {_fault(body)}") from None


def read_body(body: bytes) -> dict[str, Json]:
    """Reads a canonical body back.

    RFC 8785 writes the float 1e20 with all its digits. Such a number stays a float, so that the
    body can be written again.
    """
    # Python would read such a number as an int, which RFC 8785 refuses to write again.
    value: dict[str, Json] = json.loads(body, parse_int=_integer)
    return value


def body_hash(salt: bytes, body: bytes) -> bytes:
    """SHA-256 over salt and canonical body, 32 bytes."""
    return sha256(salt + body).digest()


def header(entry: Entry, hashed_body: bytes) -> bytes:
    """The header of an entry in RFC 8785 form; it does not contain `entry.leaf_hash`."""
    members = {
        "actor": entry.actor,
        "body_hash": hashed_body.hex(),
        "clock_set_back": entry.clock_set_back,
        "index": entry.index,
        "key": entry.key,
        "kind": str(entry.kind),
        "occurred_at": timestamp(entry.occurred_at),
        "product": entry.product,
        "recorded_at": timestamp(entry.recorded_at),
        "subject": entry.subject,
    }
    # For text, booleans and small integers under ASCII names this is RFC 8785, ten times faster.
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def timestamp(moment: datetime) -> str:
    """Writes an aware moment as `2026-11-23T08:00:00.000000Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _integer(digits: str) -> int | float:
    number = int(digits)
    return number if -SAFE_INTEGER <= number <= SAFE_INTEGER else float(digits)


def _fault(value: object, place: str = "body", depth: int = 0) -> str:
    """The first fault with its place; empty without a fault."""
    if depth > 100:  # noqa: PLR2004 - far below the interpreter's own limit
        return f"{place} is nested too deeply"
    if isinstance(value, Mapping):
        members: list[tuple[str, object]] = []
        for name, member in value.items():
            if not isinstance(name, str):
                return f"{place} has a key of type {type(name).__name__}, expected text"
            if fault := _scalar_fault(name):
                return f"a key of {place} {fault}"
            members.append((f"{place}.{name}", member))
        return _first_fault(members, depth)
    if isinstance(value, list | tuple):
        return _first_fault([(f"{place}[{i}]", item) for i, item in enumerate(value)], depth)
    fault = _scalar_fault(value)
    return f"{place} {fault}" if fault else ""


def _first_fault(members: Sequence[tuple[str, object]], depth: int) -> str:
    faults = (_fault(member, place, depth + 1) for place, member in members)
    return next((fault for fault in faults if fault), "")


def _scalar_fault(value: object) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, str):
        surrogate = any("\ud800" <= letter <= "\udfff" for letter in value)
        return "is text with half a character (a lone surrogate)" if surrogate else ""
    if isinstance(value, int):
        # Readers that keep numbers as floats would read another integer beyond this bound.
        large = abs(value) > SAFE_INTEGER
        return "is an integer beyond 2^53, expected text or a float" if large else ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else "is not a finite number, expected null"
    return f"is of type {type(value).__name__}, expected a JSON value"
