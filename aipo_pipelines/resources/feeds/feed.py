"""The feed of one product: the source that brings batches, and the source that brings labels later.

A feed only reads. Opened once and kept, it reads a source again only after the source changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.addresses import public_address
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.model.sources import RowBatches, TimeBatches
from aipo_pipelines.charter.reading.allowed import Allowed
from aipo_pipelines.errors import SourceChangedError, SourceError, SourceUnreadableError, text_of
from aipo_pipelines.measures.data.conform import conform_named
from aipo_pipelines.resources.allocator import give_back
from aipo_pipelines.resources.feeds.batches import Batching
from aipo_pipelines.resources.feeds.delivery import DeliveredTable, Reader
from aipo_pipelines.resources.feeds.file_batches import FileBatches
from aipo_pipelines.resources.feeds.guard import as_problem_of
from aipo_pipelines.resources.feeds.label_source import LabelSource
from aipo_pipelines.resources.feeds.labels import JoinedLabels, join_labels, read_labels
from aipo_pipelines.resources.feeds.listing import BatchRef, Listing
from aipo_pipelines.resources.feeds.readers import Surroundings, open_reader
from aipo_pipelines.resources.feeds.remembered import Remembered
from aipo_pipelines.resources.feeds.table_batches import TableBatches
from aipo_pipelines.resources.feeds.windows import naive, window_starts
from aipo_pipelines.resources.lake.record_digest import RecordDigests


def open_feed(
    product: Product,
    *,
    environ: Mapping[str, str],
    allowed: Allowed,
    settle_seconds: float = 1.0,
    remembered: Remembered | None = None,
) -> Feed:
    """Opens a product's feed; nothing is read yet.

    Args:
        product: Its charter and contract say where the data is, and how the batches are made.
        environ: The variables that `${NAME}` in locations is read from.
        allowed: The modules, variables and places that the installation allows charters to use.
        settle_seconds: A file that is younger than this counts as still being written.
        remembered: The results of an earlier process's reading; empty by default.

    Raises:
        SourceError: A location names a variable that is not set or not allowed, or a place that
            no charter may read.
    """
    charter, contract = product.charter, product.contract
    surroundings = Surroundings(environ=environ, allowed=allowed, settle_seconds=settle_seconds)
    known = Remembered() if remembered is None else remembered
    reader = open_reader(product, charter.feed, surroundings)
    late = charter.labels.source if charter.labels else None
    labels = (
        LabelSource(
            open_reader(product, late, surroundings), contract, _location(product, late), known
        )
        if late
        else None
    )
    rule, records = charter.batches, RecordDigests.of(product)
    batching: Batching = (
        TableBatches(reader, contract, charter.time_column, rule, records)
        if isinstance(rule, RowBatches | TimeBatches)
        else FileBatches(reader, contract, charter.time_column, known.batches, records)
    )
    return Feed(product=product, reader=reader, batching=batching, labels=labels, remembered=known)


class Feed:
    """Batches and labels of one product, as `open_feed` connects them."""

    def __init__(
        self,
        *,
        product: Product,
        reader: Reader,
        batching: Batching,
        labels: LabelSource | None,
        remembered: Remembered,
    ) -> None:
        self.product = product
        self._reader = reader
        self._batching = batching
        self._late_labels = labels
        self._remembered = remembered

    @property
    def has_late_labels(self) -> bool:
        """Whether labels come from a second source."""
        return self._late_labels is not None

    def fingerprint(self, now: datetime) -> str:
        """A text that changes each time another look may find new batches; cheap, never raises.

        It is made of the names, sizes and times of change of files, the newest version of a Delta
        table, or the number of rows of a SQL table (and the clock, every five minutes). If batches
        are windows of time, it also shows which windows are complete at `now`.
        """
        parts = [_stamps(self._reader), self.label_stamp()]
        rule = self.product.charter.batches
        if isinstance(rule, TimeBatches):
            # A window also becomes complete by time alone, while the source stays as it is.
            latest_end = now - (rule.complete_after or timedelta())
            moments = np.array([naive(now), naive(latest_end)], dtype="datetime64[us]")
            parts += [str(start) for start in window_starts(moments, rule)]
        return hashlib.sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()

    def label_stamp(self) -> str:
        """Changes each time the second source, of labels, may have changed; empty without it."""
        return _stamps(self._late_labels.reader) if self._late_labels else ""

    def list_batches(self, now: datetime) -> Listing:
        """Lists the complete batches; a delivery that cannot be read is a problem in the list."""
        try:
            with as_problem_of(_location(self.product, self.product.charter.feed)):
                offer = self._reader.offer()
        except SourceError as error:
            return Listing(problems=(error,))
        return self._batching.listing(offer, now)

    def load(self, partition: str, digest: str = "") -> pd.DataFrame:
        """Reads one batch as delivered.

        Args:
            partition: Key of the batch.
            digest: Content that the batch must have; empty accepts every content.

        Returns:
            The batch: all columns as text for CSV, native types for all others.

        Raises:
            SourceMissingError: The feed does not hold that batch.
            SourceChangedError: The feed holds other content under that key now.
            SourceUnreadableError: The batch is not as the contract declares.
        """
        return self.deliver(partition, digest).frame

    def deliver(self, partition: str, digest: str = "") -> DeliveredTable:
        """Reads one batch as `load` does, with the digests of its columns."""
        delivered = self._batching.load(self._reader.offer(), partition)
        # Between the look and the loading a supplier may replace the file: the ledger must not
        # bind a digest to records that it does not describe.
        if digest and delivered.parts().digest != digest:
            raise SourceChangedError(
                f"Batch {partition!r} of product {self.product.name!r} has other content than when "
                "it was listed; the new version is found at the next look."
            )
        return delivered

    def forget(self, partition: str) -> None:
        """Makes the next look read a batch again: its content is not the listed content."""
        for mark, ref in list(self._remembered.batches.items()):
            if ref.partition == partition:
                del self._remembered.batches[mark]

    def end_look(self) -> None:
        """Frees the file that was read last, and stores the results for the next process."""
        # Stored after each look and not at the end of the process, which may be killed.
        self._remembered.keep()
        self._batching.free_memory()
        give_back()

    def load_labels(self) -> pd.DataFrame:
        """Reads all late labels delivered so far; an empty table if nothing was delivered yet.

        Returns:
            Identifier columns and the label, in the contract's types and the order of delivery.

        Raises:
            SourceError: The source of labels cannot be read.
        """
        identifiers, label = self._label_columns()
        if self._late_labels is None:
            return pd.DataFrame(columns=pd.Index([*identifiers, label]), dtype="str")
        return self._late_labels.load(identifiers, label)

    def label_problem(self) -> SourceError | None:
        """The reason why late labels cannot be read now, also if their source is not there yet."""
        if self._late_labels is None:
            return None
        try:
            columns = self._label_columns()
        except SourceError as error:
            return error
        return self._late_labels.problem(*columns)

    def labels_left_out(self) -> SourceUnreadableError | None:
        """The late labels that could not be read at the last reading, while others were read."""
        return self._late_labels.left_out() if self._late_labels else None

    def labels_digest(self, ref: BatchRef) -> str:
        """Digest of a batch's late labels, as `labels_for` returns it; empty without late labels.

        Raises:
            SourceError: The batch or the labels cannot be read.
        """
        if self._late_labels is None:
            return ""
        self.load_labels()  # first: it clears the digests below if labels changed
        digests = self._remembered.labels_digests
        if ref.digest not in digests:
            with as_problem_of(ref.location):
                digests[ref.digest] = self.labels_of(self.load(ref.partition, ref.digest)).digest
        return digests[ref.digest]

    def labels_of(self, raw: pd.DataFrame) -> JoinedLabels:
        """Finds the labels that are known by now of a batch as delivered.

        Raises:
            SourceError: The labels cannot be read.
        """
        identifiers, _ = self._label_columns()
        batch = conform_named(raw, self.product.contract, identifiers)
        return self.labels_for(batch, self.load_labels())

    def kept_labels(self, table: pd.DataFrame) -> pd.DataFrame:
        """Reads labels from the lake (`JoinedLabels.table`), in the types of `load_labels`."""
        identifiers, label = self._label_columns()
        return read_labels(
            table, self.product.contract, identifiers, label, "the lake", in_order=True
        ).table

    def labels_for(self, batch: pd.DataFrame, labels: pd.DataFrame) -> JoinedLabels:
        """The labels of a conformed batch: late labels by identifiers, otherwise its own column.

        Raises:
            SourceError: The charter names no label.
        """
        identifiers, label = self._label_columns()
        if self._late_labels is not None:
            return join_labels(batch, labels, identifiers, label)
        own = batch[label] if label in batch.columns else pd.Series(pd.NA, index=batch.index)
        known = int(own.notna().sum())
        return JoinedLabels(truth=own, digest="", labelled=known, unlabelled=len(own) - known)

    def _label_columns(self) -> tuple[tuple[str, ...], str]:
        charter = self.product.charter
        if charter.labels is None:
            raise SourceError(
                f"The charter of {self.product.name!r} names no label; expected `labels`, because "
                "labels are needed here. Add `labels` to the charter."
            )
        if charter.labels.source is not None and not charter.identifiers:
            raise SourceError(
                f"The charter of {self.product.name!r} has labels in a second source and no "
                "`identifiers` to join them by. Add the identifiers to the charter."
            )
        return charter.identifiers, charter.labels.column


def _location(product: Product, source: str) -> str:
    return public_address(product.charter.sources[source].location)


def _stamps(reader: Reader) -> str:
    """The stamps of all deliveries; of a source that cannot be listed, the text of its error.

    The error is part of the fingerprint, so that a look follows when the source comes back.
    """
    try:
        offer = reader.offer()
    except SourceError as error:
        return f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001 - the look that follows reports it
        return text_of(error)
    return "\n".join([*(delivery.stamp for delivery in offer.deliveries), *offer.unsettled])
