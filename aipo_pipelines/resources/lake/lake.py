"""The lake: immutable, content-addressed snapshots of tables.

Promises:

- A snapshot's name is the digest of its content (`aipo_pipelines.resources.lake.content_digest`);
  it is written once and never rewritten. Storing the same content again does nothing, unless what
  lies there was altered: it is replaced then.
- A snapshot is there whole or not at all: it is written beside its place, flushed to the disk and
  renamed. What a killed writer leaves is never read, and cleaned away after an hour.
- Reading checks the content against the digest.
- Names of products and partitions become safe path segments; no name leads out of the lake.
- Everything is found below the root by product, partition and digest; nothing keeps a whole path,
  so a lake may be moved or copied. What is not there is missing, never called altered.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import fsspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from aipo_pipelines.columnwise import columnwise
from aipo_pipelines.errors import LakeError, SnapshotAlteredError
from aipo_pipelines.measures.data.cells import repeats
from aipo_pipelines.resources.allocator import give_back
from aipo_pipelines.resources.home import PRIVATE
from aipo_pipelines.resources.lake.column_digests import stored_parts, with_parts
from aipo_pipelines.resources.lake.content_digest import from_arrow, parts_of, to_arrow

_LONGEST_SEGMENT = 120
_ABANDONED_AFTER_SECONDS = 3600.0
_TEMPORARY = ".part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A stored table.

    Attributes:
        digest: `sha256:…` of its content.
        path: Where it lies; for people, and for linking.
        replaced: Whether something altered lay there and was replaced by it.
    """

    digest: str
    path: str
    rows: int
    columns: int
    replaced: bool = False


def safe_segment(name: str) -> str:
    """Writes any name as one path segment; different names give different segments.

    Letters, digits, `_`, `-`, `~` and inner dots stay, everything else is percent-encoded; a name
    too long for a file system is replaced by `=` and its SHA-256.
    """
    encoded = quote(name, safe="", errors="surrogatepass")
    if encoded.startswith("."):
        encoded = "%2E" + encoded[1:]
    if len(encoded) > _LONGEST_SEGMENT:
        return "=" + hashlib.sha256(encoded.encode()).hexdigest()
    return encoded or "%"


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
                f"The lake's address is of a kind that cannot be opened here "
                f"({type(error).__name__}); expected a local folder or an fsspec URL whose "
                "file system is installed."
            ) from error
        self._root = str(path).rstrip("/") or "/"
        self._local = "file" in _protocols(self._files)

    def path(self, product: str, partition: str, digest: str) -> str:
        """Where a snapshot lies or would lie."""
        _, _, name = digest.partition(":")
        return self._place("snapshots", product, partition, f"{name or digest}.parquet")

    def exists(self, product: str, partition: str, digest: str) -> bool:
        """Whether a snapshot is stored."""
        return bool(self._files.exists(self.path(product, partition, digest)))

    def store(self, product: str, partition: str, frame: pd.DataFrame) -> Snapshot:
        """Stores a table, without its index, unless its content is there already, unaltered.

        Raises:
            LakeError: Column names repeat, or the storage refuses (for example a full disk);
                nothing half-written can be read afterwards.
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
        is_there = bool(self._files.exists(path))
        is_altered = is_there and not self._holds(path, digest)
        if is_altered or not is_there:
            self._write(path, lambda sink: _write_parquet(with_parts(table, parts), sink))
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
        """Reads some columns of a snapshot one after another and checks each.

        Who makes something smaller of each never holds all of them as they are stored.

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
            # The digests of the columns add up to the snapshot's, so each vouches for its own.
            chosen = stored.only(names)

            def checked(table: Any) -> pd.Series:
                (name,) = table.column_names
                if parts_of(table).digest != chosen.only({name}).digest:
                    raise _altered(path, "other content")
                column: pd.Series = from_arrow(table)[name]
                return column

            # A name also selects others that begin with it and a dot.
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
        """Stores a small artefact under a key with parts divided by `/`; replaces an older one.

        Returns:
            Where it lies.

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
                # Batches hold personal data: a lake that is made here is its owner's alone.
                Path(self._root).mkdir(mode=PRIVATE, parents=True, exist_ok=True)
                _write_local(Path(path), write)
            else:
                # Object stores show an object only once its upload is complete.
                buffer = BytesIO()
                write(buffer)
                self._files.pipe_file(path, buffer.getvalue())
        except (OSError, pa.ArrowException) as error:
            raise LakeError(
                f"The lake could not write {path!r}: {_reason(error)}. Nothing was stored; make "
                "room or mend the storage and run again."
            ) from error

    @contextmanager
    def _opened(self, path: str) -> Iterator[pq.ParquetFile]:
        with self._reading(path):
            source = path if self._local else pa.BufferReader(self._files.cat_file(path))
            try:
                # Checksums keep a damaged page from ever reaching the decoder.
                with pq.ParquetFile(source, page_checksum_verification=True) as file:
                    yield file
            except OSError as error:
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
                f"The lake holds nothing at {path!r}; expected what was stored. Nothing says that "
                "it was altered, it is not there: set AIPO_LAKE or AIPO_HOME to where the lake "
                "is, or restore the lake from a backup."
            ) from None
        except OSError as error:
            raise LakeError(f"The lake could not read {path!r}: {_reason(error)}.") from error


def _protocols(files: Any) -> tuple[str, ...]:
    protocol: str | tuple[str, ...] = files.protocol
    return (protocol,) if isinstance(protocol, str) else protocol


def _write_parquet(table: Any, sink: IO[bytes]) -> None:
    # Dictionaries pay for text that repeats; for numbers, however written, they only cost time.
    texts = [field.name for field in table.schema if not pa.types.is_primitive(field.type)]
    repeating = [name for name in texts if repeats(table.column(name))]
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=1,
        use_dictionary=repeating,
        # Least and greatest values of pages serve who reads some rows of a file: nobody here.
        write_statistics=False,
        write_page_checksum=True,
    )


def _write_local(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _clean(path.parent)
    temporary = path.parent / f".{secrets.token_hex(8)}{_TEMPORARY}"
    try:
        with temporary.open("xb") as sink:
            write(sink)
            sink.flush()
            os.fsync(sink.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _clean(folder: Path) -> None:
    """Removes what killed writers left; younger files may belong to a writer that is alive."""
    for temporary in folder.glob(f".*{_TEMPORARY}"):
        with suppress(FileNotFoundError):
            if time.time() - temporary.stat().st_mtime > _ABANDONED_AFTER_SECONDS:
                temporary.unlink()


def _altered(path: str, found: str) -> SnapshotAlteredError:
    return SnapshotAlteredError(
        f"The snapshot {path!r} is no longer what was stored: found {found}. Do not use it; "
        "restore the file from a backup, or deliver the batch again as it was, which replaces it."
    )


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
