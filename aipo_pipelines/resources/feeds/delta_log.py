"""The log of a Delta table: its newest version, and the files that hold the rows of a version.

The files of a log are found and fetched like all other files of a source, so that addresses,
credentials and permissions of charters are the same. Only then the library `deltalake` replays
them, from a folder of their own: it never opens an address, and never a file of rows.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa

from aipo_pipelines.errors import SourceError, SourceMissingError, SourceUnreadableError
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.store import Store, StoredFile

if TYPE_CHECKING:
    from deltalake import DeltaTable

LOG = "_delta_log"
"""Folder of the log, in the folder of the table."""

_COMMIT = re.compile(r"^(?P<version>\d{20})\.(?:json|checkpoint\.)")
_REPLAYED = (".json", ".parquet")
_DELETED = "deletionVectors"
_LAST_CHECKPOINT = "_last_checkpoint"
_PANIC = "PanicException"
_REFUSED = re.compile(r"Feature '(?P<name>\w+)'|(?P<managed>catalog-managed)")
_READ = frozenset({"timestampNtz", "v2Checkpoint", _DELETED, "columnMapping"})
"""Features that are supported; `_unread_mapping` limits the last of them."""
_PHYSICAL_NAME = b"delta.columnMapping.physicalName"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One file of rows of a version.

    Attributes:
        path: Below the folder of the table.
        size: In bytes.
        rows: Number of rows; None if the log does not contain it.
        partition: Values of the partition columns, which the file itself does not hold.
        selection: An Arrow array of truth values from its deletion vector: whether each of its
            first rows still counts; None if all rows count.
    """

    path: str
    size: int
    rows: int | None
    partition: Mapping[str, Any]
    selection: Any | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The files of a table that describe its rows.

    Attributes:
        log: The files of its log.
        vectors: The deletion vectors, which name deleted rows of other files.
    """

    log: Store
    vectors: Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a table: its columns (an Arrow schema), and the files of its rows."""

    schema: Any
    files: tuple[DataFile, ...]


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
    needed = [*_needed(stores.log, log, number)]
    with TemporaryDirectory(prefix="aipo-delta-") as place:
        folder = Path(place)
        _fetch(stores.log, needed, folder / LOG, location, bounds)
        try:
            table = library.DeltaTable(folder, version=number)
            _refuse_unread(table, location)
            if _DELETED in (table.protocol().reader_features or ()):
                _fetch(stores.vectors, stores.vectors.find(), folder, location, bounds)
            return Version(schema=pa.schema(table.schema()), files=tuple(_files(table, location)))
        except (
            library.exceptions.DeltaError,
            pa.ArrowException,
            OSError,
            ValueError,
            OverflowError,  # a version of more than 64 bits
        ) as error:
            raise _unreadable(error, location) from None
        except BaseException as error:
            # A panic in the library is no Exception, and would end the look for all products.
            if type(error).__name__ != _PANIC:
                raise
            raise _unreadable(error, location) from None


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
    match = _COMMIT.match(file.below.name)
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


def _refuse_unread(table: DeltaTable, location: str) -> None:
    """Refuses a table whose rows or columns depend on a feature that is not supported."""
    unread = sorted({*(table.protocol().reader_features or ())} - _READ)
    unread += _unread_mapping(table)
    if unread:
        raise _unsupported(", ".join(unread), location)


def _unread_mapping(table: DeltaTable) -> list[str]:
    """The unsupported parts of a column mapping: fields inside columns, and columns found by id."""
    mode = table.metadata().configuration.get("delta.columnMapping.mode", "none")
    if mode == "none":
        return []
    if mode != "name":
        return [f"columnMapping by {mode}"]
    nested = any(pa.types.is_nested(column.type) for column in pa.schema(table.schema()))
    return ["columnMapping inside nested columns"] if nested else []


def stored_name(column: Any) -> str:
    """The name that a column of a version's schema has in the files."""
    metadata = column.metadata or {}
    return metadata[_PHYSICAL_NAME].decode() if _PHYSICAL_NAME in metadata else str(column.name)


def _files(table: DeltaTable, location: str) -> Iterator[DataFile]:
    actions = pa.table(table.get_add_actions())
    partitions = (
        actions.column("partition") if "partition" in actions.column_names else [{}] * len(actions)
    )
    selections = _selections(table, location)
    lists = (actions.column(name).to_pylist() for name in ("path", "size_bytes", "num_records"))
    for path, size, rows, partition in zip(*lists, partitions, strict=True):
        below = PurePosixPath(unquote(path))
        # A path out of the table's folder could read files that no charter may read.
        if ":" in path.partition("/")[0] or below.is_absolute() or ".." in below.parts:
            raise SourceUnreadableError(
                f"{location} has files of rows in other folders, as a shallow clone has; expected "
                "all files in its own folder. Make a deep clone, and name the clone."
            )
        yield DataFile(
            path=below.as_posix(),
            size=size,
            rows=rows,
            partition={name: partition[name] for name in partition},
            selection=selections.pop(path, None),
        )
    # A deletion vector that fits no file: its file would count with its deleted rows.
    if selections:
        raise _unreadable_vectors(location)


def _selections(table: DeltaTable, location: str) -> dict[str, Any]:
    """The rows that a deletion vector leaves, by the path of a file as its log writes it."""
    if _DELETED not in (table.protocol().reader_features or ()):
        return {}
    from deltalake.exceptions import DeltaError

    try:
        vectors = pa.table(table.deletion_vectors())
    except DeltaError:
        raise _unreadable_vectors(location) from None
    root = f"{table.table_uri.rstrip('/')}/"
    paths = (str(uri).removeprefix(root) for uri in vectors.column("filepath").to_pylist())
    selections = (vectors.column("selection_vector")[row].values for row in range(len(vectors)))
    return dict(zip(paths, selections, strict=True))


def _unreadable_vectors(location: str) -> SourceUnreadableError:
    return SourceUnreadableError(
        f"Deletion vectors of {location} cannot be read, so its deleted rows are not known; "
        "expected complete vectors beside its files. Copy the table as a whole, or remove the "
        "vectors with REORG TABLE … APPLY (PURGE)."
    )


def _unreadable(error: BaseException, location: str) -> SourceUnreadableError:
    match = _REFUSED.search(str(error))
    if match:
        return _unsupported(match["name"] or "catalogManaged", location)
    return SourceUnreadableError(
        f"The log of {location} cannot be replayed ({type(error).__name__}); expected the complete "
        "log of a Delta table. Restore it, or name another table."
    )


def _unsupported(feature: str, location: str) -> SourceUnreadableError:
    return SourceUnreadableError(
        f"{location} uses a feature of Delta Lake that is not supported here: {feature}. "
        "Remove it (ALTER TABLE … DROP FEATURE), or export the current version of the table to "
        "a folder of Parquet files."
    )


def missing_log(location: str) -> SourceMissingError:
    """The error for a folder that is no table."""
    return SourceMissingError(
        f"There is no Delta table at {location}; expected a folder that holds {LOG} with at least "
        "one version. Deliver it, or correct the location or the format in the charter."
    )
