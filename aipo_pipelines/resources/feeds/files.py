"""Finds the files of a source, leaves alone those still being written, and reads them.

- Locations are relative to the product's folder or absolute; `*`, `?`, `[…]` and `**` are globs.
- Hidden files and names of unfinished files (`.part`, `~`, …) do not exist for a feed.
- A file written within the settle time, or changed while it was read, is left for the next look.
- A place without a glob must exist; a glob may match nothing, as long as its folder exists.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from aipo_pipelines.charter.contract import Contract
from aipo_pipelines.charter.sources import SourceFormat
from aipo_pipelines.errors import SourceChangedError, SourceMissingError, SourceUnreadableError
from aipo_pipelines.resources.feeds.delimited import read_delimited
from aipo_pipelines.resources.feeds.delivery import Delivery, Offer
from aipo_pipelines.resources.feeds.json_lines import read_json_lines
from aipo_pipelines.resources.feeds.names import (
    batch_key,
    is_unfinished,
    natural_order,
    printable,
)
from aipo_pipelines.resources.feeds.parquet import read_parquet

_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReader:
    """Reads a source that is files.

    Attributes:
        folder: Where relative locations start.
        location: Path or glob.
        settle_seconds: Age below which a file counts as still being written.
    """

    folder: Path
    location: str
    kind: SourceFormat
    contract: Contract
    settle_seconds: float

    def offer(self) -> Offer:
        """Lists the files in natural order of their paths.

        Raises:
            SourceMissingError: There is nothing at the location.
        """
        root, paths = self._found()
        wall = time.time()
        settled, unsettled = [], []
        for path in paths:
            stamp = _stamp(path)
            if stamp is None:
                continue
            if abs(wall - path.stat().st_mtime) < self.settle_seconds:
                unsettled.append(self._shown(path))
            else:
                key = batch_key(path.relative_to(root))
                shown = self._shown(path)
                settled.append(Delivery(key=key, location=shown, stamp=stamp, path=path))
        return Offer(deliveries=tuple(settled), unsettled=tuple(unsettled))

    def read(self, delivery: Delivery) -> pd.DataFrame:
        """Reads one file.

        Raises:
            SourceMissingError: It is gone.
            SourceChangedError: It was written to since it was listed.
            SourceUnreadableError: It is not what its contract declares.
        """
        path = delivery.path
        try:
            frame = self._parsed(path, delivery.location)
        except FileNotFoundError:
            raise SourceMissingError(
                f"{delivery.location} was there a moment ago and is gone; expected it to stay. "
                "Deliver files by renaming them into place, and keep them."
            ) from None
        except OSError as error:
            raise SourceUnreadableError(
                f"{delivery.location} cannot be opened ({error.strerror}). Give the pipeline's "
                "user leave to read it."
            ) from None
        except SourceUnreadableError:
            self._check_unchanged(path, delivery)
            raise
        self._check_unchanged(path, delivery)
        return frame

    def _parsed(self, path: Path, location: str) -> pd.DataFrame:
        if self.kind is SourceFormat.PARQUET:
            return read_parquet(path, location)
        if self.kind is SourceFormat.JSON_LINES:
            return read_json_lines(path, location, self.contract.layout.encoding)
        return read_delimited(path, location, self.contract)

    def _check_unchanged(self, path: Path, delivery: Delivery) -> None:
        if _stamp(path) != delivery.stamp:
            raise SourceChangedError(
                f"{delivery.location} changed while it was read; it is left for the next look. "
                "Deliver files by renaming them into place."
            )

    def _found(self) -> tuple[Path, list[Path]]:
        """The folder below which files differ, and the files, in natural order."""
        exact = self.folder / self.location
        if exact.is_file():
            return exact.parent, [exact]
        if not _MAGIC.search(self.location):
            raise SourceMissingError(
                f"The source {self.location!r} is {_is(exact)}; expected a file. Deliver it, or "
                "correct the location in the charter (a folder of files is written as "
                "'folder/*.csv')."
            )
        parts = Path(self.location).parts
        fixed = next(place for place, part in enumerate(parts) if _MAGIC.search(part))
        root = self.folder.joinpath(*parts[:fixed])
        if not root.is_dir():
            raise SourceMissingError(
                f"The folder of the source {self.location!r} does not exist; expected it, even if "
                "it is empty. Create it, or correct the location in the charter."
            )
        matches = (path.relative_to(root) for path in root.glob("/".join(parts[fixed:])))
        wanted = (match for match in matches if not is_unfinished(match))
        ordered = sorted(wanted, key=lambda path: natural_order(path.as_posix()))
        return root, [root / path for path in ordered if (root / path).is_file()]

    def _shown(self, path: Path) -> str:
        try:
            return printable(path.relative_to(self.folder).as_posix())
        except ValueError:
            return printable(path.as_posix())


def _is(path: Path) -> str:
    return "a folder" if path.is_dir() else "missing"


def _stamp(path: Path) -> str | None:
    """Identity, size and time of a file; None where it is gone."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return f"{path}|{stat.st_ino}|{stat.st_size}|{stat.st_mtime_ns}"
