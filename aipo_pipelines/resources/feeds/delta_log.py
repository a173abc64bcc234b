"""The log of a Delta table: at which version it is, and which files hold the rows of a version.

The files of a log are found and fetched like all others of a source, so that addresses, credentials
and what a charter may read are the same. Only then the library `deltalake` replays them, from a
folder of their own: it never opens an address, nor the files of rows.
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
"""Folder of the log, in that of the table."""

_COMMIT = re.compile(r"^(?P<version>\d{20})\.(?:json|checkpoint\.)")
_REPLAYED = (".json", ".parquet")
_DELETED = "deletionVectors"
_LAST_CHECKPOINT = "_last_checkpoint"
_PANIC = "PanicException"
_REFUSED = re.compile(r"Feature '(?P<name>\w+)'|(?P<managed>catalog-managed)")
_READ = frozenset({"timestampNtz", "v2Checkpoint", _DELETED, "columnMapping"})
"""Features that are read, the last one as far as `_unread_mapping` says."""
_PHYSICAL_NAME = b"delta.columnMapping.physicalName"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One file of rows of a version.

    Attributes:
        path: Below the folder of the table.
        size: In bytes.
        rows: None where the log does not say.
        partition: Values of the partition columns, which the file itself does not hold.
        kept: Which of its first rows were not deleted since, as its deletion vector says: an Arrow
            array of truth values; None where all of them count.
    """

    path: str
    size: int
    rows: int | None
    partition: Mapping[str, Any]
    kept: Any | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Where the files of a table are that are about its rows.

    Attributes:
        log: Those of its log.
        vectors: Those that say which rows of the others were deleted.
    """

    log: Store
    vectors: Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a table is at one version: its columns (an Arrow schema), and the files of its rows."""

    schema: Any
    files: tuple[DataFile, ...]


def newest_version(log: Sequence[StoredFile]) -> tuple[int, StoredFile] | None:
    """The newest version of a log and the file that made it; None where there is none."""
    versions = [(version, file) for file in log if (version := _version(file)) is not None]
    # A checkpoint may come later than the commit it stands beside, and changes nothing.
    return max(versions, key=lambda found: (found[0], _is_commit(found[1])), default=None)


def version_of(
    stores: Stores, log: Sequence[StoredFile], number: int, location: str, bounds: Bounds
) -> Version:
    """Replays a log up to a version.

    Args:
        stores: Where the files of the log are, and deletion vectors.
        log: The files that were found.
        number: The version; what was written later does not count.
        location: The table, as shown to people.
        bounds: The most that the log may bring.

    Raises:
        FileNotFoundError: A file of the log is gone.
        SourceUnreadableError: It cannot be replayed, or asks its readers for more than is read.
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
        FileNotFoundError: One is gone.
        SourceError: They are beyond their bounds, or the store refuses or does not answer.
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
            "expected deltalake. Install it where the pipeline runs, as aipo-pipelines[delta]."
        ) from None
    return deltalake


def _version(file: StoredFile) -> int | None:
    found = _COMMIT.match(file.below.name)
    return int(found["version"]) if found and len(file.below.parts) == 1 else None


def _is_commit(file: StoredFile) -> bool:
    return ".checkpoint." not in file.below.name


def _needed(store: Store, log: Sequence[StoredFile], number: int) -> Iterator[StoredFile]:
    """The files of a log from its last checkpoint on, up to a version."""
    first = _last_checkpoint(store, log)
    first = 0 if first is None or first > number else first
    for file in log:
        version = _version(file)
        is_beside = len(file.below.parts) > 1
        if file.below.suffix in _REPLAYED and (
            is_beside if version is None else first <= version <= number
        ):
            yield file


def _last_checkpoint(store: Store, log: Sequence[StoredFile]) -> int | None:
    """The version of the last checkpoint, as the log itself says; None where it does not."""
    told = next((file for file in log if file.below.as_posix() == _LAST_CHECKPOINT), None)
    if told is None:
        return None
    with store.opened(told) as path:
        try:
            return int(json.loads(path.read_bytes())["version"])
        except (ValueError, LookupError, TypeError, OverflowError, RecursionError):
            return None


def _refuse_unread(table: DeltaTable, location: str) -> None:
    """Refuses a table whose files alone are not its rows, or do not have its columns."""
    unread = sorted({*(table.protocol().reader_features or ())} - _READ)
    unread += _unread_mapping(table)
    if unread:
        raise _asks_for(", ".join(unread), location)


def _unread_mapping(table: DeltaTable) -> list[str]:
    """What of a mapping of columns is not read: fields inside columns, and columns found by id."""
    mode = table.metadata().configuration.get("delta.columnMapping.mode", "none")
    if mode == "none":
        return []
    if mode != "name":
        return [f"columnMapping by {mode}"]
    nested = any(pa.types.is_nested(column.type) for column in pa.schema(table.schema()))
    return ["columnMapping inside nested columns"] if nested else []


def stored_name(column: Any) -> str:
    """Under which name the files have a column of a version's schema."""
    told = column.metadata or {}
    return told[_PHYSICAL_NAME].decode() if _PHYSICAL_NAME in told else str(column.name)


def _files(table: DeltaTable, location: str) -> Iterator[DataFile]:
    actions = pa.table(table.get_add_actions())
    partitions = (
        actions.column("partition") if "partition" in actions.column_names else [{}] * len(actions)
    )
    kept = _kept_rows(table, location)
    told = (actions.column(name).to_pylist() for name in ("path", "size_bytes", "num_records"))
    for path, size, rows, partition in zip(*told, partitions, strict=True):
        below = PurePosixPath(unquote(path))
        if ":" in path.partition("/")[0] or below.is_absolute() or ".." in below.parts:
            raise SourceUnreadableError(
                f"{location} has files of rows in other folders than its own, as a shallow clone "
                "has; expected them all in its own. Make a deep clone, and name that."
            )
        yield DataFile(
            path=below.as_posix(),
            size=size,
            rows=rows,
            partition={name: partition[name] for name in partition},
            kept=kept.pop(path, None),
        )
    if kept:
        raise _unreadable_vectors(location)


def _kept_rows(table: DeltaTable, location: str) -> dict[str, Any]:
    """By the path of a file, as its log writes it, which of its rows a deletion vector leaves."""
    if _DELETED not in (table.protocol().reader_features or ()):
        return {}
    from deltalake.exceptions import DeltaError

    try:
        vectors = pa.table(table.deletion_vectors())
    except DeltaError:
        raise _unreadable_vectors(location) from None
    root = f"{table.table_uri.rstrip('/')}/"
    paths = (str(uri).removeprefix(root) for uri in vectors.column("filepath").to_pylist())
    kept = (vectors.column("selection_vector")[row].values for row in range(len(vectors)))
    return dict(zip(paths, kept, strict=True))


def _unreadable_vectors(location: str) -> SourceUnreadableError:
    return SourceUnreadableError(
        f"Deletion vectors of {location} cannot be read, so nobody knows which of its rows were "
        "deleted; expected them whole, beside its files. Copy the table as a whole, or take them "
        "away with REORG TABLE … APPLY (PURGE)."
    )


def _unreadable(error: BaseException, location: str) -> SourceUnreadableError:
    found = _REFUSED.search(str(error))
    if found:
        return _asks_for(found["name"] or "catalogManaged", location)
    return SourceUnreadableError(
        f"The log of {location} cannot be replayed ({type(error).__name__}); expected that of a "
        "Delta table, whole. Restore it, or name another table."
    )


def _asks_for(feature: str, location: str) -> SourceUnreadableError:
    return SourceUnreadableError(
        f"{location} makes use of a feature of Delta Lake that is not read here: {feature}. "
        "Take it away (ALTER TABLE … DROP FEATURE), or export the current version of the table to "
        "a folder of Parquet files."
    )


def missing_log(location: str) -> SourceMissingError:
    """The error for a folder that is no table."""
    return SourceMissingError(
        f"There is no Delta table at {location}; expected a folder that holds {LOG} with at least "
        "one version. Deliver it, or correct the location or the format in the charter."
    )
