"""Reads a SQL table or query, in a transaction that may only read and is always rolled back.

Values come as the driver gives them; SQLAlchemy converts nothing, so nothing is lost or refused
half-way. No message holds a password, a statement's values, or the driver's own text, which may
quote cells.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Inspector, make_url

from aipo_pipelines.charter.model.sources import Source
from aipo_pipelines.charter.reading.allowed import Allowed, database_file, unreachable
from aipo_pipelines.errors import SourceError, SourceMissingError, SourceUnreadableError
from aipo_pipelines.resources.feeds.bounds import VARIABLE, Bounds
from aipo_pipelines.resources.feeds.delivery import THIS_PROCESS, Delivery, Offer
from aipo_pipelines.resources.feeds.environment import expand_url
from aipo_pipelines.resources.feeds.local_store import refusal
from aipo_pipelines.resources.feeds.names import safe_key
from aipo_pipelines.resources.feeds.tables import one_column, to_frame, value_array

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
"""Statements that end one which takes too long, in milliseconds."""
_ROWS_AT_ONCE = 50_000
_LOOK_AGAIN_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlReader:
    """Reads one table or query.

    A table has no order of its own: it is read in the order of `order` and its primary key, else
    of all its columns, so that the same rows always give the same content. A query is read in the
    order it states.

    Attributes:
        name: Name of the source, key of its one batch.
        folder: Where the file of a relative SQLite location starts.
        environ: Where `${NAME}` is looked up.
        allowed: What the installation lends to charters.
        order: Columns of the records' own order (time, identifiers), as delivered.
        ordered: Whether an order of the records is needed, because batches are cut by rows.
        bounds: The most that it may bring.
    """

    name: str
    source: Source
    folder: Path
    environ: Mapping[str, str]
    allowed: Allowed
    order: tuple[str, ...] = ()
    ordered: bool = False
    bounds: Bounds = field(default_factory=Bounds)

    @property
    def has_keys(self) -> bool:
        """A table has the same columns for all of its rows."""
        return False

    @property
    def has_order(self) -> bool:
        """See `Reader.has_order`."""
        return True

    def offer(self) -> Offer:
        """The table or query as one delivery, stamped with its number of rows.

        A change that leaves the number of rows alone is seen within five minutes, and by every
        other process at once.

        Raises:
            SourceMissingError: The database file or the table does not exist.
            SourceError: The database refuses or does not answer.
        """
        with self._connected() as connection:
            rows = connection.execute(self._count(connection)).scalar_one()
        moment = int(time.time() // _LOOK_AGAIN_SECONDS)
        stamp = f"{self._shown()}|{rows}|{moment}|{THIS_PROCESS}"
        delivery = Delivery(key=safe_key(self.name), location=self._shown(), stamp=stamp)
        return Offer(deliveries=(delivery,))

    def read(self, delivery: Delivery) -> pd.DataFrame:
        """Reads all rows.

        Raises:
            SourceMissingError: The database file or the table does not exist.
            SourceError: The database refuses, does not answer, or gives rows no order although
                batches are cut by rows.
        """
        del delivery
        with self._connected() as connection:
            streamed = connection.execution_options(stream_results=True, no_parameters=True)
            if self.source.query is not None:
                result = streamed.exec_driver_sql(self.source.query)
            else:
                table = _table(sa.inspect(connection), self.source.table or "")
                columns = self._order(sa.inspect(connection), table)
                rows: sa.Select[Any] = sa.select(sa.literal_column("*")).select_from(table)
                result = streamed.execute(rows.order_by(*(sa.column(name) for name in columns)))
            if not result.returns_rows:
                raise SourceUnreadableError(
                    f"The query of source {self.name!r} returns no rows by its kind; expected a "
                    "SELECT. Correct the charter."
                )
            names = list(result.keys())
            self.bounds.check(self._shown(), columns=len(names))
            return to_frame(_collect(names, self._bounded(result.partitions(_ROWS_AT_ONCE))))

    def sample(self, choose: Callable[[int], Sequence[int]]) -> tuple[pd.DataFrame, int]:
        """Reads some rows of a table, in no order of its own, streaming past the others.

        Args:
            choose: Gets the number of rows, and says which to keep: rising positions.

        Returns:
            The rows kept, and the number of all.

        Raises:
            SourceMissingError: The database file or the table does not exist.
            SourceError: The database refuses or does not answer.
        """
        with self._connected() as connection:
            total = connection.execute(self._count(connection)).scalar_one()
            wanted = frozenset(choose(total))
            streamed = connection.execution_options(stream_results=True)
            table = _table(sa.inspect(connection), self.source.table or "")
            rows: sa.Select[Any] = sa.select(sa.literal_column("*")).select_from(table)
            result = streamed.execute(rows)
            kept = [tuple(row) for place, row in enumerate(result) if place in wanted]
            return to_frame(_collect(list(result.keys()), [kept] if kept else [])), total

    def _bounded(self, batches: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        rows, deadline = 0, time.monotonic() + self.bounds.seconds
        for batch in batches:
            rows += len(batch)
            self.bounds.check(self._shown(), rows=rows)
            if time.monotonic() > deadline:
                raise SourceError(
                    f"{self._shown()} was not read within {self.bounds.seconds:,} seconds. Give "
                    f"an index or a smaller query, or set {VARIABLE}SECONDS to more."
                )
            yield batch

    def _count(self, connection: Connection) -> sa.Select[Any]:
        if self.source.query is None:
            table = _table(sa.inspect(connection), self.source.table or "")
            return sa.select(sa.func.count()).select_from(table)
        # Written by the charter's owner, who may run it anyway; nothing else is spliced in.
        query = self.source.query.strip().rstrip(";")
        counted = sa.text(f"({_literal(query)}) AS counted")
        return sa.select(sa.func.count()).select_from(counted)

    def _order(self, inspector: Inspector, table: sa.TableClause) -> list[str]:
        columns = [column["name"] for column in inspector.get_columns(table.name, table.schema)]
        key = inspector.get_pk_constraint(table.name, table.schema)["constrained_columns"]
        own = [name for name in self.order if name in columns]
        if self.ordered and not own and not key:
            raise SourceUnreadableError(
                f"The table of source {self.name!r} has neither a primary key nor the charter's "
                "time column or identifiers, so its rows have no order and cannot be cut into "
                "batches by rows. Give a query with ORDER BY in the charter."
            )
        return list(dict.fromkeys([*own, *key])) if own or key else columns

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        url = self._url()
        dialect = url.get_backend_name()
        try:
            engine = sa.create_engine(
                url,
                poolclass=sa.NullPool,
                hide_parameters=True,
                connect_args=dict(_CONNECT_ARGUMENTS.get(dialect, {})),
            )
            with engine.connect() as connection:
                if dialect in _READ_ONLY:
                    connection.exec_driver_sql(_READ_ONLY[dialect])
                if dialect in _TIME_LIMITS:
                    connection.exec_driver_sql(
                        _TIME_LIMITS[dialect].format(self.bounds.seconds * 1000)
                    )
                yield connection
                connection.rollback()
        except (sa.exc.NoSuchModuleError, ImportError):
            raise SourceError(
                f"Source {self.name!r} is a {dialect} database, and no driver for it is installed; "
                "expected one. Install it where the pipeline runs, or name one that is there in "
                "the location, as in postgresql+psycopg://."
            ) from None
        except sa.exc.SQLAlchemyError as error:
            raise self._refused(error) from None

    def _url(self) -> URL:
        text = expand_url(self.source.location, self.environ, self.allowed)
        try:
            url = make_url(text)
            backend = url.get_backend_name()
        except (sa.exc.ArgumentError, ValueError):
            raise SourceError(
                f"The location of source {self.name!r} is no database URL; expected for example "
                "postgresql://${USER}:${PASSWORD}@host/database. Correct the charter."
            ) from None
        if database_file(text) and (
            why := unreachable(url.database or "", self.folder, self.allowed)
        ):
            raise refusal(self.source.location, why)
        if backend == "sqlite" and url.database and not url.database.startswith(":"):
            path = self.folder / url.database
            if not path.is_file():
                # Connecting would create an empty database in its place.
                raise SourceMissingError(
                    f"The database file {url.database!r} of source {self.name!r} does not exist; "
                    "expected it. Deliver it, or correct the location in the charter."
                )
            return url.set(database=str(path))
        return url

    def _shown(self) -> str:
        table = self.source.table if self.source.query is None else "query"
        return f"{self.name}: {table}"

    def _refused(self, error: Exception) -> SourceError:
        origin = getattr(error, "orig", None) or error
        state = getattr(origin, "sqlstate", None) or getattr(origin, "pgcode", None)
        kind = type(origin).__name__ + (f", SQLSTATE {state}" if state else "")
        return SourceError(
            f"The database of source {self.name!r} refused or did not answer ({kind}). Check that "
            "it runs, that the pipeline's user may read it, and the table or query in the charter."
        )


def _literal(query: str) -> str:
    """A query in which SQLAlchemy sees no parameters."""
    return query.replace("\\", "\\\\").replace(":", "\\:")


def _table(inspector: Inspector, name: str) -> sa.TableClause:
    """The table or view of that name; a dot divides a schema only where no table has the name."""
    if inspector.has_table(name):
        return sa.table(name)
    schema, _, table = name.rpartition(".")
    if schema and inspector.has_table(table, schema=schema):
        return sa.table(table, schema=schema)
    raise SourceMissingError(
        f"The database has no table or view {name!r} that the pipeline's user can see; expected "
        "one. Create it, grant SELECT on it, or correct the charter."
    )


def _collect(names: list[str], batches: Iterable[Iterable[Any]]) -> Any:
    chunks: list[list[Any]] = [[] for _ in names]
    for rows in batches:
        for column, values in zip(chunks, zip(*rows, strict=True), strict=True):
            column.append(value_array(values))
    columns = [one_column(column) for column in chunks]
    return pa.Table.from_arrays(columns, names=[str(name) for name in names])
