"""The batches that a feed holds at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import AwareDatetime

from aipo_pipelines.errors import SourceError
from aipo_pipelines.resources.feeds.withdrawals import Holding


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRef:
    """A complete batch that the feed holds now.

    Attributes:
        partition: Its key.
        digest: Content digest of the table as delivered, as the lake computes it.
        location: The place of its delivery, as shown to people.
        batch_date: Date of its data (end of its window or of the period in its name, or its newest
            record), None if unknown.
        cells: Digest of its cells in any order of the columns. A batch that is a part of a table
            needs it, because its columns depend on other records; empty for a file.
        records: Digest of its records in any order; empty if rows do not distinguish records.
    """

    partition: str
    digest: str
    location: str
    rows: int
    batch_date: AwareDatetime | None
    cells: str = ""
    records: str = ""

    def is_now(self, digest: str, cells: str) -> bool:
        """Whether it is the batch of these digests; older entries have no digest of the cells."""
        return self.digest == digest or bool(cells and self.cells == cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The result of a look at the feed.

    Attributes:
        batches: In the order of the source.
        problems: Deliveries that could not be read, and why.
        unsettled: Locations still being written; look again.
        before_first: Records older than the first window; they belong to no batch.
        redelivered: Keys of files that were delivered since an earlier look.
        holding: Everything that the source holds; None if a missing batch is not withdrawn, because
            old files may be removed.
    """

    batches: tuple[BatchRef, ...] = ()
    problems: tuple[SourceError, ...] = ()
    unsettled: tuple[str, ...] = ()
    before_first: int = 0
    redelivered: frozenset[str] = frozenset()
    holding: Holding | None = None
