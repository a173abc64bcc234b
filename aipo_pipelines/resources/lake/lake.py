"""The lake: immutable, content-addressed snapshots of tables.

Promises:

- A snapshot's name is the digest of its content (`aipo_pipelines.resources.lake.content_digest`).
  It is written once and never changed. If the same content is stored again, nothing happens; only
  if the stored file was altered, it is replaced.
- A snapshot is there completely or not at all: it is written beside its place, flushed to the disk
  and renamed. A file that a killed writer leaves is never read, and is removed after an hour.
- Reading checks the content against the digest.
- Names of products and partitions become safe segments of a path; no name leads out of the lake.
- Every file is found below the root by product, partition and digest. No whole path is stored, so a
  lake may be moved or copied. A file that is not there is reported as missing, never as altered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from aipo_pipelines.columnwise import columnwise
from aipo_pipelines.errors import LakeError, SnapshotAlteredError
from aipo_pipelines.resources.allocator import give_back
from aipo_pipelines.resources.lake.column_digests import Parts, stored_parts, with_parts
from aipo_pipelines.resources.lake.content_digest import from_arrow, parts_of, to_arrow
from aipo_pipelines.resources.lake.storage import Storage, altered, write_parquet


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A stored table.

    Attributes:
        digest: `sha256:…` of its content.
        path: Its place; for people, and for links.
        replaced: Whether it replaced an altered file.
    """

    digest: str
    path: str
    rows: int
    columns: int
    replaced: bool = False


class Lake:
    """Snapshots and small artefacts under one root.

    Args:
        root: Local folder, or an fsspec URL such as `s3://bucket/lake`.

    Raises:
        LakeError: The URL names a file system that is not installed or not configured.
    """

    def __init__(self, root: str) -> None:
        self._storage = Storage(root)

    def path(self, product: str, partition: str, digest: str) -> str:
        """The place of a snapshot, whether it is stored or not."""
        _, _, name = digest.partition(":")
        return self._storage.place("snapshots", product, partition, f"{name or digest}.parquet")

    def exists(self, product: str, partition: str, digest: str) -> bool:
        """Whether a snapshot is stored."""
        return self._storage.exists(self.path(product, partition, digest))

    def store(
        self, product: str, partition: str, frame: pd.DataFrame, parts: Parts | None = None
    ) -> Snapshot:
        """Stores a table, without its index, unless its content is there already, unaltered.

        Args:
            product: Name of the product.
            partition: Key of the batch.
            frame: The table.
            parts: The digests of its columns, if they are computed already.

        Raises:
            LakeError: Column names repeat, or the storage refuses (for example a full disk); then
                no half-written file can be read.
        """
        if not frame.columns.is_unique:
            raise LakeError(
                f"A table of product {product!r} has column names that repeat; expected each "
                "name once. Rename them before storing."
            )
        table = to_arrow(frame)
        known = parts_of(table) if parts is None else parts
        digest = known.digest
        path = self.path(product, partition, digest)
        # Read and checked, although it costs time: this is the only way to repair a snapshot that
        # somebody altered, by a second delivery of the batch.
        is_there = self._storage.exists(path)
        is_altered = is_there and not self._holds(path, digest)
        if is_altered or not is_there:
            self._storage.write(path, lambda sink: write_parquet(with_parts(table, known), sink))
        rows, columns = frame.shape
        return Snapshot(digest=digest, path=path, rows=rows, columns=columns, replaced=is_altered)

    def load(self, product: str, partition: str, digest: str) -> pd.DataFrame:
        """Reads a snapshot back and checks its content.

        Raises:
            LakeError: It is not there or cannot be read.
            SnapshotAlteredError: Its content is no longer what was stored.
        """
        path = self.path(product, partition, digest)
        with self._storage.opened(path) as file:
            table = file.read()
            if parts_of(table).digest != digest:
                raise altered(path, "other content")
            frame = from_arrow(table)
        give_back()
        return frame

    def load_columns(
        self, product: str, partition: str, digest: str, names: Collection[str]
    ) -> Iterator[pd.Series]:
        """Reads and checks the named columns of a snapshot, one column after the other.

        A caller that makes a smaller value of each column never holds all of them in memory.

        Args:
            product: Name of the product.
            partition: Key of the batch.
            digest: Content digest of the whole table.
            names: Names of the columns to read.

        Yields:
            The columns, in the snapshot's order.

        Raises:
            LakeError: It is not there or cannot be read.
            SnapshotAlteredError: Its content is no longer what was stored.
        """
        path = self.path(product, partition, digest)
        with self._storage.opened(path) as file:
            stored = stored_parts(file.schema_arrow)
            if stored is None or stored.digest != digest:
                whole = self.load(product, partition, digest)
                yield from (whole[name] for name in whole if name in names)
                return
            # The digest of the snapshot is made of the digests of its columns: it was compared
            # above, so each of them can be trusted to check its own column.
            chosen = stored.only(names)

            def checked(table: Any) -> pd.Series:
                """The column of a table with one column, after its digest was checked."""
                (name,) = table.column_names
                if parts_of(table).digest != chosen.only({name}).digest:
                    raise altered(path, "other content")
                column: pd.Series = from_arrow(table)[name]
                return column

            # `select`, because for Parquet a name also selects columns that begin with the name and
            # a dot.
            tables = (file.read([name], use_threads=False).select([name]) for name in chosen.names)
            for column in columnwise(checked, tables):
                yield column
                give_back()

    def columns(self, product: str, partition: str, digest: str) -> tuple[str, ...]:
        """Names of a snapshot's columns, in order, without reading them.

        Raises:
            LakeError: It is not there or cannot be read.
            SnapshotAlteredError: It can no longer be read as what was stored.
        """
        with self._storage.opened(self.path(product, partition, digest)) as file:
            return tuple(file.schema_arrow.names)

    def store_bytes(self, key: str, data: bytes) -> str:
        """Stores a small artefact under a key with parts divided by `/`; may replace an older file.

        Returns:
            Its place.

        Raises:
            LakeError: The storage refuses.
        """
        path = self._storage.place("artefacts", *key.split("/"))
        self._storage.write(path, lambda sink: sink.write(data))
        return path

    def load_bytes(self, key: str) -> bytes:
        """Reads a small artefact.

        Raises:
            LakeError: It is not there or cannot be read.
        """
        path = self._storage.place("artefacts", *key.split("/"))
        return self._storage.read(path)

    def _holds(self, path: str, digest: str) -> bool:
        try:
            with self._storage.opened(path) as file:
                return parts_of(file.read()).digest == digest
        except SnapshotAlteredError:
            return False
