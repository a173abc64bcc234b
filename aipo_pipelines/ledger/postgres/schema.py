"""Sets up the ledger's tables, functions and roles in its database."""

from __future__ import annotations

from importlib import resources

import psycopg

from aipo_pipelines.errors import DatabaseError

OWNER = "aipo_owner"
"""Owns every object of the ledger; nobody logs in as it."""

_SET_OPTION = 16_00_00
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


def install(connection: psycopg.Connection) -> None:
    """Creates whatever of the ledger is not there yet; running it again changes nothing.

    Args:
        connection: An administrator's connection to the ledger's database: a superuser, or a
            role that may create roles and owns the database or its public schema.

    Raises:
        DatabaseError: Postgres refused; nothing was changed.
    """
    try:
        with connection.transaction():
            # Whatever schemas there are, these objects are made in this one.
            connection.execute("SET LOCAL search_path = public, pg_temp")
            # Two installations at once would update the same catalogue rows.
            connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('aipo ledger', 0))")
            connection.execute(_ROLES)
            borrowed = _become_owner(connection)
            connection.execute(_schema())
            connection.execute("RESET ROLE")
            if borrowed:
                connection.execute("REVOKE aipo_owner FROM CURRENT_USER")
    except psycopg.Error as error:
        raise DatabaseError(
            f"the ledger could not be set up in database {connection.info.dbname!r} as role "
            f"{connection.info.user!r}: {error}. Expected a role that may create roles and owns "
            "the database."
        ) from error


def _schema() -> bytes:
    return resources.files("aipo_pipelines.ledger.postgres").joinpath("schema.sql").read_bytes()


def _become_owner(connection: psycopg.Connection) -> bool:
    """Switches to the owner role; returns whether membership was borrowed for it."""
    # Since PostgreSQL 16 a member may lack the right to switch: whoever made a role begins so.
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
