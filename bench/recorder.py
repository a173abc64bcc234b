"""Case `recorder`: events of Dagster's log that become entries, per second.

The events are materialisations of a governed asset, with metadata of usual size, that wait in the
log as after a busy minute. Ours reads them, makes entries of them, asks the charter's rules and
appends. The bare side selects the same rows from the same table and inserts them as they are into
a plain table, with one commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg
import psycopg
from sqlalchemy import text

from aipo_pipelines.sensors.recorder import record_events
from bench.scale import Scale
from bench.stage import Stage, new_stage, settle
from bench.timing import Row, Work, alternate

PRODUCT = "bench"
_MAKE = "CREATE TABLE IF NOT EXISTS plain_events (id bigint PRIMARY KEY, event text NOT NULL)"
_INSERT = "INSERT INTO plain_events (id, event) VALUES (%s, %s)"
_SELECT = text("SELECT id, event FROM event_logs WHERE id > :after ORDER BY id")


def run(scale: Scale) -> Iterator[Row]:
    """One row: events that wait."""
    with new_stage((PRODUCT,)) as stage, psycopg.connect(stage.bare_url) as connection:
        connection.execute(_MAKE)
        connection.commit()
        settle(stage.loop(), PRODUCT)
        scale.talk(f"recorder: {scale.entries:,} events at once")
        rivals = Rivals(stage, connection, scale.entries)
        medians = alternate(rivals.ours, rivals.bare, repeats=scale.repeats)
        yield Row(
            case="recorder",
            subject=f"{scale.entries:,} events at once",
            ours=scale.entries / medians.ours,
            bare=scale.entries / medians.bare,
            unit="entries/s",
            more_is_better=True,
        )


class Rivals:
    """Prepares events in Dagster's log and the work that copies them."""

    def __init__(self, stage: Stage, connection: psycopg.Connection, count: int) -> None:
        self._stage = stage
        self._connection = connection
        self._count = count
        self._number = 0

    def ours(self) -> Work:
        """The recorder, on new events."""
        self._report()
        session = self._stage.session
        return lambda: record_events(session.services, session.instance, session.products)

    def bare(self) -> Work:
        """Copies the newest events as they are."""
        storage: Any = self._stage.session.instance.event_log_storage
        with storage.index_connection() as log:
            # Each round copies the newest events again: copying marks nothing in the log.
            newest = int(log.execute(text("SELECT max(id) FROM event_logs")).scalar_one())
        # Otherwise the primary key would refuse the same events in the next round.
        self._connection.execute("TRUNCATE plain_events")
        self._connection.commit()

        def work() -> None:
            """The timed part."""
            with storage.index_connection() as log:
                rows = log.execute(_SELECT, {"after": newest - self._count}).all()
            with self._connection.cursor() as cursor:
                cursor.executemany(_INSERT, [(row[0], row[1]) for row in rows])
            self._connection.commit()

        return work

    def _report(self) -> None:
        for _ in range(self._count):
            self._number += 1
            self._stage.session.instance.report_runless_asset_event(
                dg.AssetMaterialization(
                    asset_key=dg.AssetKey([PRODUCT, "notes"]),
                    metadata={"rows": self._number, "text": "x" * 300, "list": {"of": [1, 2, 3]}},
                )
            )
