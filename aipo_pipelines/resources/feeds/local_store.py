"""Files on this machine.

- Locations are relative to the product's folder or absolute; `*`, `?`, `[…]` and `**` are
  wildcards.
- A place without a wildcard must exist; a wildcard may match nothing, as long as its folder exists.
- A link to nothing, or to a place that no charter may read, is listed like a file. So reading it
  reports the problem, instead of a silent gap.
- People see the location as the charter writes it: the value of a variable may be a secret.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path, PurePath

from aipo_pipelines.charter.model.addresses import VARIABLE, public_address
from aipo_pipelines.charter.reading.allowed import DATA, Allowed, to_list, unreachable
from aipo_pipelines.errors import SourceError, SourceMissingError
from aipo_pipelines.resources.feeds.names import (
    is_sign_of_writing,
    is_unfinished,
    natural_order,
    printable,
)
from aipo_pipelines.resources.feeds.store import MAGIC, StoredFile
from aipo_pipelines.resources.feeds.table_formats import refuse_logged

_HOME = "${AIPO_HOME}"


def refusal(written: str, reason: str) -> SourceError:
    """The error for a location that no charter may read."""
    return SourceError(
        f"The location {public_address(written)!r} of a source is {reason}; expected one below it, "
        f"below AIPO_HOME/feeds, or that {DATA} lists: {to_list('data', '/its/folder', DATA)}."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalStore:
    """The files at a path or glob.

    Attributes:
        folder: Relative locations start in this folder.
        location: Path or glob, with all variables replaced.
        written: The location as the charter writes it.
        allowed: The places that the installation allows charters to read.
        of_table: Whether the reader knows that the files belong to a table with a log.
    """

    folder: Path
    location: str
    written: str
    allowed: Allowed
    of_table: bool = False

    def find(self) -> tuple[StoredFile, ...]:
        """The files, in natural order of their paths.

        Raises:
            SourceMissingError: There is nothing at the location.
            SourceUnreadableError: The files are part of a table with a log.
            SourceError: No charter may read the place.
        """
        # Checked again, because links may have changed since the store was opened.
        if reason := unreachable(self.location, self.folder, self.allowed):
            raise refusal(self.written, reason)
        exact = self._below_folder(self.location)
        if exact.is_file():
            matches = [Path(exact.name)]
        elif not MAGIC.search(self.location):
            raise SourceMissingError(
                f"The source {public_address(self.written)!r} is {_is(exact)}; expected a file. "
                "Deliver it, or correct the location in the charter (a folder of files is written "
                "as 'folder/*.csv')."
            )
        else:
            matches = self._matches()
        root = self._root()
        if not self.of_table:
            refuse_logged(root, matches, public_address(self.written))
        files = (self._file(root / match, match) for match in matches)
        return tuple(file for file in files if file is not None)

    def shown(self, folder: PurePath) -> str:
        """A folder below the fixed part, as shown to people."""
        return self._shown(self._root() / folder)

    def is_written_to(self, folder: PurePath) -> bool:
        """Whether a folder has a name that programs give to a file they still write."""
        try:
            names = [path.name for path in (self._root() / folder).iterdir()]
        except OSError:
            # The folder disappeared or may not be read: reading its files reports which.
            return False
        return any(is_sign_of_writing(name) for name in names)

    def stamp(self, file: StoredFile) -> str | None:
        """Identity, size and time of a file; None if the file is gone."""
        path = Path(file.path)
        try:
            return _stamp(path, path.stat())
        except FileNotFoundError:
            return None

    @contextmanager
    def opened(self, file: StoredFile) -> Iterator[Path]:
        """The file itself.

        Raises:
            SourceMissingError: It is a link to nothing.
            SourceError: It is a link to a place that no charter may read.
        """
        path = Path(file.path)
        # Checked for each file: a link among the matches may lead anywhere on the machine.
        if not self.allowed.reaches(path, self.folder):
            raise refusal(file.shown, "a link that leads out of the product's folder")
        if _leads_nowhere(path):
            raise SourceMissingError(
                f"{file.shown} is {_is(path)}; expected a file. Restore the file that it leads to, "
                "or remove the link."
            )
        yield path

    def _matches(self) -> list[Path]:
        parts = Path(self.location).parts
        root = self._root()
        if not root.is_dir():
            raise SourceMissingError(
                f"The folder of the source {public_address(self.written)!r} does not exist; "
                "expected it, even if it is empty. Create it, or correct the location in the "
                "charter."
            )
        pattern = "/".join(parts[self._fixed() :])
        matches = (path.relative_to(root) for path in root.glob(pattern))
        finished = (match for match in matches if not is_unfinished(match))
        return sorted(finished, key=lambda path: natural_order(path.as_posix()))

    def _fixed(self) -> int:
        """The number of fixed parts of the location."""
        parts = Path(self.location).parts
        # An existing file may have brackets in its name: then they are no wildcard.
        if self._below_folder(self.location).is_file():
            return len(parts) - 1
        return next(place for place, part in enumerate(parts) if MAGIC.search(part))

    def _root(self) -> Path:
        return self._below_folder(*Path(self.location).parts[: self._fixed()])

    def _below_folder(self, *parts: str) -> Path:
        """A place relative to the folder, also if the folder does not exist."""
        path = self.folder.joinpath(*parts)
        # The system cannot follow `..` out of a missing folder, so the path is computed as text.
        return path if self.folder.is_dir() else Path(os.path.normpath(path))

    def _file(self, path: Path, below: Path) -> StoredFile | None:
        try:
            # A link to nothing is not left out: reading it reports the problem.
            status = path.lstat() if _leads_nowhere(path) else path.stat()
        except FileNotFoundError:
            return None
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode)):
            return None
        return StoredFile(
            path=str(path),
            below=below,
            shown=self._shown(path),
            stamp=_stamp(path, status),
            modified=status.st_mtime,
            size=status.st_size,
        )

    def _shown(self, path: Path) -> str:
        # `${AIPO_HOME}` is the one variable whose value is no secret: shown as a plain path.
        if VARIABLE.search(self.written.replace(_HOME, "")):
            return printable(self._as_written(path.relative_to(self._root())))
        try:
            return printable(path.relative_to(self.folder).as_posix())
        except ValueError:
            return printable(path.as_posix())

    def _as_written(self, below: PurePath) -> str:
        """A path below the fixed part, after that part as the charter writes it."""
        if not MAGIC.search(self.location):
            return public_address(self.written)
        parts = PurePath(public_address(self.written)).parts
        return PurePath(*takewhile(lambda part: not MAGIC.search(part), parts), below).as_posix()


def _is(path: Path) -> str:
    if _leads_nowhere(path):
        return "a link that leads nowhere"
    return "a folder" if path.is_dir() else "missing"


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


def _stamp(path: Path, status: os.stat_result) -> str:
    # The time of change of the inode too, because programs that copy set the time of writing back.
    times = f"{status.st_mtime_ns}|{status.st_ctime_ns}"
    return f"{path}|{status.st_ino}|{status.st_size}|{times}"
