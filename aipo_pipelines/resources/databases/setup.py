"""What each of the three databases holds before anything uses it.

A row in `aipo_setup` of each database says which version of the set-up it has seen. It is written
last: a set-up that was cut short is done again, and every step can be.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable

import psycopg
from psycopg import sql

from aipo_pipelines.errors import DatabaseError
from aipo_pipelines.resources.databases.addresses import APPLICATION, OWNER
from aipo_pipelines.resources.databases.connecting import connect, doing

_REVISION = "1"


_FOLD = ("ledger/events", "ledger/fold", "ledger/model", "charter/changes", "evidence")
"""Rooms whose code decides what the ledger's tables hold: other code folds them again."""


@cache
def ledger_version() -> str:
    """Changes with the ledger's schema and with the code that makes the facts."""
    # The code itself, not the number of a release: a checkout changes between two releases, too.
    package = resources.files("aipo_pipelines")
    modules = [module for room in _FOLD for module in _modules(package.joinpath(room))]
    postgres = package.joinpath("ledger/postgres")
    schema = [
        file.read_bytes()
        for folder in (postgres.joinpath("migrations/versions"), postgres)
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    ]
    read = hashlib.sha256(b"".join([*schema, *modules]))
    return f"{_REVISION} ledger {read.hexdigest()[:16]}"


def _modules(folder: Traversable) -> Iterator[bytes]:
    """The code of a room and of the rooms inside it, in an order that every machine has."""
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.is_dir():
            yield from _modules(file)
        elif file.name.endswith(".py"):
            yield file.read_bytes()


@cache
def dagster_version() -> str:
    """Changes with the installed Dagster."""
    return f"{_REVISION} dagster {metadata.version('dagster')}"


@cache
def mlflow_version() -> str:
    """Changes with the installed MLflow."""
    return f"{_REVISION} mlflow {metadata.version('mlflow')}"


def seen_version(connection: psycopg.Connection) -> str | None:
    """The version of the set-up that this database has seen; None before the first."""
    try:
        row = connection.execute("SELECT version FROM aipo_setup").fetchone()
    except psycopg.errors.UndefinedTable:
        connection.rollback()
        return None
    return str(row[0]) if row else None


def set_up_ledger(admin_url: str) -> None:
    """Installs the ledger's tables and functions, and folds its facts by this version.

    Facts that an earlier version made can differ from the facts that this version makes of the same
    entries: a comparison of the two would find differences that nobody made.

    Args:
        admin_url: The ledger's database, as the administrator.

    Raises:
        DatabaseError: Postgres refused.
    """
    from aipo_pipelines.ledger.fold.fold import apply  # these are only needed here
    from aipo_pipelines.ledger.postgres.schema import installing
    from aipo_pipelines.ledger.postgres.store import refold

    with connect(admin_url) as connection, doing("setting up the ledger"):
        if seen_version(connection) == ledger_version():
            return
    # One transaction: tables of this version never lie beside facts that another version folded.
    with (
        doing("setting up the ledger"),
        installing(lambda: connect(admin_url)) as connection,
    ):
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(OWNER)))
        refold(connection, fold=apply)
        _mark(connection, ledger_version())
        connection.execute(
            sql.SQL("GRANT SELECT ON aipo_setup TO {}").format(sql.Identifier(APPLICATION))
        )


def set_up_dagster(url: str) -> None:
    """Makes or upgrades Dagster's tables, and gives the database its identity.

    Args:
        url: Dagster's database, as the application, which owns it.

    Raises:
        DatabaseError: Postgres refused.
    """
    with connect(url) as connection, doing("setting up Dagster's storage"):
        seen = seen_version(connection)
        if seen == dagster_version():
            return
        connection.execute(
            "CREATE TABLE IF NOT EXISTS aipo_identity ("
            "one boolean PRIMARY KEY DEFAULT true CHECK (one), "
            "id uuid NOT NULL DEFAULT gen_random_uuid())"
        )
        connection.execute("INSERT INTO aipo_identity DEFAULT VALUES ON CONFLICT DO NOTHING")
        connection.commit()
        with _as_ours("Dagster"):
            _migrate_dagster(url, upgrade=seen is not None)
        _mark(connection, dagster_version())


def set_up_mlflow(url: str) -> None:
    """Makes or upgrades MLflow's tables.

    Args:
        url: MLflow's database, as the application, which owns it.

    Raises:
        DatabaseError: Postgres refused.
    """
    with connect(url) as connection, doing("setting up MLflow's store"):
        if seen_version(connection) == mlflow_version():
            return
        connection.commit()
        with _as_ours("MLflow"):
            _migrate_mlflow(url)
        _mark(connection, mlflow_version())


def _mark(connection: psycopg.Connection, version: str) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS aipo_setup ("
        "one boolean PRIMARY KEY DEFAULT true CHECK (one), version text NOT NULL)"
    )
    connection.execute(
        "INSERT INTO aipo_setup (version) VALUES (%s) "
        "ON CONFLICT (one) DO UPDATE SET version = excluded.version",
        [version],
    )


def _migrate_dagster(url: str, *, upgrade: bool) -> None:
    from dagster_postgres import DagsterPostgresStorage  # heavy

    with _quiet("alembic"):
        storage = DagsterPostgresStorage(url, should_autocreate_tables=True)
        if upgrade:
            storage.event_log_storage.upgrade()
            storage.event_log_storage.reindex_assets()
            # Also carries the tables of runs and ticks: all share one alembic history.
            storage.run_storage.migrate()
            storage.schedule_storage.upgrade()
            storage.schedule_storage.migrate()


def _migrate_mlflow(url: str) -> None:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import sqlalchemy  # heavy
    from mlflow.store.db import utils  # heavy

    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with _quiet("alembic", "mlflow"):
        # Without a version nothing was finished: MLflow's first step then starts from the tables
        # it finds, also those that an interrupted attempt left. MLflow has no public function.
        seen: Callable[[object], str | None] = utils._get_schema_version  # noqa: SLF001
        begin: Callable[[object], None] = utils._initialize_tables  # noqa: SLF001
        upgrade: Callable[[object], None] = utils._upgrade_db  # noqa: SLF001
        (begin if seen(engine) is None else upgrade)(engine)


@contextmanager
def _as_ours(owner: str) -> Iterator[None]:
    from sqlalchemy.exc import SQLAlchemyError  # heavy

    try:
        yield
    except SQLAlchemyError as error:
        raise DatabaseError(
            f"The tables of {owner} could not be made or upgraded: {error}. "
            "If a newer version made them, install that version again."
        ) from error


@contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """Keeps migrations from reporting tables of other programs to our users."""
    loggers = [logging.getLogger(name) for name in names]
    before = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for each, level in zip(loggers, before, strict=True):
            each.setLevel(level)
