"""Reads a SQL table or query, in a transaction that may only read and is always rolled back.

Values stay as the driver returns them. SQLAlchemy converts nothing, so no value is lost, and no
conversion fails after half of the rows. No message contains a password, a statement's values, or
the driver's own text, which may quote cells.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Inspector

from aipo_pipelines.charter.model.sources import Source
from aipo_pipelines.charter.reading.allowed import Allowed
from aipo_pipelines.errors import SourceError, SourceMissingError, SourceUnreadableError
from aipo_pipelines.resources.feeds.bounds import VARIABLE, Bounds
from aipo_pipelines.resources.feeds.delivery import THIS_PROCESS, Delivery, Offer
from aipo_pipelines.resources.feeds.names import safe_key
from aipo_pipelines.resources.feeds.sql_connection import connected, database_url
from aipo_pipelines.resources.feeds.tables import one_column, to_frame, value_array

_ROWS_AT_ONCE = 50_000
_LOOK_AGAIN_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlReader:
    """Reads one table or query.

    A table has no order of its own. It is read in the order of `order` and its primary key,
    otherwise of all its columns, so that the same rows always give the same content. A query is
    read in its own order.

    Attributes:
        name: Name of the source, key of its one batch.
        folder: The file of a relative SQLite location is searched from this folder.
        environ: The variables that `${NAME}` is read from.
        allowed: The variables and places that the installation allows charters to use.
        order: Columns of the records' own order (time, identifiers), as delivered.
        ordered: Whether the records need an order, because batches are made by rows.
        bounds: The largest delivery that is read.
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
        """Always false: a table has the same columns for all rows."""
        return False

    @property
    def has_order(self) -> bool:
        """See `Reader.has_order`."""
        return True

    def offer(self) -> Offer:
        """The table or query as one delivery, stamped with its number of rows.

        A change that keeps the number of rows is seen within five minutes, and by every other
        process at once.

        Raises:
            SourceMissingError: The database file or the table does not exist.
            SourceError: The database refuses or does not answer.
        """
        with self._connected() as connection:
            rows = connection.execute(self._count(connection)).scalar_one()
        # No database reports every change of a table. The clock in the stamp bounds the time until
        # a change in place is seen; the number of rows shows new rows at once.
        moment = int(time.time() // _LOOK_AGAIN_SECONDS)
        stamp = f"{self._shown()}|{rows}|{moment}|{THIS_PROCESS}"
        delivery = Delivery(key=safe_key(self.name), location=self._shown(), stamp=stamp)
        return Offer(deliveries=(delivery,))

    def read(self, delivery: Delivery) -> pd.DataFrame:
        """Reads all rows.

        Raises:
            SourceMissingError: The database file or the table does not exist.
            SourceError: The database refuses, does not answer, or gives rows no order although
                batches are made by rows.
        """
        del delivery
        with self._connected() as connection:
            # Streamed, so that the bounds are checked before all rows are in memory. Without
            # parameters, because a `%` in a query is only a character.
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
            # The number of columns is known before the first row, and is checked first.
            names = list(result.keys())
            self.bounds.check(self._shown(), columns=len(names))
            return to_frame(_collect(names, self._bounded(result.partitions(_ROWS_AT_ONCE))))

    def sample(self, choose: Callable[[int], Sequence[int]]) -> tuple[pd.DataFrame, int]:
        """Reads a sample of the rows of a table, without an order; the other rows are not kept.

        Args:
            choose: Gets the number of rows, and returns the rising positions of the sample.

        Returns:
            The rows of the sample, and the number of all rows.

        Raises:
            SourceMissingError: The database file or the table does not exist.
            SourceError: The database refuses or does not answer.
        """
        with self._connected() as connection:
            total = connection.execute(self._count(connection)).scalar_one()
            chosen = frozenset(choose(total))
            streamed = connection.execution_options(stream_results=True)
            table = _table(sa.inspect(connection), self.source.table or "")
            rows: sa.Select[Any] = sa.select(sa.literal_column("*")).select_from(table)
            result = streamed.execute(rows)
            sample = [tuple(row) for place, row in enumerate(result) if place in chosen]
            return to_frame(_collect(list(result.keys()), [sample] if sample else [])), total

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
        # The charter's owner wrote the query and may run it anyway; no other text is inserted.
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
                "time column or identifiers, so its rows have no order and cannot be divided into "
                "batches by rows. Write a query with ORDER BY in the charter."
            )
        return list(dict.fromkeys([*own, *key])) if own or key else columns

    def _connected(self) -> AbstractContextManager[Connection]:
        url = database_url(self.name, self.source.location, self.folder, self.environ, self.allowed)
        return connected(url, self.name, self.bounds.seconds)

    def _shown(self) -> str:
        table = self.source.table if self.source.query is None else "query"
        return f"{self.name}: {table}"


def _literal(query: str) -> str:
    """The query with its colons escaped, so that SQLAlchemy finds no parameters in it."""
    return query.replace("\\", "\\\\").replace(":", "\\:")


def _table(inspector: Inspector, name: str) -> sa.TableClause:
    """The table or view of that name; a dot only ends a schema if no table has the whole name."""
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
