"""The first migration: the tables of version 0.1.0."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy
from alembic.migration import MigrationContext
from alembic.operations import Operations

from aipo_pipelines.ledger.postgres.migrations.versions import v0001_tables
from aipo_pipelines.resources.databases.addresses import Databases

pytestmark = pytest.mark.integration

TABLES = {
    "ledger_entries",
    "entry_bodies",
    "body_erasures",
    "ledger_head",
    "ledger_products",
    "recorder_positions",
    "facts",
}


@pytest.fixture
def database(fresh_ledger: Databases) -> Iterator[sqlalchemy.Connection]:
    """An empty database, with the migration's operations; nothing in it is kept."""
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(fresh_ledger.admin_url or ""),
        poolclass=sqlalchemy.NullPool,
    )
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("CREATE SCHEMA empty; SET search_path = empty"))
        with Operations.context(MigrationContext.configure(connection)):
            yield connection
        connection.rollback()


def tables(connection: sqlalchemy.Connection) -> set[str]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'empty'"
    return set(connection.execute(sqlalchemy.text(query)).scalars())


def test_it_is_the_first_migration() -> None:
    assert (v0001_tables.revision, v0001_tables.down_revision) == ("0001", None)


def test_an_empty_database_gets_all_tables_and_an_empty_ledger(
    database: sqlalchemy.Connection,
) -> None:
    v0001_tables.upgrade()
    assert tables(database) >= TABLES
    head = database.execute(sqlalchemy.text("SELECT size, generation FROM ledger_head")).one()
    assert tuple(head) == (0, 0)


def test_a_database_that_has_the_tables_keeps_its_rows(database: sqlalchemy.Connection) -> None:
    v0001_tables.upgrade()
    database.execute(sqlalchemy.text("UPDATE ledger_head SET size = 7"))
    before = tables(database)
    v0001_tables.upgrade()
    assert tables(database) == before
    assert database.execute(sqlalchemy.text("SELECT size FROM ledger_head")).scalar_one() == 7
