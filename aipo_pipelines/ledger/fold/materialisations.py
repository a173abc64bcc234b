"""Materialised assets in the fold: each adds its metadata to the state."""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.evidence.metadata.base import metadata_of
from aipo_pipelines.evidence.metadata.monitoring import PerformanceMetadata, PredictionsMetadata
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.fold import models as fold_models
from aipo_pipelines.ledger.fold.outdated_runs import is_outdated
from aipo_pipelines.ledger.model.state import ProductState


def materialise(state: ProductState, entry: Entry, materialised: AssetMaterialised) -> ProductState:
    """An asset of a batch or of a model was materialised."""
    if materialised.asset == "predictions":
        return _score(state, materialised)
    if materialised.asset == "performance":
        return _judge_records(state, materialised)
    return fold_models.materialise(state, entry, materialised)


def _score(state: ProductState, materialised: AssetMaterialised) -> ProductState:
    """Remembers the version that scored a batch."""
    batch = state.batches.get(materialised.partition)
    version = metadata_of(PredictionsMetadata, materialised.metadata).model_version
    # A late run must not name a version or records for content that was replaced meanwhile.
    if batch is None or version is None or is_outdated(state, batch, materialised):
        return state
    scored = replace(batch, measured_by=version)
    return replace(state, batches={**state.batches, batch.partition: scored})


def _judge_records(state: ProductState, materialised: AssetMaterialised) -> ProductState:
    """Remembers the records by which the performance on a batch was judged."""
    batch = state.batches.get(materialised.partition)
    if batch is None or is_outdated(state, batch, materialised):
        return state
    judged = replace(
        batch, judged=metadata_of(PerformanceMetadata, materialised.metadata).judged or ""
    )
    return replace(state, batches={**state.batches, batch.partition: judged})
