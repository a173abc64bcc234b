"""Compares the batches that a feed holds with the batches that the ledger knows.

It finds new batches, new versions of batches, late labels, and withdrawn batches.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from aipo_pipelines.errors import AipoError, SourceError
from aipo_pipelines.ledger.events.batches import BatchArrived, BatchWithdrawn
from aipo_pipelines.ledger.model.state import Batch
from aipo_pipelines.resources.feeds.feed import Feed
from aipo_pipelines.resources.feeds.first_window import too_early
from aipo_pipelines.resources.feeds.listing import BatchRef, Listing
from aipo_pipelines.resources.feeds.withdrawals import withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The findings of one look at a feed.

    Attributes:
        discoveries: New batches, versions and labels, in the order of the source.
        again: Known batches with the known content, which the source delivered again, or whose
            stored copy may be altered.
        withdrawn: Batches that the source withdrew; empty unless the whole source was read.
        problems: The deliveries that could not be read, and why; all others were read.
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
    """Looks at a feed and returns everything that the ledger does not know yet.

    1. Lists the batches and the problems of the feed, and of its labels.
    2. Compares each batch with the ledger: new, with new labels only, or delivered again.
    3. Finds withdrawn batches, if the whole source was read.

    A source that cannot be read is a problem of the look, never an exception: the other files, and
    the batches whose labels cannot be read, are still found.

    Args:
        feed: An open feed; if it is kept open, it reads only changed deliveries.
        known: The product's batches by partition (`ProductState.batches`).
        now: The present, aware UTC; decides which windows of time are complete.
        doubted: Keys of batches whose stored copy may have been altered.
    """
    listing = feed.list_batches(now)
    problems: list[AipoError] = [*listing.problems]
    label_problem = feed.label_problem()
    problems += filter(None, [label_problem or feed.labels_left_out()])
    early = listing.before_first
    problems += too_early(early, known, feed.product.charter.batches)
    discoveries, again, stored_again = [], [], {*listing.redelivered, *doubted}
    for ref in listing.batches:
        batch = known.get(ref.partition)
        try:
            # Without readable labels no digest is known: the batch is found, its labels come later.
            labels = "" if label_problem else feed.labels_digest(ref)
        except SourceError as error:
            # Its file disappeared or changed since it was listed: the next look finds the result.
            problems.append(error)
            continue
        if batch is None or _is_new(batch, ref):
            discoveries.append(_discovery(ref, labels, early))
        elif labels != batch.labels_digest and not label_problem:
            discoveries.append(_discovery(ref, labels, early, labels_only=True))
        elif ref.digest == batch.digest and ref.partition in stored_again:
            again.append(_discovery(ref, labels, early))
    return Look(
        discoveries=tuple(discoveries),
        again=tuple(again),
        withdrawn=_withdrawn(listing, known),
        problems=tuple(problems),
        unsettled=listing.unsettled,
    )


def _is_new(batch: Batch, ref: BatchRef) -> bool:
    """Whether the ledger must record this batch: it also records a withdrawn batch that returns."""
    return not batch.counts or not ref.is_now(batch.digest, batch.cells)


def _withdrawn(listing: Listing, known: Mapping[str, Batch]) -> tuple[BatchWithdrawn, ...]:
    # A file that could not be read may hold the records that seem to be gone.
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
