"""Finds the records of a table that a version knows from its training, in any batch.

A version learnt from these records or was chosen by them, so it is not evaluated on them. Such
records come back in a batch that is delivered again, in a full export, or by another cut of the
batches.
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
from aipo_pipelines.ledger.model.model_version import ModelVersion
from aipo_pipelines.ledger.model.models import Original
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.identity import Identity
from aipo_pipelines.models.record_hashes import Hashes, hashes
from aipo_pipelines.resources.services import RunServices

_PLACE = ["partition", "row"]


@dataclass(frozen=True, kw_only=True)
class Known:
    """The records of a table that a version knows.

    Attributes:
        frame: The table.
        model: The version.
        places: Position of each record among the known records; -1 if the version never saw it.
        alike: Records that look like known records, but no more often than chance gives.
    """

    frame: pd.DataFrame
    model: ModelVersion
    places: NDArray[np.intp]
    alike: int = 0

    @property
    def count(self) -> int:
        """Number of known records."""
        return int((self.places >= 0).sum())

    @property
    def all(self) -> bool:
        """Whether the version knows every record of the table."""
        return 0 < self.count == len(self.frame)

    def leave_out(self, scored: Scored) -> Scored:
        """The answers for the records that the version never saw."""
        # Rows that are alike by chance are judged, but a person sees their number.
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
        """The stored answers of models that did not see the records, if all records are known.

        Two kinds of records get no answer: records whose features have changed since the training,
        and records that were judged in another batch that counts.

        Args:
            services: What the pipelines talk to.
            product: The product.
            spec: Its training specification.
            truth: The present labels; None for a product without labels.
            elsewhere: Other batches, whose records are not judged again.

        Raises:
            LakeError: The stored answers or records cannot be read back unchanged.
        """
        identity = Identity.of(product)
        known = _known_identities(services, product, self.model, identity, [*_PLACE])
        origins = known[_PLACE].take(self.places).set_index(self.frame.index)
        table = services.lake.load(product.name, OUT_OF_FOLD, self.model.out_of_fold)
        stored = table.set_index(_PLACE).reindex(pd.MultiIndex.from_frame(origins))
        stored = stored.set_index(self.frame.index)
        # A stored answer belongs to the former features: it says nothing about changed features.
        same = self._same_features(services, product, spec, origins)
        same &= ~origins["partition"].isin(list(elsewhere)).to_numpy()
        scored = as_scored(stored[same], product, spec, self.model, self.frame, truth)
        return replace(scored, known=len(self.frame) - len(scored.predicted))

    def _same_features(
        self, services: RunServices, product: Product, spec: ModelSpec, origins: pd.DataFrame
    ) -> NDArray[np.bool_]:
        present = hashes(self.frame, spec.features)
        same = np.zeros(len(present), dtype=np.bool_)
        for partition, rows in origins.reset_index(drop=True).groupby("partition"):
            version = str(partition), self.model.inputs[str(partition)]
            table = load_columns(services, product, [version], spec.features)
            if table is not None:
                former = hashes(table, spec.features)[rows["row"].to_numpy()]
                same[rows.index] = former == present[rows.index]
        return same


def known_to(
    services: RunServices,
    product: Product,
    model: ModelVersion,
    frame: pd.DataFrame,
    identities: Hashes | None = None,
) -> Known:
    """Finds the records of a table that a version knows from its training.

    Args:
        services: What the pipelines talk to.
        product: The product.
        model: The version.
        frame: Records in the contract's names and types, with all their columns.
        identities: Their identities, if they are computed already.

    Raises:
        LakeError: The records that the version knows cannot be read back unchanged.
    """
    identity = Identity.of(product)
    mine = identity.of_records(frame) if identities is None else identities
    # Rows without identifiers are compared delivery by delivery, because chance decides.
    further = [] if identity.named else ["partition"]
    known = _known_identities(services, product, model, identity, further)
    deliveries = known.get("partition")
    places, alike = identity.places(mine, known[identity.scheme].to_numpy(), deliveries)
    return Known(frame=frame, model=model, places=places, alike=alike)


def records_of(
    services: RunServices, product: Product, model: ModelVersion | Original, names: Collection[str]
) -> pd.DataFrame | None:
    """Some columns of the records a version knows: it learnt from them, or they were held out.

    The other records of its batches do not count: they were delivered again later, or they had no
    label to learn from.

    Args:
        services: What the pipelines talk to.
        product: The product.
        model: The version.
        names: Columns; if a batch lacks a column, its rows have missing values.

    Returns:
        The records with a new index from 0; None for a version without batches.

    Raises:
        LakeError: They cannot be read back unchanged.
    """
    inputs, name, digest = model.inputs.items(), product.name, model.out_of_fold
    # Former programs did not store the records that a version knows: all rows are the best guess.
    if not digest:
        return load_columns(services, product, inputs, names)
    columns = services.lake.load_columns(name, OUT_OF_FOLD, digest, _PLACE)
    known = pd.DataFrame({column.name: column for column in columns}).groupby("partition")["row"]
    rows = {str(partition): np.sort(numbers.to_numpy()) for partition, numbers in known}
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
    """Some rows of a table, in order."""
    # Mostly all rows are known, and then the table needs no second copy.
    return frame if np.array_equal(rows, np.arange(len(frame))) else frame.iloc[rows]


def _known_identities(
    services: RunServices,
    product: Product,
    model: ModelVersion,
    identity: Identity,
    further: list[str],
) -> pd.DataFrame:
    """The identities of the records a version knows, with further columns, as its training stored.

    They may have been stored by other identifiers, or an older program did not store them. Then
    they are computed from the snapshots of its batches.
    """
    name, digest = product.name, model.out_of_fold
    if digest and identity.scheme in services.lake.columns(name, OUT_OF_FOLD, digest):
        columns = services.lake.load_columns(name, OUT_OF_FOLD, digest, {identity.scheme, *further})
        return pd.DataFrame({column.name: column for column in columns})
    # Hashes of other identifiers are never compared with these, so all are computed again.
    parts = []
    for partition, version in model.inputs.items():
        frame = load_snapshot(services, product, partition, version)
        marks = {identity.scheme: identity.of_records(frame), "row": range(len(frame))}
        parts.append(pd.DataFrame({"partition": partition, **marks}))
    empty = pd.DataFrame({name: [] for name in _PLACE} | {identity.scheme: np.empty(0, np.uint64)})
    return pd.concat(parts, ignore_index=True) if parts else empty
