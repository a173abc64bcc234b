"""Which records of a table a version knows from its training, in whichever batch they stood.

A version that learnt from a record, or was chosen by it, has nothing honest to say about it. Such
records come back in a batch delivered again, in a full export, or by another cut of the batches.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.assets.loading.batch import load_columns, load_snapshot
from aipo_pipelines.assets.loading.out_of_fold import OUT_OF_FOLD, as_scored
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.ledger.model.models import Champion, Original
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.identity import Identity
from aipo_pipelines.models.record_hashes import Hashes, hashes
from aipo_pipelines.resources.services import RunServices

_PLACE = ["partition", "row"]


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a version knows of a table.

    Attributes:
        frame: The table.
        model: The version.
        places: Where each record stands among those the version knows; -1 for one it never saw.
        alike: Records that look like some it knows, no more of them than chance gives.
    """

    frame: pd.DataFrame
    model: Champion
    places: NDArray[np.intp]
    alike: int = 0

    @property
    def count(self) -> int:
        """How many records it knows."""
        return int((self.places >= 0).sum())

    @property
    def all(self) -> bool:
        """Whether it knows every record there is."""
        return 0 < self.count == len(self.frame)

    def leave_out(self, scored: Scored) -> Scored:
        """The answers for the records it never saw."""
        scored = replace(scored, alike=self.alike)
        if not self.count:
            return scored
        unseen = self.frame.index[self.places < 0]
        return replace(scored.only(scored.predicted.index.intersection(unseen)), known=self.count)

    def answers(
        self,
        services: RunServices,
        product: Product,
        spec: ModelSpec,
        truth: pd.Series | None,
        elsewhere: Collection[str] = (),
    ) -> Scored:
        """The stored answers of models that did not see the records, where all are known.

        An answer is about the features as they were: where they differ by now, there is none. Nor
        is there one for a record that the version knows from another batch that counts: it was
        judged by it there.

        Args:
            services: What the pipelines talk to.
            product: The product.
            spec: Its training specification.
            truth: Labels by now; None for a product without any.
            elsewhere: Other batches, whose records are not to be judged once more.

        Raises:
            LakeError: The stored answers or records cannot be read back unchanged.
        """
        identity = Identity.of(product)
        kept = _kept(services, product, self.model, identity, [*_PLACE])
        stood = kept[_PLACE].take(self.places).set_index(self.frame.index)
        table = services.lake.load(product.name, OUT_OF_FOLD, self.model.out_of_fold)
        stored = table.set_index(_PLACE).reindex(pd.MultiIndex.from_frame(stood))
        stored = stored.set_index(self.frame.index)
        same = self._same_features(services, product, spec, stood)
        same &= ~stood["partition"].isin(list(elsewhere)).to_numpy()
        scored = as_scored(stored[same], product, spec, self.model, self.frame, truth)
        return replace(scored, known=len(self.frame) - len(scored.predicted))

    def _same_features(
        self, services: RunServices, product: Product, spec: ModelSpec, stood: pd.DataFrame
    ) -> NDArray[np.bool_]:
        now = hashes(self.frame, spec.features)
        same = np.zeros(len(now), dtype=np.bool_)
        for partition, mine in stood.reset_index(drop=True).groupby("partition"):
            version = str(partition), self.model.inputs[str(partition)]
            before = load_columns(services, product, [version], spec.features)
            if before is not None:
                then = hashes(before, spec.features)[mine["row"].to_numpy()]
                same[mine.index] = then == now[mine.index]
        return same


def known_to(
    services: RunServices,
    product: Product,
    model: Champion,
    frame: pd.DataFrame,
    identities: Hashes | None = None,
) -> Known:
    """Finds the records of a table that a version knows from its training.

    Args:
        services: What the pipelines talk to.
        product: The product.
        model: The version.
        frame: Records in the contract's names and types, all their columns.
        identities: Their identities, if they are made already.

    Raises:
        LakeError: What the version knows cannot be read back unchanged.
    """
    identity = Identity.of(product)
    mine = identity.of_records(frame) if identities is None else identities
    kept = _kept(services, product, model, identity, [] if identity.named else ["partition"])
    deliveries = kept.get("partition")
    found, alike = identity.places(mine, kept[identity.scheme].to_numpy(), deliveries)
    return Known(frame=frame, model=model, places=found, alike=alike)


def records_of(
    services: RunServices, product: Product, model: Champion | Original, names: Collection[str]
) -> pd.DataFrame | None:
    """Some columns of the records a version knows: it learnt from them, or they were held out.

    What its batches hold besides does not count: records that were delivered again later, and
    those that could not be learnt from as they had no label. When nobody kept which records a
    version knows, all rows of its batches are taken.

    Args:
        services: What the pipelines talk to.
        product: The product.
        model: The version.
        names: Columns; those that a batch does not have are left out or missing there.

    Returns:
        The records, numbered afresh; None for a version without batches.

    Raises:
        LakeError: They cannot be read back unchanged.
    """
    inputs, name, digest = model.inputs.items(), product.name, model.out_of_fold
    if not digest:
        return load_columns(services, product, inputs, names)
    columns = services.lake.load_columns(name, OUT_OF_FOLD, digest, _PLACE)
    stood = pd.DataFrame({one.name: one for one in columns}).groupby("partition")["row"]
    rows = {str(partition): np.sort(one.to_numpy()) for partition, one in stood}
    parts = [
        _only(part, rows[version[0]])
        for version in inputs
        if version[0] in rows
        and (part := load_columns(services, product, [version], names)) is not None
    ]
    if len(parts) == 1:
        return parts[0].reset_index(drop=True)
    return pd.concat(parts, ignore_index=True) if parts else None


def _only(frame: pd.DataFrame, rows: NDArray[np.intp]) -> pd.DataFrame:
    """Some rows of a table, in order; mostly all of them, which then need no second copy."""
    return frame if np.array_equal(rows, np.arange(len(frame))) else frame.iloc[rows]


def _kept(
    services: RunServices, product: Product, model: Champion, identity: Identity, others: list[str]
) -> pd.DataFrame:
    """The identities of what a version knows, as kept at its training.

    Where they were kept by other identifiers, or by an older program not at all, they are made
    from the snapshots of its batches.
    """
    name, digest = product.name, model.out_of_fold
    if digest and identity.scheme in services.lake.columns(name, OUT_OF_FOLD, digest):
        wanted = {identity.scheme, *others}
        columns = services.lake.load_columns(name, OUT_OF_FOLD, digest, wanted)
        return pd.DataFrame({one.name: one for one in columns})
    parts = []
    for partition, version in model.inputs.items():
        frame = load_snapshot(services, product, partition, version)
        marks = {identity.scheme: identity.of_records(frame), "row": range(len(frame))}
        parts.append(pd.DataFrame({"partition": partition, **marks}))
    empty = pd.DataFrame({one: [] for one in _PLACE} | {identity.scheme: np.empty(0, np.uint64)})
    return pd.concat(parts, ignore_index=True) if parts else empty
