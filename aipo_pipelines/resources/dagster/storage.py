"""Dagster's storage and log folders, found by themselves: no address and no path in `dagster.yaml`.

`dagster.yaml` names `AipoStorage` and `AipoComputeLogs` with empty settings. Each process resolves
the databases from its environment (`AIPO_DATABASE_URL`, `AIPO_HOME`), starts the embedded server
where that is the one, and sets up what is missing; so `dagster dev` alone works in a checkout, and
an instance handed to another process carries no password.

Connections are pooled, one kept per storage and process: Dagster's default opens one per query.
Dagster asks before every event whether its tables are there; the answer is remembered, because
they never go away.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import Any, Self

from dagster import Field, StringSource
from dagster._config import UserConfigSchema
from dagster._core.execution.compute_logs import redirect_to_file
from dagster._core.storage.base_storage import DagsterStorage
from dagster._core.storage.compute_log_manager import CapturedLogContext, ComputeIOType
from dagster._core.storage.local_compute_log_manager import (
    IO_TYPE_EXTENSION,
    LocalComputeLogManager,
)
from dagster._serdes import ConfigurableClass, ConfigurableClassData
from dagster._utils import ensure_file, touch_file
from dagster_postgres import (
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from psycopg2 import Error as DriverError
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from aipo_pipelines.resources.databases.addresses import SEARCH_PATH, resolve_databases
from aipo_pipelines.resources.databases.initialise import initialise
from aipo_pipelines.resources.home import Home, resolve_home

_STATEMENT_MILLISECONDS = 60_000
_RECYCLE_SECONDS = 3_600
_OVERFLOW = 4
_IDLE_SECONDS = 0.05
_LEFT_AT = "aipo.left_at"
_HOME = {"home": Field(StringSource, is_required=False, description="Instead of AIPO_HOME")}


class AipoStorage(DagsterStorage, ConfigurableClass):
    """Runs, events and schedules in the database `aipo_dagster`, pooled."""

    def __init__(self, url: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._inst_data = inst_data
        self._runs = _Runs(url, should_autocreate_tables=False)
        self._events = _Events(url, should_autocreate_tables=False)
        self._schedules = _Schedules(url, should_autocreate_tables=False)
        for storage in (self._runs, self._events, self._schedules):
            storage.optimize_for_webserver(_STATEMENT_MILLISECONDS, _RECYCLE_SECONDS, _OVERFLOW)
        super().__init__()  # type: ignore[no-untyped-call]  # Dagster's base has no types

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        """The entry of `dagster.yaml` this was made from."""
        return self._inst_data

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """What may stand in `dagster.yaml`: nothing, or a home other than `AIPO_HOME`."""
        return _HOME

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """Finds the databases and makes sure that they are set up.

        Raises:
            DatabaseError: They are away or cannot be set up.
            HomeError: The home folder cannot be used.
        """
        databases = resolve_databases(os.environ, _home(config_value))
        initialise(databases)
        return cls(databases.dagster_url, inst_data)

    @property
    def run_storage(self) -> PostgresRunStorage:
        """Runs, tags, heartbeats."""
        return self._runs

    @property
    def event_log_storage(self) -> PostgresEventLogStorage:
        """The event log and the asset catalogue."""
        return self._events

    @property
    def schedule_storage(self) -> PostgresScheduleStorage:
        """States and ticks of schedules and sensors."""
        return self._schedules


class AipoComputeLogs(LocalComputeLogManager):
    """Output of steps under the home's `logs` folder, and nowhere else.

    Dagster would also copy it to the terminal, by a process that is killed as the step ends, with
    or without the last lines. What a team's code prints would stand amid what a command answers.
    """

    @contextmanager
    def capture_logs(self, log_key: Sequence[str]) -> Iterator[CapturedLogContext]:
        """Leads what this process prints into the files of a step."""
        kinds = ((sys.stdout, ComputeIOType.STDOUT), (sys.stderr, ComputeIOType.STDERR))
        with ExitStack() as led:
            for stream, kind in kinds:
                path = self.get_captured_local_path(log_key, IO_TYPE_EXTENSION[kind])
                ensure_file(path)
                led.enter_context(redirect_to_file(stream, path))
            yield CapturedLogContext(log_key)
        complete = self.complete_artifact_path(log_key)  # type: ignore[no-untyped-call]  # Dagster's
        touch_file(complete)

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """What may stand in `dagster.yaml`: nothing, or a home other than `AIPO_HOME`."""
        return _HOME

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Self:
        """Finds the home folder and makes it if missing.

        Raises:
            HomeError: It cannot be used.
        """
        home = _home(config_value).create()
        return cls(base_dir=str(home.logs / "runs"), inst_data=inst_data)


def _home(config_value: Mapping[str, Any]) -> Home:
    given = config_value.get("home")
    return resolve_home({**os.environ, "AIPO_HOME": given} if given else os.environ)


def _pooled(url: str, statement_timeout: int, pool_recycle: int, max_overflow: int) -> Engine:
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=1,
        max_overflow=max_overflow,
        pool_recycle=pool_recycle,
        # These take the place of the options in the address.
        connect_args={"options": f"-c statement_timeout={statement_timeout} {SEARCH_PATH}"},
    )
    event.listen(engine, "checkin", _left)
    event.listen(engine, "checkout", _looked_at)
    return engine


def _left(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[_LEFT_AT] = time.monotonic()


def _looked_at(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Notices a connection that outlived a restart of the server before it is used.

    SQLAlchemy's own ping asks before every query, which is a third of a run's queries; a server
    does not restart while a connection lies idle for less than a twentieth of a second.
    """
    left_at = record.info.get(_LEFT_AT)
    if left_at is None or time.monotonic() - left_at < _IDLE_SECONDS:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DriverError as error:
        raise DisconnectionError from error


# Dagster's webserver tunes its storages itself: its call must lead to the same kind of pool.
class _Runs(PostgresRunStorage):
    def optimize_for_webserver(
        self, statement_timeout: int, pool_recycle: int, max_overflow: int
    ) -> None:
        self._engine.dispose()
        self._engine = _pooled(self.postgres_url, statement_timeout, pool_recycle, max_overflow)


class _Events(PostgresEventLogStorage):
    def optimize_for_webserver(
        self, statement_timeout: int, pool_recycle: int, max_overflow: int
    ) -> None:
        self._engine.dispose()
        self._engine = _pooled(self.postgres_url, statement_timeout, pool_recycle, max_overflow)

    @cached_property
    def _found(self) -> set[str]:
        return set()

    def has_table(self, table_name: str) -> bool:
        if table_name not in self._found and super().has_table(table_name):
            self._found.add(table_name)
        return table_name in self._found

    def has_asset_key_col(self, column_name: str) -> bool:
        if column_name not in self._found and super().has_asset_key_col(column_name):
            self._found.add(column_name)
        return column_name in self._found


class _Schedules(PostgresScheduleStorage):
    def optimize_for_webserver(
        self, statement_timeout: int, pool_recycle: int, max_overflow: int
    ) -> None:
        self._engine.dispose()
        self._engine = _pooled(self.postgres_url, statement_timeout, pool_recycle, max_overflow)
