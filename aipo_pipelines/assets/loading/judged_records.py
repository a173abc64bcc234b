"""Which records of a batch were judged before, in another batch: they answer once.

Records that come back under another name say again what they said, however they were picked from
batches of the past, however they are written by now. Only what is new in a batch judges a model.
The identities of what a batch was judged on are kept in the lake, sorted; the ledger names the
table, so that it cannot be replaced unseen.

What a batch that does not count was judged on is no obstacle: one that its feed withdrew, that is
in quarantine, or of a former source. Nor is what an earlier version of the same batch was judged
on: corrections are judged. Nor are records whose truth was not known there, or that were too few
for any threshold.
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

_BATCHES = 128
_RECORDS = 8_000_000
"""So far back, whichever comes first, it is looked which records were judged before.

A million records are compared with a million others in 0.1 seconds.
"""


def counting_elsewhere(loaded: LoadedBatch) -> Iterator[Batch]:
    """The other batches whose verdicts count."""
    for one in loaded.state.batches.values():
        speaks = one.counts and one.status is not BatchStatus.QUARANTINED
        if speaks and one.partition != loaded.batch.partition:
            yield one


def leave_out_judged(services: RunServices, loaded: LoadedBatch, scored: Scored) -> Scored:
    """The answers for the records that were judged in no other batch.

    Args:
        services: What the pipelines talk to.
        loaded: The batch.
        scored: Answers for records of it.

    Raises:
        LakeError: What other batches were judged on cannot be read back unchanged.
    """
    again = _again(services, loaded)
    if not again.any():
        return scored
    fresh = scored.predicted.index.intersection(loaded.frame.index[~again])
    return replace(scored.only(fresh), judged=len(scored.predicted) - len(fresh))


def keep_judged(services: RunServices, loaded: LoadedBatch, scored: Scored) -> str:
    """Keeps which records of a batch are judged now.

    Args:
        services: What the pipelines talk to.
        loaded: The batch.
        scored: The answers that are judged, beside the truth as far as it counts.

    Returns:
        Digest of the table in the lake; empty where no threshold can be decided on so few records.

    Raises:
        LakeError: The storage refuses.
    """
    truth = scored.labelled
    asked = (one.minimum_sample for one in live_thresholds(loaded.product.charter))
    if not truth.any() or int(truth.sum()) < min(asked, default=0):
        return ""
    mine = loaded.identities[loaded.frame.index.isin(truth.index[truth])]
    table = pd.DataFrame({loaded.identity.scheme: np.sort(mine)})
    return services.lake.store(loaded.product.name, _key(loaded.batch.partition), table).digest


def _again(services: RunServices, loaded: LoadedBatch) -> NDArray[np.bool_]:
    """Marks the records that were judged in other batches."""
    mine, names, known = loaded.identities, [], []
    for batch in _last_judged(loaded):
        names.append(batch.partition)
        known.append(_judged_in(services, loaded, batch))
    if not known:
        return np.zeros(len(mine), dtype=np.bool_)
    if loaded.identity.named:
        return _among(mine, known)
    deliveries = pd.Series(np.repeat(names, [*map(len, known)]))
    return loaded.identity.places(mine, np.concatenate(known), deliveries)[0] >= 0


def _among(mine: Hashes, known: Sequence[Hashes]) -> NDArray[np.bool_]:
    """Marks the identities that stand in some of the tables, which are sorted."""
    ordered = np.sort(mine)
    shared = np.zeros(len(ordered), dtype=np.bool_)
    for table in filter(len, known):
        place = np.minimum(np.searchsorted(table, ordered), len(table) - 1)
        shared |= table[place] == ordered
    return pd.Series(mine).isin(ordered[shared]).to_numpy()


def _last_judged(loaded: LoadedBatch) -> Iterator[Batch]:
    """The other batches that were judged, newest first, as far back as is looked."""
    judged = [one for one in counting_elsewhere(loaded) if one.judged]
    judged.sort(key=lambda one: one.position, reverse=True)
    records = 0
    for one in judged[:_BATCHES]:
        yield one
        records += one.rows
        if records >= _RECORDS:
            return


def _judged_in(services: RunServices, loaded: LoadedBatch, batch: Batch) -> Hashes:
    """The identities of the records that another batch was judged on, sorted.

    Where they were kept by other identifiers, or by an older program not at all, they are made
    from its snapshot: all records whose truth is known by now. What was erased is not known.
    """
    lake, name, place = services.lake, loaded.product.name, _key(batch.partition)
    scheme = loaded.identity.scheme
    is_kept = batch.judged != UNKEPT and lake.exists(name, place, batch.judged)
    if is_kept and scheme in lake.columns(name, place, batch.judged):
        (kept,) = lake.load_columns(name, place, batch.judged, {scheme})
        return kept.to_numpy()
    if not lake.exists(name, batch.partition, batch.digest):
        return np.empty(0, dtype=np.uint64)
    frame = load_snapshot(services, loaded.product, batch.partition, batch.digest)
    try:
        truth = truth_of(services, loaded.product, batch, frame)
    except SourceError:
        # Whose truth cannot be read is not known to have been judged.
        truth = None
    known = np.zeros(len(frame), dtype=np.bool_) if truth is None else truth.notna().to_numpy()
    return np.sort(loaded.identity.of_records(frame)[known])


def _key(partition: str) -> str:
    """Where the identities of a batch lie in the lake, beside its snapshot."""
    return f"judged/{partition}"
