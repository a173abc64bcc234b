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

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import fsspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from aipo_pipelines.columnwise import columnwise
from aipo_pipelines.errors import LakeError, SnapshotAlteredError
from aipo_pipelines.resources.allocator import give_back
from aipo_pipelines.resources.home import PRIVATE
from aipo_pipelines.resources.lake.column_digests import stored_parts, with_parts
from aipo_pipelines.resources.lake.content_digest import from_arrow, parts_of, to_arrow
from aipo_pipelines.resources.lake.storage import safe_segment, write_local, write_parquet


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
        try:
            self._files, path = fsspec.core.url_to_fs(root)
        except (ImportError, ValueError) as error:
            raise LakeError(
                "The lake's address is of a kind that cannot be opened here "
                f"({type(error).__name__}); expected a local folder or an fsspec URL whose "
                "file system is installed."
            ) from error
        self._root = str(path).rstrip("/") or "/"
        self._local = "file" in _protocols(self._files)

    def path(self, product: str, partition: str, digest: str) -> str:
        """The place of a snapshot, whether it is stored or not."""
        _, _, name = digest.partition(":")
        return self._place("snapshots", product, partition, f"{name or digest}.parquet")

    def exists(self, product: str, partition: str, digest: str) -> bool:
        """Whether a snapshot is stored."""
        return bool(self._files.exists(self.path(product, partition, digest)))

    def store(self, product: str, partition: str, frame: pd.DataFrame) -> Snapshot:
        """Stores a table, without its index, unless its content is there already, unaltered.

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
        parts = parts_of(table)
        digest = parts.digest
        path = self.path(product, partition, digest)
        # Read and checked, although it costs time: this is the only way to repair a snapshot that
        # somebody altered, by a second delivery of the batch.
        is_there = bool(self._files.exists(path))
        is_altered = is_there and not self._holds(path, digest)
        if is_altered or not is_there:
            self._write(path, lambda sink: write_parquet(with_parts(table, parts), sink))
        rows, columns = frame.shape
        return Snapshot(digest=digest, path=path, rows=rows, columns=columns, replaced=is_altered)

    def load(self, product: str, partition: str, digest: str) -> pd.DataFrame:
        """Reads a snapshot back and checks its content.

        Raises:
            LakeError: It is not there or cannot be read.
            SnapshotAlteredError: Its content is no longer what was stored.
        """
        path = self.path(product, partition, digest)
        with self._opened(path) as file:
            table = file.read()
            if parts_of(table).digest != digest:
                raise _altered(path, "other content")
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
        with self._opened(path) as file:
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
                    raise _altered(path, "other content")
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
        with self._opened(self.path(product, partition, digest)) as file:
            return tuple(file.schema_arrow.names)

    def store_bytes(self, key: str, data: bytes) -> str:
        """Stores a small artefact under a key with parts divided by `/`; may replace an older file.

        Returns:
            Its place.

        Raises:
            LakeError: The storage refuses.
        """
        path = self._place("artefacts", *key.split("/"))
        self._write(path, lambda sink: sink.write(data))
        return path

    def load_bytes(self, key: str) -> bytes:
        """Reads a small artefact.

        Raises:
            LakeError: It is not there or cannot be read.
        """
        path = self._place("artefacts", *key.split("/"))
        with self._reading(path):
            return bytes(self._files.cat_file(path))

    def _holds(self, path: str, digest: str) -> bool:
        try:
            with self._opened(path) as file:
                return parts_of(file.read()).digest == digest
        except SnapshotAlteredError:
            return False

    def _place(self, *names: str) -> str:
        return "/".join((self._root.rstrip("/"), *(safe_segment(name) for name in names)))

    def _write(self, path: str, write: Callable[[IO[bytes]], object]) -> None:
        try:
            if self._local:
                # Batches hold personal data: only its owner may read a lake that is made here.
                Path(self._root).mkdir(mode=PRIVATE, parents=True, exist_ok=True)
                write_local(Path(path), write)
            else:
                # Object stores show an object only after its upload is complete.
                buffer = BytesIO()
                write(buffer)
                self._files.pipe_file(path, buffer.getvalue())
        except (OSError, pa.ArrowException) as error:
            raise LakeError(
                f"The lake could not write {path!r}: {_reason(error)}. Nothing was stored; free "
                "some space or repair the storage, and run again."
            ) from error

    @contextmanager
    def _opened(self, path: str) -> Iterator[pq.ParquetFile]:
        with self._reading(path):
            source = path if self._local else pa.BufferReader(self._files.cat_file(path))
            try:
                # Checksums, because a damaged page could crash the decoder.
                with pq.ParquetFile(source, page_checksum_verification=True) as file:
                    yield file
            except OSError as error:
                # Arrow raises an OSError without a number for a damaged file. With a number it is
                # an error of the system: then nothing is known about the content.
                if error.errno is not None:
                    raise
                raise _altered(path, type(error).__name__) from None
            except (pa.ArrowException, ValueError, LookupError, TypeError, EOFError) as error:
                raise _altered(path, type(error).__name__) from None

    @contextmanager
    def _reading(self, path: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise LakeError(
                f"The lake holds nothing at {path!r}; expected the stored file. It is missing, and "
                "there is no sign that it was altered: set AIPO_LAKE or AIPO_HOME to the place of "
                "the lake, or restore the lake from a backup."
            ) from None
        except OSError as error:
            raise LakeError(f"The lake could not read {path!r}: {_reason(error)}.") from error


def _protocols(files: Any) -> tuple[str, ...]:
    protocol: str | tuple[str, ...] = files.protocol
    return (protocol,) if isinstance(protocol, str) else protocol


def _altered(path: str, content: str) -> SnapshotAlteredError:
    return SnapshotAlteredError(
        f"The snapshot {path!r} is no longer what was stored: found {content}. Do not use it; "
        "restore the file from a backup, or deliver the same batch again, which replaces the file."
    )


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
