"""Connections to Postgres whose failures say what to do and never hold a password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg

from aipo_pipelines.errors import DatabaseError

_HINTS = (
    ("password authentication failed", "Correct the role and password in AIPO_DATABASE_URL."),
    ("no password supplied", "Put the password into AIPO_DATABASE_URL."),
    ("does not exist", "Create it, or give AIPO_DATABASE_URL a role that may."),
    ("no pg_hba.conf entry", "Allow this role and machine in the server's pg_hba.conf."),
    ("permission denied for database", "Let the administrator grant CONNECT on it."),
    ("too many clients", "Raise max_connections of the server, or end what holds them."),
)
_OTHERWISE = "Check that the server runs and that AIPO_DATABASE_URL names its host and port."


def connect(url: str, *, autocommit: bool = False) -> psycopg.Connection:
    """A new connection to this address.

    Raises:
        DatabaseError: The server is away or refuses.
    """
    try:
        return psycopg.connect(url, autocommit=autocommit)
    except psycopg.Error as error:
        message = str(error).strip()
        hint = next((hint for sign, hint in _HINTS if sign in message), _OTHERWISE)
        # The library's error, and so its chain, may quote the address with the password.
        raise DatabaseError(
            f"Postgres did not let us into {_name(url)}: {message}. {hint}"
        ) from None


@contextmanager
def doing(action: str) -> Iterator[None]:
    """Turns errors of Postgres inside the block into ours.

    Args:
        action: The work of the block, in words that follow "while".

    Raises:
        DatabaseError: Postgres refused a statement or went away.
    """
    try:
        yield
    except psycopg.Error as error:
        message = error.diag.message_primary or str(error).strip()
        raise DatabaseError(
            f"Postgres refused while {action}: {message}. Expected a server of version 15 or later "
            "and a role in AIPO_DATABASE_URL that may make roles and databases."
        ) from error


def _name(url: str) -> str:
    return f"database {urlsplit(url).path.lstrip('/') or 'postgres'!r}"
