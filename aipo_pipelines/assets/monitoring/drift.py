"""`drift` of one batch: its inputs are compared with the records the champion knows.

The champion learnt from these records, or was evaluated on them before its release. Each counts
once, as in the training.
"""

from __future__ import annotations

from dataclasses import replace

from aipo_pipelines.assets.loading.batch import LoadedBatch
from aipo_pipelines.assets.loading.known_records import records_of
from aipo_pipelines.assets.monitoring.pictures import drift_bars
from aipo_pipelines.assets.reporting.results import AssetResult, not_measured
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.errors import LakeError
from aipo_pipelines.evidence.details.base import details_of
from aipo_pipelines.evidence.details.drift import DataDriftDetails
from aipo_pipelines.evidence.metadata.monitoring import DriftMetadata
from aipo_pipelines.evidence.outcome import CheckOutcome
from aipo_pipelines.ledger.fold.original_baseline import original_of
from aipo_pipelines.ledger.model.models import Champion
from aipo_pipelines.measures.data.profile import profile
from aipo_pipelines.measures.drift.check import measure_drift
from aipo_pipelines.measures.drift.original import beside, compared_features
from aipo_pipelines.models.features import category_columns
from aipo_pipelines.policy.facts.independence import is_part_of_training
from aipo_pipelines.resources.services import RunServices

_ITS_OWN = (
    "The champion was trained on this batch: it is compared with data that it is part of, which "
    "is no independent evidence."
)


def drift(
    services: RunServices, loaded: LoadedBatch, model: ModelSpec, champion: Champion | None
) -> AssetResult:
    """Measures how far every compared feature has moved."""
    limits = loaded.product.charter.drift
    features = _compared(loaded, model)
    # With the held-out records: otherwise data would drift that just passed the gates.
    trained = champion.model if champion else None
    reference = records_of(services, loaded.product, trained, features) if trained else None
    outcome: CheckOutcome
    if reference is None:
        outcome = not_measured("data_drift", "no version is in charge")
    else:
        measured = measure_drift(
            reference,
            loaded.frame,
            features,
            category_columns(reference, model),
            limits,
            model.seed,
        )
        if is_part_of_training(loaded.state, loaded.batch.partition):
            measured = replace(measured, summary=f"{measured.summary} {_ITS_OWN}")
        outcome = _beside_original(services, loaded, model, measured)
    return AssetResult(
        asset="drift",
        metadata=DriftMetadata(
            profile=profile(loaded.frame[[name for name in features if name in loaded.frame]]),
            champion=champion.version if champion else "",
            drifted=len(details_of(DataDriftDetails, outcome.details).drifted),
        ),
        pictures=drift_bars(outcome, limits.limit),
        checks=(outcome,),
    )


def _beside_original(
    services: RunServices,
    loaded: LoadedBatch,
    model: ModelSpec,
    outcome: CheckOutcome[DataDriftDetails],
) -> CheckOutcome[DataDriftDetails]:
    """The outcome with distances from the original's data, unless that is the champion's own."""
    original, champion = original_of(loaded.state), loaded.state.champion
    # While the original is in charge, nothing is measured twice.
    if original is None or champion is None or dict(original.inputs) == dict(champion.model.inputs):
        return outcome
    try:
        reference = records_of(services, loaded.product, original, _compared(loaded, model))
    except LakeError as error:
        # The original baseline informs: the decided check must not be lost with its old data.
        lost = not_measured(outcome.check, f"the original's records cannot be read: {error}")
        return beside(outcome, lost, original.version)
    if reference is None:
        return outcome
    against = measure_drift(
        reference,
        loaded.frame,
        compared_features(reference, _compared(loaded, model)),
        category_columns(reference, model),
        loaded.product.charter.drift,
        model.seed,
    )
    return beside(outcome, against, original.version)


def _compared(loaded: LoadedBatch, model: ModelSpec) -> list[str]:
    return [name for name in model.features if name not in loaded.product.charter.drift.ignore]
