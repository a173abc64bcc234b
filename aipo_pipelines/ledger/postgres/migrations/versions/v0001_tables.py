"""The tables of version 0.1.0, in a new database and in a home that had no version table yet."""

from __future__ import annotations

from aipo_pipelines.ledger.postgres.migrations import run_sql_of

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables that are missing."""
    run_sql_of(__file__)
