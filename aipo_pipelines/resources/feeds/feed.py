"""The feed of one product: the source that brings batches, and the one that brings labels later.

A feed only reads. Opened once and kept, it reads a source again only after it changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from aipo_pipelines.charter.model.addresses import public_address
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.charter.model.sources import (
    FolderBatches,
    RowBatches,
    SourceFormat,
    TimeBatches,
)
from aipo_pipelines.charter.reading.allowed import Allowed
from aipo_pipelines.errors import (
    SourceChangedError,
    SourceError,
    SourceMissingError,
    SourceUnreadableError,
    told_of,
)
from aipo_pipelines.measures.data.conform import conform_named
from aipo_pipelines.resources.allocator import give_back
from aipo_pipelines.resources.feeds.batches import Batching, ByCutting, ByFile
from aipo_pipelines.resources.feeds.bounds import Bounds
from aipo_pipelines.resources.feeds.delivery import Reader
from aipo_pipelines.resources.feeds.delta import DeltaReader, stores_of
from aipo_pipelines.resources.feeds.files import FileReader
from aipo_pipelines.resources.feeds.guard import as_problem_of
from aipo_pipelines.resources.feeds.labels import JoinedLabels, join_labels, read_labels
from aipo_pipelines.resources.feeds.listing import BatchRef, Listing
from aipo_pipelines.resources.feeds.remembered import Remembered, mark_of
from aipo_pipelines.resources.feeds.sql import SqlReader
from aipo_pipelines.resources.feeds.stores import open_store
from aipo_pipelines.resources.feeds.windows import naive, window_starts
from aipo_pipelines.resources.lake.content_digest import content_digest
from aipo_pipelines.resources.lake.record_digest import RecordDigests


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What readers are opened with, whatever the source: the arguments of `open_feed`."""

    environ: Mapping[str, str]
    allowed: Allowed
    settle_seconds: float


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
        product: Charter and contract say where the data is and how it falls into batches.
        environ: Where `${NAME}` in locations is looked up.
        allowed: What the installation lends to charters.
        settle_seconds: Age in seconds below which a file counts as still being written.
        remembered: What an earlier process found out by reading; nothing by default.

    Raises:
        SourceError: A location names an environment variable that is not set or not lent, or
            leads where no charter may read.
    """
    charter = product.charter
    surroundings = Surroundings(environ=environ, allowed=allowed, settle_seconds=settle_seconds)
    reader = _reader(product, charter.feed, surroundings)
    late = charter.labels.source if charter.labels else None
    labels = _reader(product, late, surroundings) if late else None
    rule, contract = charter.batches, product.contract
    known = Remembered() if remembered is None else remembered
    records = RecordDigests.of(product)
    batching: Batching = (
        ByCutting(reader, contract, charter.time_column, rule, records)
        if isinstance(rule, RowBatches | TimeBatches)
        else ByFile(reader, contract, charter.time_column, known.batches, records)
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
        labels: Reader | None,
        remembered: Remembered,
    ) -> None:
        self.product = product
        self._reader = reader
        self._batching = batching
        self._label_reader = labels
        self._labels: tuple[str, pd.DataFrame] | None = None
        self._left_out = ""
        self._remembered = remembered

    @property
    def has_late_labels(self) -> bool:
        """Whether labels come from a second source."""
        return self._label_reader is not None

    def fingerprint(self, now: datetime) -> str:
        """Changes whenever another look may find something else; cheap, and never raises.

        For files it rests on their names, sizes and times of change, for a Delta table on its
        newest version, for SQL on the number of rows (and on the clock, every five minutes); for
        windows of time also on which of them are complete at `now`.
        """
        parts = [_stamps(self._reader), self.label_stamp()]
        rule = self.product.charter.batches
        if isinstance(rule, TimeBatches):
            latest_end = now - (rule.complete_after or timedelta())
            moments = np.array([naive(now), naive(latest_end)], dtype="datetime64[us]")
            parts += [str(start) for start in window_starts(moments, rule)]
        return hashlib.sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()

    def label_stamp(self) -> str:
        """Changes whenever the source of late labels may have changed; empty without one."""
        return _stamps(self._label_reader) if self._label_reader else ""

    def list_batches(self, now: datetime) -> Listing:
        """Lists the complete batches; what cannot be read is a problem in the listing."""
        try:
            with as_problem_of(self._location(self.product.charter.feed)):
                offer = self._reader.offer()
        except SourceError as error:
            return Listing(problems=(error,))
        return self._batching.listing(offer, now)

    def load(self, partition: str, digest: str = "") -> pd.DataFrame:
        """Reads one batch as delivered.

        Args:
            partition: Key of the batch.
            digest: Content it must have; empty where any will do.

        Returns:
            The batch: all columns as text for CSV, native types for all others.

        Raises:
            SourceMissingError: The feed does not hold that batch.
            SourceChangedError: It holds other content under that key now.
            SourceUnreadableError: It is not what the contract declares.
        """
        frame = self._batching.load(self._reader.offer(), partition)
        if digest and content_digest(frame) != digest:
            raise SourceChangedError(
                f"Batch {partition!r} of product {self.product.name!r} has other content than when "
                "it was listed; the new version is found at the next look."
            )
        return frame

    def forget(self, partition: str) -> None:
        """Reads a batch anew at the next look: it is not what it was listed as."""
        for mark, ref in list(self._remembered.batches.items()):
            if ref.partition == partition:
                del self._remembered.batches[mark]

    def let_go(self) -> None:
        """Ends a look: frees the file read last, and keeps what was read for the next process."""
        self._remembered.keep()
        self._batching.let_go()
        give_back()

    def load_labels(self) -> pd.DataFrame:
        """Reads all late labels delivered so far; none where nothing was delivered yet.

        Returns:
            Identifier columns and the label, in the contract's types and the order of delivery.

        Raises:
            SourceError: The source of labels cannot be read.
        """
        identifiers, label = self._label_columns()
        nothing = pd.DataFrame(columns=pd.Index([*identifiers, label]), dtype="str")
        if self._label_reader is None:
            return nothing
        try:
            offer = self._label_reader.offer()
        except SourceMissingError:
            return nothing
        stamp = "\n".join(delivery.stamp for delivery in offer.deliveries)
        if self._labels is None or self._labels[0] != stamp:
            pieces = [
                read_labels(
                    self._label_reader.read(delivery),
                    self.product.contract,
                    identifiers,
                    label,
                    delivery.location,
                    in_order=self._label_reader.has_order,
                )
                for delivery in offer.deliveries
            ]
            self._left_out = " ".join(piece.left_out for piece in pieces if piece.left_out)
            filled = [piece.table for piece in pieces if len(piece.table)]
            labels = pd.concat(filled, ignore_index=True) if filled else nothing
            self._labels = (stamp, labels)
            if self._remembered.labels != mark_of(stamp):
                self._remembered.labels = mark_of(stamp)
                self._remembered.labels_digests.clear()
        return self._labels[1]

    def label_problem(self) -> SourceError | None:
        """Why late labels cannot be read now, if so; a source not yet there is such a reason."""
        labels = self.product.charter.labels
        if self._label_reader is None or labels is None or labels.source is None:
            return None
        try:
            with as_problem_of(self._location(labels.source)):
                self._label_reader.offer()
                self.load_labels()
        except SourceError as error:
            return error
        return None

    def labels_left_out(self) -> SourceUnreadableError | None:
        """Which late labels could not be read when they were read last, if some; others were."""
        return SourceUnreadableError(self._left_out) if self._left_out else None

    def labels_digest(self, ref: BatchRef) -> str:
        """Digest of the late labels of a batch, as `labels_for` gives it; empty without any.

        Raises:
            SourceError: The batch or the labels cannot be read.
        """
        if self._label_reader is None:
            return ""
        self.load_labels()  # forgets the digests below where labels changed
        digests = self._remembered.labels_digests
        if ref.digest not in digests:
            with as_problem_of(ref.location):
                digests[ref.digest] = self.labels_of(self.load(ref.partition, ref.digest)).digest
        return digests[ref.digest]

    def labels_of(self, raw: pd.DataFrame) -> JoinedLabels:
        """Finds the labels known by now of a batch as delivered.

        Raises:
            SourceError: The labels cannot be read.
        """
        identifiers, _ = self._label_columns()
        batch = conform_named(raw, self.product.contract, identifiers)
        return self.labels_for(batch, self.load_labels())

    def kept_labels(self, table: pd.DataFrame) -> pd.DataFrame:
        """Reads labels that were kept (`JoinedLabels.table`), in the types of `load_labels`."""
        identifiers, label = self._label_columns()
        return read_labels(
            table, self.product.contract, identifiers, label, "the lake", in_order=True
        ).table

    def labels_for(self, batch: pd.DataFrame, labels: pd.DataFrame) -> JoinedLabels:
        """Finds the labels of a conformed batch: late ones by identifiers, else its own column.

        Raises:
            SourceError: The charter names no label.
        """
        identifiers, label = self._label_columns()
        if self._label_reader is not None:
            return join_labels(batch, labels, identifiers, label)
        own = batch[label] if label in batch.columns else pd.Series(pd.NA, index=batch.index)
        known = int(own.notna().sum())
        return JoinedLabels(truth=own, digest="", labelled=known, unlabelled=len(own) - known)

    def _location(self, source: str) -> str:
        return public_address(self.product.charter.sources[source].location)

    def _label_columns(self) -> tuple[tuple[str, ...], str]:
        charter = self.product.charter
        if charter.labels is None:
            raise SourceError(
                f"The charter of {self.product.name!r} names no label; expected `labels` where "
                "labels are asked for. Add it to the charter."
            )
        if charter.labels.source is not None and not charter.identifiers:
            raise SourceError(
                f"The charter of {self.product.name!r} has labels in a second source and no "
                "`identifiers` to join them by. Add the identifiers to the charter."
            )
        return charter.identifiers, charter.labels.column


def _reader(product: Product, name: str, around: Surroundings) -> Reader:
    charter = product.charter
    source = charter.sources[name]
    is_feed = name == charter.feed
    own = (charter.time_column, *charter.identifiers)
    order = tuple(_delivered_as(product, column) for column in own if column)
    ordered = is_feed and isinstance(charter.batches, RowBatches)
    if source.format is SourceFormat.DELTA:
        return DeltaReader(
            name=name,
            location=source.location,
            stores=stores_of(product.folder, source.location, around.environ, around.allowed),
            order=order,
            ordered=ordered,
            bounds=Bounds.of(around.environ),
        )
    if source.format is SourceFormat.SQL:
        return SqlReader(
            name=name,
            source=source,
            folder=product.folder,
            environ=around.environ,
            allowed=around.allowed,
            order=order,
            ordered=ordered,
            bounds=Bounds.of(around.environ),
        )
    layout = product.contract.layout
    # A source of labels has a header of its own, whatever that of the feed is worth.
    contract = (
        product.contract
        if is_feed
        else replace(product.contract, layout=replace(layout, header="name"))
    )
    return FileReader(
        store=open_store(product.folder, source.location, around.environ, around.allowed),
        kind=source.format,
        contract=contract,
        settle_seconds=around.settle_seconds,
        by_folder=is_feed and isinstance(charter.batches, FolderBatches),
        bounds=Bounds.of(around.environ),
    )


def _delivered_as(product: Product, name: str) -> str:
    column = product.contract.column(name)
    return name if column is None else column.delivered_as


def _stamps(reader: Reader) -> str:
    try:
        offer = reader.offer()
    except SourceError as error:
        return f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001 - the look that follows says what it is
        return told_of(error)
    return "\n".join([*(delivery.stamp for delivery in offer.deliveries), *offer.unsettled])
