"""First initialisation of the three databases, before any process uses them.

`initialise` may be called at every start: if all is set up it only looks, in some milliseconds and
without loading Dagster or MLflow. Otherwise one process at a time, under an advisory lock of
the server, makes roles, databases and tables; the others wait and then find everything done.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import psycopg

from aipo_pipelines.errors import DatabaseError
from aipo_pipelines.resources.databases import setup
from aipo_pipelines.resources.databases.addresses import (
    APPLICATION,
    LEDGER,
    MLFLOW,
    Databases,
)
from aipo_pipelines.resources.databases.connecting import connect, doing
from aipo_pipelines.resources.databases.roles import ensure_server, hand_over_mlflow

_LOCK = "aipo initialise"
_WAIT = "180s"


def initialise(databases: Databases) -> None:
    """Sets up the databases that are missing or of an older version; changes nothing otherwise.

    Args:
        databases: The addresses of the databases.

    Raises:
        DatabaseError: The server is away, refuses, or lacks what only an administrator can make.
    """
    if is_initialised(databases):
        return
    if databases.admin_url is None:
        _without_administrator(databases)
        return
    with connect(databases.admin_url, autocommit=True) as admin:
        _lock(admin)
        ensure_server(admin, unquote(urlsplit(databases.admin_url).password or ""))
        with connect(databases.admin_url_of(MLFLOW)) as mlflow:
            hand_over_mlflow(mlflow)
        setup.set_up_ledger(databases.admin_url_of(LEDGER))
        setup.set_up_dagster(databases.dagster_url)
        setup.set_up_mlflow(databases.mlflow_url)


def is_initialised(databases: Databases) -> bool:
    """Whether the application finds all three databases set up by this version."""
    versions = (
        (databases.ledger_url, setup.ledger_version()),
        (databases.dagster_url, setup.dagster_version()),
        (databases.mlflow_url, setup.mlflow_version()),
    )
    for url, version in versions:
        try:
            with connect(url) as connection:
                if setup.seen_version(connection) != version:
                    return False
        except (DatabaseError, psycopg.Error):
            # The attempt to set it up reports the same problem, with the advice that helps.
            return False
    return True


def _without_administrator(databases: Databases) -> None:
    """The application may set up the databases it owns; the ledger must be there."""
    with connect(databases.ledger_url) as connection:
        seen = setup.seen_version(connection)
    if seen != setup.ledger_version():
        raise DatabaseError(
            f"The ledger in {databases.place} is not set up by this version (found "
            f"{seen or 'nothing'}), and the role {APPLICATION!r} may not do it. Run aipo once "
            "with AIPO_DATABASE_URL set to a role that may make roles and databases."
        )
    with connect(databases.dagster_url, autocommit=True) as connection:
        _lock(connection)
        setup.set_up_dagster(databases.dagster_url)
        setup.set_up_mlflow(databases.mlflow_url)


def _lock(connection: psycopg.Connection) -> None:
    """Waits for the others; the lock ends with the connection."""
    with doing("waiting for another process that sets the databases up"):
        connection.execute("SELECT set_config('lock_timeout', %s, false)", [_WAIT])
        connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [_LOCK])
