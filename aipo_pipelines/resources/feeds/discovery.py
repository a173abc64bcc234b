"""Compares what a feed holds with what the ledger knows.

Found are new batches, new versions, late labels, and batches that were withdrawn.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.errors import AipoError, SourceError
from aipo_pipelines.ledger.events.batches import BatchArrived, BatchWithdrawn
from aipo_pipelines.ledger.model.state import Batch
from aipo_pipelines.resources.feeds.early import too_early
from aipo_pipelines.resources.feeds.feed import Feed
from aipo_pipelines.resources.feeds.listing import BatchRef, Listing
from aipo_pipelines.resources.feeds.withdrawals import withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at a feed brought.

    Attributes:
        discoveries: In the order of the source.
        again: Known batches that the source delivered anew, or holds still and somebody doubts, as
            they were known.
        withdrawn: Batches that the source withdrew; none unless it was read as a whole.
        problems: What could not be read, and why; everything else was looked at all the same.
        unsettled: Locations still being written; look again in a moment.
    """

    discoveries: tuple[BatchArrived, ...] = ()
    again: tuple[BatchArrived, ...] = ()
    withdrawn: tuple[BatchWithdrawn, ...] = ()
    problems: tuple[AipoError, ...] = ()
    unsettled: tuple[str, ...] = ()


def discover(
    feed: Feed, known: Mapping[str, Batch], now: datetime, doubted: Collection[str] = ()
) -> Look:
    """Looks at a feed and names everything the ledger does not know yet.

    A source that cannot be read is a problem of the look, never an exception: the other files, and
    the batches whose labels cannot be read, are still found.

    Args:
        feed: An open feed; kept open, it reads only what changed.
        known: The product's batches by partition (`ProductState.batches`).
        now: The present, aware UTC; decides which windows of time are complete.
        doubted: Keys of batches of which what is stored may have been altered.
    """
    listing = feed.list_batches(now)
    problems: list[AipoError] = [*listing.problems]
    label_problem = feed.label_problem()
    problems += filter(None, [label_problem or feed.labels_left_out()])
    early = listing.before_first
    problems += too_early(early, known, feed.product.charter.batches)
    found, again, stored_anew = [], [], {*listing.anew, *doubted}
    for ref in listing.batches:
        batch = known.get(ref.partition)
        try:
            labels = "" if label_problem else feed.labels_digest(ref)
        except SourceError as error:
            # Its file went or changed since it was listed: the next look finds what became of it.
            problems.append(error)
            continue
        if batch is None or _is_new(batch, ref):
            found.append(_discovery(ref, labels, early))
        elif labels != batch.labels_digest and not label_problem:
            found.append(_discovery(ref, labels, early, labels_only=True))
        elif ref.digest == batch.digest and ref.partition in stored_anew:
            again.append(_discovery(ref, labels, early))
    return Look(
        discoveries=tuple(found),
        again=tuple(again),
        withdrawn=_withdrawn(listing, known),
        problems=tuple(problems),
        unsettled=listing.unsettled,
    )


def _is_new(batch: Batch, ref: BatchRef) -> bool:
    """Whether what a feed holds is to be taken in: what a former source held has arrived anew."""
    return not batch.counts or not ref.is_now(batch.digest, batch.cells)


def _withdrawn(listing: Listing, known: Mapping[str, Batch]) -> tuple[BatchWithdrawn, ...]:
    if listing.problems or listing.unsettled or listing.holding is None:
        return ()
    return withdrawn(listing.holding, known)


def _discovery(
    ref: BatchRef, labels_digest: str, before_first: int, *, labels_only: bool = False
) -> BatchArrived:
    return BatchArrived(
        partition=ref.partition,
        digest=ref.digest,
        cells=ref.cells,
        records=ref.records,
        labels_digest=labels_digest,
        location=ref.location,
        rows=ref.rows,
        batch_date=ref.batch_date,
        labels_only=labels_only,
        before_first=before_first,
    )
