"""Reads Dagster's event log by SQL, without losing an event.

Ids become visible at commit, so a reader that trusts the highest id loses events of slower
writers. Every reading therefore starts an overlap before the last position; the ledger's unique
keys drop what is already there. Ids are read first, because the events of the overlap, with their
pictures, are nearly always known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.events.log import EventLogEntry
from dagster._serdes import deserialize_value
from sqlalchemy import text

from aipo_pipelines.dagster_internals.events import ReportedEvent, reported

OVERLAP = 1_000
"""Ids before the last position that are read again."""
PAGE = 2_000
"""Ids that are read at once."""
TYPES = (
    "ASSET_MATERIALIZATION",
    "ASSET_CHECK_EVALUATION",
    "PIPELINE_FAILURE",
    "PIPELINE_SUCCESS",
    "PIPELINE_CANCELED",
)
"""Types of the events that are read; Dagster's own names, which it calls pipelines still."""
_IDS_QUERY = text(
    "SELECT id FROM event_logs "
    "WHERE id > :after AND dagster_event_type = ANY(:types) ORDER BY id LIMIT :page"
)
_EVENTS_QUERY = text(
    "SELECT id, dagster_event_type, run_id, asset_key, event FROM event_logs "
    "WHERE id = ANY(:ids) ORDER BY id"
)
_KEY = re.compile(r'"__class__": "AssetKey", "path": (\[(?:[^]"]|"(?:[^"\\]|\\.)*")*\])')
_IDENTITY_QUERY = text("SELECT id FROM aipo_identity")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event as Dagster's database holds it; `open` may fail, the rest is always known.

    Attributes:
        kind: Its type, as Dagster names it.
        run_id: Its run, empty if none.
        path: Key of its asset, empty if none or if it cannot be found.
        content: What `open` reads.
    """

    event_id: int
    kind: str
    run_id: str
    path: tuple[str, ...]
    content: str

    @property
    def is_about_asset(self) -> bool:
        """Whether it is about an asset or a check of an asset, otherwise about the end of a run."""
        return self.kind.startswith("ASSET_")

    def open(self) -> ReportedEvent | None:
        """Reads the event, or returns None if it is of no kind that is read here.

        Raises:
            Exception: Any that Dagster raises on content that it cannot read.
        """
        return reported(deserialize_value(self.content, EventLogEntry))


def identity(instance: dg.DagsterInstance) -> str:
    """Identity that this Dagster database was given when it was created."""
    with _connection(instance) as connection:
        return str(connection.execute(_IDENTITY_QUERY).scalar_one())


def event_ids(instance: dg.DagsterInstance, position: int) -> Iterator[list[int]]:
    """Yields pages of ids, rising, from an overlap before the position to the end."""
    after = max(position - OVERLAP, 0)
    while True:
        with _connection(instance) as connection:
            rows = connection.execute(
                _IDS_QUERY, {"after": after, "types": list(TYPES), "page": PAGE}
            ).all()
        if not rows:
            return
        yield [int(row[0]) for row in rows]
        # A page that is not full is the last; asking again would cost a query at every look.
        if len(rows) < PAGE:
            return
        after = int(rows[-1][0])


def read_events(instance: dg.DagsterInstance, ids: Sequence[int]) -> list[StoredEvent]:
    """The events with these ids, in the order of ids."""
    if not ids:
        return []
    with _connection(instance) as connection:
        rows = connection.execute(_EVENTS_QUERY, {"ids": list(ids)}).all()
    return [
        StoredEvent(
            event_id=int(row[0]),
            kind=str(row[1]),
            run_id=str(row[2] or ""),
            path=_path(row[3], str(row[4])),
            content=str(row[4]),
        )
        for row in rows
    ]


def _path(asset_key: str | None, content: str) -> tuple[str, ...]:
    """The parts of an asset's key; Dagster keeps those of a check in the content only."""
    match = None if asset_key else _KEY.search(content)
    # Content that cannot be read names no asset, so the event concerns no product.
    try:
        parts = json.loads(asset_key or (match[1] if match else "[]"))
    except ValueError:
        return ()
    return tuple(map(str, parts)) if isinstance(parts, list) else ()


def _connection(instance: dg.DagsterInstance) -> Any:
    # Dagster's storages have this method, but the type of an instance's storage does not name it.
    storage: Any = instance.event_log_storage
    return storage.index_connection()
