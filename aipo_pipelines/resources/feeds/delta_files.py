"""The files of one version of a Delta table, as `deltalake` reads them from its log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa

from aipo_pipelines.errors import SourceUnreadableError

if TYPE_CHECKING:
    from deltalake import DeltaTable

DELETED = "deletionVectors"
_REFUSED = re.compile(r"Feature '(?P<name>\w+)'|(?P<managed>catalog-managed)")
_READ = frozenset({"timestampNtz", "v2Checkpoint", DELETED, "columnMapping"})
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
class Version:
    """One version of a table: its columns (an Arrow schema), and the files of its rows."""

    schema: Any
    files: tuple[DataFile, ...]


def refuse_unread(table: DeltaTable, location: str) -> None:
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


def files_of(table: DeltaTable, location: str) -> Iterator[DataFile]:
    """The files of rows of a version, each with its kept rows.

    Raises:
        SourceUnreadableError: A file is in another folder, or a deletion vector cannot be read.
    """
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
    if DELETED not in (table.protocol().reader_features or ()):
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


def unreadable(error: BaseException, location: str) -> SourceUnreadableError:
    """The error for a log that cannot be replayed; names the feature, if the library names it."""
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
