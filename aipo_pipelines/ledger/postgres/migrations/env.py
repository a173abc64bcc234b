"""Run by Alembic: applies the migrations on the connection that the program hands it."""

from __future__ import annotations

from alembic import context

from aipo_pipelines.ledger.postgres.migrations import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    version_table_schema="public",
)
# The program's transaction is already open and stays so: Alembic commits nothing by itself.
with context.begin_transaction():
    context.run_migrations()
