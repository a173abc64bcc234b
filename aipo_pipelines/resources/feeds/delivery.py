"""What a source has to offer: deliveries, each a table that can be read as a whole.

A delivery is a file, a folder of files, or a database table. Its stamp changes whenever its content
may have changed, without reading it; a reader that notices a change while it reads says so.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from aipo_pipelines.resources.feeds.store import StoredFile

THIS_PROCESS = secrets.token_hex(8)
"""Part of stamps that do not tell of every change: what another process read is then no news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One readable table of a source.

    Attributes:
        key: Key of the batch where every delivery is one batch.
        location: Where it lies, as shown to people: never with a password, always printable.
        stamp: Changes whenever the content may have changed.
        parts: The files it is made of, in order; none for a database table, and those of its log
            for a Delta table.
        version: Which version of a Delta table it is.
    """

    key: str
    location: str
    stamp: str
    parts: tuple[StoredFile, ...] = ()
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a source offers at one moment.

    Attributes:
        deliveries: In the order of the source.
        unsettled: Locations still being written; they are left for the next look.
    """

    deliveries: tuple[Delivery, ...]
    unsettled: tuple[str, ...] = ()


class Reader(Protocol):
    """Reads one data source."""

    @property
    def has_keys(self) -> bool:
        """Whether each record names its own columns, and may lack any (JSON lines)."""
        ...

    @property
    def has_order(self) -> bool:
        """Whether the order of a delivery's rows says which of them came last (tables)."""
        ...

    def offer(self) -> Offer:
        """What is there now.

        Raises:
            SourceError: The source is missing or does not answer.
        """
        ...

    def read(self, delivery: Delivery) -> pd.DataFrame:
        """The delivery as it was delivered: nothing converted, nothing left out.

        Raises:
            SourceError: It is gone, changed meanwhile, or is not what the contract declares.
        """
        ...
