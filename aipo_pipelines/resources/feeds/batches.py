"""How deliveries fall into batches: by file, by rows in order, or by windows of time.

- *By file and by folder* every file or folder stands alone: one that cannot be read is a problem
  and holds up no other.
- *By rows and by time* the source is one table. While one of its files is being written or cannot
  be read, nothing is offered: a batch with a hole would be measured as if it were whole.
- A file or folder whose records have no time is dated by its name, where that says a date.
- Records without a readable time form the batch `undated`, so that their contract is checked like
  that of all others and nothing vanishes. Records from before the first window lie outside what
  was agreed; they are counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import MutableMapping, Sequence
from datetime import datetime
from typing import Protocol

import pandas as pd

from aipo_pipelines.charter.dates.dates_in_names import date_in
from aipo_pipelines.charter.model.contract import Contract
from aipo_pipelines.charter.model.sources import RowBatches, TimeBatches
from aipo_pipelines.errors import (
    SourceChangedError,
    SourceError,
    SourceMissingError,
    SourceUnreadableError,
)
from aipo_pipelines.resources.allocator import give_back
from aipo_pipelines.resources.feeds.columns import latest, read_times, tells_time
from aipo_pipelines.resources.feeds.cuts import Cut, aligned, combine, cut_rows, cut_windows
from aipo_pipelines.resources.feeds.delivery import Delivery, Offer, Reader
from aipo_pipelines.resources.feeds.guard import as_problem_of
from aipo_pipelines.resources.feeds.listing import BatchRef, Listing
from aipo_pipelines.resources.feeds.remembered import mark_of
from aipo_pipelines.resources.feeds.windows import Times, aware, is_complete, naive
from aipo_pipelines.resources.feeds.withdrawals import FileHolding, Holding
from aipo_pipelines.resources.lake.content_digest import cells_digest, parts_of, to_arrow
from aipo_pipelines.resources.lake.record_digest import RecordDigests


class Batching(Protocol):
    """Turns what a reader offers into batches."""

    def listing(self, offer: Offer, now: datetime) -> Listing:
        """The complete batches of an offer."""
        ...

    def load(self, offer: Offer, partition: str) -> pd.DataFrame:
        """One batch as delivered.

        Raises:
            SourceError: It is not there or cannot be read.
        """
        ...

    def let_go(self) -> None:
        """Frees what was only kept in case it is asked for next."""
        ...


class ByFile:
    """Every delivery is a batch.

    Args:
        seen: Batches by the marks of their deliveries: those need not be read again.
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
        self._last: tuple[str, pd.DataFrame] | None = None

    def listing(self, offer: Offer, now: datetime) -> Listing:
        """Lists every delivery; those not read before are read."""
        del now
        batches, unsettled = [], list(offer.unsettled)
        # Where nothing is remembered everything is read, and nothing is delivered anew.
        before = {*self._seen} or {mark_of(delivery.stamp) for delivery in offer.deliveries}
        repeated = _repeated_keys(offer)
        problems: list[SourceError] = [_same_key(key, offer) for key in repeated]
        for delivery in offer.deliveries:
            if delivery.key in repeated:
                continue
            try:
                with as_problem_of(delivery.location):
                    batches.append(self._ref(delivery))
            except SourceChangedError:
                unsettled.append(delivery.location)
            except SourceError as error:
                if isinstance(error, SourceUnreadableError):
                    self._broken[delivery.stamp] = error
                problems.append(error)
        for gone in self._seen.keys() - {mark_of(delivery.stamp) for delivery in offer.deliveries}:
            self._seen.pop(gone, None)
        return Listing(
            batches=tuple(batches),
            problems=tuple(problems),
            unsettled=tuple(unsettled),
            anew=frozenset(self._seen[mark].partition for mark in self._seen.keys() - before),
        )

    def load(self, offer: Offer, partition: str) -> pd.DataFrame:
        """Reads the delivery of that key."""
        for delivery in offer.deliveries:
            if delivery.key == partition:
                with as_problem_of(delivery.location):
                    return self._read(delivery)
        raise _gone(partition)

    def let_go(self) -> None:
        """Frees the table read last."""
        self._last = None

    def _ref(self, delivery: Delivery) -> BatchRef:
        if delivery.stamp in self._broken:
            raise self._broken[delivery.stamp]
        mark = mark_of(delivery.stamp)
        if mark not in self._seen:
            frame = self._read(delivery)
            table = to_arrow(frame)
            self._seen[mark] = BatchRef(
                partition=delivery.key,
                digest=parts_of(table).digest,
                records=self._records.digest(frame, table),
                location=delivery.location,
                rows=len(frame),
                batch_date=self._date(delivery, frame),
            )
        return self._seen[mark]

    def _date(self, delivery: Delivery, frame: pd.DataFrame) -> datetime | None:
        """The newest record's time; where records have none, the date in the delivery's name."""
        if tells_time(self._contract, self._time_column):
            return latest(frame, self._contract, self._time_column)
        return date_in(delivery.key)

    def _read(self, delivery: Delivery) -> pd.DataFrame:
        if self._last is None or self._last[0] != delivery.stamp:
            # Two tables at once would be one too many.
            self._last = None
            give_back()
            self._last = (delivery.stamp, self._reader.read(delivery))
            give_back()
        return self._last[1]


class ByCutting:
    """The source is one table that is cut into batches, by rows or by time."""

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
        self._cuts: dict[str, Cut] = {}
        self._refs: dict[str, BatchRef] = {}

    def listing(self, offer: Offer, now: datetime) -> Listing:
        """Lists the full chunks or the complete windows."""
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
            cut
            for cut in self._cuts.values()
            if cut.end is None or is_complete(cut.end, self._time_rule, newest, now)
        ]
        return Listing(
            batches=tuple(self._ref(cut, offer) for cut in complete),
            before_first=self._before_first(),
            holding=self._holding(offer, complete),
        )

    def load(self, offer: Offer, partition: str) -> pd.DataFrame:
        """Cuts one batch out, complete or not."""
        if offer.unsettled:
            raise SourceChangedError(
                f"{', '.join(offer.unsettled)} is still being written; expected whole files. Run "
                "again in a moment."
            )
        with as_problem_of(_locations(offer)):
            self._open(offer)
            if partition not in self._cuts:
                raise _gone(partition)
            return self._combined(self._cuts[partition])

    def let_go(self) -> None:
        """Keeps the table: it is cut into batches at every look."""

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
            cuts = cut_windows(self._times, self._rule)
        else:
            cuts = cut_rows([len(frame) for frame in self._frames], self._rule.rows)
        self._cuts = {cut.partition: cut for cut in cuts}
        self._refs = {}
        self._stamps = stamps

    def _ref(self, cut: Cut, offer: Offer) -> BatchRef:
        if cut.partition not in self._refs:
            frame = self._combined(cut)
            table = to_arrow(frame)
            parts = parts_of(table)
            pieces = [offer.deliveries[piece].location for piece, _ in cut.spans]
            more = f" and {len(pieces) - 1} more" if len(pieces) > 1 else ""
            self._refs[cut.partition] = BatchRef(
                partition=cut.partition,
                digest=parts.digest,
                cells=cells_digest(table, parts),
                records=self._records.digest(frame, table),
                location=f"{pieces[0]}{more}",
                rows=len(frame),
                batch_date=cut.end or latest(frame, self._contract, self._time_column),
            )
        return self._refs[cut.partition]

    def _holding(self, offer: Offer, complete: Sequence[Cut]) -> Holding | None:
        if not isinstance(self._rule, TimeBatches):
            return None
        windows: dict[int, list[str]] = defaultdict(list)
        for cut in complete:
            if cut.end is not None:
                for piece, _ in cut.spans:
                    windows[piece].append(cut.partition)
        return Holding(
            rule=self._rule,
            partitions=frozenset(self._cuts),
            files=tuple(
                FileHolding(location=offer.deliveries[piece].location, windows=tuple(keys))
                for piece, keys in sorted(windows.items())
            ),
        )

    def _combined(self, cut: Cut) -> pd.DataFrame:
        frame = combine(self._frames, cut)
        if not self._reader.has_keys:
            return frame
        # A key that only other records have is nothing of this batch, unless it was agreed.
        declared = {column.delivered_as for column in self._contract.columns}
        return frame.loc[
            :, [name in declared or bool(cells.notna().any()) for name, cells in frame.items()]
        ]

    def _before_first(self) -> int:
        if not isinstance(self._rule, TimeBatches):
            return 0
        inside = sum(len(rows) for cut in self._cuts.values() for _, rows in cut.spans)
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


def _repeated_keys(offer: Offer) -> tuple[str, ...]:
    counts = Counter(delivery.key for delivery in offer.deliveries)
    return tuple(key for key, count in counts.items() if count > 1)


def _same_key(key: str, offer: Offer) -> SourceUnreadableError:
    files = [delivery.location for delivery in offer.deliveries if delivery.key == key]
    return SourceUnreadableError(
        f"{', '.join(repr(file) for file in files)} are all named batch {key!r}; expected one of "
        "that name. Remove or rename all but one."
    )


def _gone(partition: str) -> SourceMissingError:
    return SourceMissingError(
        f"The feed no longer holds batch {partition!r}; expected it to stay. Deliver it again."
    )
