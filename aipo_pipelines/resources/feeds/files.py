"""Reads a source that consists of files, except the files that are still being written.

- A file written within the settle time, or changed while it was read, is left for the next look.
- A batch is one file, or one folder with all its files (`by: folder`). A folder is left for the
  next look as long as one of its files is young, or a name in it shows that a program still writes
  there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import pandas as pd

from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.model.sources import SourceFormat
from aipo_pipelines.errors import SourceChangedError, SourceMissingError, SourceUnreadableError
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.delimited import read_delimited
from aipo_pipelines.resources.feeds.delivery import Delivery, Offer
from aipo_pipelines.resources.feeds.joining import aligned, joined
from aipo_pipelines.resources.feeds.json_lines import read_json_lines
from aipo_pipelines.resources.feeds.names import batch_key
from aipo_pipelines.resources.feeds.parquet import read_parquet
from aipo_pipelines.resources.feeds.partitions import folder_key, with_partition_columns
from aipo_pipelines.resources.feeds.store import Store, StoredFile


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReader:
    """Reads the files of a store.

    Attributes:
        settle_seconds: A file that is younger than this counts as still being written.
        by_folder: Whether the files of one folder are one delivery.
        bounds: The largest delivery that is read.
    """

    store: Store
    kind: SourceFormat
    contract: Contract
    settle_seconds: float
    by_folder: bool = False
    bounds: Bounds = field(default_factory=Bounds)

    @property
    def has_keys(self) -> bool:
        """Whether each record names its own columns."""
        return self.kind is SourceFormat.JSON_LINES

    @property
    def has_order(self) -> bool:
        """See `Reader.has_order`."""
        return False

    def offer(self) -> Offer:
        """Lists the deliveries that can be read, in natural order of the paths.

        Raises:
            SourceMissingError: There is nothing at the location.
            SourceError: The store refuses or does not answer.
        """
        settled, unsettled = [], []
        # The clock of the machine, also in a simulated home: it made the times of the files.
        wall = time.time()
        for delivery in self._deliveries():
            young = any(self._is_young(part, wall) for part in delivery.parts)
            if young or (self.by_folder and self.store.is_written_to(_folder(delivery.parts[0]))):
                unsettled.append(delivery.location)
            else:
                settled.append(delivery)
        return Offer(deliveries=tuple(settled), unsettled=tuple(unsettled))

    def read(self, delivery: Delivery) -> pd.DataFrame:
        """Reads the files of a delivery as one table.

        Raises:
            SourceMissingError: A file is gone.
            SourceChangedError: A file was written to since it was listed.
            SourceUnreadableError: A file is not as its contract declares, or the delivery is
                beyond its bounds.
            SourceError: The store refuses or does not answer.
        """
        sizes = (part.size for part in delivery.parts)
        self.bounds.check(delivery.location, size=sum(size for size in sizes if size))
        frames: list[pd.DataFrame] = []
        for part in delivery.parts:
            frames.append(self._read(part))
            rows, columns = sum(map(len, frames)), frames[-1].shape[1]
            # Each file is within the bounds by itself; all files together may exceed them.
            size = sum(map(_size, frames)) if len(frames) > 1 else 0
            self.bounds.check(delivery.location, size=size, rows=rows, columns=columns)
        if len(frames) == 1:
            return frames[0]
        pieces = aligned(frames, by_name=self.contract.layout.header == "name")
        return joined(pieces)

    def _deliveries(self) -> Iterator[Delivery]:
        files = self.store.find()
        if not self.by_folder:
            for file in files:
                key = batch_key(file.below)
                yield Delivery(key=key, location=file.shown, stamp=file.stamp, parts=(file,))
            return
        # As in Hive, a file whose name begins with `_` describes the data and is no data itself.
        folders: dict[PurePath, list[StoredFile]] = {}
        for file in files:
            if not any(part.startswith("_") for part in file.below.parts):
                folders.setdefault(_folder(file), []).append(file)
        for folder, parts in folders.items():
            yield Delivery(
                key=folder_key(folder),
                location=self.store.shown(folder),
                stamp="\n".join(part.stamp for part in parts),
                parts=tuple(parts),
            )

    def _is_young(self, file: StoredFile, wall: float) -> bool:
        # A time in the future, from another machine's clock, counts as young only nearby:
        # otherwise such a file would wait for days.
        return file.modified is not None and abs(wall - file.modified) < self.settle_seconds

    def _read(self, file: StoredFile) -> pd.DataFrame:
        try:
            with self.store.opened(file) as path:
                frame = self._parsed(path, file.shown)
        except FileNotFoundError:
            raise SourceMissingError(
                f"{file.shown} was there a moment ago and is gone; expected it to stay. "
                "Deliver files by renaming them into place, and keep them."
            ) from None
        except OSError as error:
            raise SourceUnreadableError(
                f"{file.shown} cannot be opened ({error.strerror}). Give the pipeline's "
                "user permission to read it."
            ) from None
        except SourceUnreadableError:
            # A file that somebody overwrites looks broken; it is left for the next look instead.
            self._check_unchanged(file)
            raise
        self._check_unchanged(file)
        return with_partition_columns(frame, _folder(file), self.contract)

    def _parsed(self, path: Path, location: str) -> pd.DataFrame:
        if self.kind is SourceFormat.PARQUET:
            return read_parquet(path, location, self.bounds)
        if self.kind is SourceFormat.JSON_LINES:
            return read_json_lines(path, location, self.contract.layout.encoding, self.bounds)
        return read_delimited(path, location, self.contract, self.bounds)

    def _check_unchanged(self, file: StoredFile) -> None:
        if self.store.stamp(file) != file.stamp:
            raise SourceChangedError(
                f"{file.shown} changed while it was read; it is left for the next look. "
                "Deliver files by renaming them into place."
            )


def _size(frame: pd.DataFrame) -> int:
    return int(frame.memory_usage(index=False).sum())


def _folder(file: StoredFile) -> PurePath:
    return file.below.parent
