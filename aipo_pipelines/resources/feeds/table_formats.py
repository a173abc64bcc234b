"""Refuses the files of a table that has a log: the files alone are not the rows of the table.

Such a table keeps files whose rows were deleted or replaced. Only its log shows which files count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

from aipo_pipelines.errors import SourceUnreadableError

_LOGS = {"_delta_log": "Delta Lake", ".hoodie": "Apache Hudi"}
_INSTEAD = {
    "_delta_log": "Name the folder of the table itself as the location, with `format: delta`",
    ".hoodie": "Export the table's current version to a folder of its own, or name a database that "
    "reads it (format: sql)",
}


def refuse_logged(root: Path, files: Iterable[PurePath], location: str) -> None:
    """Refuses files on this machine that belong to such a table.

    Args:
        root: The fixed part of the location.
        files: The paths of the files below it.
        location: The location, as shown to people.

    Raises:
        SourceUnreadableError: A folder of these files holds the log of a table.
    """
    folders = {parent for path in files for parent in path.parents}
    logs = (log for folder in folders for log in _LOGS if (root / folder / log).is_dir())
    _refuse(logs, location)


def refuse_listed(names: Iterable[str], location: str) -> None:
    """Refuses a listing of a store in which the log of such a table appears.

    Args:
        names: Paths below the fixed part of the location, of files and folders.
        location: The location, as shown to people.

    Raises:
        SourceUnreadableError: One of the paths is a log, or lies in a log.
    """
    _refuse(_logs_among(names), location)


def _logs_among(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from (part for part in name.split("/") if part in _LOGS)


def _refuse(logs: Iterator[str], location: str) -> None:
    log = next(logs, None)
    if log is not None:
        raise SourceUnreadableError(
            f"The files of {location} belong to a table of {_LOGS[log]} ({log} lies beside them): "
            "some files hold rows that were deleted or replaced since; expected files whose rows "
            f"all count. {_INSTEAD[log]}."
        )
