"""Where files lie: what a store of files offers to a reader, on this machine or behind an address.

A location has a fixed part, up to its first wildcard, and files that differ below it.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Protocol

MAGIC = re.compile(r"[*?\[]")
"""What makes a part of a location a wildcard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One file.

    Attributes:
        path: How its store finds it: its name may be anything.
        below: Its path below the fixed part of the location.
        shown: Where it lies, as shown to people: never with a secret, always printable.
        stamp: Changes whenever its content may have changed.
        modified: When it was written, in seconds since 1970; None where the store does not tell.
        size: In bytes; None where the store does not tell.
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
        """Whether a folder below the fixed part holds signs of a program that still writes there.

        Raises:
            SourceError: The store refuses or does not answer.
        """
        ...

    def stamp(self, file: StoredFile) -> str | None:
        """The stamp that a file has now; None where it is gone.

        Raises:
            SourceError: The store refuses or does not answer.
        """
        ...

    def opened(self, file: StoredFile) -> AbstractContextManager[Path]:
        """The content of a file on this machine, for as long as the context is open.

        Raises:
            FileNotFoundError: It is gone.
            SourceError: The store refuses or does not answer.
        """
        ...
