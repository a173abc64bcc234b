"""Dagster's storage and log folders, found without an address or a path in `dagster.yaml`.

`dagster.yaml` names `AipoStorage` and `AipoComputeLogs` with empty settings. Each process resolves
the databases from its environment (`AIPO_DATABASE_URL`, `AIPO_HOME`), starts the embedded server
if no other server is named, and sets up missing tables. So `dagster dev` alone works in a checkout,
and an instance that is passed to another process contains no password.

Connections are pooled: each storage of a process keeps one connection open. Dagster's default opens
a connection for each query.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any, Self

from dagster import Field, StringSource
from psycopg2 import Error as DriverError
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from aipo_pipelines.dagster_internals.compute_logs import FileLogs
from aipo_pipelines.dagster_internals.configuring import (
    ConfigurableClass,
    ConfigurableClassData,
    UserConfigSchema,
)
from aipo_pipelines.dagster_internals.storage import (
    DagsterStorage,
    PooledEvents,
    PooledRuns,
    PooledSchedules,
)
from aipo_pipelines.resources.databases.addresses import SEARCH_PATH, resolve_databases
from aipo_pipelines.resources.databases.initialise import initialise
from aipo_pipelines.resources.home import Home, resolve_home

_STATEMENT_MILLISECONDS = 60_000
_RECYCLE_SECONDS = 3_600
_OVERFLOW = 4
_IDLE_SECONDS = 0.05
_RETURNED_AT = "aipo.returned_at"
_HOME = {"home": Field(StringSource, is_required=False, description="Instead of AIPO_HOME")}


class AipoStorage(DagsterStorage, ConfigurableClass):
    """Runs, events and schedules in the database `aipo_dagster`, pooled."""

    def __init__(self, url: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._inst_data = inst_data
        self._runs = PooledRuns(url, _engine)
        self._events = PooledEvents(url, _engine)
        self._schedules = PooledSchedules(url, _engine)
        for storage in (self._runs, self._events, self._schedules):
            storage.optimize_for_webserver(_STATEMENT_MILLISECONDS, _RECYCLE_SECONDS, _OVERFLOW)
        super().__init__()  # type: ignore[no-untyped-call]  # Dagster's base has no types

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """The entry of `dagster.yaml` this was made from."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """The settings in `dagster.yaml`: none, or a home instead of `AIPO_HOME`."""
        return _HOME

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """Finds the databases and makes sure that they are set up.

        Raises:
            DatabaseError: They do not answer or cannot be set up.
            HomeError: The home folder cannot be used.
        """
        databases = resolve_databases(os.environ, _home(config_value))
        initialise(databases)
        return cls(databases.dagster_url, inst_data)

    @property
    def run_storage(self) -> PooledRuns:
        """Runs, tags, heartbeats."""
        return self._runs

    @property
    def event_log_storage(self) -> PooledEvents:
        """The event log and the asset catalogue."""
        return self._events

    @property
    def schedule_storage(self) -> PooledSchedules:
        """States and ticks of schedules and sensors."""
        return self._schedules


class AipoComputeLogs(FileLogs):
    """Output of steps under the home's `logs` folder."""

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """The settings in `dagster.yaml`: none, or a home instead of `AIPO_HOME`."""
        return _HOME

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """Finds the home folder and makes it if it is missing.

        Raises:
            HomeError: It cannot be used.
        """
        home = _home(config_value).create()
        return cls(base_dir=str(home.logs / "runs"), inst_data=inst_data)


def _home(config_value: Mapping[str, Any]) -> Home:
    given = config_value.get("home")
    return resolve_home({**os.environ, "AIPO_HOME": given} if given else os.environ)


def _engine(url: str, statement_timeout: int, pool_recycle: int, max_overflow: int) -> Engine:
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=1,
        max_overflow=max_overflow,
        pool_recycle=pool_recycle,
        # These replace the options in the address, so the search path is repeated here.
        connect_args={"options": f"-c statement_timeout={statement_timeout} {SEARCH_PATH}"},
    )
    event.listen(engine, "checkin", _note_return)
    event.listen(engine, "checkout", _check_idle)
    return engine


# Used by SQLAlchemy as listeners, whose parameters it decides.
def _note_return(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[_RETURNED_AT] = time.monotonic()


def _check_idle(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Refuses a connection that a restart of the server has ended, before it is used."""
    # SQLAlchemy's own ping asks before every query, which is a third of a run's queries. A server
    # does not restart while a connection is idle for less than a twentieth of a second.
    returned_at = record.info.get(_RETURNED_AT)
    if returned_at is None or time.monotonic() - returned_at < _IDLE_SECONDS:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DriverError as error:
        raise DisconnectionError from error
