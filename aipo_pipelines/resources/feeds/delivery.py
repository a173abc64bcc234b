"""The deliveries that a source offers, each a table that can be read as a whole.

A delivery is a file, a folder of files, or a database table. Its stamp changes each time its
content may have changed, and is made without reading the content. A reader that notices a change
while it reads raises an error.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from aipo_pipelines.resources.feeds.store import StoredFile
from aipo_pipelines.resources.lake.column_digests import Parts
from aipo_pipelines.resources.lake.content_digest import parts_of, to_arrow

THIS_PROCESS = secrets.token_hex(8)
"""Part of stamps that do not show every change, such as a number of rows. With it no process trusts
the results of another process, and each reads such a source itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One readable table of a source.

    Attributes:
        key: Key of the batch, if every delivery is one batch.
        location: Its place, as shown to people: never with a password, always printable.
        stamp: Changes each time the content may have changed.
        parts: Its files, in order; empty for a database table, and the files of the log for a Delta
            table.
        version: Version of a Delta table.
    """

    key: str
    location: str
    stamp: str
    parts: tuple[StoredFile, ...] = ()
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The deliveries of a source at one moment.

    Attributes:
        deliveries: In the order of the source.
        unsettled: Locations still being written; they are left for the next look.
    """

    deliveries: tuple[Delivery, ...]
    unsettled: tuple[str, ...] = ()


class DeliveredTable:
    """The table of a batch as it was read, with the digests of its columns.

    The digests are computed once for each reading: the listing names the batch by them, and the
    lake stores it under them.

    Args:
        frame: The table: nothing converted, nothing left out.
        parts: Its digests, if they are computed already.
    """

    def __init__(self, frame: pd.DataFrame, parts: Parts | None = None) -> None:
        self.frame = frame
        self._parts = parts

    def parts(self, table: Any = None) -> Parts:
        """The digests of its columns.

        Args:
            table: The same table, as `to_arrow` returns it; made if it is needed.
        """
        if self._parts is None:
            self._parts = parts_of(to_arrow(self.frame) if table is None else table)
        return self._parts


class Reader(Protocol):
    """Reads one data source."""

    @property
    def has_keys(self) -> bool:
        """Whether each record names its own columns, and may lack any (JSON lines)."""
        ...

    @property
    def has_order(self) -> bool:
        """Whether the order of a delivery's rows shows which of them came last (tables)."""
        ...

    def offer(self) -> Offer:
        """The deliveries that are there now.

        Raises:
            SourceError: The source is missing or does not answer.
        """
        ...

    def read(self, delivery: Delivery) -> pd.DataFrame:
        """The table of a delivery: nothing converted, nothing left out.

        Raises:
            SourceError: It is gone, changed meanwhile, or is not as the contract declares.
        """
        ...
