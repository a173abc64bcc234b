"""Reads Dagster's event log without losing an event.

Ids become visible at commit, so a reader that trusts the highest id loses events of slower
writers. Every reading therefore starts an overlap before the last position; the ledger's unique
keys drop what is already there. Ids are read first, because the events of the overlap, with their
pictures, are nearly always known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg
from sqlalchemy import text

if TYPE_CHECKING:
    from dagster._core.events.log import EventLogEntry

OVERLAP = 1_000
PAGE = 2_000
TYPES = (
    "ASSET_MATERIALIZATION",
    "ASSET_CHECK_EVALUATION",
    "PIPELINE_FAILURE",
    "PIPELINE_SUCCESS",
    "PIPELINE_CANCELED",
)
_IDS_QUERY = text(
    "SELECT id FROM event_logs "
    "WHERE id > :after AND dagster_event_type = ANY(:types) ORDER BY id LIMIT :page"
)
_EVENTS_QUERY = text("SELECT id, event FROM event_logs WHERE id = ANY(:ids) ORDER BY id")
_IDENTITY_QUERY = text("SELECT id FROM aipo_identity")


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
        if len(rows) < PAGE:
            return
        after = int(rows[-1][0])


def read_events(
    instance: dg.DagsterInstance, ids: Sequence[int]
) -> list[tuple[int, EventLogEntry]]:
    """The events of some ids, in the order of ids."""
    from dagster._core.events.log import EventLogEntry
    from dagster._serdes import deserialize_value

    if not ids:
        return []
    with _connection(instance) as connection:
        rows = connection.execute(_EVENTS_QUERY, {"ids": list(ids)}).all()
    return [(int(row[0]), deserialize_value(row[1], EventLogEntry)) for row in rows]


def _connection(instance: dg.DagsterInstance) -> Any:
    storage: Any = instance.event_log_storage
    return storage.index_connection()
