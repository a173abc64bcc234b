"""The interface of a store of files, on this machine or behind an address.

A location has a fixed part, which ends before its first wildcard; the files below it differ.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Protocol

MAGIC = re.compile(r"[*?\[]")
"""A part of a location is a wildcard if it contains such a character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One file.

    Attributes:
        path: The path by which its store finds it; it may contain any character.
        below: Its path below the fixed part of the location.
        shown: Its place, as shown to people: never with a secret, always printable.
        stamp: Changes each time its content may have changed.
        modified: Time of writing, in seconds since 1970; None if the store does not report it.
        size: In bytes; None if the store does not report it.
    """

    path: str
    below: PurePath
    shown: str
    stamp: str
    modified: float | None
    size: int | None


class Store(Protocol):
    """The files at one location."""

    def find(self) -> tuple[StoredFile, ...]:
        """The files that the location names, in natural order of their paths.

        Hidden files and names of unfinished files do not exist for a feed.

        Raises:
            SourceMissingError: There is nothing at the location.
            SourceError: The store refuses or does not answer.
        """
        ...

    def shown(self, folder: PurePath) -> str:
        """A folder below the fixed part, as shown to people."""
        ...

    def is_written_to(self, folder: PurePath) -> bool:
        """Whether a folder below the fixed part has signs of a program that still writes there.

        Raises:
            SourceError: The store refuses or does not answer.
        """
        ...

    def stamp(self, file: StoredFile) -> str | None:
        """The stamp that a file has now; None if the file is gone.

        Raises:
            SourceError: The store refuses or does not answer.
        """
        ...

    def opened(self, file: StoredFile) -> AbstractContextManager[Path]:
        """The content of a file on this machine, while the context is open.

        Raises:
            FileNotFoundError: It is gone.
            SourceError: The store refuses or does not answer.
        """
        ...
