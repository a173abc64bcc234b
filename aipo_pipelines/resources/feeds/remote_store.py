"""Files behind an address of fsspec: a bucket, a server, or any other place that has a driver.

A file is fetched whole into a temporary file and read from there. The driver takes credentials from
its own configuration or from the environment. No message shows credentials, or the text of a
driver, which may quote them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

import fsspec
from fsspec.utils import glob_translate

from aipo_pipelines.charter.model.addresses import public_address
from aipo_pipelines.errors import SourceError, SourceMissingError
from aipo_pipelines.resources.feeds.names import (
    is_sign_of_writing,
    is_unfinished,
    natural_order,
    printable,
)
from aipo_pipelines.resources.feeds.remote_files import (
    is_pattern,
    modified,
    name_below,
    pattern_of,
    root_of,
    stamp_of,
)
from aipo_pipelines.resources.feeds.store import MAGIC, StoredFile
from aipo_pipelines.resources.feeds.table_formats import refuse_listed
from aipo_pipelines.resources.lake.storage import safe_segment


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteStore:
    """The files at an address.

    Attributes:
        address: URL of fsspec, with or without wildcards.
        written: The address as the charter writes it, with `${NAME}` and not its value.
        of_table: Whether the reader knows that the files belong to a table with a log.
    """

    address: str
    written: str
    of_table: bool = False

    def find(self) -> tuple[StoredFile, ...]:
        """The files, in natural order of their paths.

        Raises:
            SourceMissingError: There is nothing at the address.
            SourceError: There is no driver, or the store refuses or does not answer.
        """
        try:
            with self._driver() as (driver, path):
                # fsspec caches listings; without this a new file would never be seen.
                driver.invalidate_cache()
                infos = self._infos(driver, path)
        except FileNotFoundError as error:
            raise SourceMissingError(
                f"There is nothing at {self._public} ({_kind(error)}); expected files. Deliver "
                "them, or correct the location in the charter."
            ) from None
        files = [self._file(info, path) for info in infos if info.get("type") != "directory"]
        finished = [file for file in files if not is_unfinished(file.below)]
        return tuple(sorted(finished, key=lambda file: natural_order(file.below.as_posix())))

    def shown(self, folder: PurePath) -> str:
        """A folder below the fixed part, as shown to people."""
        return printable(f"{self._public_root}/{folder.as_posix()}".removesuffix("/."))

    def is_written_to(self, folder: PurePath) -> bool:
        """Whether a folder has a name that programs give to a file they still write.

        Raises:
            SourceError: The store refuses or does not answer.
        """
        try:
            with self._driver() as (driver, path):
                names = driver.ls(f"{root_of(path)}/{folder.as_posix()}", detail=False)
        except FileNotFoundError:
            return False
        return any(is_sign_of_writing(PurePosixPath(name).name) for name in names)

    def stamp(self, file: StoredFile) -> str | None:
        """The stamp that a file has now; None if the file is gone.

        Raises:
            SourceError: The store refuses or does not answer.
        """
        try:
            with self._driver() as (driver, _):
                driver.invalidate_cache()
                return stamp_of(file.path, driver.info(file.path))
        except FileNotFoundError:
            return None

    @contextmanager
    def opened(self, file: StoredFile) -> Iterator[Path]:
        """The content of a file in a temporary file.

        Raises:
            FileNotFoundError: It is gone.
            SourceError: It arrived incomplete, or the store refuses or does not answer.
        """
        with TemporaryDirectory(prefix="aipo-feed-") as folder:
            # The copy keeps its name for messages; a safe name cannot lead out of the folder.
            content = Path(folder) / safe_segment(file.below.name)
            with self._driver() as (driver, _):
                driver.get_file(file.path, str(content))
            size = content.stat().st_size
            # Some servers end a broken transfer without an error: a shorter file must not be a
            # batch with fewer records.
            if file.size is not None and size < file.size:
                raise SourceError(
                    f"{file.shown} arrived incomplete: {size:,} of {file.size:,} bytes. It is read "
                    "again at the next look."
                )
            yield content

    @contextmanager
    def _driver(self) -> Iterator[tuple[Any, str]]:
        """The driver and its path; an error is reported without the text of the driver."""
        self._check_kind()
        try:
            # Opened each time and cached by fsspec: a driver that this object keeps would break.
            driver, path = fsspec.core.url_to_fs(self.address)
            yield driver, str(path)
        except (SourceError, FileNotFoundError):
            raise
        except PermissionError:
            raise SourceError(
                f"{self._public} may not be read with the credentials that are there; expected the "
                "permission to list and to read. Grant it, or correct the credentials in the "
                "environment."
            ) from None
        except Exception as error:  # noqa: BLE001 - raised again without the driver's text
            raise SourceError(
                f"{self._public} refused or did not answer ({_kind(error)}). Check the address, "
                "the credentials in the environment and the network."
            ) from None

    def _check_kind(self) -> None:
        try:
            fsspec.get_filesystem_class(self.address.partition("://")[0])
        except ImportError as error:
            raise SourceError(
                f"{self._public} needs a driver of fsspec that is not installed ({error}). Install "
                "it on the machine that runs the pipeline; for s3:// as aipo-pipelines[s3]."
            ) from None
        except ValueError:
            raise SourceError(
                f"{self._public} is of a kind that fsspec does not know; expected an address such "
                "as s3://bucket/feed/*.csv. Correct the location, or the format, in the charter."
            ) from None

    def _infos(self, driver: Any, path: str) -> list[Mapping[str, Any]]:
        """The information of the driver about each file."""
        if not is_pattern(path):
            info = driver.info(path)
            if info.get("type") == "directory":
                raise SourceMissingError(
                    f"The source {self._public} is a folder; expected a file. Correct the location "
                    "in the charter (a folder of files is written as 'folder/*.csv')."
                )
            return [info]
        root, pattern = root_of(path), pattern_of(path)
        if "/" in pattern:
            # One flat listing is one request. If it is empty, `ls` raises if the place is missing.
            infos = [*driver.find(root, detail=True).values()] or driver.ls(root, detail=True)
        else:
            infos = driver.ls(root, detail=True)
        # Checked in the whole listing, because the pattern does not match the files of a log.
        if not self.of_table:
            refuse_listed((name_below(info["name"], root) for info in infos), self._public)
        fits = re.compile(glob_translate(pattern))
        return [info for info in infos if fits.match(name_below(info["name"], root))]

    def _file(self, info: Mapping[str, Any], path: str) -> StoredFile:
        name = str(info["name"])
        if is_pattern(path):
            below = PurePosixPath(name_below(name, root_of(path)))
            shown = f"{self._public_root}/{below}"
        else:
            # An HTTP address may end in a query, which is not a part of the file's name.
            below = PurePosixPath(PurePosixPath(name.partition("?")[0]).name)
            shown = self._public
        return StoredFile(
            path=name,
            below=below,
            shown=printable(shown),
            stamp=stamp_of(name, info),
            modified=modified(info),
            size=info.get("size"),
        )

    @property
    def _public(self) -> str:
        return public_address(self.written)

    @property
    def _public_root(self) -> str:
        parts = self._public.split("/")
        fixed = next((place for place, part in enumerate(parts) if MAGIC.search(part)), len(parts))
        return "/".join(parts[:fixed])


def _kind(error: BaseException) -> str:
    """The kind of a failure: its class and the meaning of its number, never its own text."""
    cause = error.__cause__ or error
    status, number = getattr(cause, "status", None), getattr(cause, "errno", None)
    if isinstance(status, int):
        return f"{type(cause).__name__}, status {status}"
    if isinstance(number, int):
        return f"{type(cause).__name__}, {os.strerror(number).lower()}"
    return type(cause).__name__
