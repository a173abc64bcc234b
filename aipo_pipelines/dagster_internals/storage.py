"""Dagster's stores in Postgres, with our engine instead of a new connection per query."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from dagster._core.storage.base_storage import DagsterStorage
from dagster_postgres import (
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from sqlalchemy import Engine

__all__ = ["DagsterStorage", "MakeEngine", "PooledEvents", "PooledRuns", "PooledSchedules"]

MakeEngine = Callable[[str, int, int, int], Engine]
"""Makes an engine of an address, a limit of milliseconds for a statement, the seconds after which
a connection is replaced, and the number of connections beyond the first, which stays open."""


class _Pooled:
    """A store with our engine.

    Args:
        url: Address of the database.
        make_engine: Makes the engine.
    """

    _engine: Engine
    postgres_url: str

    def __init__(self, url: str, make_engine: MakeEngine) -> None:
        self._make_engine = make_engine
        super().__init__(url, should_autocreate_tables=False)  # type: ignore[call-arg]  # a store's

    def optimize_for_webserver(
        self, statement_timeout: int, pool_recycle: int, max_overflow: int
    ) -> None:
        """Takes an engine; Dagster's webserver calls this too, and gets one of the same kind."""
        # Dagster's constructor made an engine already; its connections would stay open.
        self._engine.dispose()
        self._engine = self._make_engine(
            self.postgres_url, statement_timeout, pool_recycle, max_overflow
        )


class PooledRuns(_Pooled, PostgresRunStorage):
    """Runs, tags and heartbeats."""


class PooledEvents(_Pooled, PostgresEventLogStorage):
    """The event log and the asset catalogue."""

    @cached_property
    def _found(self) -> set[str]:
        return set()

    def has_table(self, table_name: str) -> bool:
        """Whether a table exists."""
        # Dagster asks before every event. Only "yes" is remembered, because tables never go away.
        if table_name not in self._found and super().has_table(table_name):
            self._found.add(table_name)
        return table_name in self._found

    def has_asset_key_col(self, column_name: str) -> bool:
        """Whether the table of assets has a column."""
        if column_name not in self._found and super().has_asset_key_col(column_name):
            self._found.add(column_name)
        return column_name in self._found


class PooledSchedules(_Pooled, PostgresScheduleStorage):
    """States and ticks of schedules and sensors."""
