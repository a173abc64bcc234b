"""The fold's part about assets that were materialised: what each one adds to the state."""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.evidence.metadata.base import metadata_of
from aipo_pipelines.evidence.metadata.monitoring import PerformanceMetadata, PredictionsMetadata
from aipo_pipelines.ledger.events.entry import Entry
from aipo_pipelines.ledger.events.measurements import AssetMaterialised
from aipo_pipelines.ledger.fold import checks
from aipo_pipelines.ledger.fold import models as fold_models
from aipo_pipelines.ledger.model.state import ProductState


def materialise(state: ProductState, entry: Entry, made: AssetMaterialised) -> ProductState:
    """An asset of a batch or of a model was materialised."""
    if made.asset == "predictions":
        return _score(state, made)
    if made.asset == "performance":
        return _judge_records(state, made)
    return fold_models.materialise(state, entry, made)


def _score(state: ProductState, made: AssetMaterialised) -> ProductState:
    """Remembers which version scored a batch."""
    batch = state.batches.get(made.partition)
    version = metadata_of(PredictionsMetadata, made.metadata).model_version
    if batch is None or version is None or checks.is_outdated(state, batch, made):
        return state
    scored = replace(batch, measured_by=version)
    return replace(state, batches={**state.batches, batch.partition: scored})


def _judge_records(state: ProductState, made: AssetMaterialised) -> ProductState:
    """Remembers which records a batch was judged on."""
    batch = state.batches.get(made.partition)
    if batch is None or checks.is_outdated(state, batch, made):
        return state
    judged = replace(batch, judged=metadata_of(PerformanceMetadata, made.metadata).judged or "")
    return replace(state, batches={**state.batches, batch.partition: judged})
