"""Connects to a database of a charter, in a transaction that may only read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, make_url

from aipo_pipelines.charter.reading.allowed import Allowed, database_file, unreachable
from aipo_pipelines.errors import SourceError, SourceMissingError
from aipo_pipelines.resources.feeds.environment import expand_url
from aipo_pipelines.resources.feeds.local_store import refusal

_READ_ONLY = {
    "sqlite": "PRAGMA query_only = ON",
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
}
_CONNECT_ARGUMENTS: Mapping[str, Mapping[str, object]] = {"postgresql": {"connect_timeout": 10}}
_TIME_LIMITS = {
    "postgresql": "SET LOCAL statement_timeout = {}",
    "mysql": "SET SESSION max_execution_time = {}",
}
"""Statements that limit the time of a query, in milliseconds."""


def database_url(
    name: str, location: str, folder: Path, environ: Mapping[str, str], allowed: Allowed
) -> URL:
    """The URL of a source's database, with its variables replaced and a file below `folder`.

    Raises:
        SourceMissingError: The database file does not exist.
        SourceError: The location is no URL of a database, names a variable that is not set or not
            allowed, or a file that no charter may read.
    """
    text = expand_url(location, environ, allowed)
    try:
        url = make_url(text)
        backend = url.get_backend_name()
    except (sa.exc.ArgumentError, ValueError):
        raise SourceError(
            f"The location of source {name!r} is no database URL; expected for example "
            "postgresql://${USER}:${PASSWORD}@host/database. Correct the charter."
        ) from None
    if database_file(text) and (reason := unreachable(url.database or "", folder, allowed)):
        raise refusal(location, reason)
    if backend == "sqlite" and url.database and not url.database.startswith(":"):
        path = folder / url.database
        if not path.is_file():
            # A connection would create an empty database there.
            raise SourceMissingError(
                f"The database file {url.database!r} of source {name!r} does not exist; "
                "expected it. Deliver it, or correct the location in the charter."
            )
        return url.set(database=str(path))
    return url


@contextmanager
def connected(url: URL, name: str, seconds: int) -> Iterator[Connection]:
    """Opens a transaction that may only read, and rolls it back at the end.

    Args:
        url: The database.
        name: Name of the source, for messages.
        seconds: The longest time of a query.

    Raises:
        SourceError: The database refuses, does not answer, or has no driver.
    """
    dialect = url.get_backend_name()
    try:
        engine = sa.create_engine(
            url,
            # Looks are minutes apart: a kept connection would only block one of the database's.
            poolclass=sa.NullPool,
            hide_parameters=True,
            connect_args=dict(_CONNECT_ARGUMENTS.get(dialect, {})),
        )
        with engine.connect() as connection:
            # A query of a charter may contain any statement: the database itself must refuse to
            # write.
            if dialect in _READ_ONLY:
                connection.exec_driver_sql(_READ_ONLY[dialect])
            if dialect in _TIME_LIMITS:
                connection.exec_driver_sql(_TIME_LIMITS[dialect].format(seconds * 1000))
            yield connection
            # Rolled back even after reading only: a function that the query calls may have written.
            connection.rollback()
    except (sa.exc.NoSuchModuleError, ImportError):
        raise SourceError(
            f"Source {name!r} is a {dialect} database, and no driver for it is installed; "
            "expected a driver. Install it on the machine that runs the pipeline, or name an "
            "installed driver in the location, as in postgresql+psycopg://."
        ) from None
    except sa.exc.SQLAlchemyError as error:
        raise _refused(error, name) from None


def _refused(error: Exception, name: str) -> SourceError:
    # Without the text of the driver, which may quote cells.
    origin = getattr(error, "orig", None) or error
    state = getattr(origin, "sqlstate", None) or getattr(origin, "pgcode", None)
    kind = type(origin).__name__ + (f", SQLSTATE {state}" if state else "")
    return SourceError(
        f"The database of source {name!r} refused or did not answer ({kind}). Check that "
        "it runs, that the pipeline's user may read it, and the table or query in the charter."
    )
