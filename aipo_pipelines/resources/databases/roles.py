"""Roles and databases on the server, made or put right by the administrator.

* `aipo_owner` owns the ledger and cannot log in.
* `aipo` is the application. It owns Dagster's database, and nothing of the ledger.
* `aipo_mlflow` owns MLflow's database and may connect to no other database. `aipo` is a member of
  it, for installations that are given the application's address only.

No other role may connect to any of the three databases.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from aipo_pipelines.errors import DatabaseError
from aipo_pipelines.resources.databases.addresses import (
    APPLICATION,
    DAGSTER,
    LEDGER,
    MLFLOW,
    OWNER,
    TRACKER,
    role_password,
)
from aipo_pipelines.resources.databases.connecting import doing

_OWNERS = {LEDGER: OWNER, DAGSTER: APPLICATION, MLFLOW: TRACKER}
_OLDEST = 15_00_00
_OWNED_HERE = (
    "SELECT 1 FROM pg_shdepend WHERE deptype = 'o' AND refobjid = to_regrole(%s) AND dbid = "
    "(SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1"
)
_DATABASES_OF = "SELECT datname FROM pg_database WHERE datdba = to_regrole(%s)"


def ensure_server(admin: psycopg.Connection, admin_password: str) -> None:
    """Makes the roles and databases that are missing; sets the passwords of our roles again.

    Args:
        admin: The administrator's connection, in autocommit: databases are made outside
            transactions. The caller keeps others from doing the same at once.
        admin_password: The administrator's, from which those of our roles are derived.

    Raises:
        DatabaseError: The administrator lacks a right, or the server is too old.
    """
    _check_rights(admin)
    with doing(f"making the roles {OWNER}, {APPLICATION} and {TRACKER}"):
        _ensure_role(admin, OWNER, "NOLOGIN")
        for role in (APPLICATION, TRACKER):
            _ensure_role(admin, role, "LOGIN")
            _set_password(admin, role, role_password(admin_password, role))
        for role in (OWNER, APPLICATION, TRACKER):
            _join(admin, role)
        admin.execute(
            sql.SQL("GRANT {} TO {}").format(sql.Identifier(TRACKER), sql.Identifier(APPLICATION))
        )
    for name, owner in _OWNERS.items():
        with doing(f"making the database {name}"):
            _ensure_database(admin, name, owner)


def hand_over_mlflow(admin: psycopg.Connection) -> None:
    """Gives what earlier versions made in MLflow's database as the application to its own role.

    Args:
        admin: The administrator's connection to MLflow's database.

    Raises:
        DatabaseError: Postgres refused.
    """
    with doing("giving MLflow's tables to its own role"), admin.transaction():
        application, tracker = sql.Identifier(APPLICATION), sql.Identifier(TRACKER)
        if not admin.execute(_OWNED_HERE, [APPLICATION]).fetchall():
            return
        databases = admin.execute(_DATABASES_OF, [APPLICATION]).fetchall()
        admin.execute(sql.SQL("REASSIGN OWNED BY {} TO {}").format(application, tracker))
        # It takes the role's databases along, which are none of MLflow's.
        for (name,) in databases:
            admin.execute(
                sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(name), application)
            )


def _set_password(admin: psycopg.Connection, role: str, password: str) -> None:
    # Hashed here: a plain password in a statement could end up in the server's log.
    hashed = admin.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    admin.execute(
        sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(hashed))
    )


def _check_rights(admin: psycopg.Connection) -> None:
    if admin.info.server_version < _OLDEST:
        raise DatabaseError(
            f"The server is PostgreSQL {admin.info.parameter_status('server_version')}; "
            "expected 15 or later."
        )
    rights = admin.execute(
        "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    superuser, may_roles, may_databases = rights or (False, False, False)
    if not superuser and not (may_roles and may_databases):
        raise DatabaseError(
            f"The role {admin.info.user!r} of AIPO_DATABASE_URL may not make roles and databases. "
            f"Let a superuser say: ALTER ROLE {admin.info.user} CREATEROLE CREATEDB."
        )


def _ensure_role(admin: psycopg.Connection, name: str, login: str) -> None:
    if admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone() is None:
        kind = sql.SQL("LOGIN" if login == "LOGIN" else "NOLOGIN")
        admin.execute(sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(name), kind))


def _join(admin: psycopg.Connection, role: str) -> None:
    """An administrator that is no superuser must belong to a role to give it a database."""
    member = admin.execute("SELECT pg_has_role(current_user, %s, 'USAGE')", [role]).fetchone()
    if member is None or not member[0]:
        admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))


def _ensure_database(admin: psycopg.Connection, name: str, owner: str) -> None:
    database, role = sql.Identifier(name), sql.Identifier(owner)
    known = admin.execute(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    if known is None:
        # Text sorts the same on every server: by code point.
        admin.execute(
            sql.SQL(
                "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' "
                "LC_COLLATE 'C' LC_CTYPE 'C'"
            ).format(database, role)
        )
    elif known[0] != owner:
        admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, role))
    admin.execute(sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(database))
    admin.execute(
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(APPLICATION))
    )
