"""`drift` of one batch: its inputs against the data the champion was trained on."""

from __future__ import annotations

from aipo_pipelines.assets.batch import LoadedBatch, load_columns
from aipo_pipelines.assets.pictures import drift_bars
from aipo_pipelines.assets.report import AssetResult, not_measured
from aipo_pipelines.charter.modelling import ModelSpec
from aipo_pipelines.ledger.model_state import Champion
from aipo_pipelines.measures.drift import measure_drift
from aipo_pipelines.measures.profile import profile
from aipo_pipelines.models.features import category_columns
from aipo_pipelines.resources.services import Services


def drift(
    services: Services, loaded: LoadedBatch, model: ModelSpec, champion: Champion | None
) -> AssetResult:
    """Measures how far every compared feature has moved."""
    limits = loaded.product.charter.drift
    features = [name for name in model.features if name not in limits.ignore]
    inputs = champion.inputs.items() if champion else ()
    reference = load_columns(services, loaded.product, inputs, features)
    if reference is None:
        outcome = not_measured("data_drift", "there is no champion to compare with yet")
    else:
        outcome = measure_drift(
            reference,
            loaded.frame,
            features,
            category_columns(reference, model),
            limits,
            model.seed,
        )
    drifted = outcome.details.get("drifted")
    return AssetResult(
        asset="drift",
        metadata={
            "profile": profile(loaded.frame[[name for name in features if name in loaded.frame]]),
            "champion": champion.version if champion else "",
            "drifted": len(drifted) if isinstance(drifted, list) else 0,
        },
        pictures=drift_bars(outcome, limits.limit),
        checks=(outcome,),
    )
