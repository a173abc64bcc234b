"""The champion's answers about the records of a batch that it never saw."""

from __future__ import annotations

import pandas as pd

from aipo_pipelines.assets.loading.batch import LoadedBatch, earlier_records
from aipo_pipelines.assets.loading.judged_records import counting_elsewhere
from aipo_pipelines.assets.loading.known_records import known_to
from aipo_pipelines.assets.loading.out_of_fold import predictions_table, read_out_of_fold
from aipo_pipelines.assets.reporting.links import model_link
from aipo_pipelines.assets.reporting.results import AssetResult
from aipo_pipelines.charter.model.modelling import ModelSpec
from aipo_pipelines.charter.model.product import Product
from aipo_pipelines.evidence.metadata.monitoring import PredictionsMetadata
from aipo_pipelines.ledger.model.model_version import ModelVersion
from aipo_pipelines.measures.metrics.scored import Scored
from aipo_pipelines.models.columns import Columns
from aipo_pipelines.models.logged_predictions import from_logged
from aipo_pipelines.models.scoring import score
from aipo_pipelines.models.training import Fitted
from aipo_pipelines.resources.services import RunServices

PREDICTIONS = "predictions"


def score_batch(
    services: RunServices, loaded: LoadedBatch, spec: ModelSpec, champion: ModelVersion | None
) -> Scored | None:
    """Scores a batch by its logged predictions or by the champion.

    A model never answers for a record that it learnt from, in any batch. The champion answers for
    the records that it never saw. If it knows all records of a batch, models that did not see them
    answer, except for records that were judged in another batch that counts.

    Returns:
        The scores, or None if no version is in charge.

    Raises:
        ModelError: The model cannot answer for these records.
        TrackerError: MLflow does not answer, or the model was altered.
    """
    history = history_of(services, loaded)
    if spec.logged_predictions:
        columns = Columns.of(loaded.product.charter)
        return from_logged(loaded.frame, loaded.truth, spec, columns, history=history)
    if champion is None:
        return None
    # The champion learnt from this very batch: the search for known records is not needed.
    if champion.inputs.get(loaded.batch.partition) == loaded.batch.digest:
        return read_out_of_fold(services, loaded, spec, champion)
    known = known_to(services, loaded.product, champion, loaded.frame, loaded.identities)
    # Answers of the version and of its folds are never mixed: the figure would be about no model.
    if known.all:
        elsewhere = {batch.partition for batch in counting_elsewhere(loaded)}
        return known.answers(services, loaded.product, spec, loaded.truth, elsewhere)
    scored = score_live(services, loaded, spec, champion, history)
    return known.leave_out(scored)


def history_of(services: RunServices, loaded: LoadedBatch) -> pd.DataFrame | None:
    """Approved records before a batch, for lags of the target; None if the model has no lags."""
    return earlier_records(services, loaded.product, loaded.state, loaded.batch.position[0])


def score_live(
    services: RunServices,
    loaded: LoadedBatch,
    spec: ModelSpec,
    model: ModelVersion,
    history: pd.DataFrame | None,
) -> Scored:
    """Scores a batch by a stored version that was not trained on it.

    Raises:
        ModelError: The model cannot answer for these records, or was altered.
        TrackerError: MLflow does not answer, or no longer knows the version.
    """
    return score(
        load_version(services, loaded.product, spec, model),
        loaded.frame,
        loaded.truth,
        spec,
        Columns.of(loaded.product.charter),
        history=history,
        model_version=model.version,
    )


def load_version(
    services: RunServices, product: Product, spec: ModelSpec, model: ModelVersion
) -> Fitted:
    """Loads the files of a version, unchanged since they were evaluated.

    Raises:
        ModelAlteredError: Somebody altered the files.
        TrackerError: MLflow does not answer, or no longer knows the version.
    """
    # The digest is checked before anything in the files is interpreted.
    return services.tracker.load(
        product.name, model.version, digest=model.model_digest, allowed=spec.allowed_types
    )


def predictions(services: RunServices, loaded: LoadedBatch, scored: Scored) -> AssetResult:
    """`predictions` of one batch: stores the scores in the lake."""
    name = f"{PREDICTIONS}/{loaded.batch.partition}"
    snapshot = services.lake.store(
        loaded.product.name, name, predictions_table(scored).reset_index(drop=True)
    )
    return AssetResult(
        asset="predictions",
        metadata=PredictionsMetadata(
            model_version=scored.model_version,
            rows=len(scored.predicted),
            out_of_fold=scored.out_of_fold,
            known_records=scored.known,
            digest=snapshot.digest,
        ),
        links=model_link(services, loaded.product.name, scored.model_version),
        data_version=snapshot.digest,
    )
