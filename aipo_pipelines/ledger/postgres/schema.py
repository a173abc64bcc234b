"""Brings the ledger's tables, functions and roles in its database up to this version.

The tables come from numbered migrations, each of which runs once in a database
(`aipo_pipelines.ledger.postgres.migrations`). The functions, triggers and rights are replaced as a
whole afterwards. All of it, and what the caller does in the block, is one transaction: a set-up
that is interrupted leaves nothing behind, and the next one starts from the beginning.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from typing import TYPE_CHECKING

import psycopg

from aipo_pipelines.errors import DatabaseError
from aipo_pipelines.ledger.postgres import migrations

if TYPE_CHECKING:
    import sqlalchemy
    from alembic.config import Config

OWNER = "aipo_owner"
"""Owns every object of the ledger; nobody logs in as it."""

_SET_OPTION = 16_00_00
_REPEATED = ("functions.sql", "rights.sql")
_ROLES = b"""
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['aipo_owner', 'aipo', 'aipo_eraser'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END $$
"""


@contextmanager
def installing(connect: Callable[[], psycopg.Connection]) -> Iterator[psycopg.Connection]:
    """Brings the ledger up to this version; a block can go on in the same transaction.

    A ledger that is up to date stays as it is.

    Args:
        connect: Opens an administrator's connection to the ledger's database: a superuser, or a
            role that may create roles and owns the database or its public schema. The connection
            is not in autocommit, and is closed at the end.

    Yields:
        That connection, as the administrator, in the transaction that the end of the block commits.

    Raises:
        DatabaseError: Postgres refused, or a newer version set the ledger up; nothing was changed.
    """
    import sqlalchemy  # heavy, and needed by a set-up alone
    from sqlalchemy.exc import SQLAlchemyError

    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=connect, poolclass=sqlalchemy.NullPool
    )
    place = "unknown"
    try:
        with engine.begin() as shared:
            connection = _driver(shared)
            place = f"{connection.info.dbname!r} as role {connection.info.user!r}"
            with _refusals(place):
                _install(connection, shared)
            yield connection
    # Also the commit at the end of the block, which SQLAlchemy reports in its own words.
    except SQLAlchemyError as error:
        raise _refusal(place, error) from error


@contextmanager
def _refusals(place: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise _refusal(place, error) from error


def _refusal(place: str, error: Exception) -> DatabaseError:
    return DatabaseError(
        f"the ledger could not be set up in database {place}: {error}. Expected a role that may "
        "create roles and owns the database."
    )


def _driver(shared: sqlalchemy.Connection) -> psycopg.Connection:
    driver = shared.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(f"expected a connection of psycopg, found {type(driver).__name__}")
    return driver


def _install(connection: psycopg.Connection, shared: sqlalchemy.Connection) -> None:
    # If the database has other schemas, the objects are still made in this schema.
    connection.execute("SET LOCAL search_path = public, pg_temp")
    # Two installations at once would run each migration twice. The second installation waits here
    # and then finds everything done. The lock ends with the transaction, however that ends.
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('aipo ledger', 0))")
    connection.execute(_ROLES)
    borrowed = _become_owner(connection)
    _migrate(shared, connection.info.dbname)
    # Last, because functions and rights name columns and tables that a migration may have made.
    for name in _REPEATED:
        connection.execute(_sql(name))
    connection.execute("RESET ROLE")
    if borrowed:
        connection.execute("REVOKE aipo_owner FROM CURRENT_USER")


def _migrate(shared: sqlalchemy.Connection, database: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": shared})
    # Alembic reads options like an INI file, in which a lone percent sign is an error.
    config.set_main_option("script_location", str(migrations.FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with _quiet():
        _refuse_newer(shared, config, database)
        command.upgrade(config, "head")


def _refuse_newer(shared: sqlalchemy.Connection, config: Config, database: str) -> None:
    """Refuses a database that has seen a change which this program does not have.

    Raises:
        DatabaseError: It names both versions and what to do.
    """
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    options = {"version_table": migrations.VERSION_TABLE, "version_table_schema": "public"}
    seen = MigrationContext.configure(shared, opts=options).get_current_heads()
    # Going on would put this program's older functions over tables that they do not fit.
    if unknown := sorted(set(seen) - known):
        raise DatabaseError(
            f"the ledger in database {database!r} was set up by a newer version: its tables are at "
            f"change {', '.join(unknown)}, and this version knows changes up to "
            f"{scripts.get_current_head()}. Nothing was changed. Install the version that set it "
            "up, or a later version."
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps Alembic from reporting each step to people who have asked for a command."""
    logger = logging.getLogger("alembic")
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)


def _sql(name: str) -> bytes:
    return resources.files("aipo_pipelines.ledger.postgres").joinpath(name).read_bytes()


def _become_owner(connection: psycopg.Connection) -> bool:
    """Switches to the owner role; returns whether membership was borrowed for it."""
    # Since PostgreSQL 16 a member may lack the right to switch, as the role's maker does at first.
    right = "SET" if connection.info.server_version >= _SET_OPTION else "MEMBER"
    able = connection.execute("SELECT pg_has_role('aipo_owner', %s)", [right]).fetchone()
    borrowed = not (able and able[0])
    if borrowed:
        connection.execute("GRANT aipo_owner TO CURRENT_USER")
    allowed = connection.execute(
        "SELECT has_schema_privilege('aipo_owner', 'public', 'CREATE')"
    ).fetchone()
    if not (allowed and allowed[0]):
        connection.execute("GRANT CREATE, USAGE ON SCHEMA public TO aipo_owner")
    connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    connection.execute("SET LOCAL ROLE aipo_owner")
    return borrowed
