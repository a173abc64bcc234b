"""The files of the lake: safe names, and files that are there completely or not at all.

A storage knows nothing of digests: `lake` decides about the content of its files.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from aipo_pipelines.errors import LakeError, SnapshotAlteredError
from aipo_pipelines.measures.data.cells import repeats
from aipo_pipelines.resources.home import PRIVATE

_LONGEST_SEGMENT = 120
_ABANDONED_AFTER_SECONDS = 3600.0
_TEMPORARY = ".part"


class Storage:
    """The files of the lake on one file system.

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

    def place(self, *names: str) -> str:
        """The path of a file below the root, from names that may contain any character."""
        return "/".join((self._root.rstrip("/"), *(safe_segment(name) for name in names)))

    def exists(self, path: str) -> bool:
        """Whether a file is there."""
        return bool(self._files.exists(path))

    def read(self, path: str) -> bytes:
        """Reads a small file.

        Raises:
            LakeError: It is not there or cannot be read.
        """
        with _reading(path):
            return bytes(self._files.cat_file(path))

    def write(self, path: str, write: Callable[[IO[bytes]], object]) -> None:
        """Writes a file completely or not at all.

        Args:
            path: Its place.
            write: Writes the content into an open file.

        Raises:
            LakeError: The storage refuses.
        """
        try:
            if self._local:
                # Batches hold personal data: only its owner may read a lake that is made here.
                Path(self._root).mkdir(mode=PRIVATE, parents=True, exist_ok=True)
                _write_local(Path(path), write)
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
    def opened(self, path: str) -> Iterator[pq.ParquetFile]:
        """Opens a Parquet file.

        Raises:
            LakeError: It is not there or cannot be read.
            SnapshotAlteredError: It is damaged.
        """
        with _reading(path):
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
                raise altered(path, type(error).__name__) from None
            except (pa.ArrowException, ValueError, LookupError, TypeError, EOFError) as error:
                raise altered(path, type(error).__name__) from None


def safe_segment(name: str) -> str:
    """Writes any name as one segment of a path; different names give different segments.

    Letters, digits, `_`, `-`, `~` and inner dots stay, all other characters are percent-encoded. A
    name that is too long for a file system is replaced by `=` and its SHA-256.
    """
    encoded = quote(name, safe="", errors="surrogatepass")
    if encoded.startswith("."):
        # `.` and `..` would lead out of the folder, and other names would be hidden files.
        encoded = "%2E" + encoded[1:]
    if len(encoded) > _LONGEST_SEGMENT:
        return "=" + hashlib.sha256(encoded.encode()).hexdigest()
    return encoded or "%"


def write_parquet(table: Any, sink: IO[bytes]) -> None:
    """Writes an Arrow table as a Parquet file with checksums of its pages."""
    # Dictionaries save space for texts that repeat. For numbers they only cost time, also for
    # numbers that are written as text.
    texts = [field.name for field in table.schema if not pa.types.is_primitive(field.type)]
    repeating = [name for name in texts if repeats(table.column(name))]
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=1,
        use_dictionary=repeating,
        # The least and greatest values of pages help to read some rows of a file, which no part of
        # this package does.
        write_statistics=False,
        write_page_checksum=True,
    )


def _write_local(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Writes a file on this machine: beside its place, flushed to the disk, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path.parent)
    temporary = path.parent / f".{secrets.token_hex(8)}{_TEMPORARY}"
    try:
        with temporary.open("xb") as sink:
            write(sink)
            sink.flush()
            # Before the renaming: after a loss of power a renamed file could otherwise be empty.
            os.fsync(sink.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    # The folder too, so that the new name itself survives a loss of power: the ledger will name it.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _remove_abandoned(folder: Path) -> None:
    """Removes files of killed writers; a younger file may belong to a writer that still runs."""
    for temporary in folder.glob(f".*{_TEMPORARY}"):
        # Two writers may remove the same file at the same time.
        with suppress(FileNotFoundError):
            if time.time() - temporary.stat().st_mtime > _ABANDONED_AFTER_SECONDS:
                temporary.unlink()


@contextmanager
def _reading(path: str) -> Iterator[None]:
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


def altered(path: str, content: str) -> SnapshotAlteredError:
    """The error for a snapshot with other content than its name says."""
    return SnapshotAlteredError(
        f"The snapshot {path!r} is no longer what was stored: found {content}. Do not use it; "
        "restore the file from a backup, or deliver the batch again as it was, which replaces it."
    )


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__
