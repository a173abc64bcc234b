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
    """What a model may be trained on.

    Attributes:
        records: Records of the batches whose labels are in, oldest batch first. Where no batch
            has its labels yet, those of the newest, their labels withheld.
        digests: Digest of each batch in it, by partition, oldest first.
        waiting: Batches left out because their labels are not in yet.
        since: First batch in it after the last change; empty where none is known.
        history: Approved records before it, for lags of the target.
        repeats: What stood in it more than once, and counts once.
        strays: Labels left out, because they are neither class of a binary task.
        unclear: Labels that are neither, and too many to be left out: nobody knows what they mean.
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
        """The history of a window that begins later: also what this one has before that batch."""
        older = self.partitions[: self.partitions.index(partition)]
        past = self.records.where(self.records.batches.isin(older)).past(columns)
        parts = [part for part in (self.history, past) if part is not None and len(part)]
        return pd.concat(parts, ignore_index=True) if parts else None

    def without(self, mask: NDArray[np.bool_]) -> TrainingWindow:
        """The window without the records of a mask."""
        return replace(self, records=self.records.where(~mask)) if mask.any() else self

    def inputs(self, records: Records) -> tuple[TrainingInput, ...]:
        """The batches some of its records come from, and how many from each, oldest first."""
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
        partitions: Batches it may be trained on; where empty, all approved ones.
        change: First batch after the last change; empty where none is known.

    Raises:
        TrainingError: None of them is approved.
    """
    batches = [one for one in approved(state) if not partitions or one.partition in partitions]
    if not batches:
        raise TrainingError(
            f"the window of {product.name} holds no approved batch; expected at least one that "
            f"kept its contract; see: aipo history {product.name} --kind batch_quarantined"
        )
    later = _since(state, batches, change)
    parts, waiting = _parts(services, product, batches, later[0] if later else "")
    table = pd.concat(list(parts.values()), ignore_index=True)
    by_name = {batch.partition: batch for batch in batches}
    first = by_name[next(iter(parts))]
    identity = Identity.of(product)
    records, repeats = count_once(
        Records(
            frame=table.drop(columns=_MARKS),
            truth=table[TRUTH],
            batches=table[BATCH],
            rows=table[ROW],
            identity=table[IDENTITY].rename(identity.scheme),
        ),
        {name: by_name[name] for name in parts},
        named=bool(identity.named),
    )
    labels = product.charter.labels
    truth, strays, strange = records.truth, 0, 0
    if labels is not None and labels.positive is not None:
        truth, strays, strange = without_strays(records.truth, labels.positive)
    left = [name for name in parts if name not in repeats.emptied]
    return TrainingWindow(
        records=replace(records, truth=truth),
        digests={name: by_name[name].digest for name in left},
        waiting=waiting,
        since=next((name for name in later if name in left), ""),
        history=earlier_records(services, product, state, first.position[0]),
        repeats=repeats,
        strays=strays,
        unclear=strange - strays,
    )


def _since(state: ProductState, batches: Sequence[Batch], change: str) -> list[str]:
    """The batches from the first after a change on: it may itself not be approved any more."""
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
    for batch in reversed(batches):
        part = _part(services, product, batch)
        seen.append(batch.partition)
        if is_mature(product.charter, part[TRUTH]):
            parts[batch.partition] = part
        if reaches_far_enough(seen, len(parts), window, since):
            break
    waiting = tuple(name for name in reversed(seen) if name not in parts)
    if not parts:
        newest = _part(services, product, batches[-1])
        parts[batches[-1].partition] = newest.assign(
            **{TRUTH: lambda rows: pd.Series(pd.NA, index=rows.index)}
        )
    return dict(reversed(parts.items())), waiting


def is_mature(charter: Charter, truth: pd.Series) -> bool:
    """Whether enough of a batch's labels are in: early ones are no random sample.

    A word that is neither class of a binary product, such as `pending`, is no label.
    """
    labels = charter.labels
    if labels is None or not len(truth):
        return False
    if labels.positive is not None:
        texts = as_labels(truth)
        truth, _ = of_classes(texts, two_classes(texts, labels.positive))
    return bool(truth.notna().mean() >= labels.minimum_coverage)


def _part(services: RunServices, product: Product, batch: Batch) -> pd.DataFrame:
    frame = load_snapshot(services, product, batch.partition, batch.digest)
    truth = truth_of(services, product, batch, frame)
    needed = _needed(product.charter)
    kept = frame[[name for name in frame if name in needed]]
    identity = Identity.of(product).of_records(frame)
    marks = {TRUTH: truth, BATCH: batch.partition, ROW: range(len(frame)), IDENTITY: identity}
    return kept.assign(**marks)


def _needed(charter: Charter) -> set[str | None]:
    columns, model = Columns.of(charter), charter.model
    names = {columns.label, columns.time, *columns.protected}
    if model is not None:
        names |= {*model.features, model.forecasting.series if model.forecasting else None}
    return names
