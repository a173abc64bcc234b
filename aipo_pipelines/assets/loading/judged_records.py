"""Finds the records of a batch that were judged before, in another batch: each counts once.

Records that come back in another batch are no new evidence about a model, in any selection and any
notation. Only the new records of a batch judge a model. The lake keeps the sorted identities of the
judged records of each batch. The ledger names this table, so nobody can replace it unseen.

Four kinds of records are judged again:

- records of a batch that does not count: withdrawn, in quarantine, or of a former source,
- records of an earlier version of the same batch, because corrections are judged,
- records whose truth was not known in the other batch,
- records of a batch that was too small for every threshold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from aipo_pipelines.assets.loading.batch import LoadedBatch, load_snapshot, truth_of
from aipo_pipelines.errors import SourceError
from aipo_pipelines.ledger.model.state import UNKEPT, Batch, BatchStatus
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.record_hashes import Hashes
from aipo_pipelines.policy.facts.live_thresholds import live_thresholds
from aipo_pipelines.resources.services import RunServices

# The search for judged records ends at the first of these two bounds. A million records are
# compared with another million in 0.1 seconds, so a search takes less than a second.
_BATCHES = 128
_RECORDS = 8_000_000


def counting_elsewhere(loaded: LoadedBatch) -> Iterator[Batch]:
    """The other batches whose verdicts count."""
    for batch in loaded.state.batches.values():
        is_evidence = batch.counts and batch.status is not BatchStatus.QUARANTINED
        # Corrections of the same batch are judged, so the batch itself is left out.
        if is_evidence and batch.partition != loaded.batch.partition:
            yield batch


def leave_out_judged(services: RunServices, loaded: LoadedBatch, scored: Scored) -> Scored:
    """The answers for the records that were judged in no other batch.

    Args:
        services: What the pipelines talk to.
        loaded: The batch.
        scored: Answers for its records.

    Raises:
        LakeError: The judged records of other batches cannot be read back unchanged.
    """
    again = _judged_elsewhere(services, loaded)
    if not again.any():
        return scored
    fresh = scored.predicted.index.intersection(loaded.frame.index[~again])
    return replace(scored.only(fresh), judged=len(scored.predicted) - len(fresh))


def keep_judged(services: RunServices, loaded: LoadedBatch, scored: Scored) -> str:
    """Stores the identities of the records of a batch that are judged now.

    Args:
        services: What the pipelines talk to.
        loaded: The batch.
        scored: The answers that are judged, with the truth that counts.

    Returns:
        Digest of the table in the lake; empty if the records are too few for every threshold.

    Raises:
        LakeError: The storage refuses.
    """
    truth = scored.labelled
    samples = (threshold.minimum_sample for threshold in live_thresholds(loaded.product.charter))
    # Records that decide no threshold were not judged: the next batch may judge them.
    if not truth.any() or int(truth.sum()) < min(samples, default=0):
        return ""
    mine = loaded.identities[loaded.frame.index.isin(truth.index[truth])]
    table = pd.DataFrame({loaded.identity.scheme: np.sort(mine)})
    return services.lake.store(loaded.product.name, _key(loaded.batch.partition), table).digest


def _judged_elsewhere(services: RunServices, loaded: LoadedBatch) -> NDArray[np.bool_]:
    """Marks the records that were judged in other batches."""
    mine, names, known = loaded.identities, [], []
    for batch in _last_judged(loaded):
        names.append(batch.partition)
        known.append(_judged_in(services, loaded, batch))
    if not known:
        return np.zeros(len(mine), dtype=np.bool_)
    if loaded.identity.named:
        return _among(mine, known)
    # Without identifiers, equal rows are the same record only if they are more than chance gives.
    deliveries = pd.Series(np.repeat(names, [*map(len, known)]))
    return loaded.identity.places(mine, np.concatenate(known), deliveries)[0] >= 0


def _among(mine: Hashes, known: Sequence[Hashes]) -> NDArray[np.bool_]:
    """Marks the identities that a sorted table contains."""
    # Two sorted arrays are compared by a binary search, without a join of millions of rows.
    ordered = np.sort(mine)
    shared = np.zeros(len(ordered), dtype=np.bool_)
    for table in filter(len, known):
        place = np.minimum(np.searchsorted(table, ordered), len(table) - 1)
        shared |= table[place] == ordered
    return pd.Series(mine).isin(ordered[shared]).to_numpy()


def _last_judged(loaded: LoadedBatch) -> Iterator[Batch]:
    """The other batches that were judged, newest first, up to the bounds of the search."""
    judged = [batch for batch in counting_elsewhere(loaded) if batch.judged]
    judged.sort(key=lambda batch: batch.position, reverse=True)
    records = 0
    for batch in judged[:_BATCHES]:
        yield batch
        records += batch.rows
        if records >= _RECORDS:
            return


def _judged_in(services: RunServices, loaded: LoadedBatch, batch: Batch) -> Hashes:
    """The identities of the judged records of another batch, sorted.

    They may have been stored by other identifiers, or an older program did not store them. Then
    they are computed from its snapshot: all records whose truth is known now.
    """
    lake, name, table = services.lake, loaded.product.name, _key(batch.partition)
    scheme = loaded.identity.scheme
    is_stored = batch.judged != UNKEPT and lake.exists(name, table, batch.judged)
    if is_stored and scheme in lake.columns(name, table, batch.judged):
        (identities,) = lake.load_columns(name, table, batch.judged, {scheme})
        return identities.to_numpy()
    # An erased snapshot leaves no identities behind, so its records count as new.
    if not lake.exists(name, batch.partition, batch.digest):
        return np.empty(0, dtype=np.uint64)
    frame = load_snapshot(services, loaded.product, batch.partition, batch.digest)
    try:
        truth = truth_of(services, loaded.product, batch, frame)
    except SourceError:
        # Without readable labels nobody knows that these records were judged.
        truth = None
    known = np.zeros(len(frame), dtype=np.bool_) if truth is None else truth.notna().to_numpy()
    return np.sort(loaded.identity.of_records(frame)[known])


def _key(partition: str) -> str:
    """Name of the judged identities of a batch in the lake, beside its snapshot."""
    return f"judged/{partition}"
