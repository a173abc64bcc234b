"""One batch, loaded once for all measurements of its run."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import pandas as pd

from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import SourceError
from aipo_pipelines.ledger.model.state import Batch, BatchStatus, ProductState
from aipo_pipelines.measures.data.conform import (
    Conformed,
    conform,
    conform_columns,
    delivered_names,
)
from aipo_pipelines.models.identity import Identity
from aipo_pipelines.models.record_hashes import Hashes
from aipo_pipelines.resources.allocator import give_back
from aipo_pipelines.resources.feeds import Feed
from aipo_pipelines.resources.services import RunServices


@dataclass(frozen=True, kw_only=True)
class LoadedBatch:
    """A batch in memory.

    Attributes:
        conformed: The delivered table in the contract's names and types.
        truth: Label of each row, NA if it is not known yet; None for a product without labels.
        state: State of the product when the run began.
        label_problem: Why the labels cannot be read; empty if they can be read.
    """

    product: Product
    batch: Batch
    conformed: Conformed
    truth: pd.Series | None
    state: ProductState
    label_problem: str = ""

    @cached_property
    def identity(self) -> Identity:
        """The rule that identifies its records."""
        return Identity.of(self.product)

    @cached_property
    def identities(self) -> Hashes:
        """The identity of each record, computed once."""
        return self.identity.of_records(self.frame)

    @property
    def frame(self) -> pd.DataFrame:
        """The records."""
        return self.conformed.frame


def load(services: RunServices, product: Product, partition: str) -> LoadedBatch:
    """Loads the newest version of a batch from the lake, in which intake stored it.

    If the lake does not hold it, it is loaded from the feed and stored before it is measured.

    Raises:
        SourceError: No such batch has arrived, its content has changed since it arrived, or its
            feed withdrew it.
        LakeError: The snapshot cannot be stored or read back unchanged.
    """
    state = services.ledger.state(product.name)
    batch = state.batches.get(partition)
    if batch is None:
        raise SourceError(
            f"batch {partition!r} of {product.name} is not in the ledger; expected a batch that "
            f"arrived in its feed; start an intake: aipo run {product.name}"
        )
    if batch.withdrawn is not None:
        raise SourceError(
            f"batch {partition!r} of {product.name} was withdrawn by its feed on "
            f"{batch.withdrawn.at:%Y-%m-%d} ({batch.withdrawn.reason}); expected a batch that its "
            "feed holds. It is measured again when it is delivered again."
        )
    conformed = conform(_snapshot(services, product, batch), product.contract)
    # The delivered table is freed now: the measures need this memory.
    give_back()
    truth, problem = None, ""
    try:
        truth = truth_of(services, product, batch, conformed.frame)
    except SourceError as error:
        # Contract, privacy and drift need no labels, so the batch is measured without them.
        problem = str(error)
    return LoadedBatch(
        product=product,
        batch=batch,
        conformed=conformed,
        truth=truth,
        state=state,
        label_problem=problem,
    )


def labels_key(partition: str) -> str:
    """Name of a batch's late labels in the lake, beside its snapshot."""
    return f"labels/{partition}"


def truth_of(
    services: RunServices, product: Product, batch: Batch, frame: pd.DataFrame
) -> pd.Series | None:
    """Label of each record: from the batch or from a separate source.

    Labels of a separate source are read as intake stored them, under the digest in the ledger. If
    the lake does not hold them, the present labels of their source are read.

    Args:
        services: What the pipelines talk to.
        product: The product.
        batch: The batch.
        frame: Its records in the contract's names and types.

    Returns:
        Labels, NA if they are not known yet; None for a product without labels.

    Raises:
        SourceError: The source of the labels cannot be read.
    """
    labels = product.charter.labels
    if labels is None:
        return None
    feed = services.feeds.of(product)
    if feed.has_late_labels:
        return feed.labels_for(frame, _late_labels(services, feed, batch)).truth
    if labels.column in frame:
        return frame[labels.column]
    return pd.Series(pd.NA, index=frame.index, dtype="object")


def _late_labels(services: RunServices, feed: Feed, batch: Batch) -> pd.DataFrame:
    name, labels_name = feed.product.name, labels_key(batch.partition)
    # The stored labels come first: the source may have changed since the ledger named them.
    if not batch.labels_digest or not services.lake.exists(name, labels_name, batch.labels_digest):
        return feed.load_labels()
    return feed.kept_labels(services.lake.load(name, labels_name, batch.labels_digest))


def load_snapshot(
    services: RunServices, product: Product, partition: str, digest: str
) -> pd.DataFrame:
    """Records of one stored version of a batch, in the contract's names and types."""
    raw = services.lake.load(product.name, partition, digest)
    return conform(raw, product.contract).frame


def load_columns(
    services: RunServices,
    product: Product,
    versions: Iterable[tuple[str, str]],
    names: Collection[str],
) -> pd.DataFrame | None:
    """Some columns of stored batches in one table, in the contract's names and types.

    Only these columns are read. Columns that the contract does not declare are as delivered.

    Args:
        services: What the pipelines talk to.
        product: The product.
        versions: Partition and digest of each batch.
        names: Columns; if a batch lacks a column, its rows have missing values.

    Returns:
        The records with a new index from 0; None if there are no batches.
    """
    frames = [_columns(services, product, version, names) for version in versions]
    give_back()
    # A table of one batch needs no copy, and copies of large windows would double the memory.
    if len(frames) == 1:
        return frames[0]
    return pd.concat(frames, ignore_index=True) if frames else None


def earlier_records(
    services: RunServices, product: Product, state: ProductState, before: datetime | None
) -> pd.DataFrame | None:
    """Series, time and target of approved records before a moment, for lags of the target.

    None if the model needs no lags or no approved batch is older.
    """
    model, labels = product.charter.model, product.charter.labels
    if model is None or model.forecasting is None:
        return None
    versions = [
        (batch.partition, batch.digest)
        for batch in state.batches.values()
        if batch.status is BatchStatus.APPROVED and (before is None or batch.position[0] < before)
    ]
    needed = (model.forecasting.series, product.charter.time_column, labels and labels.column)
    return load_columns(services, product, versions, [name for name in needed if name])


def _columns(
    services: RunServices, product: Product, version: tuple[str, str], names: Collection[str]
) -> pd.DataFrame:
    delivered = delivered_names(services.lake.columns(product.name, *version), product.contract)
    chosen = {name: delivered[name] for name in names if name in delivered}
    # The reader of columns finds only delivered columns; a missing column needs the contract.
    if not chosen or len(chosen) < len(set(names)):
        complete = load_snapshot(services, product, *version)
        return complete[[name for name in complete if name in names]]
    raw = services.lake.load_columns(product.name, *version, set(chosen.values()))
    return conform_columns(raw, product.contract, chosen)


def _snapshot(services: RunServices, product: Product, batch: Batch) -> pd.DataFrame:
    name, partition, digest = product.name, batch.partition, batch.digest
    if services.lake.exists(name, partition, digest):
        return services.lake.load(name, partition, digest)
    delivered = services.feeds.of(product).deliver(partition, digest)
    # Stored first: the same content is measured again even if the source changes later.
    services.lake.store(name, partition, delivered.frame, delivered.parts())
    return delivered.frame
