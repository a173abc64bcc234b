"""The source is one table that is divided into batches, by rows or by windows of time.

- While a file of the source is being written or cannot be read, no batch is offered: a batch with
  a hole would be measured as if it were complete.
- Records without a readable time form the batch `undated`. So their contract is checked like that
  of all others, and no record disappears.
- Records from before the first window are outside the agreement; they are counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.model.sources import RowBatches, TimeBatches
from aipo_pipelines.errors import SourceChangedError, SourceError
from aipo_pipelines.resources.feeds.batches import gone
from aipo_pipelines.resources.feeds.columns import latest, read_times
from aipo_pipelines.resources.feeds.delivery import DeliveredTable, Offer, Reader
from aipo_pipelines.resources.feeds.guard import as_problem_of
from aipo_pipelines.resources.feeds.joining import aligned
from aipo_pipelines.resources.feeds.listing import BatchRef, Listing
from aipo_pipelines.resources.feeds.rows_and_windows import (
    BatchRows,
    combine,
    divide_by_rows,
    divide_by_windows,
)
from aipo_pipelines.resources.feeds.windows import Times, aware, is_complete, naive
from aipo_pipelines.resources.feeds.withdrawals import FileHolding, Holding
from aipo_pipelines.resources.lake.column_digests import Parts
from aipo_pipelines.resources.lake.content_digest import cells_digest, parts_of, to_arrow
from aipo_pipelines.resources.lake.record_digest import RecordDigests


class TableBatches:
    """Divides the table of a source into batches, as the charter's rule demands."""

    def __init__(
        self,
        reader: Reader,
        contract: Contract,
        time_column: str | None,
        rule: RowBatches | TimeBatches,
        records: RecordDigests,
    ) -> None:
        self._reader = reader
        self._contract = contract
        self._time_column = time_column
        self._records = records
        self._rule = rule
        self._stamps: tuple[str, ...] | None = None
        self._frames: list[pd.DataFrame] = []
        self._times: list[Times] = []
        self._batches: dict[str, BatchRows] = {}
        self._refs: dict[str, BatchRef] = {}
        self._parts: dict[str, Parts] = {}

    def listing(self, offer: Offer, now: datetime) -> Listing:
        """Lists the batches with all their rows, or the complete windows."""
        if offer.unsettled:
            return Listing(unsettled=offer.unsettled)
        try:
            with as_problem_of(_locations(offer)):
                return self._listed(offer, now)
        except SourceChangedError:
            return Listing(unsettled=tuple(each.location for each in offer.deliveries))
        except SourceError as error:
            return Listing(problems=(error,))

    def _listed(self, offer: Offer, now: datetime) -> Listing:
        self._open(offer)
        newest = _newest(self._times, now)
        complete = [
            batch
            for batch in self._batches.values()
            if batch.end is None or is_complete(batch.end, self._time_rule, newest, now)
        ]
        return Listing(
            batches=tuple(self._ref(batch, offer) for batch in complete),
            before_first=self._before_first(),
            holding=self._holding(offer, complete),
        )

    def load(self, offer: Offer, partition: str) -> DeliveredTable:
        """Takes one batch out of the table, complete or not."""
        if offer.unsettled:
            raise SourceChangedError(
                f"{', '.join(offer.unsettled)} is still being written; expected whole files. Run "
                "again in a moment."
            )
        with as_problem_of(_locations(offer)):
            self._open(offer)
            if partition not in self._batches:
                raise gone(partition)
            # The same rows were digested when the batch was listed.
            return DeliveredTable(
                self._combined(self._batches[partition]), self._parts.get(partition)
            )

    def free_memory(self) -> None:
        """Frees nothing: every look divides the table again, and must not read it again."""

    @property
    def _time_rule(self) -> TimeBatches:
        assert isinstance(self._rule, TimeBatches)  # noqa: S101 - only windows have an end
        return self._rule

    def _open(self, offer: Offer) -> None:
        stamps = tuple(delivery.stamp for delivery in offer.deliveries)
        if stamps == self._stamps:
            return
        frames = []
        for delivery in offer.deliveries:
            with as_problem_of(delivery.location):
                frames.append(self._reader.read(delivery))
        self._frames = aligned(frames, by_name=self._contract.layout.header == "name")
        if isinstance(self._rule, TimeBatches):
            column = self._rule.column
            self._times = [read_times(frame, self._contract, column) for frame in self._frames]
            batches = divide_by_windows(self._times, self._rule)
        else:
            batches = divide_by_rows([len(frame) for frame in self._frames], self._rule.rows)
        self._batches = {batch.partition: batch for batch in batches}
        self._refs, self._parts = {}, {}
        # The stamps are stored last: if reading fails above, the next look reads again.
        self._stamps = stamps

    def _ref(self, batch: BatchRows, offer: Offer) -> BatchRef:
        if batch.partition not in self._refs:
            frame = self._combined(batch)
            table = to_arrow(frame)
            parts = self._parts[batch.partition] = parts_of(table)
            locations = [offer.deliveries[piece].location for piece, _ in batch.spans]
            more = f" and {len(locations) - 1} more" if len(locations) > 1 else ""
            self._refs[batch.partition] = BatchRef(
                partition=batch.partition,
                digest=parts.digest,
                cells=cells_digest(table, parts),
                records=self._records.digest(frame, table),
                location=f"{locations[0]}{more}",
                rows=len(frame),
                batch_date=batch.end or latest(frame, self._contract, self._time_column),
            )
        return self._refs[batch.partition]

    def _holding(self, offer: Offer, complete: Sequence[BatchRows]) -> Holding | None:
        # Chunks of rows are named by their number, so a missing record moves the keys of later
        # batches. It shows as changed batches, never as withdrawn batches.
        if not isinstance(self._rule, TimeBatches):
            return None
        windows: dict[int, list[str]] = defaultdict(list)
        for batch in complete:
            if batch.end is not None:
                for piece, _ in batch.spans:
                    windows[piece].append(batch.partition)
        return Holding(
            rule=self._rule,
            partitions=frozenset(self._batches),
            files=tuple(
                FileHolding(location=offer.deliveries[piece].location, windows=tuple(keys))
                for piece, keys in sorted(windows.items())
            ),
        )

    def _combined(self, batch: BatchRows) -> pd.DataFrame:
        frame = combine(self._frames, batch)
        if not self._reader.has_keys:
            return frame
        # A key that only records of other batches have is no column of this batch, unless the
        # contract declares it. Otherwise a new key would change the digest of every old batch.
        declared = {column.delivered_as for column in self._contract.columns}
        return frame.loc[
            :, [name in declared or bool(cells.notna().any()) for name, cells in frame.items()]
        ]

    def _before_first(self) -> int:
        if not isinstance(self._rule, TimeBatches):
            return 0
        inside = sum(len(rows) for batch in self._batches.values() for _, rows in batch.spans)
        return sum(len(frame) for frame in self._frames) - inside


def _locations(offer: Offer) -> str:
    first = offer.deliveries[0].location if offer.deliveries else "the source"
    more = len(offer.deliveries) - 1
    return f"{first} and {more} more" if more > 0 else first


def _newest(times: Sequence[Times], now: datetime) -> datetime | None:
    """The newest time that is not later than now: a date in the future proves nothing."""
    past = [moments[moments <= naive(now)] for moments in times]
    newest = [moments.max() for moments in past if moments.size]
    return aware(max(newest)) if newest else None
