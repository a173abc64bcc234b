"""The log of a Delta table: its newest version, and the files that hold the rows of a version.

The files of a log are found and fetched like all other files of a source, so that addresses,
credentials and permissions of charters are the same. Only then the library `deltalake` replays
them, from a folder of their own: it never opens an address, and never a file of rows.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from aipo_pipelines.errors import SourceError, SourceMissingError
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.delta_files import (
    DELETED,
    Version,
    files_of,
    refuse_unread,
    unreadable,
)
from aipo_pipelines.resources.feeds.store import Store, StoredFile

LOG = "_delta_log"
"""Folder of the log, in the folder of the table."""

# The whole name counts: a copy beside a commit (`….json.bak`) is no version of the table.
_COMMIT = re.compile(r"(?P<version>[0-9]{20})\.(?:json|checkpoint\.(?:.+\.)?(?:json|parquet))")
_REPLAYED = (".json", ".parquet")
_LAST_CHECKPOINT = "_last_checkpoint"
_PANIC = "PanicException"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The files of a table that describe its rows.

    Attributes:
        log: The files of its log.
        vectors: The deletion vectors, which name deleted rows of other files.
    """

    log: Store
    vectors: Store


def newest_version(log: Sequence[StoredFile]) -> tuple[int, StoredFile] | None:
    """The newest version of a log and the file that made it; None if there is no version."""
    versions = [(version, file) for file in log if (version := _version(file)) is not None]
    # The commit is chosen before the checkpoint of the same version: a checkpoint may be written
    # later and changes nothing, but its stamp would make the batch look changed.
    return max(versions, key=lambda entry: (entry[0], _is_commit(entry[1])), default=None)


def version_of(
    stores: Stores, log: Sequence[StoredFile], number: int, location: str, bounds: Bounds
) -> Version:
    """Replays a log up to a version.

    1. Fetches the files of the log from its last checkpoint on, into a temporary folder.
    2. Lets `deltalake` replay them there, and refuses features that are not supported.
    3. Fetches the deletion vectors, if the table uses them.
    4. Lists the files of rows, each with its kept rows.

    Args:
        stores: The files of the log, and the deletion vectors.
        log: The files of the log that were listed.
        number: The version; later versions do not count.
        location: The table, as shown to people.
        bounds: The largest log that is read.

    Raises:
        FileNotFoundError: A file of the log is gone.
        SourceUnreadableError: The log cannot be replayed, or needs a feature that is not supported.
        SourceError: `deltalake` is not installed, or the store refuses or does not answer.
    """
    library = _library(location)
    # Only these files: a log keeps every commit of the table, often thousands.
    needed = [*_needed(stores.log, log, number)]
    with TemporaryDirectory(prefix="aipo-delta-") as place:
        folder = Path(place)
        _fetch(stores.log, needed, folder / LOG, location, bounds)
        try:
            table = library.DeltaTable(folder, version=number)
            refuse_unread(table, location)
            if DELETED in (table.protocol().reader_features or ()):
                _fetch(stores.vectors, stores.vectors.find(), folder, location, bounds)
            return Version(schema=pa.schema(table.schema()), files=tuple(files_of(table, location)))
        except (
            library.exceptions.DeltaError,
            pa.ArrowException,
            OSError,
            ValueError,
            OverflowError,  # a version of more than 64 bits
        ) as error:
            raise unreadable(error, location) from None
        except BaseException as error:
            # A panic in the library is no Exception, and would end the look for all products.
            if type(error).__name__ != _PANIC:
                raise
            raise unreadable(error, location) from None


def _fetch(
    store: Store, files: Sequence[StoredFile], folder: Path, location: str, bounds: Bounds
) -> None:
    """Copies files of a store into a folder.

    Raises:
        FileNotFoundError: A file is gone.
        SourceError: The files are beyond their bounds, or the store refuses or does not answer.
    """
    bounds.check(location, size=sum(file.size or 0 for file in files))
    for file in files:
        copy = folder / file.below
        copy.parent.mkdir(parents=True, exist_ok=True)
        # Copied, because the file of a remote store only exists while it is open.
        with store.opened(file) as content:
            shutil.copyfile(content, copy)


def _library(location: str) -> Any:
    try:
        import deltalake
        import deltalake.exceptions
    except ImportError:
        raise SourceError(
            f"{location} is a Delta table, and the library that reads its log is not installed; "
            "expected deltalake. Install aipo-pipelines[delta] on the machine of the pipeline."
        ) from None
    return deltalake


def _version(file: StoredFile) -> int | None:
    match = _COMMIT.fullmatch(file.below.name)
    return int(match["version"]) if match and len(file.below.parts) == 1 else None


def _is_commit(file: StoredFile) -> bool:
    return ".checkpoint." not in file.below.name


def _needed(store: Store, log: Sequence[StoredFile], number: int) -> Iterator[StoredFile]:
    """The files of a log from its last checkpoint on, up to a version."""
    first = _last_checkpoint(store, log)
    # A newer checkpoint contains rows of the future: then the log is replayed from its beginning.
    first = 0 if first is None or first > number else first
    for file in log:
        version = _version(file)
        is_beside = len(file.below.parts) > 1
        if file.below.suffix in _REPLAYED and (
            is_beside if version is None else first <= version <= number
        ):
            yield file


def _last_checkpoint(store: Store, log: Sequence[StoredFile]) -> int | None:
    """The version of the last checkpoint, from the log itself; None if it names no checkpoint."""
    pointer = next((file for file in log if file.below.as_posix() == _LAST_CHECKPOINT), None)
    if pointer is None:
        return None
    with store.opened(pointer) as path:
        try:
            return int(json.loads(path.read_bytes())["version"])
        except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
            # The file only saves time: without it the log is replayed from its first version.
            return None


def missing_log(location: str) -> SourceMissingError:
    """The error for a folder that is no table."""
    return SourceMissingError(
        f"There is no Delta table at {location}; expected a folder that holds {LOG} with at least "
        "one version. Deliver it, or correct the location or the format in the charter."
    )
