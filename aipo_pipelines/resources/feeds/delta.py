"""Reads a Delta table: the rows of one version, also while newer versions are written.

The log of the table names the files of a version; they are read like all Parquet files. Rows have
no order of their own, and rewriting the files (OPTIMIZE) changes their order. So the rows are
sorted: by the charter's time column and identifiers, then by all other columns. The same rows then
give the same content.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
import pyarrow as pa

from aipo_pipelines.charter.model.addresses import public_address
from aipo_pipelines.charter.reading.allowed import Allowed
from aipo_pipelines.errors import (
    SourceChangedError,
    SourceError,
    SourceMissingError,
    SourceUnreadableError,
)
from aipo_pipelines.resources.feeds.bounds import VARIABLE, Bounds
from aipo_pipelines.resources.feeds.delivery import Delivery, Offer
from aipo_pipelines.resources.feeds.delta_files import DataFile, Version
from aipo_pipelines.resources.feeds.delta_log import (
    LOG,
    Stores,
    missing_log,
    newest_version,
    version_of,
)
from aipo_pipelines.resources.feeds.delta_rows import in_columns, in_order, kept_rows, with_large
from aipo_pipelines.resources.feeds.names import printable, safe_key
from aipo_pipelines.resources.feeds.parquet import parquet_table
from aipo_pipelines.resources.feeds.store import StoredFile
from aipo_pipelines.resources.feeds.stores import open_store
from aipo_pipelines.resources.feeds.tables import plain_table, to_frame

_VECTORS = "**/deletion_vector_*.bin"


def stores_of(folder: Path, location: str, environ: Mapping[str, str], allowed: Allowed) -> Stores:
    """The files of a table's log and its deletion vectors; nothing is read yet.

    Args:
        folder: Relative paths start in this folder.
        location: The folder of the table, as a charter writes it.
        environ: The variables that `${NAME}` is read from.
        allowed: The modules, variables and places that the installation allows charters to use.

    Raises:
        SourceError: As `open_store`.
    """
    root = location.rstrip("/")
    log = open_store(folder, f"{root}/{LOG}/**/*", environ, allowed)
    vectors = open_store(folder, f"{root}/{_VECTORS}", environ, allowed, of_table=True)
    return Stores(log=log, vectors=vectors)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaReader:
    """Reads one Delta table.

    Attributes:
        name: Name of the source, key of its one batch.
        location: The folder of the table, as the charter writes it.
        stores: The files of its log and its deletion vectors, from `stores_of`.
        order: Columns of the records' own order (time, identifiers), as delivered.
        ordered: Whether the records need an order, because batches are made by rows.
        bounds: The largest delivery that is read.
    """

    name: str
    location: str
    stores: Stores
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
        return False

    def offer(self) -> Offer:
        """The newest version of the table as one delivery; only file names are read for it.

        Raises:
            SourceMissingError: There is no such table.
            SourceError: The store refuses or does not answer.
        """
        try:
            log = self.stores.log.find()
        except SourceMissingError:
            raise missing_log(self._shown) from None
        newest = newest_version(log)
        if newest is None:
            raise missing_log(self._shown)
        number, commit = newest
        delivery = Delivery(
            key=safe_key(self.name),
            location=f"{self._shown}, version {number}",
            stamp=f"{number}|{commit.stamp}",
            parts=log,
            version=number,
        )
        return Offer(deliveries=(delivery,))

    def read(self, delivery: Delivery) -> pd.DataFrame:
        """Reads all rows of the version that was offered.

        Raises:
            SourceMissingError: A file of rows is gone.
            SourceChangedError: The log was shortened since it was offered.
            SourceUnreadableError: The table uses a feature that is not supported, is beyond its
                bounds, has a file of another size than in its log, or gives rows no order
                although batches are made by rows.
            SourceError: The store refuses or does not answer.
        """
        version = self._version(delivery)
        pieces = [*self._pieces(delivery, version)]
        nothing = pa.Table.from_batches([], with_large(version.schema))
        # Plain first, because Arrow cannot sort by lists and objects.
        table = plain_table(pa.concat_tables(pieces) if pieces else nothing)
        if self.ordered and not {*self.order} & {*table.column_names}:
            raise SourceUnreadableError(
                f"The Delta table of source {self.name!r} has neither the charter's time column "
                "nor identifiers, so its rows have no order and cannot be divided into batches by "
                "rows. Name them in the charter, or choose batches by time or by file."
            )
        return to_frame(in_order(table, self.order))

    def sample(self, choose: Callable[[int], Sequence[int]]) -> tuple[pd.DataFrame, int]:
        """Reads a sample of the rows of the newest version, without an order.

        Args:
            choose: Gets the number of rows, and returns the rising positions of the sample.

        Returns:
            The rows of the sample, and the number of all rows.

        Raises:
            SourceError: As `offer` and `read`.
        """
        (delivery,) = self.offer().deliveries
        version = self._version(delivery)
        pieces = pa.Table.from_batches([], with_large(version.schema))
        pieces = pa.concat_tables([pieces, *self._pieces(delivery, version)])
        chosen = pa.array(choose(len(pieces)), pa.int64())
        return to_frame(pieces.take(chosen)), len(pieces)

    def _version(self, delivery: Delivery) -> Version:
        try:
            version = version_of(
                self.stores, delivery.parts, delivery.version or 0, self._shown, self.bounds
            )
        except FileNotFoundError:
            raise SourceChangedError(
                f"The log of {self._shown} was shortened while it was read; it is left for the "
                "next look."
            ) from None
        self.bounds.check(
            self._shown,
            size=sum(file.size for file in version.files),
            rows=sum(file.rows or 0 for file in version.files),
            columns=len(version.schema),
        )
        return version

    def _pieces(self, delivery: Delivery, version: Version) -> Iterator[Any]:
        """The rows of each file, in the columns of the version."""
        deadline = time.monotonic() + self.bounds.seconds
        rows = size = 0
        # Time and size are checked after each file, because a table may have thousands of files.
        for file in version.files:
            piece = self._piece(delivery, version, file)
            rows, size = rows + len(piece), size + piece.nbytes
            self.bounds.check(self._shown, size=size, rows=rows)
            if time.monotonic() > deadline:
                raise SourceError(
                    f"{self._shown} was not read within {self.bounds.seconds:,} seconds. "
                    f"Name a smaller table, or set {VARIABLE}SECONDS to more."
                )
            yield piece

    def _piece(self, delivery: Delivery, version: Version, file: DataFile) -> Any:
        table = self._read(delivery, file)
        try:
            return kept_rows(in_columns(table, version.schema, file), file)
        except pa.ArrowException:
            raise SourceUnreadableError(
                f"{self._shown}/{file.path} has a column of another type than in the log of its "
                "table, with cells that do not fit that type; expected the types of the log. Write "
                "the file again, or export the table to a folder of Parquet files."
            ) from None

    def _read(self, delivery: Delivery, file: DataFile) -> Any:
        log = delivery.parts[0]
        folder = log.path.removesuffix(log.below.as_posix()).removesuffix(f"{LOG}/")
        stored = StoredFile(
            path=f"{folder}{file.path}",
            below=PurePosixPath(file.path),
            shown=printable(f"{self._shown}/{file.path}"),
            stamp=delivery.stamp,
            modified=None,
            size=file.size,
        )
        try:
            with self.stores.log.opened(stored) as path:
                _expect(path.stat().st_size, file.size, "bytes", stored.shown)
                table = self._parsed(path, stored.shown)
        except FileNotFoundError:
            raise SourceMissingError(
                f"{stored.shown} is gone, and version {delivery.version} of its table needs it; "
                "expected all files of the newest version. Copy the table as a whole, or restore "
                "it to a version whose files are there."
            ) from None
        except OSError as error:
            raise SourceUnreadableError(
                f"{stored.shown} cannot be opened ({error.strerror}). Give the pipeline's user "
                "permission to read it."
            ) from None
        _expect(len(table), file.rows, "rows", stored.shown)
        return table

    def _parsed(self, path: Path, location: str) -> Any:
        # Spark writes times of microseconds as 96 bits. Nanoseconds, which Arrow would make of
        # them, end in the year 2262.
        return parquet_table(path, location, self.bounds, coerce_int96_timestamp_unit="us")

    @property
    def _shown(self) -> str:
        return public_address(self.location).rstrip("/")


def _expect(count: int, logged: int | None, unit: str, shown: str) -> None:
    """Refuses a file that differs from the description in the log of its table."""
    if logged is not None and count != logged:
        raise SourceUnreadableError(
            f"{shown} has {count:,} {unit}, and the log of its table says {logged:,}: the file was "
            "replaced or shortened after it was written. Restore it, or write its rows again as a "
            "new version of the table."
        )
