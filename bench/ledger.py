"""Case `ledger`: entries per second, against plain inserts of as many bytes.

The bare side inserts rows of the same bytes (header and body, a salt and two hashes) with psycopg
on the same server. Its table has a primary and a unique key. It is as durable: one commit per
entry, or one commit for all. It has no rules, no facts, no hashing and no order to keep.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial

import psycopg

from aipo_pipelines.ledger.events.entry import Draft, Entry
from aipo_pipelines.ledger.events.runs import RunFailed
from aipo_pipelines.ledger.fold.fold import apply
from aipo_pipelines.ledger.model.state import ProductState
from bench.scale import Scale
from bench.stage import Stage, new_stage
from bench.timing import Row, Work, alternate

PRODUCT = "bench"
_MAKE = """
CREATE TABLE IF NOT EXISTS plain_entries (
    index bigserial PRIMARY KEY,
    key text NOT NULL UNIQUE,
    header bytea NOT NULL,
    body bytea NOT NULL
)"""
_INSERT = "INSERT INTO plain_entries (key, header, body) VALUES (%s, %s, %s)"
_HEADER = 16 + 32 + 32 + 120
"""Bytes of salt, hashes and the columns of an entry besides its key and body."""


def run(scale: Scale) -> Iterator[Row]:
    """One row for entries one at a time, one for all at once."""
    with new_stage((PRODUCT,)) as stage, psycopg.connect(stage.bare_url) as connection:
        connection.execute(_MAKE)
        connection.commit()
        rivals = Rivals(stage, connection)
        for together in (False, True):
            how = "at once" if together else "one at a time"
            scale.talk(f"ledger: {scale.entries:,} entries {how}")
            medians = alternate(
                partial(rivals.ours, scale.entries, together=together),
                partial(rivals.bare, scale.entries, together=together),
                repeats=scale.repeats,
            )
            yield Row(
                case="ledger",
                subject=f"{scale.entries:,} entries {how}",
                ours=scale.entries / medians.ours,
                bare=scale.entries / medians.bare,
                unit="entries/s",
                more_is_better=True,
            )


class Rivals:
    """Prepares entries for the ledger, and rows of as many bytes for the plain table."""

    def __init__(self, stage: Stage, connection: psycopg.Connection) -> None:
        self._ledger = stage.session.services.ledger
        self._connection = connection
        self._numbers = itertools.count()

    def ours(self, count: int, *, together: bool) -> Work:
        """Appends entries that change no facts."""
        # Prepared before the clock starts: making an entry is the work of its caller.
        drafts = [draft(next(self._numbers)) for _ in range(count)]
        groups = [drafts] if together else [[single] for single in drafts]

        def work() -> None:
            """The timed part."""
            for group in groups:
                self._ledger.append(
                    PRODUCT, group, now=datetime.now(UTC), decide=_nothing, fold=apply
                )

        return work

    def bare(self, count: int, *, together: bool) -> Work:
        """Inserts rows."""
        rows = [_plain(draft(next(self._numbers))) for _ in range(count)]

        def work() -> None:
            """The timed part."""
            if together:
                with self._connection.cursor() as cursor:
                    cursor.executemany(_INSERT, rows)
                self._connection.commit()
                return
            for row in rows:
                self._connection.execute(_INSERT, row)
                self._connection.commit()

        return work


def draft(number: int) -> Draft:
    """An entry of usual size."""
    return Draft(
        product=PRODUCT,
        subject=f"run/{number}",
        actor="recorder",
        occurred_at=datetime.now(UTC),
        key=f"dagster/bench/{number}",
        event=RunFailed(
            run_id=secrets.token_hex(16),
            job=f"{PRODUCT}__monitor",
            partition=f"batch_{number}",
            error="MemoryError " + "x" * 150,
        ),
    )


def _plain(entry: Draft) -> tuple[str, bytes, bytes]:
    from aipo_pipelines.ledger.integrity.canonical import canonical_body

    return entry.key, secrets.token_bytes(_HEADER), canonical_body(entry.body)


def _nothing(state: ProductState, entry: Entry, now: datetime) -> Sequence[Draft]:
    del state, entry, now
    return ()
