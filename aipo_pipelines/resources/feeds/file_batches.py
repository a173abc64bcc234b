"""Every file or folder is a batch: a delivery that cannot be read holds up no other.

If the records of a file or folder have no time, the date in its name dates the batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import MutableMapping
from datetime import datetime

import pandas as pd

from aipo_pipelines.charter.dates.dates_in_names import date_in
from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.errors import SourceChangedError, SourceError, SourceUnreadableError
from aipo_pipelines.resources.allocator import give_back
from aipo_pipelines.resources.feeds.batches import gone
from aipo_pipelines.resources.feeds.columns import has_times, latest
from aipo_pipelines.resources.feeds.delivery import DeliveredTable, Delivery, Offer, Reader
from aipo_pipelines.resources.feeds.guard import as_problem_of
from aipo_pipelines.resources.feeds.listing import BatchRef, Listing
from aipo_pipelines.resources.feeds.remembered import mark_of
from aipo_pipelines.resources.lake.content_digest import to_arrow
from aipo_pipelines.resources.lake.record_digest import RecordDigests


class FileBatches:
    """Makes one batch of every delivery.

    Args:
        seen: Batches by the marks of their deliveries; these deliveries are not read again.
    """

    def __init__(
        self,
        reader: Reader,
        contract: Contract,
        time_column: str | None,
        seen: MutableMapping[str, BatchRef],
        records: RecordDigests,
    ) -> None:
        self._reader = reader
        self._contract = contract
        self._time_column = time_column
        self._records = records
        self._seen = seen
        self._broken: dict[str, SourceError] = {}
        self._last: tuple[str, DeliveredTable] | None = None

    def listing(self, offer: Offer, now: datetime) -> Listing:
        """Lists every delivery, and reads the deliveries that were not read before.

        1. Refuses deliveries that have the same key.
        2. Reads each new delivery; an unreadable delivery is a problem, and the others are listed.
        3. Forgets deliveries that are gone, and names the batches that were delivered again.
        """
        del now
        marks = {mark_of(delivery.stamp) for delivery in offer.deliveries}
        # If nothing is remembered, everything is read, and no delivery counts as repeated.
        before = {*self._seen} or marks
        same_keys = _repeated_keys(offer)
        batches, unsettled = [], list(offer.unsettled)
        problems: list[SourceError] = [_same_key(key, offer) for key in same_keys]
        for delivery in offer.deliveries:
            if delivery.key in same_keys:
                continue
            try:
                with as_problem_of(delivery.location):
                    batches.append(self._ref(delivery))
            except SourceChangedError:
                unsettled.append(delivery.location)
            except SourceError as error:
                # Only an unreadable file stays so until its stamp changes. After any other error,
                # such as a full disk, the same file may be read at the next look.
                if isinstance(error, SourceUnreadableError):
                    self._broken[delivery.stamp] = error
                problems.append(error)
        # Forgotten, so that the file with the results does not grow with every old delivery.
        for mark in self._seen.keys() - marks:
            self._seen.pop(mark, None)
        return Listing(
            batches=tuple(batches),
            problems=tuple(problems),
            unsettled=tuple(unsettled),
            redelivered=frozenset(
                self._seen[mark].partition for mark in self._seen.keys() - before
            ),
        )

    def load(self, offer: Offer, partition: str) -> DeliveredTable:
        """Reads the delivery of that key."""
        for delivery in offer.deliveries:
            if delivery.key == partition:
                with as_problem_of(delivery.location):
                    return self._read(delivery)
        raise gone(partition)

    def free_memory(self) -> None:
        """Frees the table that was read last."""
        self._last = None

    def _ref(self, delivery: Delivery) -> BatchRef:
        if delivery.stamp in self._broken:
            raise self._broken[delivery.stamp]
        mark = mark_of(delivery.stamp)
        if mark not in self._seen:
            delivered = self._read(delivery)
            frame, table = delivered.frame, to_arrow(delivered.frame)
            self._seen[mark] = BatchRef(
                partition=delivery.key,
                digest=delivered.parts(table).digest,
                records=self._records.digest(frame, table),
                location=delivery.location,
                rows=len(frame),
                batch_date=self._date(delivery, frame),
            )
        return self._seen[mark]

    def _date(self, delivery: Delivery, frame: pd.DataFrame) -> datetime | None:
        """The newest record's time; if records have no time, the date in the delivery's name."""
        if has_times(self._contract, self._time_column):
            return latest(frame, self._contract, self._time_column)
        return date_in(delivery.key)

    def _read(self, delivery: Delivery) -> DeliveredTable:
        # The table is kept, because the intake loads a batch right after it was listed.
        if self._last is None or self._last[0] != delivery.stamp:
            # The old table is freed first: two tables at once may not fit into the memory.
            self._last = None
            give_back()
            self._last = (delivery.stamp, DeliveredTable(self._reader.read(delivery)))
            give_back()
        return self._last[1]


def _repeated_keys(offer: Offer) -> tuple[str, ...]:
    counts = Counter(delivery.key for delivery in offer.deliveries)
    return tuple(key for key, count in counts.items() if count > 1)


def _same_key(key: str, offer: Offer) -> SourceUnreadableError:
    files = [delivery.location for delivery in offer.deliveries if delivery.key == key]
    return SourceUnreadableError(
        f"{', '.join(repr(file) for file in files)} are all named batch {key!r}; expected one file "
        "of that name. Remove or rename the other files."
    )
