"""What a look at a feed finds."""

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
        location: Where it came from, as shown to people.
        batch_date: Date of its data (end of its window or of the period its name says, or
            its newest record), None if unknown.
        cells: Digest of its cells, whatever the order of their columns, where the columns of a
            batch depend on other records of its source; empty for a file.
        records: Digest of its records, whatever their order; empty where rows do not tell them
            apart.
    """

    partition: str
    digest: str
    location: str
    rows: int
    batch_date: AwareDatetime | None
    cells: str = ""
    records: str = ""

    def is_now(self, digest: str, cells: str) -> bool:
        """Whether it is what was known by these digests; older programs knew none of the cells."""
        return self.digest == digest or bool(cells and self.cells == cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a look at the feed found.

    Attributes:
        batches: In the order of the source.
        problems: Deliveries that could not be read, and why.
        unsettled: Locations still being written; look again.
        before_first: Records older than the first window; they belong to no batch.
        anew: Keys of files that were delivered since an earlier look.
        holding: All that the source holds; None where batches may be missing without being taken
            back, as files may.
    """

    batches: tuple[BatchRef, ...] = ()
    problems: tuple[SourceError, ...] = ()
    unsettled: tuple[str, ...] = ()
    before_first: int = 0
    anew: frozenset[str] = frozenset()
    holding: Holding | None = None
