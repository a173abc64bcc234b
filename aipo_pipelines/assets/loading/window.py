"""The approved batches a model may be trained on, loaded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import dropwhile

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.assets.loading.batch import earlier_records, load_snapshot, truth_of
from aipo_pipelines.assets.loading.records import Records
from aipo_pipelines.assets.loading.repeated_records import Repeats, count_once
from aipo_pipelines.charter.model.charter import Charter
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.errors import TrainingError
from aipo_pipelines.ledger.model.state import Batch, ProductState
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.identity import Identity
from aipo_pipelines.models.labels import as_labels, of_classes, two_classes, without_strays
from aipo_pipelines.models.windows import reaches_far_enough
from aipo_pipelines.policy.facts.training import approved
from aipo_pipelines.resources.services import RunServices
from aipo_pipelines.resources.tracker.protocol import TrainingInput

# No contract can name a column like this: names of properties hold no NUL.
TRUTH, BATCH, ROW, IDENTITY = "\0truth", "\0batch", "\0row", "\0identity"
_MARKS = [TRUTH, BATCH, ROW, IDENTITY]


@dataclass(frozen=True, kw_only=True)
class TrainingWindow:
    """The records a model may be trained on.

    Attributes:
        records: Records of the batches whose labels are in, oldest batch first. If no batch has
            its labels yet, the records of the newest batch without labels.
        digests: Digest of each batch in it, by partition, oldest first.
        waiting: Batches left out because their labels are not in yet.
        since: First batch in it after the last change; empty if no change is known.
        history: Approved records before it, for lags of the target.
        repeats: Records that it contained more than once, and that count once.
        strays: Labels left out, because they are neither class of a binary task.
        unclear: Such labels that are too many to be left out: nobody knows their meaning.
    """

    records: Records
    digests: Mapping[str, str]
    waiting: tuple[str, ...]
    since: str
    history: pd.DataFrame | None
    repeats: Repeats = field(default_factory=Repeats)
    strays: int = 0
    unclear: int = 0

    @property
    def partitions(self) -> tuple[str, ...]:
        """Its batches, oldest first."""
        return tuple(self.digests)

    def before(self, partition: str, columns: Columns) -> pd.DataFrame | None:
        """The history of a window that begins later: also the older records of this window."""
        older = self.partitions[: self.partitions.index(partition)]
        past = self.records.where(self.records.batches.isin(older)).past(columns)
        parts = [part for part in (self.history, past) if part is not None and len(part)]
        return pd.concat(parts, ignore_index=True) if parts else None

    def without(self, mask: NDArray[np.bool_]) -> TrainingWindow:
        """The window without the records of a mask."""
        return replace(self, records=self.records.where(~mask)) if mask.any() else self

    def inputs(self, records: Records) -> tuple[TrainingInput, ...]:
        """The batches of some records and the number of records of each, oldest first."""
        counts = records.batches.value_counts()
        return tuple(
            TrainingInput(partition=name, digest=digest, rows=int(counts[name]))
            for name, digest in self.digests.items()
            if name in counts
        )


def load_window(
    services: RunServices,
    product: Product,
    state: ProductState,
    partitions: Sequence[str],
    change: str = "",
) -> TrainingWindow:
    """Loads the approved batches a model may be trained on, as far back as any choice reaches.

    Args:
        services: What the pipelines talk to.
        product: The product.
        state: Its state.
        partitions: Batches it may be trained on; if empty, all approved batches.
        change: First batch after the last change; empty if no change is known.

    Raises:
        TrainingError: None of these batches is approved.
    """
    allowed = _allowed(product, state, partitions)
    later = _since(state, allowed, change)
    parts, waiting = _parts(services, product, allowed, later[0] if later else "")
    batches = {batch.partition: batch for batch in allowed if batch.partition in parts}
    identity = Identity.of(product)
    records, repeats = count_once(_records(parts, identity), batches, named=bool(identity.named))
    labels = product.charter.labels
    positive = labels.positive if labels else None
    truth, strays, strange = (
        (records.truth, 0, 0) if positive is None else without_strays(records.truth, positive)
    )
    left = [name for name in batches if name not in repeats.emptied]
    first = next(iter(batches.values()))
    return TrainingWindow(
        records=replace(records, truth=truth),
        digests={name: batches[name].digest for name in left},
        waiting=waiting,
        since=next((name for name in later if name in left), ""),
        history=earlier_records(services, product, state, first.position[0]),
        repeats=repeats,
        strays=strays,
        unclear=strange - strays,
    )


def _allowed(product: Product, state: ProductState, partitions: Sequence[str]) -> list[Batch]:
    """The approved batches of a window, oldest first.

    Raises:
        TrainingError: No batch of the window is approved.
    """
    allowed = [
        batch for batch in approved(state) if not partitions or batch.partition in partitions
    ]
    if not allowed:
        raise TrainingError(
            f"the window of {product.name} holds no approved batch; expected at least one that "
            f"kept its contract; see: aipo history {product.name} --kind batch_quarantined"
        )
    return allowed


def _records(parts: Mapping[str, pd.DataFrame], identity: Identity) -> Records:
    """The rows of all batches, oldest batch first."""
    table = pd.concat(list(parts.values()), ignore_index=True)
    return Records(
        frame=table.drop(columns=_MARKS),
        truth=table[TRUTH],
        batches=table[BATCH],
        rows=table[ROW],
        identity=table[IDENTITY].rename(identity.scheme),
    )


def _since(state: ProductState, batches: Sequence[Batch], change: str) -> list[str]:
    """The batches from the first batch after a change on."""
    # By position, because the batch of the change itself may not be approved any more.
    begin = state.batches.get(change)
    if begin is None:
        return []
    later = dropwhile(lambda batch: batch.position < begin.position, batches)
    return [batch.partition for batch in later]


def _parts(
    services: RunServices, product: Product, batches: Sequence[Batch], since: str
) -> tuple[dict[str, pd.DataFrame], tuple[str, ...]]:
    """Rows by batch, oldest first, and the batches that wait for their labels."""
    window = product.charter.retraining.window
    parts: dict[str, pd.DataFrame] = {}
    seen: list[str] = []
    # From the newest batch back: older snapshots are not read if no choice reaches so far.
    for batch in reversed(batches):
        part = _part(services, product, batch)
        seen.append(batch.partition)
        if is_mature(product.charter, part[TRUTH]):
            parts[batch.partition] = part
        if reaches_far_enough(seen, len(parts), window, since):
            break
    waiting = tuple(name for name in reversed(seen) if name not in parts)
    if not parts:
        # A window without labels is described, too: its check then says how many are missing.
        newest = _part(services, product, batches[-1])
        parts[batches[-1].partition] = newest.assign(
            **{TRUTH: lambda rows: pd.Series(pd.NA, index=rows.index)}
        )
    return dict(reversed(parts.items())), waiting


def is_mature(charter: Charter, truth: pd.Series) -> bool:
    """Whether enough of a batch's labels are in."""
    # Labels that come early are no random sample, so a part of them says nothing about the batch.
    labels = charter.labels
    if labels is None or not len(truth):
        return False
    if labels.positive is not None:
        # A word that is neither class of a binary product, such as `pending`, is no label.
        texts = as_labels(truth)
        truth, _ = of_classes(texts, two_classes(texts, labels.positive))
    return bool(truth.notna().mean() >= labels.minimum_coverage)


def _part(services: RunServices, product: Product, batch: Batch) -> pd.DataFrame:
    frame = load_snapshot(services, product, batch.partition, batch.digest)
    truth = truth_of(services, product, batch, frame)
    needed = _needed(product.charter)
    # The identity needs all columns; the window then keeps only the columns of the model.
    identity = Identity.of(product).of_records(frame)
    marks = {TRUTH: truth, BATCH: batch.partition, ROW: range(len(frame)), IDENTITY: identity}
    return frame[[name for name in frame if name in needed]].assign(**marks)


def _needed(charter: Charter) -> set[str | None]:
    columns, model = Columns.of(charter), charter.model
    names = {columns.label, columns.time, *columns.protected}
    if model is not None:
        names |= {*model.features, model.forecasting.series if model.forecasting else None}
    return names
