"""One batch, loaded once for all measurements of its run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from aipo_pipelines.charter.product import Product
from aipo_pipelines.errors import SourceError
from aipo_pipelines.ledger.state import Batch, BatchStatus, ProductState
from aipo_pipelines.measures.conform import Conformed, conform
from aipo_pipelines.resources.services import Services


@dataclass(frozen=True, kw_only=True)
class LoadedBatch:
    """A batch in memory.

    Attributes:
        conformed: The delivered table in the contract's names and types.
        truth: Label of each row, NA where not known yet; None for a product without labels.
        state: State of the product when the run began.
    """

    product: Product
    batch: Batch
    conformed: Conformed
    truth: pd.Series | None
    state: ProductState

    @property
    def frame(self) -> pd.DataFrame:
        """The records."""
        return self.conformed.frame


def load(services: Services, product: Product, partition: str) -> LoadedBatch:
    """Loads the newest version of a batch, from the lake or, the first time, from its feed.

    The first time, what was delivered is stored as an unchangeable snapshot before anything else
    looks at it.

    Raises:
        SourceError: No such batch has arrived, or its content is no longer what arrived.
        LakeError: The snapshot cannot be stored or read back unchanged.
    """
    state = services.ledger.state(product.name)
    batch = state.batches.get(partition)
    if batch is None:
        raise SourceError(
            f"batch {partition!r} of {product.name} is not in the ledger; expected one that "
            f"arrived in its feed; let intake see it: aipo run {product.name}"
        )
    raw = _snapshot(services, product, batch)
    conformed = conform(raw, product.contract)
    truth = truth_of(services, product, conformed.frame)
    return LoadedBatch(product=product, batch=batch, conformed=conformed, truth=truth, state=state)


def truth_of(services: Services, product: Product, frame: pd.DataFrame) -> pd.Series | None:
    """Label of each record: from the batch, or as known by now from the source of late labels.

    Returns:
        Labels, NA where not known yet; None for a product without labels.

    Raises:
        SourceError: The source of late labels cannot be read.
    """
    labels = product.charter.labels
    if labels is None:
        return None
    feed = services.feeds.of(product)
    if feed.has_late_labels:
        return feed.labels_for(frame, feed.load_labels()).truth
    if labels.column in frame:
        return frame[labels.column]
    return pd.Series(pd.NA, index=frame.index, dtype="object")


def load_snapshot(
    services: Services, product: Product, partition: str, digest: str
) -> pd.DataFrame:
    """Records of one stored version of a batch, in the contract's names and types."""
    raw = services.lake.load(product.name, partition, digest)
    return conform(raw, product.contract).frame


def earlier_records(
    services: Services, product: Product, state: ProductState, before: datetime | None
) -> pd.DataFrame | None:
    """Approved records before a moment, for lags of the target; None where none are needed."""
    model = product.charter.model
    if model is None or model.forecasting is None:
        return None
    frames = [
        load_snapshot(services, product, batch.partition, batch.digest)
        for batch in state.batches.values()
        if batch.status is BatchStatus.APPROVED and (before is None or batch.occurred_at < before)
    ]
    return pd.concat(frames, ignore_index=True) if frames else None


def _snapshot(services: Services, product: Product, batch: Batch) -> pd.DataFrame:
    name, partition, digest = product.name, batch.partition, batch.digest
    if services.lake.exists(name, partition, digest):
        return services.lake.load(name, partition, digest)
    raw = services.feeds.of(product).load(partition, digest)
    services.lake.store(name, partition, raw)
    return raw
