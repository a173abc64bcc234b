"""Safe names of files in the lake, and files that are there completely or not at all."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from aipo_pipelines.measures.data.cells import repeats

_LONGEST_SEGMENT = 120
_ABANDONED_AFTER_SECONDS = 3600.0
_TEMPORARY = ".part"


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


def write_local(path: Path, write: Callable[[IO[bytes]], object]) -> None:
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
